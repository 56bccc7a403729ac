"""Least squares of polynomials in the plane over a surface, by quadrature.

Fits are over the whole outline: terms odd about a mirror plane vanish and are left out.
"""

from collections.abc import Callable

import numpy as np

from solver.arrays import Array
from solver.metrics.surface import Surface

Powers = tuple[tuple[int, int], ...]  # of (x, y)

PLANE: Powers = ((0, 0), (1, 0), (0, 1))
QUADRATIC: Powers = (*PLANE, (2, 0), (0, 2), (1, 1))
_SINGULAR = 1e-13  # of the largest singular value: terms that a surface of few small parts does not tell apart


def even(surface: Surface, powers: Powers) -> list[tuple[int, int]]:
    """Powers that survive the mirror planes."""
    return [power for power in powers if all(power[axis] % 2 == 0 for axis in surface.stack.mirrors)]


def basis(xy: Array, powers: list[tuple[int, int]]) -> Array:
    """(n, powers) monomials at (n, 2) places."""
    return np.stack([xy[:, 0] ** i * xy[:, 1] ** j for i, j in powers], axis=1)


def least_squares(surface: Surface, powers: Powers, length: float) -> tuple[Array, Array]:
    """Coefficients of the polynomial in (x, y) / length nearest to the height, and the matrix of products. Collective.

    Args:
        surface: whose displacement along z is fitted.
        powers: of which the even ones are taken.
        length: unit of x and y (m).
    """
    gauss = surface.gauss
    values = basis(gauss.xy / length, even(surface, powers))
    weighted = values * gauss.weight[:, None]
    sums = surface.sum(weighted.T @ np.column_stack([values, gauss.u[:, 2]]))
    gram, load = sums[:, :-1], sums[:, -1]
    return np.linalg.lstsq(gram, load, rcond=_SINGULAR)[0], gram


def plane_of(surface: Surface) -> Callable[[Array], Array]:
    """Height of the least-squares plane (m) as a function of (n, 2) places. Collective."""
    length = surface.stack.span / 2
    plane, _ = least_squares(surface, PLANE, length)
    return lambda xy: np.asarray(basis(xy / length, even(surface, PLANE)) @ plane)


def tilt(surface: Surface) -> tuple[float, float]:
    """Slopes along x and y of the least-squares plane. Collective."""
    length = surface.stack.span / 2
    plane, _ = least_squares(surface, PLANE, length)
    slopes = dict(zip(even(surface, PLANE), plane / length, strict=True))
    return float(slopes.get((1, 0), 0.0)), float(slopes.get((0, 1), 0.0))
