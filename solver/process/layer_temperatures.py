"""A temperature field of the hexahedra of a stack, as the layers of a plate take it."""

from itertools import pairwise

import basix
import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.field_transfer import carried
from meshes.plate import PlateMesh
from solver import compat
from solver.arrays import Array, Mask
from solver.physics.plate.section import CORNERS
from solver.physics.plate.temperatures import LEVELS, SHARES, at_places, parabola

_GAUSS = 0.5 / np.sqrt(3.0)  # of the points of a cell in the plane, from its middle
_PLANE = np.array([[0.5 + i * _GAUSS, 0.5 + j * _GAUSS] for j in (-1, 1) for i in (-1, 1)])


class LayerTemperatures:
    """Fields of a stack on the cells of its plate: bilinear in a cell, a parabola through each of its layers.

    Its mean over a layer, its slope and its curvature through it, and its mean and slopes in the plane are those of the
    field (a projection in the mean square): forces and moments of what expands evenly are exact.

    Args:
        plate: the mesh in plane.
        stack_mesh: hexahedra of the same layers; ranks may have other columns than of the plate.
    """

    def __init__(self, plate: PlateMesh, stack_mesh: StackMesh) -> None:
        self._plate, self._mesh = plate, stack_mesh
        self._columns, self._of = np.unique(stack_mesh.columns, return_inverse=True)
        self._known: tuple[fem.Function, Array] | None = None

    def __call__(self, field: fem.Function) -> Array:
        """(layers of the stack-up, local cells, CORNERS, LEVELS) of a field (K), which stays as it is. Collective.

        Where a layer is not, it is as hot as the face it would lie on, or that which would lie on it.
        """
        if self._known is None or self._known[0] is not field:
            filled = _filled(self._mesh, *self._by_column(field))
            there = carried(self._plate.comm, self._columns, filled, self._plate.numbers)[1]
            corners = np.linalg.inv(_tabulated("quadrilateral", 1, _PLANE))
            self._known = field, np.ascontiguousarray(np.einsum("cp,nlpz->lncz", corners, there))
        return self._known[1]

    def _by_column(self, field: fem.Function) -> tuple[Array, Mask]:
        """(columns, layers, CORNERS, LEVELS) at the Gauss points in the plane, and where there is something."""
        mesh, count = self._mesh, len(self._mesh.column)
        z = np.repeat(0.5 * (1.0 + LEVELS), CORNERS)
        points = np.column_stack([np.tile(_PLANE, (len(LEVELS), 1)), z])
        shape = _tabulated("hexahedron", field.function_space.ufl_element().degree, points)
        values = field.x.array[field.function_space.dofmap.list[:count]] @ shape.T
        by_level = values.reshape(count, len(LEVELS), CORNERS)
        places, share = self._places()
        moments = np.einsum("n,z,nzp,nzk->npk", share, SHARES, by_level, np.polynomial.legendre.legvander(places, 2))
        sums = np.zeros((len(self._columns), len(mesh.stack.layers), CORNERS, 3))
        np.add.at(sums, (self._of, mesh.layer_of), moments)
        there = np.zeros(sums.shape[:2], dtype=bool)
        there[self._of, mesh.layer_of] = True
        return parabola(sums), there

    def _places(self) -> tuple[Array, Array]:
        """(owned cells, LEVELS) where the Gauss points of a cell are in its layer, from -1 to 1, and its part of it."""
        mesh = self._mesh
        corners = mesh.mesh.geometry.x[compat.geometry_nodes(mesh.mesh)[: len(mesh.column)]]
        middle, (below, above) = corners[:, :, :2].mean(axis=1), corners[:, :, 2].reshape(-1, 2, 4).mean(axis=2).T
        low, high = np.empty((2, len(corners)))
        for index, layer in enumerate(mesh.stack.layers):
            mine = mesh.layer_of == index
            for faces, level in ((low, layer.bottom), (high, layer.top)):
                faces[mine] = mesh.stack.heights(middle[mine], level)
        z = 0.5 * ((below + above)[:, None] + (above - below)[:, None] * LEVELS)
        return 2.0 * (z - low[:, None]) / (high - low)[:, None] - 1.0, (above - below) / (high - low)


def hottest(temperature: float | fem.Function) -> float:
    """The highest temperature (K), of a uniform one that. Collective in a field."""
    if not isinstance(temperature, fem.Function):
        return temperature
    comm = temperature.function_space.mesh.comm
    return float(comm.allreduce(float(temperature.x.array.max(initial=-np.inf)), MPI.MAX))


def _filled(mesh: StackMesh, values: Array, there: Mask) -> Array:
    """Values of columns, as of `_by_column`, with those of the face next to it where a layer is not."""
    order = sorted(range(values.shape[1]), key=lambda index: mesh.stack.layers[index].bottom)
    found, known = values.copy(), there.copy()
    for way, face in ((order, 1.0), (order[::-1], -1.0)):
        for before, layer in pairwise(way):
            here = known[:, before] & ~known[:, layer]
            found[here, layer] = at_places(found[here, before], np.array([face]))
            known[:, layer] |= here
    return found


def _tabulated(cell: str, degree: int, points: Array) -> Array:
    """(points, nodes) Lagrange functions of a degree at points of a reference cell."""
    kind = getattr(basix.CellType, cell)
    element = basix.create_element(basix.ElementFamily.P, kind, degree, basix.LagrangeVariant.gll_warped)
    return np.asarray(element.tabulate(0, points)[0, :, :, 0])
