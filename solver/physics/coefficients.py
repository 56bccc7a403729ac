"""Material properties as coefficient functions: one value per cell, or per quadrature point where the temperature varies."""

from collections.abc import Callable, Sequence

import basix.ufl
import numpy as np
from dolfinx import fem
from numpy.typing import NDArray

from meshes.extrude import StackMesh
from solver import compat
from solver.materials.material import Material

QUADRATURE_DEGREE = 4  # exact for degree-2 gradients on bricks
DX = {"quadrature_degree": QUADRATURE_DEGREE}

Array = NDArray[np.float64]


def resolve(stack_mesh: StackMesh, materials: Callable[[object], Material]) -> tuple[Material, ...]:
    """The material of every block of a mesh."""
    return tuple(materials(block.material) for block in stack_mesh.blocks)


class Coefficients:
    """Functions of (material, temperature) on the cells of a stack.

    Args:
        stack_mesh: the mesh with its tags.
        materials: one per block.
        pointwise: True for values at quadrature points (a temperature field), False for one value per cell.
    """

    def __init__(self, stack_mesh: StackMesh, materials: Sequence[Material], pointwise: bool) -> None:
        self.stack_mesh, self.materials, self.pointwise = stack_mesh, materials, pointwise
        cell = stack_mesh.mesh.basix_cell()
        self._points = basix.make_quadrature(cell, QUADRATURE_DEGREE)[0]
        self._cells = [np.flatnonzero(stack_mesh.block == index).astype(np.int32) for index in range(len(materials))]
        self._all = np.arange(len(stack_mesh.block), dtype=np.int32)

    def space(self, components: int) -> fem.FunctionSpace:
        """The space such coefficients live in."""
        domain = self.stack_mesh.mesh
        if self.pointwise:
            element = basix.ufl.quadrature_element(domain.basix_cell(), value_shape=(components,), degree=QUADRATURE_DEGREE)
        else:
            element = basix.ufl.element("DG", domain.basix_cell(), 0, shape=(components,))
        return fem.functionspace(domain, element)

    def at_points(self, field: fem.Function) -> Array:
        """Values of a scalar field at the quadrature points, shape (cells, points)."""
        return compat.evaluate(fem.Expression(field, self._points, jit_options=compat.jit_options()), self.stack_mesh.mesh, self._all)

    def fill(self, target: fem.Function, law: Callable[[int, Material, Array], Array], temperature: float | Array) -> None:
        """Set `target` block by block.

        Args:
            target: a function of `self.space`.
            law: (block index, material, temperatures (n,)) -> values (n, components).
            temperature: uniform (K), or at the points of every cell, shape (cells, points).
        """
        dofs = target.function_space.dofmap.list
        components = target.function_space.dofmap.index_map_bs
        values = target.x.array.reshape(-1, components)
        for block, (cells, material) in enumerate(zip(self._cells, self.materials, strict=True)):
            if not len(cells):
                continue
            if isinstance(temperature, np.ndarray):
                here = temperature[cells]
                values[dofs[cells].ravel()] = law(block, material, here.ravel())
            else:
                values[dofs[cells].ravel()] = law(block, material, np.array([temperature]))
        target.x.scatter_forward()
