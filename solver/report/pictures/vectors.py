"""Vectors in plan view: displacements in the plane, exaggerated, coloured by their length."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from shapely.geometry import Polygon

from solver.arrays import Array, Integers, Mask
from solver.report.pictures import style

_LONGEST = 1.7  # of the distance of the arrows: the longest of them
_LONGEST_EVER = 0.1  # of the span
_MARGIN = 0.05  # of the span, twice that below for the scale
_NOTHING = 1e-6  # um
_COLOURS = "viridis"


def draw(axes: Axes, outline: Polygon, xy: Array, u: Array, title: str) -> None:
    """Arrows on an outline, with their scale.

    Args:
        axes: to draw on.
        outline: in m.
        xy: (n, 2) places in mm.
        u: (n, 2) displacements in um.
        title: of the axes.
    """
    ring = 1e3 * np.asarray(outline.exterior.coords)
    span = float(np.ptp(ring, axis=0).max())
    axes.plot(*ring.T, color=style.GREY, linewidth=1.2)
    axes.set_ylim(ring[:, 1].min() - 2 * _MARGIN * span, ring[:, 1].max() + _MARGIN * span)
    style.plan_axes(axes, title)
    length = np.hypot(*u.T)
    longest = float(length.max(initial=0.0))
    if longest < _NOTHING:
        axes.text(0.5, 0.5, "nothing left", transform=axes.transAxes, ha="center", va="center", color=style.GREY)
        return
    reach = min(_LONGEST * 1e3 * np.sqrt(outline.area / len(xy)), _LONGEST_EVER * span)
    look: dict[str, Any] = {"angles": "xy", "scale_units": "xy", "width": 0.0022, "headwidth": 4, "pivot": "tail"}
    arrows = axes.quiver(*xy.T, *u.T, length, cmap=_COLOURS, scale=longest / reach, **look)
    bar = axes.figure.colorbar(arrows, ax=axes, shrink=0.78, pad=0.02)
    bar.set_label("length (um)")
    step = rounded(0.7 * longest)
    axes.quiverkey(arrows, 0.8, 0.04, step, f"{step:.3g} um", labelpos="E", coordinates="axes")


def rounded(value: float) -> float:
    """The number 1, 2 or 5 times a power of ten next below a positive one."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(max(digit * power for digit in (1, 2, 5) if digit * power <= value * (1 + 1e-9)))


def thinned(xy: Array, most: int) -> Integers:
    """Some of many places, evenly: those in some of their columns and rows.

    Args:
        xy: (n, 2) places.
        most: how many to keep, roughly.
    """
    columns, rows = (np.unique(np.round(part, 6), return_inverse=True)[1].ravel() for part in xy.T)
    share = np.sqrt(min(1.0, most / len(xy)))
    return np.flatnonzero(_some(columns, share) & _some(rows, share))


def left_out(drawn: int, count: int) -> str:
    """What a title says of places that are thinned; nothing if all are drawn."""
    return "" if drawn >= count else f", {drawn} of {count} drawn"


def _some(line: Integers, share: float) -> Mask:
    """(n,) True on that share of the lines."""
    count = int(line.max()) + 1
    kept = max(1, int(share * count + 1e-9))
    return np.isin(line, (np.arange(kept) + 0.5) * count // kept)
