"""Energy release rate along the fronts of cracks between layers, of a solved elastic stack at small deflection.

Two ways that know nothing of each other: the domain integral of the energy-momentum tensor (J. D. Eshelby, Phil. Trans.
R. Soc. A 244 (1951) 87; F. Z. Li, C. F. Shih, A. Needleman, Eng. Fract. Mech. 21 (1985) 405), whose field of virtual
growth lies in the plane and is the same at all heights, so layers may differ; and virtual crack closure with elements
of degree 2 (E. F. Rybicki, M. F. Kanninen, Eng. Fract. Mech. 9 (1977) 931; R. Krueger, Appl. Mech. Rev. 57 (2004) 109),
which tells the modes apart.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.cracks import Crack
from meshes.extrude import StackMesh
from meshes.plane import EMPTY
from solver import compat
from solver.arrays import Array, Integers, Mask
from solver.physics.coefficients import DX
from solver.physics.solid.kinematics import strain
from solver.physics.solid.small_deflection import SmallDeflectionSolid

RINGS = (2, 3, 4)  # of cells around the front that a domain of integration reaches over
_SAME = 0.1  # part by which domains of different size may differ where they hold
_NEAR = 1e-6  # of a length: the same place
_VOIGT = ((0, 5, 4), (5, 1, 3), (4, 3, 2))


@dataclass(frozen=True)
class Release:
    """Energy release rate of every edge of a front.

    Attributes:
        middle: (n, 2) middle of each edge (m).
        length: (n,) of it (m).
        ahead: (n, 2) unit normal in the plane, into what is joined.
        by_domain: (n,) from the domain integral over three rings of cells (J/m^2).
        spread: (n,) largest less smallest over two to four rings.
        mode: (n, 3) opening, shear along `ahead`, shear along the front, by crack closure (J/m^2).
        growth: (n, 2) length of the cells ahead and behind (m).
        clean: (n,) False where a material changes, or the stack ends, in the domain, and where its size matters.
        overlap: most that the faces overlap anywhere (m), 0 if they do not.
        opening: most that they have moved on each other anywhere (m).
    """

    middle: Array
    length: Array
    ahead: Array
    by_domain: Array
    spread: Array
    mode: Array
    growth: Array
    clean: Mask
    overlap: float
    opening: float

    @property
    def total(self) -> Array:
        """(n,) by crack closure (J/m^2)."""
        return np.asarray(self.mode.sum(axis=1))

    @property
    def best(self) -> Array:
        """(n,) by the domain integral where it holds, else by crack closure (J/m^2)."""
        return np.where(self.clean, self.by_domain, self.total)

    @property
    def mixity(self) -> Array:
        """(n,) from 0 degrees for opening alone to 90 for shear alone."""
        parts = np.maximum(self.mode, 0.0)
        return np.degrees(np.arctan2(np.sqrt(parts[:, 1] + parts[:, 2]), np.sqrt(parts[:, 0])))


def energy_release(solid: SmallDeflectionSolid, crack: Crack) -> Release:
    """Energy release rate along the front of a crack. Collective.

    Args:
        solid: solved, elastic.
        crack: of its mesh.
    """
    front = _Front(solid.stack_mesh, crack)
    forces = _configurational(solid)
    values = np.stack([front.domain_integral(forces, rings) for rings in RINGS])
    mode, overlap, opening = _closure(solid, crack, front)
    return Release(
        front.middle,
        front.length,
        front.ahead,
        values[1],
        np.ptp(values, axis=0),
        mode,
        front.growth,
        _trusted(front, values),
        overlap,
        opening,
    )


def _trusted(front: "_Front", values: Array) -> Mask:
    """(n,) True where edges, and those beside them, have a clean domain whose number of rings does not matter."""
    clean = front.clean & (np.ptp(values, axis=0) <= _SAME * np.abs(values).max(axis=0))
    soiled = np.zeros(len(front.points), dtype=bool)
    soiled[front.ends[~clean].ravel()] = True
    return np.asarray(~soiled[front.ends].any(axis=1))


class _Front:
    """The edges of a front in the plane."""

    def __init__(self, mesh: StackMesh, crack: Crack) -> None:
        self._mesh, self._crack = mesh, crack
        plane = mesh.plane
        ends = plane.points[crack.front]
        self.middle, along = ends.mean(axis=1), ends[:, 1] - ends[:, 0]
        self.length = np.linalg.norm(along, axis=1)
        self.along = along / self.length[:, None]
        centres = plane.points[plane.quads].mean(axis=1)
        ahead = np.column_stack([self.along[:, 1], -self.along[:, 0]])
        sign = np.sign(((centres[crack.sides[:, 1]] - self.middle) * ahead).sum(axis=1))
        self.ahead = ahead * sign[:, None]
        self.opposite = np.stack([self._opposite(crack.sides[:, k]) for k in (1, 0)])  # ahead, behind: (2, n, 2)
        far = plane.points[self.opposite].mean(axis=2)
        self.growth = np.abs(((far - self.middle) * self.ahead[None]).sum(axis=2)).T
        self.points, place = np.unique(crack.front, return_inverse=True)
        self.ends = place.reshape(-1, 2)
        self.shared = np.bincount(self.ends.ravel())
        self._ring = _rings(plane.quads, len(plane.points), self.points, max(RINGS))
        self.clean = self._clean()

    def _opposite(self, cells: Integers) -> Integers:
        """(n, 2) points of cells across from the ends of the edges of the front, each beside its end."""
        found = np.empty_like(self._crack.front)
        for number, (cell, ends) in enumerate(zip(cells, self._crack.front, strict=True)):
            corners = self._mesh.plane.quads[cell].tolist()
            for k, (end, other) in enumerate(zip(ends.tolist(), ends[::-1].tolist(), strict=True)):
                place = corners.index(end)
                beside = corners[(place + 1) % 4], corners[(place - 1) % 4]
                found[number, k] = beside[0] if beside[1] == other else beside[1]
        return found

    def domain_integral(self, forces: Array, rings: int) -> Array:
        """(n,) of every edge (J/m^2), from configurational forces (plane points, 2) on the nodes."""
        inside = np.flatnonzero((self._ring >= 0) & (self._ring < rings))
        weight = 1.0 - self._ring[inside] / rings
        edge, share = self._nearest(self._mesh.plane.points[inside])
        normals = np.zeros((len(self.points), 2))
        reach = np.zeros(len(self.points))
        for k in (0, 1):
            np.add.at(normals, self.ends[:, k], self.ahead * self.length[:, None])
            np.add.at(reach, self.ends[:, k], 0.5 * self.length)
        normals /= np.linalg.norm(normals, axis=1)[:, None]
        release = np.zeros(len(self.points))
        along = forces[inside].copy()
        for axis in self._mesh.stack.mirrors:  # what grows stays on its side of a mirror plane
            along[np.abs(self._mesh.plane.points[inside, axis]) < _NEAR * self._mesh.stack.span, axis] = 0.0
        for k, part in ((0, 1.0 - share), (1, share)):
            node = self.ends[edge, k]
            np.add.at(release, node, weight * part * (along * normals[node]).sum(axis=1))
        return np.asarray((release / reach)[self.ends].mean(axis=1))

    def _nearest(self, places: Array) -> tuple[Integers, Array]:
        """The edge of the front nearest to places (n, 2), and where along it, 0 to 1."""
        start = self.middle - 0.5 * self.length[:, None] * self.along
        edge = np.empty(len(places), dtype=np.intp)
        share = np.empty(len(places))
        for number, place in enumerate(places):
            s = np.clip(((place - start) * self.along).sum(axis=1) / self.length, 0.0, 1.0)
            distance = np.linalg.norm(start + (s * self.length)[:, None] * self.along - place, axis=1)
            edge[number] = np.argmin(distance)
            share[number] = s[edge[number]]
        return edge, share

    def _clean(self) -> Mask:
        """(n,) True where the domain of most rings has one stack of materials, and no edge but across the front."""
        plane, most = self._mesh.plane, max(RINGS)
        touched = self._ring[plane.quads]
        cells = np.flatnonzero((touched >= 0).any(axis=1) & (touched < most).any(axis=1))
        if not len(cells):
            return np.ones(len(self.middle), dtype=bool)
        centres = plane.points[plane.quads[cells]].mean(axis=1)
        edge, _ = self._nearest(centres)
        layers = [number for number, layer in enumerate(self._mesh.stack.layers) if layer.name in self._mesh.layers]
        clean = np.ones(len(self.middle), dtype=bool)
        for number in range(len(self.middle)):
            mine = cells[edge == number]
            same = plane.region[layers][:, mine] == plane.region[layers][:, self._crack.sides[number, 1]][:, None]
            clean[number] = bool(same.all())
        from scipy.spatial import cKDTree  # takes a while to import

        x0, y0, x1, y1 = self._mesh.stack.modelled.bounds
        tree = cKDTree(centres)
        for number, (middle, ahead) in enumerate(zip(self.middle, self.ahead, strict=True)):
            for sign, growth in zip((1.0, -1.0), self.growth[number], strict=True):
                x, y = middle + sign * (most - 0.5) * growth * ahead
                clean[number] &= x0 < x < x1 and y0 < y < y1 and tree.query((x, y))[0] < most * growth
        return clean


def _rings(quads: Integers, count: int, start: Integers, most: int) -> Integers:
    """(points,) how many cells away from some points, EMPTY beyond `most`."""
    ring = np.full(count, EMPTY, dtype=np.int32)
    ring[start] = 0
    for number in range(1, most + 1):
        near = quads[(ring[quads] == number - 1).any(axis=1)].ravel()
        fresh = near[ring[near] == EMPTY]
        ring[fresh] = number
    return ring


def _stress(solid: SmallDeflectionSolid) -> tuple[ufl.core.expr.Expr, ufl.core.expr.Expr]:
    """Stress as a tensor and elastic energy per volume, for UFL."""
    sigma = solid.linear_stress(strain(solid.displacement))
    elastic = strain(solid.displacement) - solid.rest_strain()
    return ufl.as_matrix([[sigma[k] for k in row] for row in _VOIGT]), 0.5 * ufl.inner(sigma, elastic)


def _configurational(solid: SmallDeflectionSolid) -> Array:
    """(plane points, 2) sum over the height of the forces that the field puts on the nodes of degree 1 (N)."""
    from scipy.spatial import cKDTree  # takes a while to import

    domain, plane = solid.stack_mesh.mesh, solid.stack_mesh.plane
    space = fem.functionspace(domain, ("Lagrange", 1, (3,)))
    sigma, energy = _stress(solid)
    momentum = ufl.grad(solid.displacement).T * sigma - energy * ufl.Identity(3)
    form = ufl.inner(momentum, ufl.grad(ufl.TestFunction(space))) * ufl.dx(domain, metadata=DX)
    vector = _assembled(form, space)
    owned = space.dofmap.index_map.size_local
    point = cKDTree(plane.points).query(space.tabulate_dof_coordinates()[:owned, :2])[1]
    local = np.zeros((len(plane.points), 2))
    np.add.at(local, point, vector.array[: 3 * owned].reshape(-1, 3)[:, :2])
    total = np.empty_like(local)
    solid.stack_mesh.comm.Allreduce(local, total, MPI.SUM)
    return total


def _assembled(form: ufl.Form, space: fem.FunctionSpace) -> la.Vector:
    vector = la.vector(space.dofmap.index_map, space.dofmap.index_map_bs)
    fem.assemble_vector(vector.array, compat.form(form))
    vector.scatter_reverse(la.InsertMode.add)
    vector.scatter_forward()
    return vector


def _closure(solid: SmallDeflectionSolid, crack: Crack, front: _Front) -> tuple[Array, float, float]:
    """Energy of every edge by mode (J/m^2), and the largest overlap and motion of the faces (m)."""
    from scipy.spatial import cKDTree  # takes a while to import

    mesh, space = solid.stack_mesh, solid.space
    places = space.tabulate_dof_coordinates()
    forces = _forces_on_upper(solid, crack, front).reshape(-1, 3)
    u = solid.displacement.x.array.reshape(-1, 3)
    cells = _Faces(mesh, space, crack)
    overlap, opening = (mesh.comm.allreduce(part, MPI.MAX) for part in cells.gaps(u))
    level = cells.height
    near_level = np.abs(places[:, 2] - (np.inf if level is None else level)) < _NEAR * mesh.stack.thickness
    flat = np.flatnonzero(near_level)
    tree = cKDTree(places[flat, :2]) if len(flat) else None
    points, local = mesh.plane.points, np.zeros((len(front.middle), 3))
    for number in range(len(front.middle)):
        moved = cells.opening(int(crack.sides[number, 0]), u)
        if moved is None or tree is None:
            continue
        near, behind = points[crack.front[number]], points[front.opposite[1, number]]
        further = points[front.opposite[0, number]]
        frame = np.array([[0, 0, 1], [*front.ahead[number], 0], [*front.along[number], 0]], dtype=np.float64)
        shares = 1.0 / front.shared[front.ends[number]]
        closed = np.zeros(3)
        for a, b, c, share in (
            (near[0], behind[0], further[0], shares[0]),
            (near.mean(0), behind.mean(0), further.mean(0), 1.0),
            (near[1], behind[1], further[1], shares[1]),
        ):
            for at, gap in ((a, b), (0.5 * (a + c), 0.5 * (a + b))):
                force = forces[flat[tree.query(at)[1]]]
                closed += share * (frame @ force) * (frame @ moved(gap))
        grows, grew = front.growth[number]
        local[number] = 0.5 * np.sqrt(grows / grew) * closed / (front.length[number] * grows)
    total = np.empty_like(local)
    mesh.comm.Allreduce(local, total, MPI.SUM)
    return total, overlap, opening


def _forces_on_upper(solid: SmallDeflectionSolid, crack: Crack, front: _Front) -> Array:
    """Forces (local unknowns,) that the layer below puts on the nodes of the one above, near the front (N)."""
    mesh = solid.stack_mesh
    space = fem.functionspace(mesh.mesh, ("DG", 0))
    chosen = fem.Function(space)
    touching = np.flatnonzero(np.isin(mesh.plane.quads, front.points).any(axis=1))
    mine = np.flatnonzero((mesh.row == crack.interval + 1) & np.isin(mesh.column, touching))
    chosen.x.array[space.dofmap.list[mine, 0]] = 1.0
    sigma, _ = _stress(solid)
    test = ufl.TestFunction(solid.space)
    form = chosen * ufl.inner(sigma, ufl.grad(test)) * ufl.dx(mesh.mesh, metadata=DX)
    return -np.asarray(_assembled(form, solid.space).array)


class _Faces:
    """The two faces of a crack on the columns of this rank."""

    def __init__(self, mesh: StackMesh, space: fem.FunctionSpace, crack: Crack) -> None:
        reference = space.element.basix_element.points
        self._lower_face, self._upper_face = (np.flatnonzero(reference[:, 2] == z) for z in (1.0, 0.0))
        places, dofs = space.tabulate_dof_coordinates(), space.dofmap.list
        self._places, self._dofs = places, dofs
        columns = np.flatnonzero(crack.apart)
        mine = np.isin(mesh.column, columns)
        self._below = {int(mesh.column[k]): int(k) for k in np.flatnonzero(mine & (mesh.row == crack.interval))}
        self._above = {int(mesh.column[k]): int(k) for k in np.flatnonzero(mine & (mesh.row == crack.interval + 1))}

    @property
    def height(self) -> float | None:
        """Of the crack (m), None on a rank without a part of it."""
        if not self._below:
            return None
        first = self._dofs[next(iter(self._below.values()))][self._lower_face]
        return float(self._places[first, 2].mean())

    def _faces(self, column: int) -> tuple[Integers, Integers]:
        """Unknowns (9,) of the lower and the upper face of a column, in one order."""
        lower = self._dofs[self._below[column]][self._lower_face]
        upper = self._dofs[self._above[column]][self._upper_face]
        order = [np.lexsort(np.round(self._places[face, :2] / self._scale(lower), 6).T) for face in (lower, upper)]
        return lower[order[0]], upper[order[1]]

    def _scale(self, face: Integers) -> float:
        return float(np.ptp(self._places[face, :2], axis=0).max())

    def opening(self, column: int, u: Array) -> Callable[[Array], Array] | None:
        """How far the faces are apart at a place of a column: a function; None if it is on another rank."""
        if column not in self._below:
            return None
        lower, upper = self._faces(column)
        places, gap = self._places[lower, :2], u[upper] - u[lower]
        return lambda at: np.asarray(gap[np.argmin(((places - at) ** 2).sum(axis=1))])

    def gaps(self, u: Array) -> tuple[float, float]:
        """Most that the faces overlap, and have moved on each other (m)."""
        overlap, opening = 0.0, 0.0
        for column in self._below:
            lower, upper = self._faces(column)
            gap = u[upper] - u[lower]
            overlap, opening = max(overlap, float(-gap[:, 2].min())), max(opening, float(np.abs(gap).max()))
        return overlap, opening
