"""Corrections of Newton's method where springs couple pairs of nodes of a stack: factorised, whatever its inertia.

The tangent of the stack with springs between the pairs is factorised as L D L^T by MUMPS, which tells how many of its
eigenvalues are negative; springs count by their symmetric part there. GMRES on the product, which is matrix-free and
has the springs whole, gives the digits a factor alone has not on thin stacks, and makes up for a factor of a state
that is not far away.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from dolfinx import fem
from dolfinx.fem import petsc
from petsc4py import PETSc

from solver import compat
from solver.arrays import Array, Integers
from solver.errors import NotConvergedError
from solver.linalg.direct import held_at_zero
from solver.linalg.extruded_cells import Bilinear, whole
from solver.linalg.linearised import LayeredTangent, LinearisedOperator, linearised
from solver.linalg.mumps import failure, negative_pivots
from solver.linalg.operator import FormOperator, matrix_free
from solver.linalg.release import release
from solver.physics.solid.crack_faces import FacePairs
from solver.physics.solid.springs import PairSprings

_MOST_ITERATIONS = 60
_ANEW = 30  # iterations beyond those a new factor takes, from which on one is worth it
FINE, ROUGH = 1e-5, 1e-3  # of the residual of a correction, which the next one sees


class HeldTangent:
    """The tangent of a stack with springs. All methods are collective.

    Args:
        tangent: of the stack, or one the kernels know.
        space: its function space.
        constrained: local unknowns held at zero.
        pairs: that springs couple.

    Attributes:
        operator: of the stack alone.
        springs: of the pairs.
        iterations: of GMRES so far.
    """

    def __init__(
        self, tangent: Bilinear | LayeredTangent, space: fem.FunctionSpace, constrained: Integers, pairs: FacePairs
    ) -> None:
        self._known = known = linearised(tangent, space) if isinstance(tangent, LayeredTangent) else None
        form = tangent.form if isinstance(tangent, LayeredTangent) else whole(tangent)
        self.operator: FormOperator
        if known is not None:
            self.operator = LinearisedOperator(known, space, constrained)
        else:
            self.operator = matrix_free(form if isinstance(tangent, LayeredTangent) else tangent, space, constrained)
        self._comm, self._form, self._bcs = space.mesh.comm, compat.form(form), held_at_zero(space, constrained)
        self.springs = PairSprings(pairs, constrained)
        self.iterations = 0
        self._stack = petsc.create_matrix(self._form)
        self._stale, self._fewest, self._beyond = True, 0, 0
        size = self._stack.getSizes()[0]
        self._shell = PETSc.Mat().createPython((size, size), self, comm=self._comm)
        self._shell.setUp()
        self._ksp = PETSc.KSP().create(self._comm)
        self._ksp.setType("gmres")
        self._ksp.setGMRESRestart(_MOST_ITERATIONS)
        self._ksp.setPCSide(PETSc.PC.Side.LEFT)
        self._rhs, self._solution = self._shell.createVecs()

    def mult(self, _: Any, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """PETSc shell product, constraints imposed."""
        held, values = self.operator.constrained, x.array_r.copy()
        kept = values[held].copy()
        values[held] = 0.0
        result = self.product(values)
        result[held] = kept
        y.array[:] = result

    def product(self, x: Array) -> Array:
        """(owned unknowns,) forces of a motion (owned unknowns,), with no constraint."""
        return np.asarray(self.operator.product(x) + self.springs.forces(x))

    def outdate(self) -> None:
        """Factorise anew before the next correction."""
        self._stale = True

    def correct(self, b: Array, guess: Array | None = None, tolerance: float = FINE) -> Array:
        """(owned unknowns,) motion that answers forces b, with a new factor where the old one takes long.

        Args:
            b: (owned unknowns,) forces (N).
            guess: what answered them before, to begin with.
            tolerance: part of the preconditioned residual that may be left.

        Raises:
            NotConvergedError: GMRES did not converge, or the tangent is singular.
        """
        self._ksp.setTolerances(rtol=tolerance, atol=0.0, max_it=_MOST_ITERATIONS)
        for _ in range(2):
            fresh = self._stale
            if fresh:
                self.factorise()
            self._rhs.array[:] = b
            self._rhs.array[self.operator.constrained] = 0.0
            self._solution.array[:] = 0.0 if guess is None else guess
            self._ksp.setInitialGuessNonzero(guess is not None)
            with self._frozen():
                self._ksp.solve(self._rhs, self._solution)
            spent, reason = self._ksp.getIterationNumber(), self._ksp.getConvergedReason()
            self.iterations += spent
            self._fewest, self._beyond = (spent, 0) if fresh else (self._fewest, self._beyond + spent - self._fewest)
            self._stale = self._beyond > _ANEW
            if reason > 0:
                return np.array(self._solution.array_r)
            if fresh:
                break
            self._stale = True
        raise NotConvergedError("its linear equations did not converge")

    def factorise(self) -> None:
        """The tangent as it is now.

        Raises:
            NotConvergedError: it is singular.
            OutOfMemoryError: its factor does not fit.
        """
        self._stack.zeroEntries()
        petsc.assemble_matrix(self._stack, self._form, bcs=self._bcs)
        self._stack.assemble()
        both = self.springs.beside(self._stack)
        both.setOption(PETSc.Mat.Option.SYMMETRIC, True)
        self._ksp.setOperators(self._shell, both)
        factor = self._ksp.getPC()
        factor.setType("cholesky")
        factor.setFactorSolverType("mumps")
        self._ksp.setUp()
        failed = failure(factor, "the stack with its interface")
        if failed is not None:
            raise failed
        self._stale = False

    def _frozen(self) -> AbstractContextManager[None]:
        """The state of the stack is compared once, and does not change within."""
        return nullcontext() if self._known is None else self._known.held()

    @property
    def negative_pivots(self) -> int:
        """Negative eigenvalues of the tangent when it was factorised last."""
        return negative_pivots(self._ksp.getPC())

    def free(self) -> None:
        """Free matrices and factors."""
        parts = self._ksp, self._shell, self._stack, self._rhs, self._solution
        release(self._comm, *parts, *self.springs.matrices)
