"""MUMPS Cholesky refined by conjugate gradients on the matrix-free operator.

The factorisation alone is good to 1e-4 on thin stacks and moves with the number of ranks; three or four steps of
conjugate gradients that use it as preconditioner, with the product taken matrix-free, give the digits back.
"""

import numpy as np
from dolfinx import fem
from dolfinx.fem import petsc
from petsc4py import PETSc

from solver import compat
from solver.arrays import Array, Integers
from solver.errors import NotConvergedError
from solver.linalg.extruded_cells import Bilinear, whole
from solver.linalg.krylov import KrylovSolver
from solver.linalg.mumps import NOT_POSITIVE, TOO_SMALL, error, failure, negative_pivots
from solver.linalg.release import release
from solver.linalg.stopping import MEANING, End

_FACTOR_ALONE = 1e-3  # tolerance that the factors do for by themselves
_ROOM = 100  # per cent more than foreseen, ICNTL(14)


class DirectSolver(KrylovSolver):
    """Factorise once, solve for many right-hand sides; arguments as of `KrylovSolver`.

    Attributes:
        factor: the factorisation alone, as a preconditioner.
        matrix: that is factorised, ones on the diagonal of constrained unknowns.
    """

    name = "MUMPS Cholesky + matrix-free refinement"
    tolerance = 1e-10
    most_iterations = 40

    def __init__(
        self, a: Bilinear, space: fem.FunctionSpace, constrained: Integers, tangent: Bilinear | None = None
    ) -> None:
        super().__init__(a, space, constrained, tangent)
        self._a = compat.form(whole(a))
        self._constrained = constrained
        self.matrix = petsc.create_matrix(self._a)
        self.factor = self._ksp.getPC()
        self.factor.setType("cholesky")
        self.factor.setFactorSolverType("mumps")
        self._renew()

    def assemble(self) -> None:
        """The matrix with its present coefficients."""
        assemble(self.matrix, self._a, self.space, self._constrained)

    def factorise(self) -> None:
        """Factorise the assembled matrix; its ordering is kept from the first time.

        Raises:
            NotConvergedError: the matrix is singular or not positive definite.
            OutOfMemoryError: its factor does not fit.
        """
        self._ksp.setOperators(self._shell, self.matrix)
        self._ksp.setUp()
        if error(self.factor) in TOO_SMALL:
            self._factorise_with_room()
        if error(self.factor) == NOT_POSITIVE:
            raise NotConvergedError(f"MUMPS Cholesky met a negative pivot: {MEANING[End.INDEFINITE]}")
        failed = failure(self.factor, "the matrix")
        if failed is not None:
            raise failed
        negative = negative_pivots(self.factor)
        if negative > 0:
            raise self._negative(f"MUMPS Cholesky met {negative} negative pivots")

    def _factorise_with_room(self) -> None:
        """Once more, with twice the work space that MUMPS had foreseen: its forecast is short for small parts."""
        self.factor.reset()
        self._ksp.setOperators(self._shell, self.matrix)
        self.factor.setFactorSetUpSolverType()
        self.factor.getFactorMatrix().setMumpsIcntl(14, _ROOM)
        self._ksp.setUp()

    def solve_many_roughly(self, b: Array, tolerance: float) -> Array:
        """As of the base; from a tolerance of 1e-3 on by substitution alone, which takes many at once.

        By factors as they are: where moduli have changed since, as good as they are as a preconditioner.
        """
        if tolerance < _FACTOR_ALONE:
            return super().solve_many_roughly(b, tolerance)
        right = b.copy()
        right[self.operator.constrained] = 0.0
        sizes = (self.matrix.getSizes()[0], right.shape[1])
        given = PETSc.Mat().createDense(sizes, array=np.asfortranarray(right), comm=self.space.mesh.comm)
        found = PETSc.Mat().createDense(sizes, comm=self.space.mesh.comm)
        for one in (given, found):
            one.assemble()
        self.factor.getFactorMatrix().matSolve(given, found)
        moved: Array = found.getDenseArray().copy()
        release(self.space.mesh.comm, given, found)
        return moved

    def destroy(self) -> None:
        """Free the factors and the matrix."""
        super().destroy()
        release(self.space.mesh.comm, self.factor, self.matrix)

    def _set_up(self) -> None:
        self.assemble()
        self.factorise()


def assemble(matrix: PETSc.Mat, a: fem.Form, space: fem.FunctionSpace, constrained: Integers) -> None:
    """Fill a symmetric positive definite matrix with a form; ones on the diagonal of constrained unknowns."""
    matrix.zeroEntries()
    petsc.assemble_matrix(matrix, a, bcs=held_at_zero(space, constrained))
    matrix.assemble()
    for option in (PETSc.Mat.Option.SYMMETRIC, PETSc.Mat.Option.SPD):
        matrix.setOption(option, True)


def held_at_zero(space: fem.FunctionSpace, unknowns: Integers) -> list[fem.DirichletBC]:
    """Homogeneous Dirichlet conditions on single unknowns, one for each component of the space."""
    bs = space.dofmap.index_map_bs
    parts = [(space.sub(i) if bs > 1 else space, unknowns[unknowns % bs == i]) for i in range(bs)]
    return [fem.dirichletbc(PETSc.ScalarType(0.0), dofs.astype(np.int32), part) for part, dofs in parts]
