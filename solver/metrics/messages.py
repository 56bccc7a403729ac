"""What metrics are in words: lengths, and what was looked at."""

from typing import Any

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


def surface_notes(step: dict[str, Any], wanted: str) -> list[str]:
    """What was looked at instead of what a case asks for, for the log."""
    face = f"{wanted} is not there; warpage is of {surface_in_words(step)}"
    return [text for text in (face if step["surface"] != wanted else "", step["landmarks_instead"]) if text]


def surface_in_words(step: dict[str, Any]) -> str:
    """`bottom: balls/ball, substrate; zone: 3 x 3 mm` of a step of the summary."""
    face = str(step.get("surface", ""))
    part, _, side = face.rpartition(".")
    parts = ", ".join(step.get("surface_parts") or ())
    what = f"{side} of {part}" if part else f"{face}: {parts}" if parts else face
    return f"{what}; zone: {step['zone']}" if step.get("zone") else what
