"""The edges of the front of a crack in the plane, and what lies around them."""

import numpy as np

from meshes.cracks import Crack
from meshes.extrude import StackMesh
from meshes.plane import EMPTY
from solver.arrays import Array, Integers, Mask

RINGS = (2, 3, 4)  # of cells around the front that a domain of integration reaches over
_NEAR = 1e-6  # of a length: the same place
_CANDIDATES = 16  # edges whose middles are near, of which the nearest is found


class CrackFront:
    """The edges of a front in the plane.

    Attributes:
        middle, length, ahead, along: (n, 2), (n,), (n, 2), (n, 2): of the edges; units (m) and unit vectors.
        opposite: (2, n, 2) points across the cells ahead and behind, each beside its end of the edge.
        growth: (n, 2) length of the cells ahead and behind (m).
        points: of the front, and `ends` (n, 2) places of the ends of edges among them; `shared`: edges at each.
        clean: (n,) True where the domain of most rings has one stack of materials, and no edge but across the front.
        last: (n,) True of the two edges next to where the front ends, which it does at a face, not at a mirror plane.
    """

    def __init__(self, mesh: StackMesh, crack: Crack) -> None:
        self._mesh, self._crack = mesh, crack
        plane = mesh.cracked_plane
        ends = plane.points[crack.front]
        self.middle, along = ends.mean(axis=1), ends[:, 1] - ends[:, 0]
        self.length = np.linalg.norm(along, axis=1)
        self.along = along / self.length[:, None]
        centres = plane.points[plane.quads].mean(axis=1)
        ahead = np.column_stack([self.along[:, 1], -self.along[:, 0]])
        sign = np.sign(((centres[crack.sides[:, 1]] - self.middle) * ahead).sum(axis=1))
        self.ahead = ahead * sign[:, None]
        self.opposite = np.stack([self._opposite(crack.sides[:, k]) for k in (1, 0)])
        far = plane.points[self.opposite].mean(axis=2)
        self.growth = np.abs(((far - self.middle) * self.ahead[None]).sum(axis=2)).T
        self.points, place = np.unique(crack.front, return_inverse=True)
        self.ends = place.reshape(-1, 2)
        self.shared = np.bincount(self.ends.ravel())
        self.last = self._last()
        self._ring = _rings(plane.quads, len(plane.points), self.points, max(RINGS))
        self.clean = self._clean() if len(self.middle) else np.ones(0, dtype=bool)

    def _last(self) -> Mask:
        plane, near = self._mesh.cracked_plane, _NEAR * self._mesh.stack.span
        ended = self.shared == 1
        for axis in self._mesh.stack.mirrors:
            ended &= np.abs(plane.points[self.points, axis]) > near
        last = ended[self.ends].any(axis=1)
        ended[self.ends[last].ravel()] = True
        return np.asarray(ended[self.ends].any(axis=1))

    def _opposite(self, cells: Integers) -> Integers:
        """(n, 2) points of cells across from the ends of the edges of the front, each beside its end."""
        corners, ends, rows = self._mesh.cracked_plane.quads[cells], self._crack.front, np.arange(len(cells))
        found = np.empty_like(ends)
        for k in (0, 1):
            place = np.argmax(corners == ends[:, k, None], axis=1)
            after, before = corners[rows, (place + 1) % 4], corners[rows, (place - 1) % 4]
            found[:, k] = np.where(before == ends[:, 1 - k], after, before)
        return found

    def domain_integral(self, forces: Array, rings: int) -> Array:
        """(n,) of every edge (J/m^2), from configurational forces (plane points, 2) on the nodes."""
        inside = np.flatnonzero((self._ring >= 0) & (self._ring < rings))
        weight = 1.0 - self._ring[inside] / rings
        edge, share = self._nearest(self._mesh.cracked_plane.points[inside])
        normals = np.zeros((len(self.points), 2))
        reach = np.zeros(len(self.points))
        for k in (0, 1):
            np.add.at(normals, self.ends[:, k], self.ahead * self.length[:, None])
            np.add.at(reach, self.ends[:, k], 0.5 * self.length)
        normals /= np.linalg.norm(normals, axis=1)[:, None]
        release = np.zeros(len(self.points))
        along = forces[inside].copy()
        for axis in self._mesh.stack.mirrors:  # what grows stays on its side of a mirror plane
            along[np.abs(self._mesh.cracked_plane.points[inside, axis]) < _NEAR * self._mesh.stack.span, axis] = 0.0
        for k, part in ((0, 1.0 - share), (1, share)):
            node = self.ends[edge, k]
            np.add.at(release, node, weight * part * (along * normals[node]).sum(axis=1))
        return np.asarray((release / reach)[self.ends].mean(axis=1))

    def _nearest(self, places: Array) -> tuple[Integers, Array]:
        """The edge of the front nearest to places (n, 2), and where along it, 0 to 1."""
        from scipy.spatial import cKDTree  # takes a while to import

        count = min(_CANDIDATES, len(self.middle))
        near = cKDTree(self.middle).query(places, k=count)[1].reshape(len(places), count)
        near = np.sort(near, axis=1)
        start = self.middle - 0.5 * self.length[:, None] * self.along
        from_start = ((places[:, None] - start[near]) * self.along[near]).sum(axis=2)
        share = np.clip(from_start / self.length[near], 0.0, 1.0)
        foot = start[near] + (share * self.length[near])[..., None] * self.along[near]
        best = np.argmin(np.linalg.norm(foot - places[:, None], axis=2), axis=1)
        rows = np.arange(len(places))
        return near[rows, best], share[rows, best]

    def _clean(self) -> Mask:
        plane, most = self._mesh.cracked_plane, max(RINGS)
        touched = self._ring[plane.quads]
        cells = np.flatnonzero((touched >= 0).any(axis=1) & (touched < most).any(axis=1))
        centres = plane.points[plane.quads[cells]].mean(axis=1)
        edge, _ = self._nearest(centres)
        layers = [number for number, layer in enumerate(self._mesh.stack.layers) if layer.name in self._mesh.layers]
        region = plane.region[layers]
        same = (region[:, cells] == region[:, self._crack.sides[edge, 1]]).all(axis=0)
        clean = np.ones(len(self.middle), dtype=bool)
        bent = np.zeros(len(plane.points), dtype=bool)
        for fillet in self._mesh.stack.fillets:  # what grows would move it on a slanted surface
            bent |= fillet.moves(plane.points)
        clean[edge[~same | bent[plane.quads[cells]].any(axis=1)]] = False
        from scipy.spatial import cKDTree  # takes a while to import

        x0, y0, x1, y1 = self._mesh.stack.modelled.bounds
        tree = cKDTree(centres)
        for sign, growth in zip((1.0, -1.0), self.growth.T, strict=True):
            x, y = (self.middle + sign * (most - 0.5) * growth[:, None] * self.ahead).T
            clean &= (x0 < x) & (x < x1) & (y0 < y) & (y < y1)
            clean &= tree.query(np.column_stack([x, y]))[0] < most * growth
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
