"""The evaluated surface: displacements on the top or bottom of a stack, integrated, sampled, interpolated."""

from dataclasses import dataclass
from functools import cached_property

import basix
import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import BOTTOM, TOP, StackMesh, facet_tag
from solver import compat
from solver.arrays import Array

_GAUSS = 4  # points per direction: exact for squares of degree-2 functions
_LATTICE = 5  # samples per direction for extremes
_NEWTON = 20


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
    """The exposed top or bottom facets of a stack and the displacement on them.

    Args:
        stack_mesh: the mesh.
        displacement: degree-2 field on it.
        side: "top" or "bottom" (of the layers present).
    """

    def __init__(self, stack_mesh: StackMesh, displacement: fem.Function, side: str) -> None:
        self.comm, self.stack = stack_mesh.comm, stack_mesh.stack
        names = [layer.name for layer in self.stack.layers]
        kind, layer = (TOP, stack_mesh.layers[-1]) if side == "top" else (BOTTOM, stack_mesh.layers[0])
        facets = stack_mesh.facet_tags.find(facet_tag(names.index(layer), kind))
        to_cell = stack_mesh.mesh.topology.connectivity(2, 3)
        cells = to_cell.array[to_cell.offsets[facets]]
        self._height = 1.0 if side == "top" else 0.0
        cell = stack_mesh.mesh.basix_cell()
        self._quadratic = basix.create_element(basix.ElementFamily.P, cell, 2)
        self._linear = basix.create_element(basix.ElementFamily.P, cell, 1)
        dofs = displacement.function_space.dofmap.list[cells]
        self._u = displacement.x.array.reshape(-1, 3)[dofs]
        self._x = stack_mesh.mesh.geometry.x[compat.geometry_nodes(stack_mesh.mesh)[cells]][:, :, :2]

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

        Args:
            places: (n, 2) in m, the same on every rank.
        """
        found = np.full((len(places), 3), np.inf)
        low, high = self._x.min(axis=1, initial=np.inf), self._x.max(axis=1, initial=-np.inf)
        slack = 1e-6 * self.stack.size
        for index, place in enumerate(places):
            for facet in np.flatnonzero(np.all((low - slack <= place) & (place <= high + slack), axis=1)):
                local = self._invert(facet, place)
                if local is not None:
                    found[index] = self._shape(self._quadratic, local[None, :], 0)[0, 0] @ self._u[facet]
                    break
        result = np.empty_like(found)
        self.comm.Allreduce(found, result, MPI.MIN)
        result[np.isinf(result)] = np.nan
        return result

    def _invert(self, facet: int, place: Array) -> Array | None:
        local = np.array([0.5, 0.5])
        for _ in range(_NEWTON):
            shape = self._shape(self._linear, local[None, :], 1)
            step = np.linalg.solve((shape[1:3, 0] @ self._x[facet]).T, place - shape[0, 0] @ self._x[facet])
            local = local + step
            if np.abs(step).max() < 1e-12:
                break
        inside = np.all((local > -1e-6) & (local < 1 + 1e-6))
        return local if inside else None

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
