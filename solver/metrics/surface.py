"""A horizontal face of a stack or of a part of it: the displacement there, integrated, sampled, interpolated."""

import copy
from collections.abc import Callable
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
from solver.parallel import combined
from solver.stackup.zone import MeasuringZone

_GAUSS = 4  # points per direction: exact for squares of degree-2 functions
_LATTICE = 5  # samples per direction for extremes
_NEWTON = 20
_KEPT = 20_000  # facets whose points are kept: 26 MB
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


@dataclass(frozen=True)
class _Points:
    """Places of `Samples`, and the functions that make the displacement there from that of the facets.

    Attributes:
        xy, z, weight: as of `Samples`; first the points of whole facets, then those of parts.
        whole: (m,) facets of which all have the same points.
        shape: (points of a facet, functions) there.
        facet: (k,) facet of every other point.
        shapes: (k, functions) there.
    """

    xy: Array
    z: Array
    weight: Array
    whole: Integers
    shape: Array
    facet: Integers
    shapes: Array

    def samples(self, u: Array) -> Samples:
        """With the displacement (facets, functions, 3) of all facets (m)."""
        moved = np.einsum("qi,fid->fqd", self.shape, u[self.whole], optimize=True).reshape(-1, 3)
        more = np.einsum("ni,nid->nd", self.shapes, u[self.facet])
        return Samples(self.xy, self.z, np.concatenate([moved, more]) if len(more) else moved, self.weight)


def surface_of(
    stack_mesh: StackMesh, displacement: fem.Function, face: str, zone: MeasuringZone | None = None
) -> "Surface":
    """As `Surface`, whose places are found once for each mesh."""
    known, key = stack_mesh.known, ("surface", face, zone)
    if key not in known:
        known[key] = Surface(stack_mesh, displacement, face, zone)
    found: Surface = known[key].moved(displacement)
    return found


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
        self._cells, self._found = cells, dict[bytes, tuple[Integers, Integers, Array]]()
        self._places = dict[str, _Points]()  # of this face, whatever its displacement
        self._outwards = 1.0 if side == "top" else -1.0
        self._height = 1.0 if side == "top" else 0.0
        cell = stack_mesh.mesh.basix_cell()
        self._quadratic = basix.create_element(basix.ElementFamily.P, cell, 2)
        self._linear = basix.create_element(basix.ElementFamily.P, cell, 1)
        self._u = self._of(displacement)
        self._x = stack_mesh.mesh.geometry.x[compat.geometry_nodes(stack_mesh.mesh)[cells]][:, :, :2]
        self._z = heights_at(stack_mesh, cells, side)

    def moved(self, displacement: fem.Function) -> "Surface":
        """The same face with another displacement; where it is small, its points are not found again."""
        other = copy.copy(self)
        other._u = self._of(displacement)
        for name in ("gauss", "lattice"):
            other.__dict__.pop(name, None)
        return other

    def _of(self, displacement: fem.Function) -> Array:
        """(facets, functions, 3) of the cells (m)."""
        return np.asarray(displacement.x.array.reshape(-1, 3)[displacement.function_space.dofmap.list[self._cells]])

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
        return self._kept("gauss", self._gauss_points).samples(self._u)

    @cached_property
    def lattice(self) -> Samples:
        """A lattice in every facet, corners included, for extremes (weights are zero)."""
        return self._kept("lattice", self._lattice_points).samples(self._u)

    def _kept(self, name: str, found: Callable[[], _Points]) -> _Points:
        """Places of a face, found once where it is small."""
        if name in self._places:
            return self._places[name]
        places = found()
        if self.facets <= _KEPT:
            self._places[name] = places
        return places

    def sum(self, local: Array) -> Array:
        """Sum of arrays of equal shape over all ranks. Collective."""
        return np.asarray(combined(self.comm, local, MPI.SUM))

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

    def _gauss_points(self) -> _Points:
        points, weights = basix.make_quadrature(basix.CellType.quadrilateral, 2 * _GAUSS - 1)
        cut = self._parts[1]
        parts = None if cut is None else (cut.gauss, cut.gauss_owner, cut.gauss_weight)
        return self._points(points, weights, parts)

    def _lattice_points(self) -> _Points:
        line = np.linspace(0.0, 1.0, _LATTICE)
        points = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
        cut = self._parts[1]
        parts = None if cut is None else (cut.rim, cut.rim_owner, np.zeros(len(cut.rim)))
        return self._points(points, np.zeros(len(points)), parts)

    @cached_property
    def _parts(self) -> tuple[Integers, clip.Cut | None]:
        """Facets that are whole in the zone, and what is left of those its border cuts."""
        if self.zone is None:
            return np.arange(self.facets), None
        inside = self.zone.outline.intersection(self.stack.window)
        return clip.cut(self._x[:, [0, 1, 3, 2]], inside, _LATTICE - 1)

    def _facets_with(self, places: Array) -> tuple[Integers, Integers, Array]:
        """Pairs of a point and a facet that has it, and its coordinates in the reference facet."""
        if (found := self._found.get(key := places.tobytes())) is not None:
            return found
        corners = shapely.box(*self._x.min(axis=1, initial=np.inf).T, *self._x.max(axis=1, initial=-np.inf).T)
        reach = _SLACK * self.stack.span
        point, facet = shapely.STRtree(corners).query(shapely.points(places), predicate="dwithin", distance=reach)
        local = self._invert(facet, places[point])
        inside = np.all((local > -_EDGE) & (local < 1 + _EDGE), axis=1)
        found = self._found[key] = point[inside], facet[inside], local[inside]
        return found

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

    def _points(self, points: Array, weights: Array, parts: tuple[Array, Integers, Array] | None) -> _Points:
        """The same points of the reference facet in every whole facet, then those of parts with their facet, weight."""
        facets = self._parts[0]
        shape, x = self._shape(self._linear, points, 1), self._x[facets]
        xy = np.einsum("qi,fid->fqd", shape[0], x, optimize=True).reshape(-1, 2)
        jacobian = np.einsum("eqi,fid->fqed", shape[1:3], x, optimize=True)
        (xs, ys), (xt, yt) = jacobian[..., 0, :].T, jacobian[..., 1, :].T
        area = (np.abs(xs * yt - ys * xt).T * weights).ravel()
        z, of_facet = np.repeat(self._z[facets], len(points)), self._shape(self._quadratic, points, 0)[0]
        none = np.zeros((0, of_facet.shape[1]))
        if parts is None:
            return _Points(xy, z, area, facets, of_facet, np.zeros(0, dtype=np.int64), none)
        places, facet, weight = parts
        local = self._invert(facet, places)
        shapes = self._shape(self._quadratic, local, 0)[0] if len(local) else none
        xy, z, area = (np.concatenate(pair) for pair in ((xy, places), (z, self._z[facet]), (area, weight)))
        return _Points(xy, z, area, facets, of_facet, facet, shapes)
