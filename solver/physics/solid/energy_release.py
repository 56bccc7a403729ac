"""Energy release rate along the fronts of cracks between layers, of a solved elastic stack at small deflection.

Two ways that know nothing of each other: the domain integral of the energy-momentum tensor (J. D. Eshelby, Phil. Trans.
R. Soc. A 244 (1951) 87; F. Z. Li, C. F. Shih, A. Needleman, Eng. Fract. Mech. 21 (1985) 405), whose field of virtual
growth lies in the plane and is the same at all heights, so layers may differ; and virtual crack closure with elements
of degree 2 (E. F. Rybicki, M. F. Kanninen, Eng. Fract. Mech. 9 (1977) 931; R. Krueger, Appl. Mech. Rev. 57 (2004) 109),
which tells the modes apart.
"""

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.cracks import Crack
from meshes.nodes import nodes_of
from solver import compat
from solver.arrays import Array, Integers, Mask
from solver.physics.coefficients import DX
from solver.physics.solid.crack_faces import CrackFaces
from solver.physics.solid.crack_front import RINGS, CrackFront
from solver.physics.solid.kinematics import strain
from solver.physics.solid.small_deflection import SmallDeflectionSolid

_NOTHING = 1e-6  # of the largest force: what solving leaves
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
        last: (n,) True of the two edges next to where the front ends at a face.
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
    last: Mask
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
    def parts(self) -> Array:
        """(n, 3) of `best` by mode (J/m^2): in the ratio that crack closure tells, whose sum hangs on even cells."""
        share = np.where(self.total > 0.0, self.best, 1.0) / np.where(self.total > 0.0, self.total, 1.0)
        return np.asarray(self.mode * share[:, None])

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
    front = CrackFront(solid.stack_mesh, crack)
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
        _trusted(front, values, np.abs(forces).max(initial=0.0)),
        front.last,
        overlap,
        opening,
    )


def _trusted(front: CrackFront, values: Array, largest: float) -> Mask:
    """(n,) True where edges, and those beside them, have a clean domain whose number of rings does not matter.

    Args:
        front: its edges.
        values: (rings, n) of the domains (J/m^2).
        largest: of the forces on nodes they are sums of (N), a millionth of which is nothing.
    """
    nothing = _NOTHING * largest / front.length
    clean = front.clean & (np.ptp(values, axis=0) <= _SAME * np.abs(values).max(axis=0) + nothing)
    soiled = np.zeros(len(front.points), dtype=bool)
    soiled[front.ends[~clean].ravel()] = True
    return np.asarray(~soiled[front.ends].any(axis=1))


def _stress(solid: SmallDeflectionSolid) -> tuple[ufl.core.expr.Expr, ufl.core.expr.Expr]:
    """Stress as a tensor and elastic energy per volume, for UFL."""
    sigma = solid.linear_stress(strain(solid.displacement))
    elastic = strain(solid.displacement) - solid.rest_strain()
    return ufl.as_matrix([[sigma[k] for k in row] for row in _VOIGT]), 0.5 * ufl.inner(sigma, elastic)


def _configurational(solid: SmallDeflectionSolid) -> Array:
    """(plane points, 2) sum over the height of the forces that the field puts on the nodes of degree 1 (N)."""
    from scipy.spatial import cKDTree  # takes a while to import

    domain, plane = solid.stack_mesh.mesh, solid.stack_mesh.cracked_plane
    space = fem.functionspace(domain, ("Lagrange", 1, (3,)))
    sigma, energy = _stress(solid)
    momentum = ufl.grad(solid.displacement).T * sigma - energy * ufl.Identity(3)
    form = ufl.inner(momentum, ufl.grad(ufl.TestFunction(space))) * ufl.dx(domain, metadata=DX)
    vector = _assembled(form, space)
    owned = space.dofmap.index_map.size_local
    point = cKDTree(plane.points).query(nodes_of(space)[:owned, :2])[1]
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


