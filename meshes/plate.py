"""The plane mesh as a DOLFINx mesh of its own, with the layers that stand on each of its cells."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from dolfinx import mesh
from mpi4py import MPI

from meshes.extrude import Block, blocks_of, corner_weights, inside
from meshes.parts import PlanePart, held, kept_on_root, owners, part_of, points_between
from meshes.plane import EMPTY, PlaneMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.errors import CaseError, PlanishError
from solver.parallel import on_root
from solver.stackup.repeats import Field, fields
from solver.stackup.stack import StackUp

TENSOR_ORDER = [0, 1, 3, 2]  # counter-clockwise corners -> the order of DOLFINx


@dataclass(frozen=True)
class PlateMesh:
    """Quadrilaterals and the layers present on them.

    Attributes:
        mesh: the DOLFINx mesh; ranks see the neighbours of their cells.
        stack: the stack-up it was made from.
        plane: this rank's part of the plane mesh.
        layers: names of the layers present, bottom to top.
        blocks: (layer, region) pairs present.
        block: (layers of the stack-up, local cells) index of the block there, EMPTY where there is none.
        cell: (local cells,) plane cell of each cell, as numbered in `plane`; the owned ones come first.
        fields: what repeats in the plane and is to act as its unit cell.
        field: (local cells,) index of the field each cell is in, EMPTY for none.
    """

    mesh: mesh.Mesh
    stack: StackUp
    plane: PlanePart
    layers: tuple[str, ...]
    blocks: tuple[Block, ...]
    block: Integers
    cell: Integers
    fields: tuple[Field, ...]
    field: Integers

    @property
    def comm(self) -> MPI.Intracomm:
        """The communicator of the mesh."""
        return self.mesh.comm

    @property
    def owned(self) -> int:
        """Number of cells of this rank."""
        return int(self.mesh.topology.index_map(2).size_local)

    @property
    def cells(self) -> int:
        """Number of cells on all ranks."""
        return int(self.mesh.topology.index_map(2).size_global)

    @property
    def keys(self) -> Integers:
        """(owned cells,) number of each cell that is the same on any number of ranks, whatever is present."""
        return self.numbers[: self.owned]

    @property
    def numbers(self) -> Integers:
        """(local cells,) plane cell of each cell, as numbered in the whole."""
        return self.plane.cells[self.cell].astype(np.int64)

    @property
    def bottom(self) -> float:
        """Height of the lowest of the layers present (m)."""
        return min(self.stack.layer(name).bottom for name in self.layers)

    @property
    def top(self) -> float:
        """Height of the highest of the layers present (m)."""
        return max(self.stack.layer(name).top for name in self.layers)

    @property
    def undersides(self) -> Array:
        """(local cells,) height of the lowest layer on each cell (m)."""
        heights = np.array([layer.bottom for layer in self.stack.layers])
        return np.asarray(np.where(self.block != EMPTY, heights[:, None], np.inf).min(axis=0))

    def heights(self, level: float) -> Array | float:
        """True height (m) of what is at a level, as the layers have it if all were even.

        (local cells,) the mean over every cell; the level itself where nothing tapers.
        """
        if self.stack.even:
            return level
        at_points = self.stack.heights(self.plane.points, level)
        return np.asarray((corner_weights(self.plane) * at_points[self.plane.quads]).sum(axis=1)[self.cell])

    def with_parts(self, parts: Collection[str] | None) -> "PlateMesh":
        """The same mesh with other layers on it, as of `plate_mesh`. Collective.

        Raises:
            CaseError: nothing is left on one of its cells.
        """
        there = _present(self.stack, self.plane, parts)
        block = there.block[:, self.cell]
        bare = self.cell[block.max(axis=0, initial=EMPTY) == EMPTY]
        on_root(self.comm, partial(_check, self.stack, _first(self.comm, self.plane, bare)))
        return replace(self, layers=there.layers, blocks=there.blocks, block=block)


@dataclass(frozen=True)
class _Present:
    layers: tuple[str, ...]
    blocks: tuple[Block, ...]
    block: Integers  # (layers, plane cells)


def plate_mesh(
    comm: MPI.Intracomm, stack: StackUp, plane: PlaneMesh | None, parts: Collection[str] | None = None
) -> PlateMesh:
    """The part of the plane mesh inside the outline, with some blocks (all by default) on it. Collective.

    Args:
        comm: communicator.
        stack: the stack-up.
        plane: the plane mesh, on rank 0; what others give is not looked at.
        parts: what is present, as of `meshes.extrude.blocks_of`.

    Raises:
        CaseError: there is nothing on a cell: a plate has no holes.
        PlanishError: more ranks than cells.
    """
    whole = plane if comm.rank == 0 else None
    _, used = kept_on_root(comm, lambda: (None, _used(stack, held(whole), parts, comm.size)))
    on = owners(comm, whole, used, None if used is None else np.ones((1, len(used)), dtype=bool))
    mesh_part = part_of(comm, whole, on)
    place = mesh_part.received(comm, None if on is None else _in_order(on))
    there = _present(stack, mesh_part, parts)
    mine = np.flatnonzero(mesh_part.rank[: mesh_part.owned] == comm.rank)
    total = mesh_part.total_points
    share = [total * rank // comm.size for rank in (comm.rank, comm.rank + 1)]
    nodes = points_between(comm, whole, *share)
    quadrilaterals = compat.domain("quadrilateral", 1, 2)
    corners = mesh_part.point[mesh_part.quads[mine][:, TENSOR_ORDER]]
    domain = compat.create_mesh(comm, corners, nodes, quadrilaterals, _seen_by(mesh_part, mine))
    by_place = np.argsort(place)
    cell = by_place[np.searchsorted(place[by_place], domain.topology.original_cell_index)]
    repeats = tuple(fields(stack)) if stack.cells else ()
    field, middles = np.full(len(cell), EMPTY), mesh_part.points[mesh_part.quads[cell]].mean(axis=1)
    for number, one in enumerate(repeats):
        field[(field == EMPTY) & one.holds(middles)] = number
    return PlateMesh(domain, stack, mesh_part, there.layers, there.blocks, there.block[:, cell], cell, repeats, field)


def _used(stack: StackUp, plane: PlaneMesh, parts: Collection[str] | None, ranks: int) -> Integers:
    """Plane cells inside the outline."""
    used = np.flatnonzero(inside(stack, plane))
    bare = used[_present(stack, plane, parts).block[:, used].max(axis=0) == EMPTY]
    if len(bare):
        _check(stack, plane.points[plane.quads[bare[0]]].mean(axis=0))
    if ranks > len(used):
        raise PlanishError(f"{ranks} ranks for {len(used)} cells; use fewer ranks")
    return used


def _in_order(on: Integers) -> Integers:
    """(plane cells,) place of each among those handed to DOLFINx, rank by rank; EMPTY of those that are not."""
    used = np.flatnonzero(on != EMPTY)
    place = np.full(len(on), EMPTY, dtype=np.int64)
    place[used[np.argsort(on[used], kind="stable")]] = np.arange(len(used))
    return place


def _present(stack: StackUp, plane: PlaneMesh, parts: Collection[str] | None) -> _Present:
    blocks, table = blocks_of(stack, plane, parts)
    block = np.take_along_axis(table, np.maximum(plane.region, 0), axis=1)
    block[plane.region == EMPTY] = EMPTY
    names = {one.layer for one in blocks}
    layers = sorted((layer for layer in stack.layers if layer.name in names), key=lambda layer: layer.bottom)
    return _Present(tuple(layer.name for layer in layers), blocks, block)


def _first(comm: MPI.Intracomm, plane: PlanePart, cells: Integers) -> Array | None:
    """(2,) middle (m) of the first of some plane cells of all ranks, None if there are none. Collective."""
    first = cells[np.argsort(plane.cells[cells])[:1]]
    here = np.column_stack([plane.cells[first], plane.points[plane.quads[first]].mean(axis=1)])
    found = np.concatenate(comm.allgather(here))
    return np.asarray(found[np.argmin(found[:, 0]), 1:]) if len(found) else None


def _check(stack: StackUp, bare: Array | None) -> None:
    """Raise if there is a place (2,) in m with nothing on it."""
    if bare is None:
        return
    x, y = 1e3 * bare
    names = ", ".join(f"'{layer.name}'" for layer in stack.layers)
    raise CaseError(
        f"analysis: model: a plate has no holes, and none of the layers present (of {names}) is at "
        f"({x:.6g}, {y:.6g}) mm; use model: solid"
    )


def _seen_by(plane: PlanePart, mine: Integers) -> list[Integers]:
    """For some plane cells their rank, then the ranks that own a cell across one of their sides."""
    part, used = plane.rank, np.flatnonzero(plane.rank >= 0)
    sides = np.sort(np.stack([plane.quads[used], np.roll(plane.quads[used], -1, axis=1)], axis=-1), axis=-1)
    key = (sides[..., 0].astype(np.int64) * len(plane.points) + sides[..., 1]).ravel()
    order = np.argsort(key, kind="stable")
    pair = np.flatnonzero(np.diff(key[order]) == 0)
    one, other = used[order[pair] // 4], used[order[pair + 1] // 4]
    apart = np.flatnonzero(part[one] != part[other])
    near: dict[int, set[int]] = {}
    for here, there in ((one[apart], other[apart]), (other[apart], one[apart])):
        for cell, rank in zip(here, part[there], strict=True):
            near.setdefault(int(cell), set()).add(int(rank))
    own = [int(number) for number in mine]
    return [np.array([part[number], *sorted(near.get(number, ()))], dtype=np.int32) for number in own]
