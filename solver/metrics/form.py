"""The name of a shape: of the quadratic that fits it best, by the shape index of Koenderink and van Doorn.

Source: J. J. Koenderink and A. J. van Doorn, Surface shape and curvature scales, Image and Vision Computing 10 (1992)
557: s = (2 / pi) arctan((k1 + k2) / (k1 - k2)) of the principal curvatures k1 >= k2 runs from -1 (bowl) over -1/2
(trough), 0 (saddle) and 1/2 (ridge) to 1 (dome); the names meet half-way between.
"""

from dataclasses import dataclass

import numpy as np

from solver.arrays import Array

FLAT, WAVY = "flat", "wavy"
_SPHERICAL, _SADDLE = 0.75, 0.25  # of the shape index
_EXPLAINED = 0.5  # of the variance of the heights: what a quadratic that names them explains at least


@dataclass(frozen=True)
class Form:
    """What a shape is called.

    Attributes:
        name: flat, dome, bowl, cylinder, saddle, twist or wavy.
        confidence: part of the variance of the heights that the best surface of exactly that name explains (of `wavy`:
            that no quadratic does).
    """

    name: str
    confidence: float


def form(curvature: Array, products: Array, variance: float) -> Form:
    """The form of heights whose quadratic is known.

    Args:
        curvature: (3,) -d2w/dx2, -d2w/dy2, -d2w/dxdy of the quadratic.
        products: (3, 3) mean products of -x^2/2, -y^2/2 and -xy over the surface, without their best planes.
        variance: mean square of the heights about their best plane.
    """
    if variance <= 0.0:
        return Form(FLAT, 1.0)
    explained = float(curvature @ products @ curvature) / variance
    if explained < _EXPLAINED:
        return Form(WAVY, 1.0 - max(explained, 0.0))
    name, ideal = _nearest(curvature)
    along = float(ideal @ products @ curvature) ** 2 / float(ideal @ products @ ideal)
    return Form(name, min(along / variance, 1.0))


def _nearest(curvature: Array) -> tuple[str, Array]:
    """The name of a curvature, and the (3,) curvature of exactly that name nearest to it in direction."""
    kx, ky, kxy = curvature
    (low, high), vectors = np.linalg.eigh(np.array([[kx, kxy], [kxy, ky]]))
    index = 2 / np.pi * np.arctan2(low + high, high - low)
    x, y = vectors[:, 0 if abs(low) > abs(high) else 1]  # along which it is curved most
    if abs(index) >= _SPHERICAL:
        return "dome" if index > 0 else "bowl", np.array([1.0, 1.0, 0.0])
    if abs(index) >= _SADDLE:
        return "cylinder", np.array([x * x, y * y, x * y])
    traceless = np.array([x * x - y * y, y * y - x * x, 2 * x * y])
    return "saddle" if abs(traceless[0]) >= abs(traceless[2]) else "twist", traceless


def of_curvature(curvature: Array, half: tuple[float, float]) -> Form:
    """The form of a rectangle of given half sides that is exactly quadratic, as laminate theory has it."""
    a, b = half
    products = np.diag([a**4 / 45, b**4 / 45, a**2 * b**2 / 9])
    return form(curvature, products, float(curvature @ products @ curvature))
