"""Lengths in words."""

from solver.stackup.stack import PlacedLayer


def show_length(metres: float) -> str:
    """A length in um below 1 mm, in mm from there on."""
    return f"{1e3 * metres:.5g} mm" if metres >= 0.9999e-3 else f"{1e6 * metres:.5g} um"


def thickness_words(layer: PlacedLayer) -> str:
    """`0.3 mm, +0.1 mm along x` of a layer that tapers: how much thicker it is at its far end."""
    if layer.taper is None:
        return show_length(layer.thickness)
    rises = [
        f"{'-' if rise < 0 else '+'}{show_length(abs(rise))} along {axis}"
        for axis, rise in zip("xy", layer.taper.rises, strict=True)
        if rise
    ]
    return ", ".join([show_length(layer.thickness), *rises])
