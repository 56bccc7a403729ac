"""How many unknowns a mesh will have, without making it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from meshes.extrude import levels
from meshes.plane import EMPTY, PlaneMesh
from solver.arrays import Integers
from solver.stackup.stack import StackUp


def nodes(stack: StackUp, plane: PlaneMesh, layers: Sequence[str] | None = None) -> int:
    """Number of degree-2 nodes of the layers (all by default), columns of unequal height included."""
    names = [layer.name for layer in stack.layers if layers is None or layer.name in layers]
    _, owner = levels(stack, names)
    present = (plane.region[owner] != EMPTY) & (owner != EMPTY)[:, None]  # (intervals, cells)
    edges = np.sort(np.stack([plane.quads, np.roll(plane.quads, -1, axis=1)], axis=2), axis=2).reshape(-1, 2)
    edge = np.unique(edges, axis=0, return_inverse=True)[1].reshape(plane.quads.shape)
    vertices = _stacked(present, plane.quads, len(plane.points))
    return vertices + _stacked(present, edge, int(edge.max()) + 1) + _columns(present)


def _stacked(present: NDArray[np.bool_], of_cell: Integers, count: int) -> int:
    """Nodes above plane entities: an entity is there where any of its cells is."""
    there = np.zeros((len(present), count), dtype=bool)
    for interval, cells in enumerate(present):
        there[interval, of_cell[cells].ravel()] = True
    return _columns(there)


def _columns(there: NDArray[np.bool_]) -> int:
    """Nodes in columns: one in each interval, one at each of its ends."""
    ends = np.zeros((len(there) + 1, there.shape[1]), dtype=bool)
    ends[:-1] |= there
    ends[1:] |= there
    return int(there.sum() + ends.sum())
