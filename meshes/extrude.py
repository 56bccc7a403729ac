"""The plane mesh extruded layer by layer to hexahedra: every rank makes its own columns, no rank the whole mesh."""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import numpy as np
import shapely
from dolfinx import mesh
from mpi4py import MPI

from meshes.cracks import Crack, DoubledNodes, cracks
from meshes.parts import PlanePart, held, kept_on_root, owners, part_of, points_between
from meshes.plane import EMPTY, PlaneMesh
from solver import compat
from solver.arrays import Array, Integers, Mask
from solver.case.geometry import MaterialChoice
from solver.errors import PlanishError
from solver.stackup.stack import StackUp

Found = TypeVar("Found")

_TENSOR_ORDER = [0, 1, 3, 2]  # counter-clockwise corners -> the order of DOLFINx
_BOTTOM_FACET, _TOP_FACET = 0, 5  # facets of the reference hexahedron at z = 0 and z = 1

BOTTOM, TOP, SIDE, MIRROR_X, MIRROR_Y = range(1, 6)  # kinds of exposed facet
_KINDS = 10
_TOUCHING = 1e-9  # of the stack: layers nearer than that touch


@dataclass(frozen=True)
class Block:
    """All cells of one region (or the rest, or one class of a copper map) of one layer."""

    layer: str
    region: str | None
    material: MaterialChoice

    @property
    def name(self) -> str:
        """`layer`, or `layer/region` of a region."""
        return self.layer if self.region is None else f"{self.layer}/{self.region}"


@dataclass(frozen=True)
class StackMesh:
    """Hexahedra of a stack of layers with their tags.

    Attributes:
        mesh: the DOLFINx mesh; a whole column of cells lives on one rank.
        stack: the stack-up it was made from.
        layers: names of the layers present, bottom to top.
        blocks: (layer, region) pairs present; a cell tag is the index of its block.
        block: (owned cells,) tag of each cell.
        layer_of: (owned cells,) index into `stack.layers` of each cell.
        interval: (owned cells,) place of each cell among those of all layers, in the order of the stack-up.
        column: (owned cells,) plane cell each cell stands on, as numbered in `plane`.
        plane: this rank's part of the plane mesh.
        row: (owned cells,) row of each cell among those that are there, from below.
        cracks: where layers are apart, in the numbers of the whole plane mesh.
        whole: the whole plane mesh, on rank 0 and, of a mesh with cracks, on every rank.
    """

    mesh: mesh.Mesh
    stack: StackUp
    layers: tuple[str, ...]
    blocks: tuple[Block, ...]
    block: Integers
    layer_of: Integers
    interval: Integers
    column: Integers
    plane: PlanePart
    row: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    cracks: tuple[Crack, ...] = ()
    whole: PlaneMesh | None = None

    @property
    def comm(self) -> MPI.Intracomm:
        """The communicator of the mesh."""
        return self.mesh.comm

    @property
    def cells(self) -> int:
        """Number of cells on all ranks."""
        return int(self.mesh.topology.index_map(3).size_global)

    @property
    def bottom(self) -> float:
        """Height of the bottom of the layers present (m)."""
        return self.stack.layer(self.layers[0]).bottom

    @property
    def top(self) -> float:
        """Height of the top of the layers present (m)."""
        return self.stack.layer(self.layers[-1]).top

    @property
    def heights(self) -> Array:
        """(owned cells,) height of each cell (m), its mean if it tapers."""
        return heights_of(self.stack, self.plane)[self.layer_of, self.column]

    @property
    def keys(self) -> Integers:
        """(owned cells,) number of each cell that is the same on any number of ranks, whatever else is present."""
        intervals = sum(layer.cells for layer in self.stack.layers)
        return self.columns * intervals + self.interval

    @property
    def columns(self) -> Integers:
        """(owned cells,) plane cell each cell stands on, as numbered in the whole."""
        return self.plane.cells[self.column].astype(np.int64)

    @property
    def cracked_plane(self) -> PlaneMesh:
        """The whole plane mesh of a mesh with cracks."""
        assert self.whole is not None
        return self.whole

    @property
    def sizes(self) -> Array:
        """(owned cells,) edge of a square as large as the plane cell (m)."""
        return np.sqrt(self.plane.areas)[self.column]

    @cached_property
    def faces(self) -> dict[str, Integers]:
        """Cells of the horizontal faces asked for so far; see `meshes.faces`."""
        return {}

    @cached_property
    def known(self) -> dict[Hashable, Any]:
        """What else was found out of it so far, by what that is."""
        return {}

    def of_nodes(self, what: str, space: object, find: Callable[[], Found]) -> Found:
        """What is found of the nodes of a space on it, kept while that is asked for of the same space."""
        if what not in self.known or self.known[what][0] is not space:
            self.known[what] = space, find()
        found: Found = self.known[what][1]
        return found

    @cached_property
    def facet_tags(self) -> mesh.MeshTags:
        """Exposed facets, tagged `facet_tag(layer index, kind)`."""
        return _facet_tags(self)


