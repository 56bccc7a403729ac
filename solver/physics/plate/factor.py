"""MUMPS on the tangent of a plate, symmetric and possibly indefinite: corrections, inertia and the softest mode."""

import numpy as np
from dolfinx import fem
from dolfinx.fem import petsc
from petsc4py import PETSc

from solver.arrays import Array, Integers
from solver.linalg.mumps import TOO_SMALL, error, failure, negative_pivots
from solver.linalg.release import release
from solver.physics.plate.assembly import tangent_of
from solver.physics.plate.forms import PlateForms

_ROOM = 60  # per cent more than foreseen, ICNTL(14)
_NONE = np.empty(0, dtype=np.int32)


class PlateFactor:
    """L D L^T of a form, some unknowns held. Collective.

    Args:
        forms: of a plate.
        smooth: the functions it is restricted to, as of `smooth.smooth`, or None.
        sprung: True if nodes may come to be on springs to the ground.

    Attributes:
        smooth, sprung: as given.
        count: factorisations so far.
        negative_pivots: of the last one: directions in which the energy falls.
        constrained: owned unknowns held in it.
    """

    def __init__(self, forms: PlateForms, smooth: PETSc.Mat | None = None, sprung: bool = False) -> None:
        self._forms, self.space, self.smooth, self.sprung = forms, forms.space, smooth, sprung
        self._tangent = tangent_of(forms, smooth, sprung)
        self._matrix = self._tangent.matrix
        for option in (PETSc.Mat.Option.SYMMETRIC, PETSc.Mat.Option.SYMMETRY_ETERNAL):
            self._matrix.setOption(option, True)
        self._comm = self.space.mesh.comm
        self._ksp = PETSc.KSP().create(self._comm)
        self._ksp.setType("preonly")
        self._ksp.setOperators(self._matrix)
        pc = self._ksp.getPC()
        pc.setType("cholesky")
        pc.setFactorSolverType("mumps")
        pc.setFactorSetUpSolverType()
        self._foresee(_ROOM)
        self._rhs, self._solution = self._matrix.createVecs()
        self._load, self._answer = (PETSc.Vec() if smooth is None else smooth.createVecLeft() for _ in range(2))
        self.count, self.negative_pivots = 0, 0
        self.constrained = np.empty(0, dtype=np.int32)
        self._owned = 3 * self.space.dofmap.index_map.size_local

    def becomes(self, forms: PlateForms) -> None:
        """Be of another plate of the same functions: what of the factor is symbolic is kept."""
        self._forms, self.count = forms, 0

    def _foresee(self, room: int) -> None:
        factor = self._ksp.getPC().getFactorMatrix()
        factor.setMumpsIcntl(8, 1)  # scaled by its diagonal: to balance rows gains nothing and takes a while
        factor.setMumpsIcntl(24, 1)  # null pivots
        factor.setMumpsIcntl(13, 1)  # the root on one rank: the only way all pivots are counted
        factor.setMumpsIcntl(14, room)

    def factorise(self, constrained: Integers, sprung: Integers = _NONE, stiffness: float = 0.0) -> None:
        """Assemble and factorise the tangent as it is now.

        Args:
            constrained: local unknowns held at zero, as smooth functions are.
            sprung: owned unknowns on springs to the ground.
            stiffness: of each spring (N/m).

        Raises:
            NotConvergedError: the matrix is singular.
            OutOfMemoryError: its factor does not fit.
        """
        self._tangent.assemble(self._forms, constrained, sprung, stiffness)
        self.constrained = constrained[constrained < self._owned].astype(np.int32)
        self._ksp.setOperators(self._matrix)  # or else `setUp` does nothing
        self._ksp.setUp()
        room = _ROOM
        while error(self._ksp.getPC()) in TOO_SMALL and room < 1000:
            room *= 3
            self._ksp.getPC().reset()
            self._ksp.setOperators(self._matrix)
            self._ksp.getPC().setFactorSetUpSolverType()
            self._foresee(room)
            self._ksp.setUp()
        failed = failure(self._ksp.getPC(), "the plate")
        if failed is not None:
            raise failed
        self.count += 1
        self.negative_pivots = negative_pivots(self._ksp.getPC())

    def solve(self, b: Array) -> Array:
        """(owned unknowns,) answer to a load (owned unknowns,), zero where held."""
        if self.smooth is not None:
            self._load.array[:] = b
            self.smooth.multTranspose(self._load, self._rhs)
            self._ksp.solve(self._rhs, self._solution)
            self.smooth.mult(self._solution, self._answer)
            return np.asarray(self._answer.array_r.copy())
        self._rhs.array[:] = b
        self._rhs.array[self.constrained] = 0.0
        self._ksp.solve(self._rhs, self._solution)
        return np.asarray(self._solution.array_r.copy())

    def destroy(self) -> None:
        """Free factors and matrix."""
        vectors = self._rhs, self._solution, self._load, self._answer
        release(self._comm, self._ksp, *self._tangent.parts, *vectors)


def mass_matrix(form: fem.Form) -> PETSc.Mat:
    """The matrix of int d . d dA."""
    matrix = petsc.assemble_matrix(form)
    matrix.assemble()
    return matrix
