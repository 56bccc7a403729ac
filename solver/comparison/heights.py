"""Heights of two surfaces at common points, and their difference."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.interpolate import CloughTocher2DInterpolator
from scipy.spatial import cKDTree

from solver.arrays import Array

_SAME = 1e-6  # of the span: two points are one
_BETTER = 0.5  # of what is left: a turned surface that leaves less is the other one of two equal shapes
_PART = 0.01  # of the range of heights: less is not worth turning for


@dataclass(frozen=True)
class Heights:
    """Heights of a surface after a step, in two results.

    Attributes:
        step: its name.
        points: (n, 2) places both have (mm): nodes of the coarser one.
        a, b: (n,) heights above the mean plane of each surface (um).
        missing: nodes of the coarser one that lie off the other surface.
        turned_rms_um: root mean square that is left if B is turned by 90 degrees, None if that helps nothing.
    """

    step: str
    points: Array
    a: Array
    b: Array
    missing: int
    turned_rms_um: float | None

    @property
    def difference(self) -> Array:
        """(n,) B - A (um)."""
        return self.b - self.a

    @property
    def rms_um(self) -> float:
        """Root mean square of the difference."""
        return float(np.sqrt(np.mean(self.difference**2)))

    @property
    def largest_um(self) -> float:
        """Largest size of the difference of the heights (um)."""
        return float(np.abs(self.difference).max())

    @property
    def place_mm(self) -> tuple[float, float]:
        """x and y of the point where the heights differ most (mm)."""
        x, y = self.points[np.abs(self.difference).argmax()]
        return float(x), float(y)

    @property
    def relative(self) -> float:
        """The largest difference as a part of the larger range of heights."""
        reach = max(np.ptp(self.a), np.ptp(self.b))
        return self.largest_um / float(reach) if reach > 0 else 0.0

    def summary(self) -> dict[str, Any]:
        """Its entry in what `planish compare --json` prints."""
        keys = ("step", "missing", "rms_um", "largest_um", "place_mm", "relative", "turned_rms_um")
        return {"points": len(self.points), **{key: getattr(self, key) for key in keys}}


def heights(step: str, a: Mapping[str, Array], b: Mapping[str, Array]) -> Heights | None:
    """Two surfaces at common points; None if they have none.

    Args:
        step: its name.
        a: columns x_mm, y_mm, z_um.
        b: the same of the other.
    """
    one, other = _surface(a), _surface(b)
    coarse, fine = sorted((one, other), key=lambda surface: len(surface[0]))
    points, there = coarse
    found = _at(fine, points)
    met = np.isfinite(found)
    if not met.any():
        return None
    first, second = (there, found) if coarse is one else (found, there)
    left = first[met], second[met]
    turned = _turned(one, other, float(np.sqrt(np.mean((left[1] - left[0]) ** 2))))
    return Heights(step, points[met], *left, int((~met).sum()), turned)


def _surface(columns: Mapping[str, Array]) -> tuple[Array, Array]:
    """Points (n, 2) and heights (n,); of points above each other the mean."""
    xy = np.column_stack([columns["x_mm"], columns["y_mm"]])
    close = _SAME * float(np.ptp(xy, axis=0).max() or 1.0)
    _, first, number = np.unique(np.round(xy / close), axis=0, return_index=True, return_inverse=True)
    count = np.bincount(number.ravel())
    return xy[first], np.bincount(number.ravel(), weights=columns["z_um"]) / count


def _at(surface: tuple[Array, Array], points: Array) -> Array:
    """Heights at points: those of nodes there, else of a cubic through the nodes; NaN off the surface."""
    xy, z = surface
    distance, nearest = cKDTree(xy).query(points)
    same = distance < _SAME * float(np.ptp(xy, axis=0).max())
    found: Array = z[nearest]
    if not same.all():
        found[~same] = CloughTocher2DInterpolator(xy, z)(points[~same])
    return found


def _turned(one: tuple[Array, Array], other: tuple[Array, Array], rms: float) -> float | None:
    """What is left if the other is turned by 90 degrees, where that leaves much less."""
    if rms <= _PART * float(np.ptp(one[1])):
        return None
    xy, z = other
    middle = 0.5 * (xy.min(axis=0) + xy.max(axis=0))
    found = _at((np.column_stack([middle[1] - xy[:, 1], xy[:, 0] - middle[0]]) + middle, z), one[0])
    met = np.isfinite(found)
    if met.mean() < _BETTER:
        return None
    left = float(np.sqrt(np.mean((found[met] - one[1][met]) ** 2)))
    return left if left < _BETTER * rms else None
