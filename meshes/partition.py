"""Which rank owns which column of cells: METIS on the graph of the plane, whole columns only.

Large planes are halved, and each half is cut on by the first of the ranks it is for: halves are cut at once, so all
cuts together take twice the time of the first.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import pymetis
from mpi4py import MPI

from solver.arrays import Integers, Mask

_CUTS = 8  # METIS bisects each piece so often and keeps the best
_MANY = 200_000  # columns from which a plane is halved, and that once
_BACK = 73  # tag of messages


@dataclass(frozen=True)
class Faces:
    """Faces that columns share: column i and column `other[first[i]:first[i + 1]]` share `count` of them."""

    first: Integers
    other: Integers
    count: Integers


def shared_partition(comm: MPI.Intracomm, quads: Integers | None, present: Mask | None) -> Integers | None:
    """As `partition` has it, a part for each rank, made by all of them. Collective.

    Args:
        comm: communicator.
        quads: as of `partition`, on rank 0.
        present: the same.

    Returns:
        (columns,) on rank 0.
    """
    many = comm.bcast(0 if quads is None else len(quads))
    if comm.size == 1 or many < _MANY:
        return None if quads is None or present is None else partition(quads, present, comm.size)
    lower = comm.size // 2
    half: Integers = np.empty(0, dtype=np.int32)
    if quads is not None and present is not None:
        half = _metis(quads, present, [lower, comm.size - lower], 1)
        comm.send((quads[half == 1], present[:, half == 1]), dest=lower, tag=_BACK)
        quads, present = quads[half == 0], present[:, half == 0]
    elif comm.rank == lower:
        quads, present = comm.recv(source=0, tag=_BACK)
    group = cast(MPI.Intracomm, comm.Split(int(comm.rank >= lower), comm.rank))
    found = shared_partition(group, quads, present)
    group.Free()
    if comm.rank == lower:
        comm.send(found, dest=0, tag=_BACK)
    return _merged(half, found, comm.recv(source=lower, tag=_BACK), lower) if comm.rank == 0 else None


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
    if count >= _MANY:
        lower = parts // 2
        half = _metis(quads, present, [lower, parts - lower], 1)
        low, high = (
            partition(quads[half == k], present[:, half == k], number)
            for k, number in enumerate((lower, parts - lower))
        )
        return _merged(half, low, high, lower)
    return _metis(quads, present, [1] * parts, _CUTS)


def _metis(quads: Integers, present: Mask, shares: list[int], cuts: int) -> Integers:
    """(columns,) part of each, so that parts have cells in the proportion of their shares."""
    faces, count, parts = shared_faces(quads, present), len(quads), len(shares)
    _, part = pymetis.part_graph(
        parts,
        adjacency=pymetis.CSRAdjacency(faces.first, faces.other),
        vweights=present.sum(axis=0),
        eweights=faces.count,
        recursive=True,
        tpwgts=None if len(set(shares)) == 1 else [share / sum(shares) for share in shares],
        options=pymetis.Options(ncuts=cuts, seed=0),
    )
    if (np.bincount(part, minlength=parts) < shares).any():  # METIS does not promise to fill parts of few columns
        part = np.repeat(np.arange(parts), shares)[np.arange(count) * sum(shares) // count]
    return np.asarray(part, dtype=np.int32)


def _merged(half: Integers, low: Integers | None, high: Integers, lower: int) -> Integers:
    """Parts of all columns from those of the lower half, and those of the upper one, counted from `lower`."""
    assert low is not None
    part = np.empty(len(half), dtype=np.int32)
    part[half == 0], part[half == 1] = low, lower + high
    return part


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
