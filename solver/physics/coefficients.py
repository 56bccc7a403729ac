"""Material properties as coefficient functions: one value per cell, or per quadrature point if temperature varies."""

from collections.abc import Callable, Sequence

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array
from solver.materials.material import Material

QUADRATURE_DEGREE = 4  # exact for degree-2 gradients on bricks
DX = {"quadrature_degree": QUADRATURE_DEGREE}


# (block index, material, temperatures (n,) in K) -> values (n, components)
Law = Callable[[int, Material, Array], Array]
# (values (n or 1, k) along the axes of a material, their angles (n or 1,) from x in rad) -> values along x, y, z
Turn = Callable[[Array, Array], Array]


class Coefficients:
    """Functions of (material, temperature) on the cells of a stack.

    Args:
        stack_mesh: the mesh with its tags.
        materials: one per block.
        pointwise: True for values at quadrature points (a temperature field), False for one value per cell.

    Attributes:
        cells: local cells of every block.
        in_field: True if they are taken in a temperature field.
        pointwise: True for values at quadrature points, which axes that follow a radius need, too.
        turned: True if the axes of a material are not those of the stack.
    """

    def __init__(self, stack_mesh: StackMesh, materials: Sequence[Material], pointwise: bool) -> None:
        self.stack_mesh, self.materials = stack_mesh, materials
        all_axes = [material.axes for material in materials if material.axes is not None]
        self.turned, self._radial = bool(all_axes), any(axes.centre is not None for axes in all_axes)
        self.in_field, self.pointwise = pointwise, pointwise or self._radial
        cell = stack_mesh.mesh.basix_cell()
        self._points, self._weights = basix.make_quadrature(cell, QUADRATURE_DEGREE)
        self.cells = [np.flatnonzero(stack_mesh.block == index).astype(np.int32) for index in range(len(materials))]
        self._all = np.arange(len(stack_mesh.block), dtype=np.int32)
        self._spaces: dict[int, fem.FunctionSpace] = {}
        self._expressions: dict[tuple[ufl.core.expr.Expr, bytes], fem.Expression] = {}

    def space(self, components: int) -> fem.FunctionSpace:
        """The space such coefficients live in."""
        if components not in self._spaces:
            self._spaces[components] = self._space(components)
        return self._spaces[components]

    def _space(self, components: int) -> fem.FunctionSpace:
        domain = self.stack_mesh.mesh
        if self.pointwise:
            element = basix.ufl.quadrature_element(
                domain.basix_cell(), value_shape=(components,), degree=QUADRATURE_DEGREE
            )
        else:
            element = basix.ufl.element("DG", domain.basix_cell(), 0, shape=(components,))
        return fem.functionspace(domain, element)

    def at_points(self, field: fem.Function, points: Array | None = None) -> Array:
        """Values of a scalar field at reference points (the quadrature points by default), shape (cells, points)."""
        return self._evaluated(field, self._points if points is None else points)

    def slopes_at_points(self, field: fem.Function) -> Array:
        """Gradient of a scalar field at the quadrature points, shape (cells, points, 3)."""
        return self._evaluated(ufl.grad(field), self._points).reshape(len(self._all), -1, 3)

    def _evaluated(self, what: ufl.core.expr.Expr, points: Array) -> Array:
        key = what, points.tobytes()
        if key not in self._expressions:
            self._expressions[key] = compat.expression(what, points)
        return compat.evaluate(self._expressions[key], self.stack_mesh.mesh, self._all)

    def angles(self, block: int, points: Array | None = None) -> Array:
        """From x to the first axis of the material of a block (rad): (1,), or (cells x points,) along a radius.

        Args:
            block: its index.
            points: reference points; None: the quadrature points.
        """
        axes = self.materials[block].axes
        if axes is None or axes.centre is None:
            return np.array([0.0 if axes is None else axes.angle])
        place = ufl.SpatialCoordinate(self.stack_mesh.mesh)
        x = self._evaluated(place, self._points if points is None else points)
        return axes.angles(x.reshape(len(self._all), -1, 3)[self.cells[block]].reshape(-1, 3))

    def volumes(self) -> Array:
        """Volume that belongs to each quadrature point (m^3), shape (cells, points)."""
        stretch = self._evaluated(ufl.classes.JacobianDeterminant(self.stack_mesh.mesh.ufl_domain()), self._points)
        return np.abs(stretch) * self._weights

    def values(self, law: Law, components: int, temperature: float | Array, turn: Turn | None = None) -> Array:
        """Values of a law in every local cell, shape (cells, points, components); one point where all are the same.

        Args:
            law: (block index, material, temperatures (n,) in K) -> values.
            components: how many values there are in the end.
            temperature: uniform, or at points of every cell, shape (cells, points).
            turn: what makes values along x, y and z of those along the axes of a material, where one is `turned`.
        """
        count = len(self._points) if turn is not None and self._radial else 1
        if isinstance(temperature, np.ndarray):
            count = temperature.shape[1]
        result = np.empty((len(self._all), count, components))
        for block, (cells, material) in enumerate(zip(self.cells, self.materials, strict=True)):
            if not len(cells):
                continue
            kelvin = temperature[cells].ravel() if isinstance(temperature, np.ndarray) else np.array([temperature])
            found = law(block, material, kelvin)
            if turn is not None and self.turned:
                found = turn(found, self.angles(block))
            result[cells] = found.reshape(len(cells), count, components) if len(found) > 1 else found
        return result

    def fill(self, target: fem.Function, law: Law, temperature: float | Array, turn: Turn | None = None) -> None:
        """Set a function of `self.space` to the values of a law; arguments as of `values`."""
        self.put(target, self.values(law, target.function_space.dofmap.index_map_bs, temperature, turn))

    def put(self, target: fem.Function, values: Array) -> None:
        """Set a function of `self.space` to values of shape (cells, points, components); one point stands for all."""
        components = target.function_space.dofmap.index_map_bs
        dofs = target.function_space.dofmap.list[: len(self._all)]
        target.x.array.reshape(-1, components)[dofs.ravel()] = np.broadcast_to(
            values, (*dofs.shape, components)
        ).reshape(-1, components)
        target.x.scatter_forward()
