"""Supports: some take away rigid-body motion and nothing else, others carry the weight, some of these let go."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import shapely
from dolfinx import fem, la

from meshes.extrude import StackMesh
from meshes.nodes import distance_to_node, nearest_node, nodes_of
from meshes.parts import held, kept_on_root
from meshes.pieces import pieces
from solver.arrays import Array, Integers, Mask
from solver.case.ends import Line, line
from solver.errors import CaseError
from solver.physics.solid.driven import Prescribed
from solver.stackup.support_marks import inside_ring

_ON_PIN = 5e-3  # of the cell size: the mesh has nodes that near to pins
# mirror planes -> point supports: along x and along y of the centre or not, and the components held there
_POINTS: dict[tuple[int, ...], list[tuple[tuple[int, int], tuple[int, ...]]]] = {
    (): [((0, 0), (0, 1, 2)), ((1, 0), (1, 2)), ((0, 1), (2,))],
    (0,): [((0, 0), (1, 2)), ((0, 1), (2,))],
    (1,): [((0, 0), (0, 2)), ((1, 0), (2,))],
    (0, 1): [((0, 0), (2,))],
}
_ON_LINE = 1e-6  # of the span: nodes that near to the end of a ring are on it


@dataclass(frozen=True)
class Facing:
    """Nodes of the tops of pads, those on their edges left out, which are bonded.

    Attributes:
        unknowns: local ones, displacement along z.
        gaps: (unknowns,) to the plane as drawn (m).
        pad: (unknowns,) number in `regions` of the pad each belongs to.
        regions: LAYER/REGION of the pads, in the order of the case.
        joins: True where what presses at the end of a step is one from then on.
    """

    unknowns: Integers
    gaps: Array
    pad: Integers
    regions: tuple[str, ...]
    joins: bool


@dataclass(frozen=True)
class Support:
    """Unknowns of the displacement held at zero, and those that may not fall below.

    Attributes:
        mirrors: local unknowns (owned and ghost) on the mirror planes: normal displacement.
        pins: local unknowns of the statically determinate point supports; their reaction must vanish.
        rests: local unknowns in z that carry the stack, held at zero.
        touches: local unknowns in z that carry it and let go: never negative.
        clamped: local unknowns of clamped sides, held at zero, or of what is displaced.
        flat: True if the whole underside is held on a plane, so that nothing bends.
        driven: what is displaced and to where; None: nothing.
        facing: pads that may press on their mirror image; None: there are none.
    """

    mirrors: Integers
    pins: Integers
    rests: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    touches: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    clamped: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    flat: bool = False
    driven: Prescribed | None = None
    facing: Facing | None = None

    @property
    def unknowns(self) -> Integers:
        """All that are held, sorted."""
        return np.unique(np.concatenate([self.mirrors, self.pins, self.rests, self.clamped])).astype(np.int32)


@dataclass(frozen=True)
class RigidPiece:
    """A part of the stack that touches no other by a face.

    Attributes:
        nodes: (local nodes,) True for its own.
        bounds: in plane, of the modelled part, or of the outline if it is all there is: x0, y0, x1, y1 (m).
        mirrors: axes of the mirror planes through it.
        share: of the volume of the modelled part.
    """

    nodes: Mask
    bounds: tuple[float, float, float, float]
    mirrors: tuple[int, ...]
    share: float


def determinate(stack_mesh: StackMesh, space: fem.FunctionSpace) -> Support:
    """Mirror planes, and as many point supports on the bottom as rigid-body motions are left.

    Without symmetry that is 3-2-1: a point near the centre held in x, y and z, one along x held in y and z, one along
    y held in z. Mirror planes replace those they make superfluous. A stack in several pieces has points in each.
    """
    x = nodes_of(space)
    stack = stack_mesh.stack
    tolerance = 1e-9 * stack.span
    mirrors = [3 * np.flatnonzero(np.abs(x[:, axis]) < tolerance) + axis for axis in stack.mirrors]
    pins = []
    for piece in rigid_pieces(stack_mesh, space):
        (x0, y0, x1, y1), met = piece.bounds, piece.mirrors
        centre = [0.0 if axis in met else (low + high) / 2 for axis, (low, high) in enumerate(((x0, x1), (y0, y1)))]
        for (along_x, along_y), components in _POINTS[met]:
            place = np.array([[x1 if along_x else centre[0], y1 if along_y else centre[1]]])
            target = _on_bottom(stack_mesh, place)[0]
            node = nearest_node(stack_mesh.comm, x, target, tolerance, piece.nodes)
            pins += [3 * node + component for component in components]
    return Support(
        np.unique(np.concatenate(mirrors)).astype(np.int32) if mirrors else np.empty(0, np.int32),
        np.concatenate(pins).astype(np.int32),
    )


def rigid_pieces(stack_mesh: StackMesh, space: fem.FunctionSpace) -> list[RigidPiece]:
    """What moves as one where nothing holds it. Collective, the first time."""
    return stack_mesh.of_nodes("rigid pieces", space, lambda: _rigid_pieces(stack_mesh, space))


def _rigid_pieces(stack_mesh: StackMesh, space: fem.FunctionSpace) -> list[RigidPiece]:
    comm, outline, mirrors = stack_mesh.comm, stack_mesh.stack.outline, stack_mesh.stack.mirrors
    shown, numbers = kept_on_root(comm, lambda: _found_pieces(stack_mesh))
    of_cell = stack_mesh.plane.received(comm, numbers)[stack_mesh.layer_of, stack_mesh.column]
    number = la.vector(space.dofmap.index_map, 1)
    number.array[space.dofmap.list[: len(of_cell)]] = of_cell[:, None]
    number.scatter_forward()
    result = []
    for piece, (met, bounds, share) in enumerate(shown):
        whole = len(shown) == 1 and met == mirrors
        result.append(RigidPiece(number.array == piece, outline.bounds if whole else bounds, met, share))
    return result


_Shown: TypeAlias = tuple[tuple[int, ...], tuple[float, float, float, float], float]


def _found_pieces(stack_mesh: StackMesh) -> tuple[list[_Shown], Integers]:
    """Mirror planes, bounds (m) and share of every piece, and the piece of each cell (layers, plane cells)."""
    found = pieces(stack_mesh.stack, held(stack_mesh.whole), {block.name for block in stack_mesh.blocks})
    shown = [(found.mirrors(one), found.bounds(one), found.share(one)) for one in range(found.count)]
    return shown, found.number


def on_pins(stack_mesh: StackMesh, space: fem.FunctionSpace, places: Sequence[tuple[float, float]]) -> Support:
    """The bottom held in z at places (m) where the mesh has nodes, and in plane as by `determinate`.

    Of places that mirror planes leave out, the images in the modelled part are held.

    Raises:
        CaseError: the underside is empty at a place.
    """
    x, bottom = _bottom(stack_mesh, space)
    folded = np.array(places)
    mirrors = list(stack_mesh.stack.mirrors)
    folded[:, mirrors] = np.abs(folded[:, mirrors])
    targets = _on_bottom(stack_mesh, folded)
    tolerance = 1e-9 * stack_mesh.stack.span
    missed = [distance_to_node(stack_mesh.comm, x, target) for target in targets]
    if max(missed) > _ON_PIN * stack_mesh.stack.size:
        place = "({:.6g}, {:.6g}) mm".format(*(1e3 * value for value in places[int(np.argmax(missed))]))
        raise CaseError(f"support: layer '{stack_mesh.layers[0]}', the lowest, has nothing at the pin at {place}")
    found = [nearest_node(stack_mesh.comm, x, target, tolerance) for target in targets]
    return _resting(stack_mesh, space, bottom[np.concatenate(found)])


def on_edge(stack_mesh: StackMesh, space: fem.FunctionSpace) -> Support:
    """The rim of the bottom held in z, and in plane as by `determinate`.

    A disc is held at the corners of its polygon: held along the sides it would be clamped there, on the finest polygon
    (I. Babuska, J. Pitkaeranta, SIAM J. Math. Anal. 21, 551, 1990).
    """
    x, bottom = _bottom(stack_mesh, space)
    rim = stack_mesh.stack.outline.exterior
    held = shapely.MultiPoint(rim.coords) if stack_mesh.stack.disc else rim
    there = shapely.distance(held, shapely.points(x[:, :2])) < 1e-9 * stack_mesh.stack.span
    return _resting(stack_mesh, space, bottom[there])


def on_ends(stack_mesh: StackMesh, space: fem.FunctionSpace, ends: Sequence[str | Line], clamped: bool) -> Support:
    """Sides of the stack held.

    Args:
        stack_mesh: the layers present.
        space: of the displacement.
        ends: of the outline.
        clamped: True: every point in x, y and z; False: the lower edges in z, and in plane as by `determinate`.

    Raises:
        CaseError: nothing is there. Collective.
    """
    x, stack = nodes_of(space), stack_mesh.stack
    x, bottom = (x, np.arange(len(x))) if clamped else _bottom(stack_mesh, space)
    far = np.min([shapely.distance(line(stack.outline, end), shapely.points(x[:, :2])) for end in ends], axis=0)
    nodes = bottom[far < _ON_LINE * stack.span]
    if not clamped:
        return _resting(stack_mesh, space, nodes)
    if not stack_mesh.comm.allreduce(len(nodes)):
        raise CaseError("support: the layers present do not reach the clamped ends")
    held = (3 * nodes[:, None] + np.arange(3)).ravel().astype(np.int32)
    return Support(determinate(stack_mesh, space).mirrors, np.empty(0, np.int32), clamped=held)


def on_plane(stack_mesh: StackMesh, space: fem.FunctionSpace, lifts: bool) -> Support:
    """The whole bottom on the plane it lies on when flat, and in plane as by `determinate`.

    Args:
        stack_mesh: the layers present.
        space: of the displacement.
        lifts: True if it may leave the plane upwards, False if the plane holds it.
    """
    return replace(_resting(stack_mesh, space, _bottom(stack_mesh, space)[1], lifts), flat=not lifts)


def on_ring(stack_mesh: StackMesh, space: fem.FunctionSpace, width: float, lifts: bool) -> Support:
    """The bottom up to a distance (m) from the outline on a ring; otherwise as `on_plane`.

    The mesh has a line of cells where the ring ends.
    """
    x, bottom = _bottom(stack_mesh, space)
    free = inside_ring(stack_mesh.stack.outline, width).buffer(-_ON_LINE * stack_mesh.stack.span)
    return _resting(stack_mesh, space, bottom[~shapely.contains_xy(free, x[:, :2])], lifts)


def _bottom(stack_mesh: StackMesh, space: fem.FunctionSpace) -> tuple[Array, Integers]:
    """Places (n, 3) of the local nodes of the underside, and the nodes."""
    x = nodes_of(space)
    low = _on_bottom(stack_mesh, x[:, :2])[:, 2]
    nodes = np.flatnonzero(np.abs(x[:, 2] - low) < 1e-3 * stack_mesh.heights.min(initial=np.inf))
    return x[nodes], nodes


def _on_bottom(stack_mesh: StackMesh, places: Array) -> Array:
    """(n, 3) points of the underside at places (n, 2), in m; it is a plane, a tilted one on what tapers."""
    return np.column_stack([places, stack_mesh.stack.heights(places, stack_mesh.bottom)])


def _resting(stack_mesh: StackMesh, space: fem.FunctionSpace, nodes: Integers, lifts: bool = False) -> Support:
    """Carried in z at nodes, held there or free to lift off.

    Raises:
        CaseError: no rank has any.
    """
    if not stack_mesh.comm.allreduce(len(nodes)):
        raise CaseError(f"support: the underside of layer '{stack_mesh.layers[0]}' does not reach the outline")
    free = determinate(stack_mesh, space)
    carried, none = np.unique(3 * nodes + 2).astype(np.int32), np.empty(0, np.int32)
    return Support(free.mirrors, free.pins[free.pins % 3 != 2], *((none, carried) if lifts else (carried, none)))
