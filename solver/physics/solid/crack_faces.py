"""The two faces of a crack on the columns of a rank, node over node."""

from collections.abc import Callable, Sequence

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.cracks import Crack
from meshes.extrude import StackMesh
from meshes.nodes import nodes_of
from meshes.plane import EMPTY
from solver.arrays import Array, Integers, Mask


class CrackFaces:
    """The faces of a crack on this rank, cell by cell.

    Args:
        mesh: of the stack.
        space: of the displacement, of degree 2.
        crack: of the mesh.

    Attributes:
        columns: (n,) plane cells that are apart.
        lower, upper: (n, 9) nodes of the faces, each pair at one place.
        places: (n, 9, 2) of them (m).
    """

    def __init__(self, mesh: StackMesh, space: fem.FunctionSpace, crack: Crack) -> None:
        below = np.full(len(mesh.cracked_plane.quads), EMPTY, dtype=np.int64)
        above = below.copy()
        for cells, row in ((below, crack.interval), (above, crack.interval + 1)):
            mine = np.flatnonzero(mesh.row == row)
            cells[mesh.columns[mine]] = mine
        self.columns = np.flatnonzero(crack.apart & (below != EMPTY))
        places, dofs = nodes_of(space), space.dofmap.list
        self.lower, self.upper = (
            _ordered(places, dofs[cells[self.columns]][:, face])
            for cells, face in zip((below, above), _faces(space), strict=True)
        )
        self.places = places[self.lower][..., :2]
        self.height = float(places[self.lower, 2].mean()) if len(self.columns) else None

    def at(self, columns: Integers) -> tuple[Mask, Integers]:
        """Which plane cells (m,) are apart and on this rank, and where among `columns` those are."""
        if not len(self.columns):
            return np.zeros(len(columns), dtype=bool), np.empty(0, dtype=np.int64)
        place = np.minimum(np.searchsorted(self.columns, columns), len(self.columns) - 1)
        there = self.columns[place] == columns
        return there, place[there]

    def moved(self, u: Array) -> Array:
        """(n, 9, 3) how far the upper face has moved from the lower one (m).

        Args:
            u: (local nodes, 3) displacement.
        """
        return np.asarray(u[self.upper] - u[self.lower])

    def gaps(self, u: Array) -> tuple[float, float]:
        """Most that the faces overlap, and have moved on each other (m)."""
        gap = self.moved(u)
        return max(0.0, float(-gap[..., 2].min(initial=0.0))), float(np.abs(gap).max(initial=0.0))


