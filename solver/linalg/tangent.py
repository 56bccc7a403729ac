"""Corrections of Newton's method on thin stacks: rough solves with a tangent that may have lost its definiteness."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import ufl
from dolfinx import fem
from petsc4py import PETSc

from solver.arrays import Array, Integers, Mask
from solver.linalg.linearised import LayeredTangent, LinearisedOperator, linearised
from solver.linalg.multigrid import ColumnMultigrid
from solver.linalg.operator import FormOperator
from solver.linalg.release import release
from solver.linalg.softest_mode import softest_mode

_MOST_ITERATIONS = 100
_REASON = PETSc.KSP.ConvergedReason


@dataclass(frozen=True)
class Correction:
    """What one rough solve came to.

    Attributes:
        iterations: of conjugate gradients.
        converged: the tolerance was reached.
        definite: no direction of negative curvature was met.
    """

    iterations: int
    converged: bool
    definite: bool


class TangentSolver:
    """Conjugate gradients on the tangent as it is; the column multigrid is that of the last `refresh`.

    Args:
        tangent: symmetric bilinear form, or one the kernels know.
        space: its function space.
        constrained: local unknowns held at zero.
        column, shear_compliant: as of `ColumnMultigrid`.
        displacement: where the tangent is taken.

    Ask for a `refresh` first.
    """

    def __init__(
        self,
        tangent: ufl.Form | LayeredTangent,
        space: fem.FunctionSpace,
        constrained: Integers,
        column: Integers,
        shear_compliant: Mask,
        displacement: fem.Function,
    ) -> None:
        self._known = known = linearised(tangent, space) if isinstance(tangent, LayeredTangent) else None
        form = tangent.form if isinstance(tangent, LayeredTangent) else tangent
        self.operator = (
            FormOperator(form, space, constrained) if known is None else LinearisedOperator(known, space, constrained)
        )
        self._multigrid = ColumnMultigrid(
            known or form, space, constrained, self.operator, column, shear_compliant, displacement
        )
        self._matrix = self.operator.matrix()
        self._ksp = PETSc.KSP().create(space.mesh.comm)
        self._ksp.setOperators(self._matrix)
        self._ksp.setType("cg")
        self._ksp.setNormType(PETSc.KSP.NormType.NATURAL)
        pc = self._ksp.getPC()
        pc.setType(PETSc.PC.Type.PYTHON)
        pc.setPythonContext(self._multigrid)
        self._rhs, self._solution = self._matrix.createVecs()

    def constrain(self, constrained: Integers) -> None:
        """Hold these local unknowns at zero, and no others; it takes a `refresh` to work."""
        self.operator.constrain(constrained)
        self._multigrid.constrain(constrained)

    def refresh(self) -> None:
        """Make the preconditioner for the tangent as it is now."""
        with self._held():
            self._multigrid.refresh()

    def _held(self) -> AbstractContextManager[None]:
        return nullcontext() if self._known is None else self._known.held()

    @property
    def negative_pivots(self) -> int:
        """As of `ColumnMultigrid`, of the tangent at the last refresh."""
        return self._multigrid.negative_pivots

    @property
    def surely_definite(self) -> bool:
        """True if the tangent as it is now is definite by far, by the preconditioner there is. Collective."""
        with self._held():
            return self._multigrid.sees_it_definite()

    def soft_mode(self, among: int = 1, near: Array | None = None) -> Array:
        """As of `softest_mode`, of the tangent at the last refresh."""
        return softest_mode(self._multigrid, among, near)

    def by_plates(self, b: Array) -> Array:
        """What the plates alone answer to b (owned unknowns,), by the preconditioner there is. Collective."""
        with self._held():
            return self._multigrid.correct(b)

    def correct(self, b: Array, x: fem.Function, tolerance: float, without: Array | None = None) -> Correction:
        """Solve A x = b roughly.

        Args:
            b: (owned unknowns,) right-hand side.
            x: takes what was reached, with ghosts; it may be zero.
            tolerance: part of the preconditioned residual norm (r . M r)^(1/2) that may be left.
            without: (owned unknowns,) a motion that is left out of b and x, such as one of negative stiffness.
        """
        self._rhs.array[:] = b
        self._rhs.array[self.operator.constrained] = 0.0
        if without is not None:
            self._leave_out(without)
        self._ksp.setTolerances(rtol=tolerance, atol=0.0, max_it=_MOST_ITERATIONS)
        with self._held():
            self._ksp.solve(self._rhs, self._solution)
            reason, spent = self._ksp.getConvergedReason(), self._ksp.getIterationNumber()
            if reason == _REASON.DIVERGED_INDEFINITE_PC and self._multigrid.measure_again():
                self._ksp.solve(self._rhs, self._solution)
                reason, spent = self._ksp.getConvergedReason(), spent + self._ksp.getIterationNumber()
        if without is not None:
            self._set_null_space([])
        indefinite = reason in (_REASON.DIVERGED_INDEFINITE_MAT, _REASON.DIVERGED_INDEFINITE_PC)
        definite = not indefinite and self._solution.dot(self._rhs) >= 0.0
        x.x.array[: self.operator.owned] = self._solution.array_r
        x.x.scatter_forward()
        return Correction(spent, reason > 0 and definite, definite)

    def _leave_out(self, motion: Array) -> None:
        """Solve, until its null space is another one, without a motion of the matrix."""
        vector = self._matrix.createVecRight()
        vector.array[:] = motion
        vector.normalize()
        self._set_null_space([vector]).remove(self._rhs)

    def _set_null_space(self, vectors: list[PETSc.Vec]) -> PETSc.NullSpace:
        null = PETSc.NullSpace().create(vectors=vectors, comm=self._matrix.comm)
        self._matrix.setNullSpace(null)
        return null

    def destroy(self) -> None:
        """Free the preconditioner with its coarse factors."""
        self._multigrid.free()
        release(self.operator.space.mesh.comm, self._ksp, self._matrix, self._rhs, self._solution)
