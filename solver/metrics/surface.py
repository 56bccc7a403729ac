"""A horizontal face of a stack or of a part of it: the displacement there, integrated, sampled, interpolated."""

from dataclasses import dataclass
from functools import cached_property

import basix
import numpy as np
import shapely
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.faces import cells_at, heights_at, part_and_side
from solver import compat
from solver.arrays import Array, Integers
from solver.metrics import clip
from solver.stackup.zone import MeasuringZone

_GAUSS = 4  # points per direction: exact for squares of degree-2 functions
_LATTICE = 5  # samples per direction for extremes
_NEWTON = 20
_SLACK = 1e-6  # of the span: points this far outside a facet belong to it
_EDGE = 1e-5  # the same in coordinates of the reference facet
_SAME = 1e-9  # of the span: facets at one height


@dataclass(frozen=True)
class Samples:
    """Displacement at points of the surface of the local cells.

    Attributes:
        xy: (n, 2) place in the undeformed plane (m).
        z: (n,) height there (m).
        u: (n, 3) displacement (m).
        weight: (n,) area the point stands for (m^2).
    """

    xy: Array
    z: Array
    u: Array
    weight: Array


class Surface:
    """A horizontal face and the displacement on it.

    Args:
        stack_mesh: the mesh.
        displacement: degree-2 field on it.
        face: `top`, `bottom`: what can be seen from that side; `LAYER.top`, `LAYER/REGION.bottom`: of that part,
            which must be there, covered or not.
        zone: the part of it that is looked at; None: all.
    """

    def __init__(
        self, stack_mesh: StackMesh, displacement: fem.Function, face: str, zone: MeasuringZone | None = None
    ) -> None:
        self.comm, self.stack, self.zone = stack_mesh.comm, stack_mesh.stack, zone
        cells, side = cells_at(stack_mesh, face), part_and_side(face)[1]
        self._outwards = 1.0 if side == "top" else -1.0
        self._height = 1.0 if side == "top" else 0.0
        cell = stack_mesh.mesh.basix_cell()
        self._quadratic = basix.create_element(basix.ElementFamily.P, cell, 2)
        self._linear = basix.create_element(basix.ElementFamily.P, cell, 1)
        dofs = displacement.function_space.dofmap.list[cells]
        self._u = displacement.x.array.reshape(-1, 3)[dofs]
        self._x = stack_mesh.mesh.geometry.x[compat.geometry_nodes(stack_mesh.mesh)[cells]][:, :, :2]
        self._z = heights_at(stack_mesh, cells, side)

    @property
    def facets(self) -> int:
        """Number of local facets."""
        return len(self._x)

    @property
    def middles(self) -> Array:
        """(facets, 2) middle of every local facet (m)."""
        return np.asarray(self._x.mean(axis=1))

    @property
    def outline(self) -> shapely.Polygon:
        """Of the whole zone, or of the whole stack (m)."""
        return self.stack.outline if self.zone is None else self.zone.outline

    @property
    def round(self) -> bool:
        """True if its outline has no corners."""
        return self.stack.disc if self.zone is None else self.zone.round

    @cached_property
    def level(self) -> float:
        """Mean height (m). Collective."""
        gauss = self.gauss
        area, moment = self.sum(np.array([gauss.weight.sum(), gauss.weight @ gauss.z]))
        return float(moment / area)

    @cached_property
    def area(self) -> float:
        """Area of the surface in its zone (m^2). Collective."""
        return float(self.sum(self.gauss.weight.sum()))

    @cached_property
    def gauss(self) -> Samples:
        """Quadrature points with their weights; in the order of the facets where there is no zone."""
        points, weights = basix.make_quadrature(basix.CellType.quadrilateral, 2 * _GAUSS - 1)
        whole, cut = self._parts
        found = self._samples(whole, points, weights)
        return found if cut is None else _joined(found, self._pick(cut.gauss, cut.gauss_owner, cut.gauss_weight))

    @cached_property
    def lattice(self) -> Samples:
        """A lattice in every facet, corners included, for extremes (weights are zero)."""
        line = np.linspace(0.0, 1.0, _LATTICE)
        points = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
        whole, cut = self._parts
        found = self._samples(whole, points, np.zeros(len(points)))
        return found if cut is None else _joined(found, self._pick(cut.rim, cut.rim_owner, np.zeros(len(cut.rim))))

    def sum(self, local: Array) -> Array:
        """Sum of arrays of equal shape over all ranks. Collective."""
        return np.asarray(self.comm.allreduce(local, MPI.SUM))

    def at(self, places: Array) -> Array:
        """Displacement at points of the plane, shape (n, 3); NaN off the surface. Collective."""
        return self.look(places)[0]

    def look(self, places: Array) -> tuple[Array, Array]:
        """Displacement (n, 3) and height (n,) at points of the plane, in or out of the zone; NaN off the surface.

        Where the surface has a step its outer side counts. Points may all be off this rank's part of it. Collective.

        Args:
            places: (n, 2) in m, the same on every rank.
        """
        point, facet, local = self._facets_with(places)
        inwards = -self._outwards * self._z[facet]
        outermost = np.full(len(places), np.inf)
        np.minimum.at(outermost, point, inwards)
        self.comm.Allreduce(MPI.IN_PLACE, outermost, MPI.MIN)
        on = inwards <= outermost[point] + _SAME * self.stack.span
        point, facet, local = point[on], facet[on], local[on]
        found = np.full((len(places), 4), np.inf)
        if len(point):  # basix ends the process when it is given no points
            found[point, :3] = np.einsum("ni,nid->nd", self._shape(self._quadratic, local, 0)[0], self._u[facet])
            found[point, 3] = self._z[facet]
        result = np.empty_like(found)
        self.comm.Allreduce(found, result, MPI.MIN)
        result[np.isinf(result)] = np.nan
        return result[:, :3], result[:, 3]

    @cached_property
    def _parts(self) -> tuple[Integers, clip.Cut | None]:
        """Facets that are whole in the zone, and what is left of those its border cuts."""
        if self.zone is None:
            return np.arange(self.facets), None
        inside = self.zone.outline.intersection(self.stack.window)
        return clip.cut(self._x[:, [0, 1, 3, 2]], inside, _LATTICE - 1)

    def _facets_with(self, places: Array) -> tuple[Integers, Integers, Array]:
        """Pairs of a point and a facet that has it, and its coordinates in the reference facet."""
        corners = shapely.box(*self._x.min(axis=1, initial=np.inf).T, *self._x.max(axis=1, initial=-np.inf).T)
        reach = _SLACK * self.stack.span
        point, facet = shapely.STRtree(corners).query(shapely.points(places), predicate="dwithin", distance=reach)
        local = self._invert(facet, places[point])
        inside = np.all((local > -_EDGE) & (local < 1 + _EDGE), axis=1)
        return point[inside], facet[inside], local[inside]

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

    def _samples(self, facets: Integers, points: Array, weights: Array) -> Samples:
        """The same points of the reference facet in several facets."""
        shape, x = self._shape(self._linear, points, 1), self._x[facets]
        xy = np.einsum("qi,fid->fqd", shape[0], x, optimize=True)
        jacobian = np.einsum("eqi,fid->fqed", shape[1:3], x, optimize=True)
        u = np.einsum("qi,fid->fqd", self._shape(self._quadratic, points, 0)[0], self._u[facets], optimize=True)
        (xs, ys), (xt, yt) = jacobian[..., 0, :].T, jacobian[..., 1, :].T
        area = np.abs(xs * yt - ys * xt).T * weights
        return Samples(xy.reshape(-1, 2), np.repeat(self._z[facets], len(points)), u.reshape(-1, 3), area.ravel())

    def _pick(self, xy: Array, facet: Integers, weight: Array) -> Samples:
        """Points of the plane, each in a facet of its own."""
        local = self._invert(facet, xy)
        shape = self._shape(self._quadratic, local, 0)[0] if len(local) else np.zeros((0, self._u.shape[1]))
        return Samples(xy, self._z[facet], np.einsum("ni,nid->nd", shape, self._u[facet]), weight)


def _joined(one: Samples, other: Samples) -> Samples:
    return Samples(
        *(np.concatenate([getattr(part, key) for part in (one, other)]) for key in ("xy", "z", "u", "weight"))
    )
