"""The plane mesh as a DOLFINx mesh of its own, with the layers that stand on each of its cells."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import basix.ufl
import numpy as np
import ufl
from dolfinx import mesh
from mpi4py import MPI

from meshes.extrude import Block, blocks_of, inside
from meshes.partition import partition
from meshes.plane import EMPTY, PlaneMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.errors import CaseError, PlanishError
from solver.parallel import on_root
from solver.stackup.repeats import Field, fields
from solver.stackup.stack import StackUp

_TENSOR_ORDER = [0, 1, 3, 2]  # counter-clockwise corners -> the order of DOLFINx


@dataclass(frozen=True)
class PlateMesh:
    """Quadrilaterals and the layers present on them.

    Attributes:
        mesh: the DOLFINx mesh; ranks see the neighbours of their cells.
        stack: the stack-up it was made from.
        plane: the plane mesh.
        layers: names of the layers present, bottom to top.
        blocks: (layer, region) pairs present.
        block: (layers of the stack-up, local cells) index of the block there, EMPTY where there is none.
        cell: (local cells,) plane cell of each cell; the owned ones come first.
        fields: what repeats in the plane and is to act as its unit cell.
        field: (local cells,) index of the field each cell is in, EMPTY for none.
    """

    mesh: mesh.Mesh
    stack: StackUp
    plane: PlaneMesh
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
        return self.cell[: self.owned].astype(np.int64)

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

    def with_parts(self, parts: Collection[str] | None) -> "PlateMesh":
        """The same mesh with other layers on it, as of `plate_mesh`. Collective.

        Raises:
            CaseError: nothing is left on one of its cells.
        """
        there = _present(self.stack, self.plane, parts)
        block = there.block[:, self.cell]
        _check(self.comm, self.stack, self.plane, self.cell[block.max(axis=0, initial=EMPTY) == EMPTY])
        return replace(self, layers=there.layers, blocks=there.blocks, block=block)


@dataclass(frozen=True)
class _Present:
    layers: tuple[str, ...]
    blocks: tuple[Block, ...]
    block: Integers  # (layers, plane cells)


def plate_mesh(
    comm: MPI.Intracomm, stack: StackUp, plane: PlaneMesh, parts: Collection[str] | None = None
) -> PlateMesh:
    """The part of the plane mesh inside the outline, with some blocks (all by default) on it. Collective.

    Args:
        comm: communicator.
        stack: the stack-up.
        plane: the same plane mesh on every rank.
        parts: what is present, as of `meshes.extrude.blocks_of`.

    Raises:
        CaseError: there is nothing on a cell: a plate has no holes.
        PlanishError: more ranks than cells.
    """
    there = _present(stack, plane, parts)
    used = np.flatnonzero(inside(stack, plane))
    _check(comm, stack, plane, used[there.block[:, used].max(axis=0) == EMPTY])
    if comm.size > len(used):
        raise PlanishError(f"{comm.size} ranks for {len(used)} cells; use fewer ranks")
    part = np.full(len(plane.quads), -1, dtype=np.int32)
    part[used] = on_root(comm, lambda: partition(plane.quads[used], np.ones((1, len(used)), dtype=bool), comm.size))
    order = np.argsort(part[used], kind="stable")  # of all cells as they are handed to DOLFINx
    mine = used[part[used] == comm.rank]
    nodes = np.arange(len(plane.points) * comm.rank // comm.size, len(plane.points) * (comm.rank + 1) // comm.size)
    quadrilaterals = ufl.Mesh(basix.ufl.element("Lagrange", "quadrilateral", 1, shape=(2,)))
    seen = _seen_by(plane, part, mine)
    domain = compat.create_mesh(comm, plane.quads[mine][:, _TENSOR_ORDER], plane.points[nodes], quadrilaterals, seen)
    cell = used[order][domain.topology.original_cell_index]
    repeats = tuple(fields(stack)) if stack.cells else ()
    field, middles = np.full(len(cell), EMPTY), plane.points[plane.quads[cell]].mean(axis=1)
    for number, one in enumerate(repeats):
        field[(field == EMPTY) & one.holds(middles)] = number
    return PlateMesh(domain, stack, plane, there.layers, there.blocks, there.block[:, cell], cell, repeats, field)


def _present(stack: StackUp, plane: PlaneMesh, parts: Collection[str] | None) -> _Present:
    blocks, table = blocks_of(stack, plane, parts)
    block = np.take_along_axis(table, np.maximum(plane.region, 0), axis=1)
    block[plane.region == EMPTY] = EMPTY
    names = {one.layer for one in blocks}
    layers = sorted((layer for layer in stack.layers if layer.name in names), key=lambda layer: layer.bottom)
    return _Present(tuple(layer.name for layer in layers), blocks, block)


def _check(comm: MPI.Intracomm, stack: StackUp, plane: PlaneMesh, empty: Integers) -> None:
    """Raise on all ranks if one has a plane cell with nothing on it."""
    first = comm.allreduce(int(empty.min(initial=len(plane.quads))), MPI.MIN)
    if first == len(plane.quads):
        return
    x, y = 1e3 * plane.points[plane.quads[first]].mean(axis=0)
    names = ", ".join(f"'{layer.name}'" for layer in stack.layers)
    raise CaseError(
        f"analysis: model: a plate has no holes, and none of the layers present (of {names}) is at "
        f"({x:.6g}, {y:.6g}) mm; use model: solid"
    )


def _seen_by(plane: PlaneMesh, part: Integers, mine: Integers) -> list[Integers]:
    """For some plane cells their rank, then the ranks that own a cell across one of their sides."""
    used = np.flatnonzero(part >= 0)
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