def facet_tag(layer: int, kind: int) -> int:
    """Tag of the exposed facets of one kind (BOTTOM, TOP, ...) of one layer."""
    return _KINDS * layer + kind


def levels(stack: StackUp, layers: Sequence[str]) -> tuple[Array, Integers]:
    """Heights of all levels of cells (m), from below, and the layer index of each interval between them.

    An interval between layers that do not touch is EMPTY.
    """
    heights: list[Array] = []
    owner: list[int] = []
    for index, layer in sorted(enumerate(stack.layers), key=lambda one: one[1].bottom):
        if layer.name in layers:
            apart = bool(heights) and bool(layer.bottom - heights[-1][-1] > _TOUCHING * stack.thickness)
            owner += [EMPTY] * apart
            heights.append(np.linspace(layer.bottom, layer.top, layer.cells + 1)[bool(heights) and not apart :])
            owner += [index] * layer.cells
    return np.concatenate(heights), np.array(owner, dtype=np.int32)


def heights_of(stack: StackUp, plane: PlaneMesh) -> Array:
    """(layers, plane cells) height of the cells of each layer (m), the mean over each: its volume over its area."""
    if stack.even:
        return np.array([np.full(len(plane.quads), layer.thickness / layer.cells) for layer in stack.layers])
    weight = corner_weights(plane)
    found = np.empty((len(stack.layers), len(plane.quads)))
    for index, one in enumerate(stack.layers):
        low, high = (stack.heights(plane.points, level) for level in (one.bottom, one.top))
        found[index] = (weight * (high - low)[plane.quads]).sum(axis=1) / one.cells
    return found


def corner_weights(plane: PlaneMesh) -> Array:
    """(plane cells, 4) part that what is bilinear between corners has of each in its mean over a cell."""
    x, y = plane.points[plane.quads].transpose(2, 0, 1)
    shapes, slopes = _gauss_points()  # (4 points, 4 corners), (4 points, 4 corners, 2)
    jacobian = np.array([(x @ d[:, 0]) * (y @ d[:, 1]) - (x @ d[:, 1]) * (y @ d[:, 0]) for d in slopes])
    return np.asarray((jacobian.T @ shapes) / jacobian.sum(axis=0)[:, None])


def _gauss_points() -> tuple[Array, Array]:
    """Shape functions of a bilinear cell at two by two Gauss points, and their slopes, corners counter-clockwise."""
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    factors = 1.0 + corners * (corners[:, None] / np.sqrt(3.0))  # (points, corners, 2)
    slopes = corners * factors[..., ::-1] / 4.0
    return factors.prod(axis=-1) / 4.0, slopes


def blocks_of(
    stack: StackUp, plane: PlaneMesh, parts: Collection[str] | None = None
) -> tuple[tuple[Block, ...], Integers]:
    """Blocks present, and the table (layer index, region number) -> block index.

    Args:
        stack: the stack-up.
        plane: its plane mesh: regions may cover all of a layer, and a copper map has classes.
        parts: names of the blocks present; all by default.
    """
    blocks: list[Block] = []
    kinds = plane.kinds
    table = np.full((len(stack.layers), 1 + max(0, *(max(row, default=0) for row in kinds))), EMPTY, dtype=np.int32)
    for index, (layer, present) in enumerate(zip(stack.layers, kinds, strict=True)):
        mapped = plane.classes[index] if plane.classes else ()
        materials: list[tuple[str | None, MaterialChoice | None]] = [(None, None if mapped else layer.material)]
        materials += [(region.name, region.material) for region in layer.regions]
        materials += [(None, material) for material in mapped]
        for number, (region, material) in enumerate(materials):
            block = None if material is None else Block(layer.name, region, material)
            if block is not None and number in present and (parts is None or block.name in parts):
                table[index, number] = len(blocks)
                blocks.append(block)
    return tuple(blocks), table


