"""Corners of quadrilaterals made less sharp and less blunt by moving nodes that lie on no outline, the worst first."""

from collections.abc import Callable

import numpy as np

from solver.arrays import Array, Integers, Mask

_POOR = 0.42  # sine of a corner (25 or 155 deg) below which nodes are moved
_SWEEPS = 12
_STEPS = np.array([0.3, 0.1, 0.03])  # of the mean edge at a node that it may go
_WAYS = 8  # directions
_GAIN = 1e-3  # of the sine, that a move is worth


def corner_sines(corners: Array) -> Array:
    """(..., 4) sine of each corner of quadrilaterals (..., 4, 2), negative where it is not convex."""
    ahead, behind = (np.roll(corners, shift, axis=-2) - corners for shift in (-1, 1))
    turn = ahead[..., 0] * behind[..., 1] - ahead[..., 1] * behind[..., 0]
    size = np.linalg.norm(ahead, axis=-1) * np.linalg.norm(behind, axis=-1)
    return np.asarray(turn / np.maximum(size, np.finfo(float).tiny))


def smoothed(points: Array, cells: Integers, may_move: Callable[[Integers], Mask]) -> Array:
    """Points (n, 2) moved so that the worst corner around each is as good as a search along a few directions finds.

    L. A. Freitag, P. Plassmann, Int. J. Numer. Meth. Eng. 49, 109 (2000): local optimisation of the worst quality. No
    cell gets worse than the worst of those around the same node was.

    Args:
        points: (n, 2) in m.
        cells: (m, 4) counter-clockwise.
        may_move: of the numbers of some points, True for those that may.
    """
    result = points.copy()
    order = np.argsort(cells.ravel(), kind="stable")
    start = np.searchsorted(cells.ravel()[order], np.arange(len(points) + 1))
    turns = 2 * np.pi * np.arange(_WAYS) / _WAYS
    ways = np.concatenate([step * np.column_stack([np.cos(turns), np.sin(turns)]) for step in _STEPS])
    for _ in range(_SWEEPS):
        worst = corner_sines(result[cells]).min(axis=1)
        poor = np.flatnonzero(worst < _POOR)
        of_poor = cells[poor[np.argsort(worst[poor])]].ravel()
        nodes: Integers = of_poor[np.sort(np.unique(of_poor, return_index=True)[1])]
        nodes = nodes[may_move(nodes)] if len(nodes) else nodes
        moved = [_move(result, cells, node, order[start[node] : start[node + 1]], ways) for node in map(int, nodes)]
        if not any(moved):
            break
    return result


def _move(points: Array, cells: Integers, node: int, entries: Integers, ways: Array) -> bool:
    """Put a node where the worst corner of its cells is best; True if it went."""
    around, place = cells[entries // 4], entries % 4
    corners = points[around]
    ends = np.take_along_axis(corners, np.stack([(place + 1) % 4, (place - 1) % 4], axis=1)[..., None], axis=1)
    ends = ends.reshape(-1, 2)
    size = np.linalg.norm(ends - points[node], axis=1).mean()
    tried = np.vstack([points[node], ends.mean(axis=0), points[node] + size * ways])
    there = np.repeat(corners[None], len(tried), axis=0)
    there[:, np.arange(len(around)), place] = tried[:, None]
    found = corner_sines(there).min(axis=(1, 2))
    best = int(found.argmax())
    if found[best] <= found[0] + _GAIN:
        return False
    points[node] = tried[best]
    return True
