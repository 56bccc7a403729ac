"""MUMPS Cholesky refined by conjugate gradients on the matrix-free operator.

The factorisation alone is good to 1e-4 on thin stacks and moves with the number of ranks; three or four steps of
conjugate gradients that use it as preconditioner, with the product taken matrix-free, give the digits back.
"""

import time
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from petsc4py import PETSc

from solver import compat
from solver.arrays import Array, Integers
from solver.errors import NotConvergedError
from solver.linalg.operator import FormOperator

RELATIVE_TOLERANCE = 1e-10  # of the preconditioned residual norm
_MOST_ITERATIONS = 40
_STAGNATION = 1e-7  # a residual no lower than this after all iterations is a failure


@dataclass(frozen=True)
class SolveRecord:
    """What one linear solve took."""

    name: str
    unknowns: int
    iterations: int
    residual: float
    setup_seconds: float
    solve_seconds: float


class DirectSolver:
    """Factorise once, solve for many right-hand sides.

    Attributes:
        operator: the matrix-free product.
        factor: the factorisation alone, as a preconditioner.

    Args:
        a: symmetric positive definite bilinear form (on the unconstrained unknowns): what is factorised.
        space: its function space.
        constrained: local unknowns held at zero.
        tangent: the form that is solved, if it differs from `a` (it may be unsymmetric: GMRES then).
    """

    name = "MUMPS Cholesky + matrix-free refinement"

    def __init__(
        self, a: ufl.Form, space: fem.FunctionSpace, constrained: Integers, tangent: ufl.Form | None = None
    ) -> None:
        start = time.perf_counter()
        self.operator = FormOperator(tangent or a, space, constrained)
        self.space = space
        self._a = compat.form(a)
        self._constrained = constrained
        self._matrix = petsc.create_matrix(self._a)
        self._ksp = PETSc.KSP().create(space.mesh.comm)
        self._ksp.setType("gmres" if tangent else "cg")
        self._ksp.setNormType(PETSc.KSP.NormType.PRECONDITIONED if tangent else PETSc.KSP.NormType.NATURAL)
        self._ksp.setTolerances(rtol=RELATIVE_TOLERANCE, max_it=_MOST_ITERATIONS)
        self._shell = self.operator.matrix()
        self.factor = self._ksp.getPC()
        self.factor.setType("cholesky")
        self.factor.setFactorSolverType("mumps")
        self.setup_seconds = time.perf_counter() - start
        self._outdated = False
        self._renew()

    def update(self) -> None:
        """Take note that coefficients have changed. The old factors stay as long as they precondition well."""
        self._outdated = True

    def assemble(self) -> None:
        """The matrix with its present coefficients."""
        self._matrix.zeroEntries()
        petsc.assemble_matrix(self._matrix, self._a, bcs=_held(self.space, self._constrained))
        self._matrix.assemble()
        for option in (PETSc.Mat.Option.SYMMETRIC, PETSc.Mat.Option.SPD):
            self._matrix.setOption(option, True)

    def factorise(self) -> None:
        """Factorise the assembled matrix; its ordering is kept from the first time.

        Raises:
            NotConvergedError: MUMPS gave up, most often for want of memory.
        """
        self._ksp.setOperators(self._shell, self._matrix)
        try:
            self._ksp.setUp()
        except PETSc.Error as error:
            raise NotConvergedError(
                f"MUMPS could not factorise the matrix (PETSc error {error.ierr}); the mesh may not fit in memory"
            ) from None

    def _renew(self) -> None:
        start = time.perf_counter()
        self.assemble()
        self.factorise()
        self._outdated = False
        self.setup_seconds += time.perf_counter() - start

    def solve(self, b: Array, x: fem.Function) -> SolveRecord:
        """Solve A x = b for the owned entries b; x holds the result with ghosts.

        Raises:
            NotConvergedError: the refinement stagnated above what the result needs.
        """
        start = time.perf_counter()
        rhs, solution = self._matrix.createVecs()
        rhs.array[:] = b
        rhs.array[self.operator.constrained] = 0.0
        size = rhs.norm()
        iterations, residual = 0, 0.0
        if size > 0.0:
            iterations, residual = self._refine(rhs, solution)
            if residual > RELATIVE_TOLERANCE and self._outdated:
                self._renew()
                iterations, residual = self._refine(rhs, solution)
            if not np.isfinite(solution.norm()) or residual > _STAGNATION:
                raise NotConvergedError(
                    f"the linear solve stopped at {residual:.1e} of the residual after {iterations} iterations "
                    f"(wanted {RELATIVE_TOLERANCE:.0e})"
                )
        x.x.array[: self.operator.owned] = solution.array
        x.x.scatter_forward()
        rhs.destroy()
        solution.destroy()
        unknowns = self.space.dofmap.index_map.size_global * self.space.dofmap.index_map_bs
        return SolveRecord(self.name, unknowns, iterations, residual, self.setup_seconds, time.perf_counter() - start)

    def _refine(self, rhs: PETSc.Vec, solution: PETSc.Vec) -> tuple[int, float]:
        """Iterations taken and what is left of the residual norm."""
        self._ksp.setConvergenceHistory(length=_MOST_ITERATIONS + 1, reset=True)
        self._ksp.solve(rhs, solution)
        history = self._ksp.getConvergenceHistory()
        residual = float(history[-1] / history[0]) if len(history) and history[0] > 0 else 0.0
        return self._ksp.getIterationNumber(), residual

    def destroy(self) -> None:
        """Free the factors now, not when Python finds the time."""
        for thing in (self._ksp, self._matrix, self._shell):
            thing.destroy()


def _held(space: fem.FunctionSpace, unknowns: Integers) -> list[fem.DirichletBC]:
    """Homogeneous Dirichlet conditions on single unknowns, one for each component of the space."""
    bs = space.dofmap.index_map_bs
    parts = [(space.sub(i) if bs > 1 else space, unknowns[unknowns % bs == i]) for i in range(bs)]
    return [fem.dirichletbc(PETSc.ScalarType(0.0), dofs.astype(np.int32), part) for part, dofs in parts]
