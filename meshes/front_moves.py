"""Which cells ahead of the front of a crack come apart, and how far a front goes at once."""

import numpy as np

from meshes.cracks import Crack
from meshes.plane import PlaneMesh
from solver.arrays import Array, Integers, Mask

_CLEAR = 1.25  # times what the interface takes, from which on a front may go on by several cells
_POINTS = 2**31  # more than there are points in a plane


def ahead(crack: Crack, plane: PlaneMesh, moves: Mask) -> Integers:
    """Plane cells ahead of the edges (n,) of a front that move on; one that moves alone takes those beside it along.

    A crack opens at nodes that nothing holds: a cell that goes ahead by itself has none.
    """
    cells = crack.sides[:, 1]
    alone = moves & np.isin(cells, _held(crack, plane, np.unique(cells[moves])))
    moves = moves | np.isin(crack.front, crack.front[alone]).any(axis=1)
    found = np.unique(cells[moves])
    return np.setdiff1d(found, _held(crack, plane, found))


def reach(crack: Crack, plane: PlaneMesh, ratio: Array, pace: int) -> tuple[Integers, Integers]:
    """Plane cells that come apart, and the edges (m, 2) at the ends of strips of several.

    Args:
        crack: whose front moves.
        plane: the plane mesh.
        ratio: (n,) of its edges: by one cell from 1 on, far above it by more.
        pace: cells of such a strip, straight ahead.
    """
    found = [ahead(crack, plane, ratio >= 1.0)]
    far = ratio >= _CLEAR
    edges, cells = crack.front[far], crack.sides[far, 1]
    corners = np.sort(np.stack([plane.quads, np.roll(plane.quads, -1, axis=1)], axis=2), axis=2)
    codes = edge_codes(corners.reshape(-1, 2))
    order = np.argsort(codes, kind="stable")
    ends = [edges[:0]]
    for number in range(pace):
        far = corners[cells, (_place(plane.quads[cells], edges) + 2) % 4]
        first = np.searchsorted(codes[order], edge_codes(far))
        pair = order[np.minimum(first[:, None] + [0, 1], len(order) - 1)]
        inner = codes[pair[:, 0]] == codes[pair[:, 1]]
        beyond = np.where(pair[:, 0] // 4 == cells, pair[:, 1] // 4, pair[:, 0] // 4)
        goes = inner & crack.joined[beyond]
        if number > 0:
            found.append(cells[goes])
        if number > 1:
            ends.append(edges[~goes])  # before what is the last of the interface
        edges, cells = far[goes], beyond[goes]
    if pace > 1:
        ends.append(edges)
    taken = np.unique(np.concatenate(found))
    return np.setdiff1d(taken, _held(crack, plane, taken)), np.concatenate(ends)


def _place(corners: Integers, edges: Integers) -> Integers:
    """(n,) which sides of cells (n, 4) some edges (n, 2) are."""
    sides = np.sort(np.stack([corners, np.roll(corners, -1, axis=1)], axis=2), axis=2)
    return np.asarray((sides == np.sort(edges, axis=1)[:, None]).all(axis=2).argmax(axis=1))


def edge_codes(edges: Integers) -> Integers:
    """(n,) a number of each edge (n, 2), whichever way round."""
    ends = np.sort(edges, axis=1).astype(np.int64)
    return np.asarray(ends[:, 0] * _POINTS + ends[:, 1])


def _held(crack: Crack, plane: PlaneMesh, cells: Integers) -> Integers:
    """Of plane cells that come apart those that cells beside them still hold at all corners."""
    joined = crack.joined.copy()
    joined[cells] = False
    touched = np.zeros(len(plane.points), dtype=bool)
    touched[plane.quads[joined].ravel()] = True
    return np.asarray(cells[touched[plane.quads[cells]].all(axis=1)])
