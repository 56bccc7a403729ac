"""The weight of a stack: a load that keeps its size and direction however far the stack deflects."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import ufl
from dolfinx import fem

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.materials.material import Material
from solver.physics.coefficients import DX, Coefficients


def weight(
    stack_mesh: StackMesh, materials: Sequence[Material], gravity: tuple[float, float, float] | fem.Constant
) -> Callable[[ufl.Argument], ufl.Form]:
    """int rho g . v dx, as a function of v.

    Args:
        stack_mesh: the layers present.
        materials: one per block, with density.
        gravity: acceleration along x, y, z (m/s^2); a constant may be changed later.
    """

    @cache
    def force() -> ufl.core.expr.Expr:  # of those who want it: a plate of the same stage has its own
        coefficients = Coefficients(stack_mesh, materials, pointwise=False)
        density = fem.Function(coefficients.space(1))
        coefficients.fill(density, _density, 0.0)
        along = ufl.as_vector([float(part) for part in gravity]) if isinstance(gravity, tuple) else gravity
        return density[0] * along

    return lambda v: ufl.inner(force(), v) * ufl.dx(stack_mesh.mesh, metadata=DX)


def _density(_: int, material: Material, temperature: Array) -> Array:
    return np.full((len(temperature), 1), material.density)
