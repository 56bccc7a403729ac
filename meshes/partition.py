"""Which rank owns which column of cells: recursive coordinate bisection of the plane, whole columns only."""

import numpy as np

from solver.arrays import Array, Integers


def bisect(points: Array, weights: Array, parts: int) -> Integers:
    """Part of each point, such that parts have about equal weight.

    Every rank computes the same answer from the same plane mesh, so nothing is communicated.

    Args:
        points: (n, 2) middles of the columns.
        weights: (n,) cells in each column.
        parts: number of parts.
    """
    part = np.zeros(len(points), dtype=np.int32)
    stack = [(np.arange(len(points)), 0, parts)]
    while stack:
        members, first, count = stack.pop()
        if count == 1:
            part[members] = first
            continue
        left = count // 2
        axis = int(np.argmax(np.ptp(points[members], axis=0)))
        order = members[np.lexsort((points[members, 1 - axis], points[members, axis]))]
        load = np.cumsum(weights[order])
        cut = int(np.clip(np.searchsorted(load, load[-1] * left / count), left, len(order) - (count - left)))
        stack += [(order[:cut], first, left), (order[cut:], first + left, count - left)]
    return part
