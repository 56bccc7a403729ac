"""A horizontal face of a stack or of one of its layers: the displacement there, integrated, sampled, interpolated."""

from dataclasses import dataclass
from functools import cached_property

import basix
import numpy as np
import shapely
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import BOTTOM, TOP, StackMesh, facet_tag
from solver import compat
from solver.arrays import Array, Integers

_GAUSS = 4  # points per direction: exact for squares of degree-2 functions
_LATTICE = 5  # samples per direction for extremes
_NEWTON = 20
_SLACK = 1e-6  # of the span: points this far outside a facet belong to it
_EDGE = 1e-5  # the same in coordinates of the reference facet


@dataclass(frozen=True)
class Samples:
    """Displacement at points of the surface of the local cells.

    Attributes:
        xy: (n, 2) place in the undeformed plane (m).
        u: (n, 3) displacement (m).
        weight: (n,) area the point stands for (m^2).
    """

    xy: Array
    u: Array
    weight: Array


class Surface:
    """A horizontal face and the displacement on it.

    Args:
        stack_mesh: the mesh.
        displacement: degree-2 field on it.
        side: "top" or "bottom".
        layer: name of the layer present whose face it is, covered or not; None: the exposed face of the layers present.
    """

    def __init__(self, stack_mesh: StackMesh, displacement: fem.Function, side: str, layer: str | None = None) -> None:
        self.comm, self.stack = stack_mesh.comm, stack_mesh.stack
        cells = _exposed(stack_mesh, side) if layer is None else _of_layer(stack_mesh, layer, side)
        name = layer or stack_mesh.layers[-1 if side == "top" else 0]
        placed = self.stack.layer(name)
        self.level = placed.top if side == "top" else placed.bottom
        self._height = 1.0 if side == "top" else 0.0
        cell = stack_mesh.mesh.basix_cell()
        self._quadratic = basix.create_element(basix.ElementFamily.P, cell, 2)
        self._linear = basix.create_element(basix.ElementFamily.P, cell, 1)
        dofs = displacement.function_space.dofmap.list[cells]
        self._u = displacement.x.array.reshape(-1, 3)[dofs]
        self._x = stack_mesh.mesh.geometry.x[compat.geometry_nodes(stack_mesh.mesh)[cells]][:, :, :2]

    @property
    def facets(self) -> int:
        """Number of local facets."""
        return len(self._x)

    @property
    def middles(self) -> Array:
        """(facets, 2) middle of every local facet (m)."""
        return np.asarray(self._x.mean(axis=1))

    @cached_property
    def gauss(self) -> Samples:
        """Quadrature points with their weights."""
        points, weights = basix.make_quadrature(basix.CellType.quadrilateral, 2 * _GAUSS - 1)
        return self._samples(points, weights)

    @cached_property
    def lattice(self) -> Samples:
        """A lattice in every facet, corners included, for extremes (weights are zero)."""
        line = np.linspace(0.0, 1.0, _LATTICE)
        points = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
        return self._samples(points, np.zeros(len(points)))

    def sum(self, local: Array) -> Array:
        """Sum over ranks."""
        return np.asarray(self.comm.allreduce(local, MPI.SUM))

    def at(self, places: Array) -> Array:
        """Displacement at points of the plane, shape (n, 3); NaN off the surface. Collective.

        They may all be off this rank's part of it.

        Args:
            places: (n, 2) in m, the same on every rank.
        """
        found = np.full((len(places), 3), np.inf)
        corners = shapely.box(*self._x.min(axis=1, initial=np.inf).T, *self._x.max(axis=1, initial=-np.inf).T)
        reach = _SLACK * self.stack.span
        point, facet = shapely.STRtree(corners).query(shapely.points(places), predicate="dwithin", distance=reach)
        local = self._invert(facet, places[point])
        inside = np.all((local > -_EDGE) & (local < 1 + _EDGE), axis=1)
        point, facet, local = point[inside], facet[inside], local[inside]
        if len(point):  # basix ends the process when it is given no points
            found[point] = np.einsum("ni,nid->nd", self._shape(self._quadratic, local, 0)[0], self._u[facet])
        result = np.empty_like(found)
        self.comm.Allreduce(found, result, MPI.MIN)
        result[np.isinf(result)] = np.nan
        return result

    def _invert(self, facet: Integers, places: Array) -> Array:
        """Coordinates (n, 2) of points in the reference facet of the facets beside them, by Newton's method."""
        local: Array = np.full((len(places), 2), 0.5)
        for _ in range(_NEWTON if len(places) else 0):
            shape = self._shape(self._linear, local, 1)
            here = np.einsum("ni,nid->nd", shape[0], self._x[facet])
            jacobian = np.einsum("eni,nid->nde", shape[1:3], self._x[facet])
            step = np.linalg.solve(jacobian, (places - here)[:, :, None])[:, :, 0]
            local = local + step
            if np.abs(step).max() < 1e-12:
                break
        return local

    def _shape(self, element: basix.finite_element.FiniteElement, points: Array, derivatives: int) -> Array:
        return np.asarray(element.tabulate(derivatives, np.column_stack([points, np.full(len(points), self._height)])))[
            ..., 0
        ]

    def _samples(self, points: Array, weights: Array) -> Samples:
        shape = self._shape(self._linear, points, 1)
        xy = np.einsum("qi,fid->fqd", shape[0], self._x)
        jacobian = np.einsum("eqi,fid->fqed", shape[1:3], self._x)
        u = np.einsum("qi,fid->fqd", self._shape(self._quadratic, points, 0)[0], self._u)
        area = np.abs(np.linalg.det(jacobian)) * weights
        return Samples(xy.reshape(-1, 2), u.reshape(-1, 3), area.ravel())


def _exposed(stack_mesh: StackMesh, side: str) -> Integers:
    """Local cells under the exposed top, or above the exposed bottom, of the layers present."""
    kind, layer = (TOP, stack_mesh.layers[-1]) if side == "top" else (BOTTOM, stack_mesh.layers[0])
    names = [entry.name for entry in stack_mesh.stack.layers]
    facets = stack_mesh.facet_tags.find(facet_tag(names.index(layer), kind))
    to_cell = stack_mesh.mesh.topology.connectivity(2, 3)
    return np.asarray(to_cell.array[to_cell.offsets[facets]])


def _of_layer(stack_mesh: StackMesh, layer: str, side: str) -> Integers:
    """Owned cells at the top or bottom of a layer."""
    placed = stack_mesh.stack.layer(layer)
    cells = np.flatnonzero(stack_mesh.layer_of == stack_mesh.stack.layers.index(placed))
    z = stack_mesh.mesh.geometry.x[compat.geometry_nodes(stack_mesh.mesh)[cells], 2]
    slack = 1e-3 * placed.thickness / placed.cells
    at = z.max(axis=1) > placed.top - slack if side == "top" else z.min(axis=1) < placed.bottom + slack
    return np.asarray(cells[at])