class FacePairs:
    """Pairs of nodes of faces that are apart, numbered alike on all ranks. All methods are collective.

    Args:
        stack_mesh: the mesh.
        space: of the displacement.
        found: the faces.

    Attributes:
        nodes: (n, 2) global nodes of the lower and the upper face.
        mine: (n,) True of pairs whose lower node this rank owns, and whose upper.
    """

    def __init__(self, stack_mesh: StackMesh, space: fem.FunctionSpace, found: Sequence[CrackFaces]) -> None:
        self._comm, index_map = stack_mesh.comm, space.dofmap.index_map
        local = [global_pairs(space, one) for one in found]
        pairs = np.concatenate([np.empty((0, 2), dtype=np.int64), *local])
        pairs = np.concatenate(self._comm.allgather(pairs[pairs[:, 0] != pairs[:, 1]]))
        self.nodes: Integers = np.unique(pairs, axis=0)
        self._owned = 3 * index_map.size_local
        first, last = index_map.local_range
        mine = (self.nodes >= first) & (self.nodes < last)
        self.mine: list[Mask] = [mine[:, 0], mine[:, 1]]
        self._at = [3 * (self.nodes[there, k] - first)[:, None] + np.arange(3) for k, there in enumerate(self.mine)]

    def places(self, space: fem.FunctionSpace) -> Array:
        """(n, 3) of the lower nodes (m)."""
        local, at = np.zeros((len(self.nodes), 3)), self._at[0]
        local[self.mine[0]] = nodes_of(space)[at[:, 0] // 3]
        total = np.empty_like(local)
        self._comm.Allreduce(local, total, MPI.SUM)
        return total

    def among(self, unknowns: Integers) -> Mask:
        """(n, 2, 3) True of unknowns of lower and upper nodes that are among some (local numbers)."""
        local = np.zeros((len(self.nodes), 2, 3), dtype=bool)
        for k, (at, mine) in enumerate(zip(self._at, self.mine, strict=True)):
            local[mine, k] = np.isin(at, unknowns)
        found = np.empty_like(local)
        self._comm.Allreduce(local, found, MPI.LOR)
        return found

    def spread(self, forces: Array) -> Array:
        """(owned unknowns,) of forces (n, 3) on the upper nodes, and against them on the lower ones (N)."""
        vector = np.zeros(self._owned)
        for sign, at, mine in zip((-1.0, 1.0), self._at, self.mine, strict=True):
            np.add.at(vector, at, sign * forces[mine])
        return vector

    def jump(self, u: Array) -> Array:
        """(n, 3) of a displacement (local unknowns,): upper less lower (m)."""
        return self._summed(lambda at: u[at], ())

    def openings(self, u: Array) -> Array:
        """(n, m) normal jumps of some displacements (owned unknowns, m), upper less lower (m)."""
        return self._summed(lambda at: u[at[:, 2]][:, None], u.shape[1:])[:, 0]

    def presses(self, numbers: Integers) -> Array:
        """(owned unknowns, m) unit forces that press some pairs apart, one at a time (N)."""
        forces = np.zeros((self._owned, len(numbers)))
        for sign, at, mine in zip((-1.0, 1.0), self._at, self.mine, strict=True):
            rows = np.full(len(self.nodes), EMPTY, dtype=np.int64)
            rows[mine] = at[:, 2]
            here = np.flatnonzero(rows[numbers] != EMPTY)
            forces[rows[numbers[here]], here] = sign
        return forces

    def _summed(self, values: Callable[[Integers], Array], shape: tuple[int, ...]) -> Array:
        """(n, k, ...) upper less lower of values (owned, k, ...) at unknowns (owned, 3)."""
        parts = [values(at) for at in self._at]
        local = np.zeros((len(self.nodes), parts[0].shape[1], *shape))
        for sign, part, mine in zip((-1.0, 1.0), parts, self.mine, strict=True):
            local[mine] += sign * part
        total = np.empty_like(local)
        self._comm.Allreduce(local, total, MPI.SUM)
        return total


def global_pairs(space: fem.FunctionSpace, faces: CrackFaces) -> Integers:
    """(cells * 9, 2) global nodes of the lower and the upper face."""
    nodes = np.stack([faces.lower.ravel(), faces.upper.ravel()], axis=1).astype(np.int32)
    return np.asarray(space.dofmap.index_map.local_to_global(nodes.ravel()).reshape(-1, 2))


def _faces(space: fem.FunctionSpace) -> tuple[Integers, Integers]:
    """Nodes at the top and at the bottom of the reference cell."""
    reference = space.element.basix_element.points
    top, bottom = (np.flatnonzero(reference[:, 2] == z) for z in (1.0, 0.0))
    return top, bottom


def _ordered(places: Array, nodes: Integers) -> Integers:
    """(n, 9) nodes of faces in the order of their places."""
    if not len(nodes):
        return nodes.astype(np.int64)
    x = places[nodes][..., :2]
    scale = np.ptp(x, axis=1).max(axis=1)
    key = np.round((x - x.min(axis=1, keepdims=True)) / scale[:, None, None], 6)
    order = np.lexsort((key[..., 0], key[..., 1]), axis=1)
    return np.take_along_axis(nodes, order, axis=1).astype(np.int64)
