"""The forms of large deflection where materials have a memory: S = D : E(u) + s, with D and s from their answer.

Within an increment of materials whose answer is affine the stack has a potential, int E : D : E / 2 + s : E dx, and all
that is done with that of elastic stacks (branches, flows) is done with this one. What cells were born at, and what they
remember, is in s.
"""

import basix
import numpy as np
import ufl
from dolfinx import fem

from solver import compat
from solver.arrays import Array
from solver.linalg.linearised import LayeredTangent
from solver.materials.elasticity import ALL_MODULI
from solver.materials.laws.elastic import hooke
from solver.physics.coefficients import QUADRATURE_DEGREE, Coefficients
from solver.physics.solid.forms import LargeDeflectionForms
from solver.physics.solid.kinematics import green_curvature, green_strain, stress
from solver.physics.solid.load import Load
from solver.physics.solid.solid import DeadLoad


class FormsInTime(LargeDeflectionForms):
    """As of `LargeDeflectionForms`, but that `free_strain` is the stress s.

    Args:
        coefficients: of the stack, at points.
        dead_load: as of `LargeDeflectionForms`.
        moduli: how many the tangent has at a point, 9 or 21.

    Attributes:
        mean_free: mean in-plane free strain at points, which `Load.anisotropy` is a part of.
    """

    def __init__(self, coefficients: Coefficients, dead_load: DeadLoad | None, moduli: int) -> None:
        self._moduli = moduli
        self.mean_free = fem.Function(coefficients.space(1))
        super().__init__(coefficients, dead_load, None)
        points = basix.make_quadrature(coefficients.stack_mesh.mesh.basix_cell(), QUADRATURE_DEGREE)[0]
        self._strain = compat.expression(green_strain(self.displacement), points)

    def _counts(self, coefficients: Coefficients) -> tuple[int, int]:  # noqa: ARG002  stacks without a memory need them
        return self._moduli, 6

    def _stress(self) -> tuple[ufl.core.expr.Expr, ufl.core.expr.Expr, ufl.core.expr.Expr]:
        u, part = self.displacement, self.mean_free[0]
        along, sheared = part * self._anisotropy[0], part * self._anisotropy[1]
        self.elastic = green_strain(u) - ufl.as_vector([along, -along, 0, 0, 0, 2 * sheared])
        density = 0.5 * ufl.inner(stress(self.moduli, self.elastic), self.elastic)
        density += ufl.inner(self.free_strain, self.elastic)
        linearised = green_strain(u) - 0.5 * green_curvature(self.last, self.last)
        geometric = stress(self.moduli, linearised) + self._old_strain
        return density, stress(self.moduli, self.elastic) + self.free_strain, geometric

    def _layered(self) -> LayeredTangent:
        known = self.displacement, self.last, self.spring, None, self._old_strain
        return LayeredTangent(self.tangent, self.moduli, *known, self.stressed)

    def strain(self) -> Array:
        """(owned cells, points, 6) Green's strain of the present displacement at the Gauss points."""
        mesh = self.coefficients.stack_mesh
        cells = np.arange(len(mesh.block), dtype=np.int32)
        return compat.evaluate(self._strain, mesh.mesh, cells).reshape(len(cells), -1, 6)

    def lag(self, load: Load) -> None:
        """Let the stress of the geometric stiffness be that under a load, at the present displacement.

        Under another load than that which acts its moduli are others, too: those that act stand for them.
        """
        self._old_strain.x.array[:] = load.free_strain
        if not np.array_equal(load.moduli, self.moduli.x.array):
            strain = np.zeros((len(load.free_strain) // 6, 6))
            strain[self._rows] = self.strain().reshape(-1, 6)
            self._old_strain.x.array[:] += self._hooke(load.moduli - self.moduli.x.array, strain)
        if load.anisotropy.any():
            part = self.mean_free.x.array
            apart = np.zeros((len(part), 6))
            apart[:, 0], apart[:, 1] = part * load.anisotropy[0], -part * load.anisotropy[0]
            apart[:, 5] = 2.0 * part * load.anisotropy[1]
            self._old_strain.x.array[:] -= self._hooke(self.moduli.x.array, apart)

    @property
    def _rows(self) -> Array:
        """Rows of the coefficients at the points of the owned cells, in their order."""
        return np.asarray(self.moduli.function_space.dofmap.list[: len(self.coefficients.stack_mesh.block)].ravel())

    def _hooke(self, moduli: Array, strain: Array) -> Array:
        count = self.components[0]
        return hooke(moduli.reshape(-1, count), strain, ALL_MODULI[:count]).ravel()