def _closure(solid: SmallDeflectionSolid, crack: Crack, front: CrackFront) -> tuple[Array, float, float]:
    """Energy of every edge by mode (J/m^2), and the largest overlap and motion of the faces (m)."""
    mesh = solid.stack_mesh
    forces = _forces_on_upper(solid, crack, front).reshape(-1, 3)
    u = solid.displacement.x.array.reshape(-1, 3)
    faces = CrackFaces(mesh, solid.space, crack)
    overlap, opening = (mesh.comm.allreduce(part, MPI.MAX) for part in faces.gaps(u))
    here, place = faces.at(crack.sides[:, 0])
    local = np.zeros((len(front.middle), 3))
    if len(place):
        local[here] = _closed(solid, crack, front, faces, np.flatnonzero(here), place, forces, u)
    total = np.empty_like(local)
    mesh.comm.Allreduce(local, total, MPI.SUM)
    return total, overlap, opening


def _closed(
    solid: SmallDeflectionSolid,
    crack: Crack,
    front: CrackFront,
    faces: CrackFaces,
    edges: Integers,
    place: Integers,
    forces: Array,
    u: Array,
) -> Array:
    """(m, 3) energy by mode (J/m^2) of edges whose crack is on this rank, at `place` among its faces."""
    from scipy.spatial import cKDTree  # takes a while to import

    assert faces.height is not None  # its crack is here
    mesh, places = solid.stack_mesh, nodes_of(solid.space)
    flat = np.flatnonzero(np.abs(places[:, 2] - faces.height) < _NEAR * mesh.stack.thickness)
    points = mesh.cracked_plane.points
    at, behind, further = (
        _ends_and_middle(points[pairs[edges]]) for pairs in (crack.front, front.opposite[1], front.opposite[0])
    )
    force_at = np.stack([at, 0.5 * (at + further)], axis=2)  # (m, 3, 2, 2)
    gap_at = np.stack([behind, 0.5 * (at + behind)], axis=2)
    force = forces[flat[cKDTree(places[flat, :2]).query(force_at)[1]]]
    away = ((faces.places[place][:, None, None] - gap_at[:, :, :, None]) ** 2).sum(axis=-1)
    moved = faces.moved(u)[place[:, None, None], np.argmin(away, axis=-1)]
    frame = np.zeros((len(edges), 3, 3))
    frame[:, 0, 2], frame[:, 1, :2], frame[:, 2, :2] = 1.0, front.ahead[edges], front.along[edges]
    share = np.insert(1.0 / front.shared[front.ends[edges]], 1, 1.0, axis=1)
    closed = np.einsum("ek,eij,ekpj,eil,ekpl->ei", share, frame, force, frame, moved, optimize=True)
    grows, grew = front.growth[edges].T
    return np.asarray((0.5 * np.sqrt(grows / grew) / (front.length[edges] * grows))[:, None] * closed)


def _ends_and_middle(pairs: Array) -> Array:
    """(m, 3, 2) one end, the middle, the other end of pairs of points (m, 2, 2)."""
    return np.stack([pairs[:, 0], pairs.mean(axis=1), pairs[:, 1]], axis=1)


def _forces_on_upper(solid: SmallDeflectionSolid, crack: Crack, front: CrackFront) -> Array:
    """Forces (local unknowns,) that the layer below puts on the nodes of the one above, near the front (N)."""
    mesh = solid.stack_mesh
    space = fem.functionspace(mesh.mesh, ("DG", 0))
    chosen = fem.Function(space)
    touching = np.flatnonzero(np.isin(mesh.cracked_plane.quads, front.points).any(axis=1))
    mine = np.flatnonzero((mesh.row == crack.interval + 1) & np.isin(mesh.columns, touching))
    chosen.x.array[space.dofmap.list[mine, 0]] = 1.0
    sigma, _ = _stress(solid)
    test = ufl.TestFunction(solid.space)
    form = chosen * ufl.inner(sigma, ufl.grad(test)) * ufl.dx(mesh.mesh, metadata=DX)
    return -np.asarray(_assembled(form, solid.space).array)
