"""Thickness of electroplated metal from the density of its pattern.

Current spreads over the panel, and a place with little metal gets it all on little metal: the active-area density model
(S. Mehdizadeh, J. Dukovic, P. C. Andricacos, L. T. Romankiw, H. Y. Cheh, J. Electrochem. Soc. 139 (1992) 78). Here as a
power of the density d about a place, with the metal of the panel, which the charge fixes, where it was:

    t / t_mean = c (d_mean / d)^n,   sum of d_own t over the panel = sum of d_own t_mean.

n = 1 is the same current for every area of panel, n = 0 the same for every area of metal; leveling, agitation and the
distance of the anode are in n and in the window, which are fitted to a bath.
"""

import numpy as np
from pydantic import Field, model_validator

from solver.arrays import Array, Mask
from solver.section import Section, wrong
from solver.units import Number, PositiveLength

_LEAST_DENSITY = 1e-3  # about a place: what has less metal than that around it is thin air


class Plating(Section):
    """How thick the metal of a pattern is where there is little of it: a power of the density, or a table."""

    window: PositiveLength = Field(description="side of the square the density about a place is the mean of")
    exponent: Number | None = Field(
        None, description="0 (even thickness) to 1 (even current per area of panel); fit it to your bath"
    )
    density: list[Number] | None = Field(None, description="in place of `exponent`: densities, going up, and")
    thickness: list[Number] | None = Field(None, description="thickness there, as a part of that of the layer")

    @model_validator(mode="after")
    def _one_rule(self) -> "Plating":
        if (self.exponent is None) == (self.density is None):
            raise wrong("give `exponent`, or `density` and `thickness`", "exponent")
        if self.exponent is not None and not 0 <= self.exponent <= 1:
            raise wrong("an exponent is between 0 and 1", "exponent")
        if (self.density is None) != (self.thickness is None) or len(self.density or ()) != len(self.thickness or ()):
            raise wrong("as many densities as thicknesses", "thickness")
        if self.density is not None and (len(self.density) < 2 or np.any(np.diff(self.density) <= 0)):
            raise wrong("two densities or more, going up", "density")
        if any(not 0 <= one <= 1 for one in self.density or ()):
            raise wrong("densities are between 0 and 1", "density")
        if any(not 0 < one <= 10 for one in self.thickness or ()):
            raise wrong("a thickness is a part of that of the layer, above 0 and up to 10", "thickness")
        return self

    def factor(self, fraction: Array, inside: Mask, window: tuple[float, float]) -> Array:
        """(rows, columns) thickness over that of the layer; 1 outside the panel.

        Args:
            fraction: (rows, columns) part of every place that has metal.
            inside: the same, True on the panel.
            window: rows and columns of places in a window.
        """
        about = around(fraction, inside, window)
        if self.exponent is None:
            found = np.interp(about, self.density or (), self.thickness or ())
        else:
            metal = fraction[inside]
            mean = metal.mean()
            found = (mean / np.maximum(about, _LEAST_DENSITY)) ** self.exponent if mean > 0 else np.ones_like(about)
            found = found * (metal.sum() / max(float(metal @ found[inside]), 1e-300) if mean > 0 else 1.0)
        return np.where(inside, found, 1.0)


def around(fraction: Array, inside: Mask, window: tuple[float, float]) -> Array:
    """Mean of a density over the part of a window about each place that is on the panel."""
    area, metal = inside.astype(float), np.where(inside, fraction, 0.0)
    for axis, side in enumerate(window):
        area, metal = (_within(one, axis, side) for one in (area, metal))
    return np.asarray(np.divide(metal, area, out=np.zeros_like(metal), where=area > 1e-12))


def _within(values: Array, axis: int, side: float) -> Array:
    """Sum over the places within a width (places) about each along an axis; those at its ends count by their part."""
    from scipy.ndimage import correlate1d  # SciPy takes its time to start, and most runs need none of it

    beside = max(0, int(np.ceil((side - 1) / 2)))
    weights = np.ones(2 * beside + 1)
    if beside:
        weights[[0, -1]] = (side - (2 * beside - 1)) / 2
    return np.asarray(correlate1d(values, weights, axis=axis, mode="constant"))


def nonuniformity(thickness: Array, metal: Array) -> dict[str, float]:
    """What is said of a thickness (any shape, parts of that of the layer), weighed by the metal there."""
    there = metal > 0
    t, weight = thickness[there], metal[there]
    mean = float(t @ weight / weight.sum())
    return {
        "thinnest": float(t.min()),
        "thickest": float(t.max()),
        "mean": mean,
        "nonuniformity_percent": 100 * float(np.ptp(t)) / (2 * mean),
        "three_sigma_percent": 300 * float(np.sqrt(((t - mean) ** 2 @ weight) / weight.sum())) / mean,
    }
