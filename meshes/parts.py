"""The plane mesh in parts: rank 0 makes the whole, and every rank gets its own cells and those around them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from mpi4py import MPI

from meshes.partition import shared_partition
from meshes.plane import EMPTY, PlaneMesh
from solver.arrays import Array, Integers, Mask
from solver.parallel import on_root

_ROWS, _POINTS = 71, 72  # tags of messages

Shown = TypeVar("Shown")
Kept = TypeVar("Kept")


@dataclass(frozen=True, kw_only=True)
class PlanePart(PlaneMesh):
    """What one rank has of a plane mesh: points, cells and regions are those of the part, and numbered in it.

    Attributes:
        cells: (m,) number of each cell in the whole: first, in their order, those of this rank, then, in theirs, those
            that share a corner with one of them. Every cell of the whole belongs to one rank.
        owned: how many belong to this rank.
        rank: (m,) whose columns stand on each cell, EMPTY where none does.
        point: (n,) number of each point in the whole, in their order.
        total, total_points: cells and points of the whole.
        mean_area: of the cells of the whole (m^2).
        all_kinds: `kinds` of the whole.
    """

    cells: Integers
    owned: int
    rank: Integers
    point: Integers
    total: int
    total_points: int
    mean_area: float
    all_kinds: tuple[frozenset[int], ...]

    @property
    def kinds(self) -> tuple[frozenset[int], ...]:
        """Per layer the numbers that cells of the whole have in `region`."""
        return self.all_kinds

    @property
    def width(self) -> float:
        """Edge of a square as large as cells of the whole are in the mean (m)."""
        return float(np.sqrt(self.mean_area))

    def received(self, comm: MPI.Intracomm, values: Integers | None) -> Integers:
        """(..., m) of numbers (..., cells of the whole) that rank 0 has. Collective."""
        wanted = comm.gather(self.cells)
        return _dealt(comm, lambda rank: np.asarray(values)[..., held(wanted)[rank]], _ROWS)


def kept_on_root(comm: MPI.Intracomm, work: Callable[[], tuple[Shown, Kept]]) -> tuple[Shown, Kept | None]:
    """The first result of `work` on rank 0 on every rank, the second there alone; as of `solver.parallel.on_root`."""
    kept: list[Kept] = []

    def done() -> Shown:
        shown, mine = work()
        kept.append(mine)
        return shown

    return on_root(comm, done), kept[0] if kept else None


def owners(
    comm: MPI.Intracomm, plane: PlaneMesh | None, used: Integers | None, present: Mask | None
) -> Integers | None:
    """Whose columns stand on each cell of the whole, on rank 0. Collective.

    Args:
        comm: communicator.
        plane: the whole, on rank 0.
        used: cells with columns, on rank 0; EMPTY is what the others get.
        present: (intervals, used) where these have cells, on rank 0.
    """
    found = shared_partition(comm, None if plane is None else plane.quads[held(used)], present)
    if plane is None:
        return None
    on = np.full(len(plane.quads), EMPTY, dtype=np.int32)
    on[held(used)] = held(found)
    return on


def part_of(comm: MPI.Intracomm, plane: PlaneMesh | None, owner: Integers | None) -> PlanePart:
    """This rank's part of a plane mesh. Collective.

    Args:
        comm: communicator.
        plane: the whole, on rank 0.
        owner: (cells,) whose columns stand on each cell, EMPTY where none does, on rank 0; cells without columns are
            shared out evenly.
    """
    found: list[tuple[list[Integers], Integers, float, tuple[frozenset[int], ...]]] = []
    if comm.rank == 0:
        home = _homes(held(owner), comm.size)
        members, counts = _members(held(plane), home, comm.size), np.bincount(home, minlength=comm.size)
        found.append((members, counts, float(held(plane).areas.mean()), held(plane).kinds))

    def cut(rank: int) -> PlanePart:
        ((members, counts, mean_area, kinds),) = found
        whole, cells = held(plane), members[rank]
        point, quads = np.unique(whole.quads[cells], return_inverse=True)
        return PlanePart(
            points=whole.points[point],
            quads=quads.reshape(-1, 4).astype(whole.quads.dtype),
            region=whole.region[:, cells],
            classes=whole.classes,
            cells=cells,
            owned=int(counts[rank]),
            rank=held(owner)[cells],
            point=point,
            total=len(whole.quads),
            total_points=len(whole.points),
            mean_area=mean_area,
            all_kinds=kinds,
        )

    return _dealt(comm, cut, _ROWS)


def points_between(comm: MPI.Intracomm, plane: PlaneMesh | None, first: int, last: int) -> Array:
    """(last - first, 2) points of a plane mesh (m), whole on rank 0; each rank asks for its own. Collective."""
    wanted = comm.gather((first, last))
    return _dealt(comm, lambda rank: held(plane).points[slice(*held(wanted)[rank])], _POINTS)


def _dealt(comm: MPI.Intracomm, of_rank: Callable[[int], Shown], tag: int) -> Shown:
    """What rank 0 has for this rank, one after the other so that it never has more than one of them."""
    if comm.rank:
        received: Shown = comm.recv(source=0, tag=tag)
        return received
    for rank in range(1, comm.size):
        comm.send(of_rank(rank), dest=rank, tag=tag)
    return of_rank(0)


def held(value: Kept | None) -> Kept:
    """On rank 0, what it has."""
    assert value is not None
    return value


def _homes(owner: Integers, ranks: int) -> Integers:
    """(cells,) the rank each cell belongs to."""
    home = owner.copy()
    bare = np.flatnonzero(owner == EMPTY)
    home[bare] = np.arange(len(bare)) * ranks // max(len(bare), 1)
    return home


def _members(plane: PlaneMesh, home: Integers, ranks: int) -> list[Integers]:
    """For every rank the cells of its part: its own, then those that share a corner with them."""
    lowest = np.full(len(plane.points), ranks, dtype=home.dtype)
    highest = np.full(len(plane.points), EMPTY, dtype=home.dtype)
    for corner in plane.quads.T:
        np.minimum.at(lowest, corner, home)
        np.maximum.at(highest, corner, home)
    near = np.flatnonzero((lowest != highest)[plane.quads].any(axis=1))
    corners = plane.quads[near].ravel()
    pairs = np.unique(np.column_stack([corners, np.repeat(home[near], 4)]), axis=0)  # (point, rank with a cell there)
    first, last = (np.searchsorted(pairs[:, 0], corners, side=side) for side in ("left", "right"))
    count = last - first
    cell = np.repeat(np.repeat(near, 4), count)
    seen_by = pairs[np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum()), 1]
    foreign = seen_by != home[cell]
    around = np.unique(np.column_stack([seen_by[foreign], cell[foreign]]), axis=0)
    own = np.argsort(home, kind="stable")
    ends = np.searchsorted(home[own], np.arange(ranks + 1)), np.searchsorted(around[:, 0], np.arange(ranks + 1))
    return [
        np.concatenate([own[ends[0][r] : ends[0][r + 1]], around[ends[1][r] : ends[1][r + 1], 1]]) for r in range(ranks)
    ]
