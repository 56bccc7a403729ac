"""Compliance C of a stack between the faces of cracks, and Newton's equations (I + C D) x = b of what holds these.

Few nodes have it as a matrix, a solve of the stack a column. Of many it is what a solve gives; the equations are then
those of the stack with springs D0 between its faces, x + Ct (D - D0) x = b - Ct D0 b with the compliance Ct of that,
by GMRES, which is quick as long as few nodes differ from D0.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from petsc4py import PETSc

from solver.arrays import Array
from solver.errors import NotConvergedError
from solver.linalg.direct import DirectSolver
from solver.linalg.mumps import failure
from solver.linalg.release import release
from solver.physics.solid.crack_faces import FacePairs

Respond = Callable[[Array], Array]  # (owned unknowns,) forces -> (local unknowns,) displacement

_TOLERANCE = 1e-7  # of a Newton step
_MOST = 120  # substitutions of it
_ANEW = 30  # substitutions from which on new springs are worth a factorisation


class FaceCompliance(ABC):
    """What forces between n pairs of nodes do to the jumps between them. All methods are collective."""

    @abstractmethod
    def jumps(self, forces: Array) -> Array:
        """(n, 3) jumps (m) of forces (n, 3) on the upper nodes, against them on the lower ones (N)."""

    @abstractmethod
    def newton(self, tangent: Array, right: Array, border: tuple[Array, float, float] | None) -> tuple[Array, float]:
        """x (n, 3) and s of x + C D x - s a = b, -a . D x + m s = c.

        Args:
            tangent: (n, 3, 3) D of every pair (N/m).
            right: (n, 3) b.
            border: a (n, 3), m and c; None: s is none.

        Raises:
            NotConvergedError: GMRES did not converge.
        """

    def stiffens(self, springs: Array) -> None:  # noqa: B027 - a matrix needs none
        """Take springs (n,) (N/m) that hold the faces by now, where new ones are worth it."""

    def destroy(self) -> None:  # noqa: B027 - the same
        """Free what it has factorised."""


class MatrixCompliance(FaceCompliance):
    """As a matrix.

    Args:
        pairs: of nodes.
        respond: of the stack.
    """

    def __init__(self, pairs: FacePairs, respond: Respond) -> None:
        unit = np.zeros(3 * len(pairs.nodes))
        columns = []
        for number in range(len(unit)):
            unit[number] = 1.0
            columns.append(pairs.jump(respond(pairs.spread(unit.reshape(-1, 3)))).ravel())
            unit[number] = 0.0
        matrix = np.column_stack(columns)
        self._matrix: Array = 0.5 * (matrix + matrix.T)

    def jumps(self, forces: Array) -> Array:
        """As of the base."""
        return np.asarray((self._matrix @ forces.ravel()).reshape(-1, 3))

    def newton(self, tangent: Array, right: Array, border: tuple[Array, float, float] | None) -> tuple[Array, float]:
        """As of the base."""
        count = right.size
        whole = self._matrix.reshape(count, -1, 3)
        matrix: Array = np.eye(count) + np.einsum("mnj,njk->mnk", whole, tangent).reshape(count, count)
        if border is None:
            return np.linalg.solve(matrix, right.ravel()).reshape(-1, 3), 0.0
        along, motion, wanted = border
        below = np.append(-np.einsum("ni,nik->nk", along, tangent).ravel(), motion)
        matrix = np.vstack([np.column_stack([matrix, -along.ravel()]), below])
        found: Array = np.linalg.solve(matrix, np.append(right.ravel(), wanted))
        return found[:count].reshape(-1, 3), float(found[count])


class SolvedCompliance(FaceCompliance):
    """By solves of a factorised stack.

    Args:
        pairs: of nodes.
        respond: of the stack.
        solver: that has its matrix.
        springs: (n,) that hold the sound faces (N/m).
    """

    def __init__(self, pairs: FacePairs, respond: Respond, solver: DirectSolver, springs: Array) -> None:
        self._pairs, self._respond, self._solver = pairs, respond, solver
        self._springs, self._substitutions, self._count = springs, 0, 0
        self._factor: PETSc.KSP | None = None

    def jumps(self, forces: Array) -> Array:
        """As of the base."""
        return self._pairs.jump(self._respond(self._pairs.spread(forces)))

    def stiffens(self, springs: Array) -> None:
        """As of the base."""
        if self._substitutions > _ANEW:
            self._springs, self._substitutions = springs.copy(), 0
            self.destroy()

    def newton(self, tangent: Array, right: Array, border: tuple[Array, float, float] | None) -> tuple[Array, float]:
        """As of the base."""
        from scipy.sparse.linalg import LinearOperator, gmres

        more = tangent - self._springs[:, None, None] * np.eye(3)
        along, motion, wanted = border or (np.zeros_like(right), 1.0, 0.0)
        size = float(np.abs(along).max(initial=0.0)) or 1.0
        a = along / size  # s counts in m, as x does
        held, own = self._held(a), motion / size**2
        pull = np.einsum("ni,nik->nk", a, tangent) / own

        def times(vector: Array) -> Array:
            x, s = vector[:-1].reshape(-1, 3), float(vector[-1])
            there = x + self._with_springs(np.einsum("nij,nj->ni", more, x)) - s * held
            return np.append(there.ravel(), s - float((pull * x).sum()))

        left = np.append(self._held(right).ravel(), wanted / (size * own))
        operator = LinearOperator((left.size, left.size), matvec=times, dtype=np.float64)
        before = self._count
        found, failed = gmres(operator, left, rtol=_TOLERANCE, atol=0.0, restart=_MOST, maxiter=1)
        self._substitutions = max(self._substitutions, self._count - before)
        if failed:
            raise NotConvergedError("the cohesive zone did not converge: its linear equations did not")
        return found[:-1].reshape(-1, 3), float(found[-1]) / size

    def destroy(self) -> None:
        """Free the factors with springs; they are made again where they are needed."""
        if self._factor is not None:
            release(self._solver.space.mesh.comm, self._factor)
            self._factor = None

    def _held(self, jumps: Array) -> Array:
        """(n, 3) jumps that are left of some where springs hold the faces (m)."""
        return np.asarray(jumps - self._with_springs(self._springs[:, None] * jumps))

    def _with_springs(self, forces: Array) -> Array:
        """(n, 3) jumps of forces where springs hold the faces."""
        self._count += 1
        if self._factor is None:
            self._factor = self._factorised()
        right, found = self._solver.matrix.createVecs()
        right.array[:] = self._pairs.spread(forces)
        right.array[self._solver.operator.constrained] = 0.0
        self._factor.solve(right, found)
        moved: Array = found.array.copy()
        right.destroy()
        found.destroy()
        return self._pairs.jump(moved)

    def _factorised(self) -> PETSc.KSP:
        """Of the stack with springs.

        Raises:
            NotConvergedError: the matrix is singular.
            OutOfMemoryError: its factor does not fit.
        """
        stiff, comm = self._solver.matrix, self._solver.space.mesh.comm
        springs = PETSc.Mat().createAIJ(stiff.getSizes(), comm=comm)
        springs.setOption(PETSc.Mat.Option.NEW_NONZERO_ALLOCATION_ERR, False)
        springs.setUp()
        held = self._solver.operator.constrained
        free = np.ones(stiff.getLocalSize()[0], dtype=bool)
        free[held[held < len(free)]] = False
        first, last = stiff.getOwnershipRange()
        for own, other in ((0, 1), (1, 0)):
            rows = 3 * self._pairs.nodes[:, own]
            for k in np.flatnonzero((rows >= first) & (rows < last)):
                for axis in range(3):
                    row, column = int(rows[k]) + axis, 3 * int(self._pairs.nodes[k, other]) + axis
                    if free[row - first]:
                        springs.setValues([row], [row, column], self._springs[k] * np.array([1.0, -1.0]), addv=True)
        springs.assemble()
        whole = stiff.copy()
        whole.axpy(1.0, springs, PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
        factor = PETSc.KSP().create(comm)
        factor.setType("preonly")
        factor.getPC().setType("lu")
        factor.getPC().setFactorSolverType("mumps")
        factor.setOperators(whole)
        factor.setUp()
        release(comm, springs, whole)
        failed = failure(factor.getPC(), "the stack with springs")
        if failed is not None:
            raise failed
        return factor