def extrude(
    comm: MPI.Intracomm, stack: StackUp, plane: PlaneMesh | None, parts: Collection[str] | None = None
) -> StackMesh:
    """Hexahedra of some blocks (all by default) over the plane mesh, inside the outline of the stack-up.

    Args:
        comm: communicator; collective.
        stack: the stack-up.
        plane: the plane mesh, on rank 0; what others give is not looked at.
        parts: what is present, as of `blocks_of`.

    Raises:
        PlanishError: more ranks than columns.
    """
    whole = plane if comm.rank == 0 else None
    shown, columns = kept_on_root(comm, lambda: _planned(stack, held(whole), parts, comm.size))
    blocks, table, open_cracks = shown
    part = part_of(comm, whole, owners(comm, whole, *(columns or (None, None))))
    if open_cracks:
        whole = comm.bcast(whole)  # fronts, and the rings of cells around them, are looked for in all of it
    heights, owner = levels(stack, [block.layer for block in blocks])
    names = tuple(stack.layers[index].name for index in dict.fromkeys(map(int, owner)) if index != EMPTY)
    of_cell = _blocks_at(table, owner, part, inside(stack, part))
    mine = np.flatnonzero(part.rank[: part.owned] == comm.rank)

    column, interval = np.nonzero((of_cell != EMPTY)[:, mine].T)
    corners = part.point[part.quads[mine[column]][:, _TENSOR_ORDER]]
    base = corners * len(heights) + interval[:, None]
    doubled = DoubledNodes(open_cracks, part.total_points * len(heights))
    nodes = np.concatenate([doubled.above(interval, corners, base), base + 1], axis=1)
    ranks = _seen_by(part, mine)
    seen = [ranks[number] for number in column]
    places = _node_slice(comm, stack, whole, part.total_points, heights, doubled)
    domain = compat.create_mesh(comm, nodes, places, compat.domain("hexahedron", 1, 3), seen)

    owned = domain.topology.index_map(3).size_local
    order = domain.topology.original_cell_index[:owned] - (comm.exscan(len(nodes), MPI.SUM) or 0)
    column, interval = mine[column[order]], interval[order]
    place = _places(stack, owner)[interval]
    tags = of_cell[interval, column], owner[interval], place, column
    return StackMesh(domain, stack, names, blocks, *tags, part, interval, tuple(open_cracks), whole)


_Planned: TypeAlias = tuple[tuple[tuple[Block, ...], Integers, list[Crack]], tuple[Integers, Mask]]


def _planned(stack: StackUp, plane: PlaneMesh, parts: Collection[str] | None, ranks: int) -> _Planned:
    """Blocks, their table and the cracks; and the plane cells with columns, and where these have cells that weigh."""
    blocks, table = blocks_of(stack, plane, parts)
    _, _, owner, of_cell = section(stack, plane, parts)
    present = of_cell != EMPTY
    used = np.flatnonzero(present.any(axis=0))
    if ranks > len(used):
        raise PlanishError(f"{ranks} ranks for {len(used)} columns of cells; use fewer ranks")
    weighed = present[[not stack.layers[index].interface for index in owner]]  # interfaces leave columns where they are
    return (blocks, table, cracks(stack, plane, owner, present)), (used, weighed[:, used])


def _blocks_at(table: Integers, owner: Integers, plane: PlaneMesh, there: Mask) -> Integers:
    """(intervals, plane cells) block at each place, EMPTY where there is none."""
    found: Integers = table[owner[:, None], plane.region[owner]]
    found[(plane.region[owner] == EMPTY) | (owner == EMPTY)[:, None]] = EMPTY
    found[:, ~there] = EMPTY
    return found


def _places(stack: StackUp, owner: Integers) -> Integers:
    """(intervals,) place of each interval between levels among those of all layers."""
    cells = np.array([layer.cells for layer in stack.layers])
    first = np.flatnonzero(np.append(True, np.diff(owner) != 0))
    within = np.arange(len(owner)) - np.repeat(first, np.diff(np.append(first, len(owner))))
    return np.asarray((np.cumsum(cells) - cells)[owner] + within)


