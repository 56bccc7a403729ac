"""Which cells carry current: conductors that hang together with a terminal, and the bodies of one metal among them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from mpi4py import MPI
from shapely.geometry import Polygon

from meshes.extrude import blocks_of
from meshes.interfaces import ThermalInterface, between
from meshes.parts import PlanePart
from meshes.plane import EMPTY, PlaneMesh
from solver.arrays import Integers, Mask
from solver.case.electric import Terminal
from solver.case.geometry import MaterialChoice
from solver.errors import CaseError
from solver.stackup.stack import StackUp

_SAME_HEIGHT = 1e-9  # of the stack


@dataclass(frozen=True)
class Conductors:
    """The conductors of a stack that current can reach.

    Attributes:
        plane: the plane mesh, empty wherever there is none; or a part of it.
        net: (layers, plane cells) number of the net of each of their cells, -1 elsewhere: nets do not touch.
        body: the same for bodies: parts of one metal that touch without a contact between them.
        nets, bodies: how many there are, in the whole.
    """

    plane: PlaneMesh
    net: Integers
    body: Integers
    nets: int
    bodies: int

    @staticmethod
    def part(comm: MPI.Intracomm, whole: "Conductors | None", part: PlanePart) -> "Conductors":
        """What a rank has of those that rank 0 found. Collective."""
        found = () if whole is None else (whole.net, whole.body)
        net, body = (part.received(comm, found[k] if found else None) for k in (0, 1))
        nets, bodies = comm.bcast(None if whole is None else (whole.nets, whole.bodies))
        return Conductors(part, net, body, nets, bodies)


def conductors(
    stack: StackUp,
    plane: PlaneMesh,
    conducts: Callable[[MaterialChoice], bool],
    terminals: Sequence[Terminal],
    contacts: Sequence[ThermalInterface],
) -> Conductors:
    """Find them.

    Args:
        stack: the stack-up.
        plane: its mesh.
        conducts: tells whether a material is a conductor.
        terminals: of the case.
        contacts: between conductors.

    Raises:
        CaseError: a terminal with no conductor near it.
    """
    blocks, table = blocks_of(stack, plane)
    metals = list(dict.fromkeys(repr(block.material) for block in blocks if conducts(block.material)))
    metal_of_block = [metals.index(name) if (name := repr(block.material)) in metals else -1 for block in blocks]
    block = np.take_along_axis(table, np.maximum(plane.region, 0), axis=1)
    metal = np.where((plane.region == EMPTY) | (block < 0), -1, np.append(metal_of_block, -1)[block])
    net = _nets(stack, plane, metal >= 0)
    near = [_near(stack, plane, metal >= 0, *one) for one in zip(terminals, stack.electrodes, strict=True)]
    live = np.isin(net, np.unique(np.concatenate([net[here] for here in near])))
    net = np.where(live, net, -1)
    metal = np.where(live, metal, -1)
    net, body = _numbered(net), _bodies(stack, plane, metal, contacts)
    alone = replace(plane, region=np.where(live, plane.region, EMPTY).astype(np.int32))
    return Conductors(alone, net, body, int(net.max(initial=-1)) + 1, int(body.max(initial=-1)) + 1)


def _near(stack: StackUp, plane: PlaneMesh, conducting: Mask, terminal: Terminal, outline: Polygon | None) -> Mask:
    """(layers, plane cells) conductors that may touch a terminal."""
    here = conducting.copy()
    layer, dot, kind = (terminal.face or "").rpartition(".")
    names = [one.name for one in stack.layers]
    order = [index for index in np.argsort([one.bottom for one in stack.layers]) if conducting[index].any()]
    allowed = list(range(len(names)))
    if dot or terminal.layer is not None:
        allowed = [names.index(layer if dot else terminal.layer or "")]
    elif order and kind in ("top", "bottom"):
        allowed = [order[-1 if kind == "top" else 0]]
    here[np.setdiff1d(np.arange(len(names)), allowed)] = False
    if terminal.region is not None:
        for index, one in enumerate(stack.layers):
            numbers = [k for k, region in enumerate(one.regions, start=1) if region.name == terminal.region]
            here[index] &= np.isin(plane.region[index], numbers)
    if outline is not None:
        here &= shapely.intersects(shapely.polygons(plane.points[plane.quads]), outline)
    if not here.any():
        raise CaseError(f"electric.terminals: there is no conductor at terminal '{terminal.name}'")
    return here


def _nets(stack: StackUp, plane: PlaneMesh, conducting: Mask) -> Integers:
    """(layers, plane cells) number of the net of each conducting cell, -1 elsewhere: cells of a net share nodes."""
    heights = np.array([[layer.bottom, layer.top] for layer in stack.layers])
    values = np.sort(heights.ravel())
    values = values[np.append(True, np.diff(values) > _SAME_HEIGHT * stack.thickness)]
    level = np.searchsorted(values, heights - _SAME_HEIGHT * stack.thickness)  # (layers, 2)
    layer, cell = np.nonzero(conducting)
    count, points = len(layer), len(plane.points)
    nodes = (level[layer][:, :, None] * points + plane.quads[cell][:, None, :]).reshape(count, 8)
    return _joined(conducting, nodes)


def _bodies(stack: StackUp, plane: PlaneMesh, metal: Integers, contacts: Sequence[ThermalInterface]) -> Integers:
    """(layers, plane cells) number of the body of each cell of a metal, -1 elsewhere.

    Cells of a layer belong together if they share a corner, cells above each other if they share a face.
    """
    layers, cells = metal.shape
    layer, cell = np.nonzero(metal >= 0)
    corners = (layer[:, None] * len(plane.points) + plane.quads[cell]) * (1 + metal.max(initial=0))
    corners = corners + metal[layer, cell][:, None]
    faces = np.full((len(layer), 2), -1, dtype=np.int64)
    first = int(corners.max(initial=0)) + 1
    heights = np.array([[one.bottom, one.top] for one in stack.layers])
    for index in range(layers - 1):
        touch = abs(heights[index, 1] - heights[index + 1, 0]) < _SAME_HEIGHT * stack.thickness
        joined = touch & (metal[index] >= 0) & (metal[index] == metal[index + 1])
        for contact in contacts:
            joined &= ~between(stack, plane, index, contact.between)
        for side, owner in ((1, index), (0, index + 1)):
            mine = np.flatnonzero(layer == owner)
            there = mine[joined[cell[mine]]]
            faces[there, side] = first + index * cells + cell[there]
    return _joined(metal >= 0, np.column_stack([corners, faces]))


def _joined(there: Mask, keys: Integers) -> Integers:
    """Numbers, where a mask is true, of the sets of members that have keys in common; keys below 0 join nothing."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    member, place = np.nonzero(keys >= 0)
    of_key = np.unique(keys[member, place], return_inverse=True)[1].ravel()
    count = len(keys)
    size = count + int(of_key.max(initial=-1)) + 1
    graph = coo_matrix((np.ones(len(member), dtype=np.int8), (member, count + of_key)), shape=(size, size))
    result = np.full(there.shape, -1, dtype=np.int32)
    result[there] = connected_components(graph, directed=False)[1][:count]
    return _numbered(result)


def _numbered(label: Integers) -> Integers:
    """The same labels counted from 0; -1 stays."""
    result = label.copy()
    result[label >= 0] = np.unique(label[label >= 0], return_inverse=True)[1].ravel()
    return result
