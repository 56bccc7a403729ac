"""Springs between pairs of nodes of a stack: their forces, their matrix beside that of the stack, a solver of both."""

import numpy as np
from dolfinx import fem
from petsc4py import PETSc

from solver.arrays import Array, Integers
from solver.linalg.direct import DirectSolver
from solver.linalg.extruded_cells import Bilinear
from solver.linalg.operator import FormOperator
from solver.physics.solid.crack_faces import FacePairs


class PairSprings:
    """Springs of n pairs of nodes. All methods are collective.

    Args:
        pairs: of nodes.
        constrained: local unknowns held at zero.

    Attributes:
        values: (n, 3, 3) of every pair (N/m).
    """

    def __init__(self, pairs: FacePairs, constrained: Integers) -> None:
        self._pairs, self._held = pairs, pairs.among(constrained)
        self.values: Array = np.zeros((len(pairs.nodes), 3, 3))
        self._matrices: tuple[PETSc.Mat, PETSc.Mat] | None = None

    def forces(self, x: Array) -> Array:
        """(owned unknowns,) forces of a motion (owned unknowns,)."""
        return self._pairs.spread((self.values @ self._pairs.jump(x)[:, :, None])[:, :, 0])

    def beside(self, stack: PETSc.Mat) -> PETSc.Mat:
        """The matrix of a stack with the springs, by their symmetric part: always the same one, filled anew."""
        self._matrices = springs, whole = self._matrices or self._made(stack)
        whole.zeroEntries()
        for part in (stack, self._fill(springs)):
            whole.axpy(1.0, part, PETSc.Mat.Structure.SUBSET_NONZERO_PATTERN)
        return whole

    @property
    def matrices(self) -> tuple[PETSc.Mat, ...]:
        """What it has made."""
        return self._matrices or ()

    def _made(self, stack: PETSc.Mat) -> tuple[PETSc.Mat, PETSc.Mat]:
        """Matrices of the springs and of all, with their patterns."""
        springs = PETSc.Mat().createAIJ(stack.getSizes(), comm=stack.comm)
        springs.setOption(PETSc.Mat.Option.NEW_NONZERO_ALLOCATION_ERR, False)
        springs.setUp()
        whole = stack.copy()
        whole.axpy(1.0, self._fill(springs), PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
        return springs, whole

    def _fill(self, matrix: PETSc.Mat) -> PETSc.Mat:
        """Put the springs into a matrix; nothing of what is held at zero."""
        nodes, even = self._pairs.nodes.astype(PETSc.IntType), 0.5 * (self.values + self.values.transpose(0, 2, 1))
        matrix.zeroEntries()
        axes = np.arange(3, dtype=PETSc.IntType)
        for own in (0, 1):
            for k in np.flatnonzero(self._pairs.mine[own]):
                for other in (0, 1):
                    free = ~self._held[k, own, :, None] & ~self._held[k, other]
                    block = even[k] * free if own == other else -even[k] * free
                    matrix.setValues(3 * nodes[k, own] + axes, 3 * nodes[k, other] + axes, block)
        matrix.assemble()
        return matrix


class SpringSolver(DirectSolver):
    """A stack with springs, factorised; arguments beside the springs as of `DirectSolver`.

    Args:
        springs: positive definite, or none.
    """

    def __init__(self, a: Bilinear, space: fem.FunctionSpace, constrained: Integers, springs: PairSprings) -> None:
        self._springs = springs
        self._stack: PETSc.Mat | None = None
        super().__init__(a, space, constrained)

    def _operator_of(self, a: Bilinear, space: fem.FunctionSpace, constrained: Integers) -> FormOperator:
        return _WithSprings(super()._operator_of(a, space, constrained), self._springs)

    def assemble(self) -> None:
        """As of `DirectSolver`."""
        if self._stack is not None:
            self.matrix = self._stack
        super().assemble()
        self._stack, self.matrix = self.matrix, self._springs.beside(self.matrix)
        for option in (PETSc.Mat.Option.SYMMETRIC, PETSc.Mat.Option.SPD):
            self.matrix.setOption(option, True)


class _WithSprings(FormOperator):
    """The product of a stack and of springs."""

    def __init__(self, stack: FormOperator, springs: PairSprings) -> None:
        self.space, self.owned, self.constrained = stack.space, stack.owned, stack.constrained
        self._of_stack, self._springs = stack, springs

    def product(self, x: Array) -> Array:
        """As of `FormOperator`."""
        return np.asarray(self._of_stack.product(x) + self._springs.forces(x))
