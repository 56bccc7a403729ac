"""Which rank owns which column of cells: METIS on the graph of the plane, whole columns only."""

from dataclasses import dataclass

import numpy as np
import pymetis

from solver.arrays import Integers, Mask

_CUTS = 8  # METIS bisects each piece so often and keeps the best


@dataclass(frozen=True)
class Faces:
    """Faces that columns share: column i and column `other[first[i]:first[i + 1]]` share `count` of them."""

    first: Integers
    other: Integers
    count: Integers


def partition(quads: Integers, present: Mask, parts: int) -> Integers:
    """Part of each column of cells, such that parts have about equally many cells and share few faces.

    Multilevel recursive bisection (G. Karypis, V. Kumar, SIAM J. Sci. Comput. 20, 359, 1998): a column weighs its
    cells, two neighbours are tied by the faces they share. The same on every call.

    Args:
        quads: (columns, 4) corners of the plane cells.
        present: (intervals, columns) where there is a cell; every column has one.
        parts: number of parts, at most one per column; none is left empty.
    """
    count = len(quads)
    if parts == 1:
        return np.zeros(count, dtype=np.int32)
    faces = shared_faces(quads, present)
    _, part = pymetis.part_graph(
        parts,
        adjacency=pymetis.CSRAdjacency(faces.first, faces.other),
        vweights=present.sum(axis=0),
        eweights=faces.count,
        recursive=True,
        options=pymetis.Options(ncuts=_CUTS, seed=0),
    )
    if len(np.unique(part)) < parts:  # METIS does not promise to fill parts of one or two columns
        part = np.arange(count) * parts // count
    return np.asarray(part, dtype=np.int32)


def shared_faces(quads: Integers, present: Mask) -> Faces:
    """Faces that two columns share, both ways round; arguments as of `partition`."""
    low, high = np.sort(np.stack([quads, np.roll(quads, -1, axis=1)]), axis=0).reshape(2, -1).astype(np.int64)
    edge = low * (int(quads.max()) + 1) + high
    order = np.argsort(edge, kind="stable")
    pair = np.flatnonzero(np.diff(edge[order]) == 0)
    one, other = order[pair] // 4, order[pair + 1] // 4
    faces = (present[:, one] & present[:, other]).sum(axis=0)
    pairs = np.concatenate([one, other]) * len(quads) + np.concatenate([other, one])
    tied, of = np.unique(pairs[np.tile(faces > 0, 2)], return_inverse=True)
    count = np.bincount(of, weights=np.tile(faces[faces > 0], 2), minlength=len(tied))
    first = np.searchsorted(tied, np.arange(len(quads) + 1) * len(quads))
    return Faces(first.astype(np.int32), (tied % len(quads)).astype(np.int32), np.rint(count).astype(np.int32))
