"""Layers whose thickness changes evenly over the plane, and where that leaves what lies above them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from shapely.geometry import Polygon

from solver.arrays import Array
from solver.case.geometry import Layer, Outline


@dataclass(frozen=True)
class Taper:
    """How much thicker a layer is than in the middle of the outline.

    Attributes:
        rises: from end to end of the outline along x and y (m).
        lengths: of the outline along x and y (m).
        middle: of the outline (m).
    """

    rises: tuple[float, float]
    lengths: tuple[float, float]
    middle: tuple[float, float]

    def at(self, places: Array) -> Array:
        """(n,) in m, at places (n, 2)."""
        return np.asarray((places - np.array(self.middle)) @ (np.array(self.rises) / np.array(self.lengths)))


class Tapering(Protocol):
    """What is asked of a layer."""

    @property
    def bottom(self) -> float:
        """Its lower face as it is without tapers (m)."""

    @property
    def thickness(self) -> float:
        """In the middle of the outline (m)."""

    @property
    def taper(self) -> Taper | None:
        """None: it is even."""


def lifted(layers: Iterable[Tapering], places: Array, heights: Array | float) -> Array:
    """(n,) heights (m) with the tapers of what lies below, which lift or lower all above them.

    Args:
        layers: of the stack.
        places: (n, 2) in plane (m).
        heights: (n,) or one, as they are without tapers (m).
    """
    result = np.broadcast_to(np.asarray(heights, dtype=np.float64), len(places)).copy()
    for layer in layers:
        if layer.taper is not None:
            result += layer.taper.at(places) * np.clip((heights - layer.bottom) / layer.thickness, 0.0, 1.0)
    return result


def taper_of(layer: Layer, given: Outline, outline: Polygon) -> Taper | None:
    """The taper of a layer of the case, None if it has none; `outline`: of the stack (m)."""
    if layer.taper is None:
        return None
    x0, y0, x1, y1 = outline.bounds  # of a disc that of a polygon of the same area, which is a little wider
    sizes = given.size or ((given.diameter, given.diameter) if given.diameter else (x1 - x0, y1 - y0))
    return Taper((layer.taper.x, layer.taper.y), sizes, ((x0 + x1) / 2, (y0 + y1) / 2))
