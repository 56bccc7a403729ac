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
    owner, count = runs(levels(stack, names)[1])
    present = (plane.region[owner] != EMPTY) & (owner != EMPTY)[:, None]  # (runs, cells)
    edges = np.sort(np.stack([plane.quads, np.roll(plane.quads, -1, axis=1)], axis=2), axis=2).reshape(-1, 2)
    edge = np.unique(edges, axis=0, return_inverse=True)[1].reshape(plane.quads.shape)
    vertices = _stacked(present, count, plane.quads, len(plane.points))
    return vertices + _stacked(present, count, edge, int(edge.max()) + 1) + _columns(present, count)


def runs(owner: Integers) -> tuple[Integers, Integers]:
    """Intervals of one layer above each other taken together: the layer of each run, and how many they are."""
    first = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]]))
    return owner[first], np.diff(np.append(first, len(owner)))


def _stacked(present: NDArray[np.bool_], count: Integers, of_cell: Integers, entities: int) -> int:
    """Nodes above plane entities: an entity is there where any of its cells is."""
    there = np.zeros((len(present), entities), dtype=bool)
    for run, cells in enumerate(present):
        there[run, of_cell[cells].ravel()] = True
    return _columns(there, count)


def _columns(there: NDArray[np.bool_], count: Integers) -> int:
    """Nodes in columns of runs of `count` intervals: one in each interval, one at each of its ends."""
    ends = np.zeros((len(there) + 1, there.shape[1]), dtype=bool)
    ends[:-1] |= there
    ends[1:] |= there
    return int((2 * count - 1) @ there.sum(axis=1) + ends.sum())
