"""The law of heat at a point, as the kernels want it.

Conductivities xx, yy, zz, what multiplies the temperature and, where the axes of a material are not those of the stack,
the conductivity xy.
"""

import numpy as np
import ufl
from dolfinx import fem

from solver.arrays import Array
from solver.materials.axes import conductivity_of_stack
from solver.materials.material import Material
from solver.physics.coefficients import Coefficients

MASS, _XY = 3, 4  # places in the law


def law_values(coefficients: Coefficients) -> int:
    """How many values the law has."""
    return 5 if coefficients.turned else 4


def conductivities(coefficients: Coefficients, temperature: float | Array) -> Array:
    """(cells, points, 4 or 5) the law with nothing in the place of the mass; arguments as of `Coefficients.values`."""
    return coefficients.values(_conductivity, law_values(coefficients), temperature, _turned)


def slopes(coefficients: Coefficients, temperature: float | Array) -> Array:
    """(cells, points, 4 or 5) derivatives of the law with respect to temperature."""
    return coefficients.values(_slope, law_values(coefficients), temperature, _turned)


def flux(law: Array, gradient: Array) -> Array:
    """(..., 3) conductivities (..., 4 or 5) times gradients (..., 3)."""
    result = law[..., :3] * gradient
    if law.shape[-1] > _XY:
        result[..., :2] += law[..., _XY, None] * gradient[..., 1::-1]
    return np.asarray(result)


def tensor(law: fem.Function) -> ufl.core.expr.Expr:
    """The conductivity as a matrix."""
    xy = law[_XY] if law.ufl_shape[0] > _XY else 0
    return ufl.as_matrix([[law[0], xy, 0], [xy, law[1], 0], [0, 0, law[2]]])


def _conductivity(_: int, material: Material, temperature: Array) -> Array:
    return np.hstack([material.conductivity(temperature), np.zeros((len(temperature), 1))])


def _slope(_: int, material: Material, temperature: Array) -> Array:
    return np.hstack([material.conductivity_slope(temperature), np.zeros((len(temperature), 1))])


def _turned(values: Array, angle: Array) -> Array:
    xx, yy, zz, xy = conductivity_of_stack(values[:, :3], angle).T
    return np.stack([xx, yy, zz, np.zeros_like(xx), xy], axis=-1)