def section(
    stack: StackUp, plane: PlaneMesh, parts: Collection[str] | None = None
) -> tuple[tuple[Block, ...], Array, Integers, Integers]:
    """Blocks, heights and layer of the rows of cells as of `levels`, and (rows, plane cells) the block of every cell.

    Args:
        stack: the stack-up.
        plane: its plane mesh.
        parts: as of `blocks_of`.
    """
    blocks, table = blocks_of(stack, plane, parts)
    heights, owner = levels(stack, [block.layer for block in blocks])
    return blocks, heights, owner, _blocks_at(table, owner, plane, inside(stack, plane))


def inside(stack: StackUp, plane: PlaneMesh) -> Mask:
    """(plane cells,) True inside the outline of a stack-up; all are, unless one part was cut out of it."""
    if not stack.cut_out:
        return np.ones(len(plane.quads), dtype=bool)
    return shapely.contains_xy(stack.modelled, *plane.points[plane.quads].mean(axis=1).T)


def _seen_by(plane: PlanePart, mine: Integers) -> list[Integers]:
    """For some plane cells their rank, then the ranks that own a cell at one of their corners.

    With these as ghosts every rank sees the whole of each column of nodes that touches its cells.
    """
    used = np.flatnonzero(plane.rank >= 0)
    pairs = np.unique(np.column_stack([plane.quads[used].ravel(), np.repeat(plane.rank[used], 4)]), axis=0)
    start = np.searchsorted(pairs[:, 0], np.arange(len(plane.points) + 1))
    shared = (np.diff(start) > 1)[plane.quads[mine]].any(axis=1)
    seen = list(plane.rank[mine, None])
    for number in np.flatnonzero(shared):
        corners = plane.quads[mine[number]]
        near = np.concatenate([pairs[start[corner] : start[corner + 1], 1] for corner in corners])
        own = plane.rank[mine[number]]
        seen[number] = np.concatenate([[own], np.setdiff1d(near, own)])
    return seen


def _node_slice(
    comm: MPI.Intracomm, stack: StackUp, plane: PlaneMesh | None, points: int, heights: Array, doubled: DoubledNodes
) -> Array:
    """Coordinates of this rank's share of the nodes: plane point * levels + level, then those that are doubled."""
    once, count = points * len(heights), len(heights)
    total = once + len(doubled.points)
    mine = np.arange(total * comm.rank // comm.size, total * (comm.rank + 1) // comm.size)
    single, second = mine[mine < once], mine[mine >= once] - once
    first, last = (int(single[0]) // count, int(single[-1]) // count + 1) if len(single) else (0, 0)
    at = points_between(comm, plane, first, last)[single // count - first]
    level = single % count
    if len(doubled.points):
        assert plane is not None  # with cracks every rank has it
        at = np.concatenate([at, plane.points[doubled.points[second]]])
        level = np.concatenate([level, doubled.levels[second]])
    return np.column_stack([at, stack.heights(at, heights[level])])


def _facet_tags(stack_mesh: StackMesh) -> mesh.MeshTags:
    domain, stack = stack_mesh.mesh, stack_mesh.stack
    topology = domain.topology
    topology.create_connectivity(2, 3)
    topology.create_connectivity(3, 2)
    facets = mesh.exterior_facet_indices(topology)
    cells = topology.connectivity(2, 3).array[topology.connectivity(2, 3).offsets[facets]]
    of_cell = topology.connectivity(3, 2).array.reshape(-1, 6)[cells]
    local = np.argmax(of_cell == facets[:, None], axis=1)
    middle = mesh.compute_midpoints(domain, 2, facets)
    kind = np.full(len(facets), SIDE)
    kind[local == _BOTTOM_FACET] = BOTTOM
    kind[local == _TOP_FACET] = TOP
    for axis, mirror in ((0, MIRROR_X), (1, MIRROR_Y)):
        if axis in stack.mirrors:
            kind[(kind == SIDE) & (np.abs(middle[:, axis]) < 1e-9 * stack.span)] = mirror
    values = (facet_tag(0, 0) + _KINDS * stack_mesh.layer_of[cells] + kind).astype(np.int32)
    order = np.argsort(facets)
    return mesh.meshtags(domain, 2, facets[order], values[order])
