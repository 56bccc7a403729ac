"""A bilinear form applied without a matrix: exact for rigid motions, where an assembled matrix only nearly is."""

from typing import Any

import ufl
from dolfinx import fem, la
from petsc4py import PETSc

from solver import compat
from solver.arrays import Array, Integers


class FormOperator:
    """y = A x for a symmetric bilinear form with homogeneous constraints (identity on constrained unknowns).

    An assembled stiffness matrix of a thin plate does not annihilate a rigid translation to better than rounding of
    its largest entries, which is more than the bending stiffness; the matrix-free product does.

    Args:
        a: bilinear form with a trial and a test function.
        space: its function space.
        constrained: local numbers (owned and ghost) of the unknowns held at zero.
    """

    def __init__(self, a: ufl.Form, space: fem.FunctionSpace, constrained: Integers) -> None:
        self.space = space
        self._argument = fem.Function(space)
        self._form = compat.form(ufl.action(a, self._argument))
        self._result = la.vector(space.dofmap.index_map, space.dofmap.index_map_bs)
        self.owned = space.dofmap.index_map.size_local * space.dofmap.index_map_bs
        self.constrained = constrained[constrained < self.owned]

    def product(self, x: Array) -> Array:
        """A x for the owned entries of x, with no constraint."""
        self._argument.x.array[: self.owned] = x
        self._argument.x.scatter_forward()
        self._result.array[:] = 0.0
        fem.assemble_vector(self._result.array, self._form)
        self._result.scatter_reverse(la.InsertMode.add)
        return self._result.array[: self.owned]

    def mult(self, matrix: Any, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """PETSc shell product, constraints imposed."""
        values = x.array_r.copy()
        held = values[self.constrained].copy()
        values[self.constrained] = 0.0
        result = self.product(values)
        result[self.constrained] = held
        y.array[:] = result

    def matrix(self) -> PETSc.Mat:
        """The operator as a PETSc matrix (shell)."""
        index_map, bs = self.space.dofmap.index_map, self.space.dofmap.index_map_bs
        size = (index_map.size_local * bs, index_map.size_global * bs)
        shell = PETSc.Mat().createPython((size, size), self, comm=self.space.mesh.comm)
        shell.setUp()
        return shell
