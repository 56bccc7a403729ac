"""Which way a stack is bent: as its layers ask, to a cylinder, or to what it buckled to."""

import numpy as np

from solver.arrays import Array
from solver.metrics.warpage import Warpage

_BENT = 0.2  # excess of the inequality of the curvatures, reached 2 % beyond a bifurcation
_CYLINDER = 0.8  # inequality of a shape that counts as a cylinder by itself
_FLAT = 1e-6  # of the thickness: a sag without direction
_LITTLE = 0.05  # of the warpage: small deflection that bends less says nothing of the shape

SYMMETRIC, BUCKLED = "symmetric", "buckled"


def branch(shape: Warpage, small: Warpage, thickness: float, bent: bool) -> str:
    """`symmetric`, `buckled`, or `cylinder about` the axis of least curvature.

    A shape counts as a cylinder if the difference of its principal curvatures, as a part of their sum (sizes), exceeds
    that of small deflection by 0.2; a stack may get there without a bifurcation. Where small deflection is flat beside
    it, only a bifurcation on the way makes it one. Any other shape past a bifurcation is `buckled`.

    Args:
        shape: of the surface.
        small: the same at small deflection.
        thickness: of the stack (m).
        bent: True past a bifurcation.
    """
    if is_flat(shape, thickness):
        return SYMMETRIC
    if small.warpage_um < _LITTLE * shape.warpage_um:
        cylinder = bent and _inequality(shape) > _CYLINDER
    else:
        cylinder = _inequality(shape) - _inequality(small) >= _BENT
    if not cylinder:
        return BUCKLED if bent else SYMMETRIC
    values, vectors = np.linalg.eigh(_tensor(shape))
    x, y = vectors[:, np.argmin(np.abs(values))]
    angle = round(float(np.degrees(np.arctan2(y, x)))) % 180
    return f"cylinder about {({0: 'x', 90: 'y'}).get(angle, f'{angle} deg from x')}"


def is_flat(shape: Warpage, thickness: float) -> bool:
    """True if a shape is flat beside a thickness (m): there is nothing to tell of its branch."""
    return 1e-6 * shape.warpage_um < _FLAT * thickness


def _tensor(shape: Warpage) -> Array:
    twist = shape.twist_per_m
    return np.array([[shape.curvature_x_per_m, twist], [twist, shape.curvature_y_per_m]])


def _inequality(shape: Warpage) -> float:
    low, high = np.sort(np.abs(np.linalg.eigvalsh(_tensor(shape))))
    return float((high - low) / (high + low)) if high > 0 else 0.0
