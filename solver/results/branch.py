"""Which way a stack is bent: as its layers ask, or to a cylinder."""

import numpy as np

from solver.results.warpage import Warpage

_BENT = 0.2  # excess of the inequality of the curvatures, reached 2 % beyond a bifurcation
_FLAT = 1e-6  # of the thickness: a sag without direction

SYMMETRIC = "symmetric"


def branch(shape: Warpage, small: Warpage, thickness: float) -> str:
    """`symmetric`, or `cylinder about` the axis of least curvature.

    A shape counts as a cylinder if the difference of its principal curvatures, as a part of their sum (sizes), exceeds
    that of small deflection by 0.2.

    Args:
        shape: of the surface.
        small: the same at small deflection.
        thickness: of the stack (m).
    """
    if 1e-6 * shape.warpage_um < _FLAT * thickness or _inequality(shape) - _inequality(small) < _BENT:
        return SYMMETRIC
    values, vectors = np.linalg.eigh(_tensor(shape))
    x, y = vectors[:, np.argmin(np.abs(values))]
    angle = round(float(np.degrees(np.arctan2(y, x)))) % 180
    return f"cylinder about {({0: 'x', 90: 'y'}).get(angle, f'{angle} deg from x')}"


def _tensor(shape: Warpage) -> np.ndarray:
    twist = shape.twist_per_m
    return np.array([[shape.curvature_x_per_m, twist], [twist, shape.curvature_y_per_m]])


def _inequality(shape: Warpage) -> float:
    low, high = np.sort(np.abs(np.linalg.eigvalsh(_tensor(shape))))
    return float((high - low) / (high + low)) if high > 0 else 0.0
