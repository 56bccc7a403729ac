"""Lines of the mesh along which materials meet: which wedges, in which frame, and the cells around them.

Of a line in the plane between two layers the cells that a straight cut across it passes, in section four right angles;
of an upright one the cells around a corner, in plan, in the middle of the height of its layer.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from meshes.extrude import StackMesh, section
from meshes.parts import held
from meshes.plane import EMPTY
from solver.arrays import Array, Integers
from solver.case.singularity import Singularity
from solver.parallel import on_root
from solver.stackup.stack import StackUp

_RIGHT, _TURN = np.pi / 2, 2.0 * np.pi
_TINY = 1e-6  # rad
_ROUNDING = 1e-9  # of the stack
_BESIDE = 1e-7  # of the stack: off lines of the mesh
_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class SingularEdge:
    """A straight line along which wedges meet.

    Attributes:
        origin: (3,) point of it (m).
        frame: (3, 3) axes: along the ray, across it in the plane of the wedges, along the line.
        ends: (wedges + 1,) angles from the ray between the wedges, ascending (rad).
        blocks: of the wedges.
        closed: they go all around.
        reach: how far they do, until another material, a corner or the end of the stack (m).
        cell: largest length of a cell at the line (m).
        rows, columns: of the cells that its stress is read of, these as numbered in the whole plane mesh.
    """

    origin: Array
    frame: Array
    ends: Array
    blocks: tuple[int, ...]
    closed: bool
    reach: float
    cell: float
    rows: Integers
    columns: Integers

    def wedge_at(self, theta: Array) -> tuple[Array, Integers]:
        """(n,) angles as the wedges have them, and the numbers of these; -1 where there is nothing."""
        turned = self.ends[0] + np.mod(theta - self.ends[0], _TURN)
        number = np.searchsorted(self.ends, turned, "right") - 1
        return turned, np.where(number < len(self.blocks), number, -1)


def singular_edge(mesh: StackMesh, one: Singularity, kinds: Sequence[Hashable]) -> SingularEdge | None:
    """The line a case means, found on rank 0; None where its layers are not there, or do not touch. Collective.

    Args:
        mesh: of the stack.
        one: what the case says.
        kinds: of the blocks: equal ones are one material.

    Raises:
        ValueError: what is there is no line between materials.
    """
    return on_root(mesh.comm, lambda: (_level if one.between is not None else _upright)(mesh, one, kinds))


def _level(mesh: StackMesh, one: Singularity, kinds: Sequence[Hashable]) -> SingularEdge | None:
    """A line in the plane between two layers."""
    assert one.between is not None
    stack = mesh.stack
    names = [layer.name for layer in stack.layers]
    lower, upper = sorted((names.index(name) for name in one.between), key=lambda number: stack.layers[number].bottom)
    _, heights, owner, block = section(stack, held(mesh.whole), [each.name for each in mesh.blocks])
    below = np.flatnonzero((owner[:-1] == lower) & (owner[1:] == upper))
    if not len(below):
        return None
    row, base = int(below[0]), float(heights[below[0] + 1])
    place, inwards = _on_side(mesh, one) if one.side is not None else _on_outline(mesh, one)
    columns, spans = _cut(mesh, place, inwards)
    levels = np.stack([heights[:-1], heights[1:]], axis=1) - base
    tiny = _ROUNDING * stack.span
    within, beyond = (np.flatnonzero((spans[:, 0] < at) & (at < spans[:, 1])) for at in (2.0 * tiny, -2.0 * tiny))
    beside = [columns[cells[0]] if len(cells) else EMPTY for cells in (within, beyond)]
    quarters = np.array(
        [
            EMPTY if column == EMPTY else block[row + up, column]
            for column, up in zip((*beside, *beside[::-1]), (1, 1, 0, 0), strict=True)
        ]
    )
    is_bonded(mesh, row, np.array([column for column in beside if column != EMPTY]))
    ends, wedges, closed = wedges_of(_RIGHT * np.arange(5), quarters, kinds)
    up, along = levels.mean(axis=1)[:, None] > 0.0, spans.mean(axis=1)[None, :] > 0.0
    wanted = quarters[np.where(up, np.where(along, 0, 1), np.where(along, 3, 2))]
    away = np.hypot(_from_zero(levels)[:, None], _from_zero(spans)[None, :])
    other = kinds_of(block[:, columns], kinds) != kinds_of(wanted, kinds)
    bounds = np.concatenate([np.abs(levels).ravel()[[0, -1]], np.abs([spans.min(), spans.max()]), away[other]])
    origin = np.append(place, stack.heights(place[None, :], np.array([base]))[0])
    reach = where_even(stack, origin, float(bounds[bounds > 2.0 * tiny].min()))
    sizes = [
        np.ptp(levels[row]),
        np.ptp(levels[row + 1]),
        *(np.ptp(spans[one[0]]) for one in (within, beyond) if len(one)),
    ]
    ray = np.append(inwards, 0.0)
    frame = np.stack([ray, _UP, np.cross(ray, _UP)])
    rows, near = np.flatnonzero(_from_zero(levels) < reach), columns[_from_zero(spans) < reach]
    return SingularEdge(origin, frame, ends, wedges, closed, reach, float(max(sizes)), rows, near)


def _upright(mesh: StackMesh, one: Singularity, kinds: Sequence[Hashable]) -> SingularEdge | None:
    """A line at a corner of a region."""
    assert one.of is not None
    stack, plane = mesh.stack, held(mesh.whole)
    blocks, heights, owner, block = section(stack, plane, [each.name for each in mesh.blocks])
    if one.of not in [each.name for each in blocks]:
        return None
    layer = [each.name for each in stack.layers].index(one.of.partition("/")[0])
    point = int(np.argmin(np.linalg.norm(plane.points - nearest_corner(mesh, one), axis=1)))
    origin = plane.points[point]
    around, place = np.nonzero(plane.quads == point)
    low, row, high = _alike(kinds_of(block[:, around], kinds), heights, int(np.flatnonzero(owner == layer)[0]))
    sides = [plane.points[plane.quads[around, (place + k) % 4]] - origin for k in (1, 3)]
    start, end = (np.arctan2(side[:, 1], side[:, 0]) for side in sides)
    there = block[row, around]
    mine = [k for k, number in enumerate(there) if number != EMPTY and blocks[number].name == one.of]
    first = _first_of(start, end, mine[0], kinds_of(there, kinds))
    angles, found = parts_around(np.mod(start - first + _TINY, _TURN) - _TINY, np.mod(end - start, _TURN), there)
    ends, wedges, closed = wedges_of(angles, found, kinds)
    middle = np.array([0.5 * (heights[row] + heights[row + 1])])
    line = np.append(origin, stack.heights(origin[None, :], middle)[0])
    reach = _reach_in_plan(mesh, origin, block[row], (first, angles, found), kinds, 0.5 * (high - low))
    reach = where_even(stack, line, reach)
    cell = max(float(np.linalg.norm(side, axis=1).max()) for side in sides)
    centres = plane.points[plane.quads].mean(axis=1)
    near = np.flatnonzero((np.linalg.norm(centres - origin, axis=1) < reach + cell) & (block[row] != EMPTY))
    turn = 0.0 if closed else _interface(ends)
    ray = np.array([np.cos(first + turn), np.sin(first + turn), 0.0])
    frame = np.stack([ray, np.cross(_UP, ray), _UP])
    return SingularEdge(line, frame, ends - turn, wedges, closed, reach, cell, np.array([row]), near)


def where_even(stack: StackUp, place: Array, reach: float) -> float:
    """How far from a place (3,) fields may be read (m): no farther than to where a fillet slants the layers.

    Raises:
        ValueError: it does so there.
    """
    for one in stack.fillets:
        away = one.away_from(place)
        if away < _ROUNDING * stack.span:
            raise ValueError(f"fillet '{one.name}' slants the layers there; fields are known between even ones only")
        reach = min(reach, away)
    return reach


def _interface(ends: Array) -> float:
    """Where a ray goes between wedges with free faces (rad): that nearest to 0, or the middle of a single wedge."""
    inner = ends[1:-1] if len(ends) > 2 else np.array([ends.mean()])
    return float(inner[np.argmin(np.abs(np.mod(inner + np.pi, _TURN) - np.pi))])


def _alike(around: Integers, heights: Array, row: int) -> tuple[float, int, float]:
    """Heights between which rows have the same materials (rows, cells) around a point, and the row in their middle."""
    same = (around == around[row]).all(axis=1)
    first = row - int(np.argmin(np.append(same[: row + 1][::-1], False))) + 1
    last = row + int(np.argmin(np.append(same[row:], False))) - 1
    low, high = float(heights[first]), float(heights[last + 1])
    return low, int(np.clip(np.searchsorted(heights, 0.5 * (low + high), "right") - 1, first, last)), high


def parts_around(begin: Array, spans: Array, blocks: Integers) -> tuple[Array, Integers]:
    """Ends of what is around a point from 0 to a whole turn (rad), and the block of each part, EMPTY where none is."""
    angles, found = [0.0], list[int]()
    for k in np.argsort(begin):
        if begin[k] > angles[-1] + _TINY:
            angles.append(float(begin[k]))
            found.append(EMPTY)
        angles.append(float(begin[k] + spans[k]))
        found.append(int(blocks[k]))
    if angles[-1] < _TURN - _TINY:
        angles.append(_TURN)
        found.append(EMPTY)
    return np.array(angles), np.array(found)


def _reach_in_plan(
    mesh: StackMesh, origin: Array, block: Integers, around: tuple[float, Array, Integers], kinds: Sequence[Hashable],
    most: float,
) -> float:  # fmt: skip
    """Distance in plan to what is another material than that of its wedge, at most `most`."""
    first, angles, found = around
    corners = held(mesh.whole).points[held(mesh.whole).quads] - origin
    away = shapely.distance(shapely.polygons(corners), shapely.Point(0.0, 0.0))
    middle = corners.mean(axis=1)
    theta = np.mod(np.arctan2(middle[:, 1], middle[:, 0]) - first, 2.0 * np.pi)
    wanted = found[np.clip(np.searchsorted(angles, theta, "right") - 1, 0, len(found) - 1)]
    other = (kinds_of(block, kinds) != kinds_of(wanted, kinds)) & (away > _ROUNDING * mesh.stack.span)
    rim = float(shapely.distance(shapely.Point(*origin), mesh.stack.modelled.exterior))
    bounds = [most, *away[other], *([rim] if rim > _ROUNDING * mesh.stack.span else [])]
    return float(min(bounds))


def _first_of(start: Array, end: Array, mine: int, kind: Integers) -> float:
    """Angle at which the wedge of one of the cells around a point begins (rad)."""
    at = mine
    for _ in range(len(start)):
        before = np.flatnonzero(np.abs(np.mod(end - start[at] + np.pi, _TURN) - np.pi) < _TINY)
        if not len(before) or kind[before[0]] != kind[mine]:
            return float(start[at])
        at = int(before[0])
    raise ValueError("there is one material all around")


def _on_side(mesh: StackMesh, one: Singularity) -> tuple[Array, Array]:
    """Point (m) and direction inwards of a place on a side of a rectangular outline."""
    bounds, sign = mesh.stack.outline.bounds, 1.0 if str(one.side)[0] == "+" else -1.0
    place, inwards = np.full(2, one.at), np.zeros(2)
    place[one.axis] = bounds[one.axis + 2] if sign > 0 else bounds[one.axis]
    inwards[one.axis] = -sign
    return place, inwards


def _outlines_of(mesh: StackMesh, one: Singularity) -> list[Array]:
    """Corners (n, 2), the first again last, of all outlines and holes of a region in what is modelled (m)."""
    assert one.of is not None
    pieces = shapely.get_parts(shapely.intersection(np.array(mesh.stack.polygons_of(one.of)), mesh.stack.window))
    pieces = pieces[shapely.get_type_id(pieces) == 3]
    return [shapely.get_coordinates(ring) for piece in pieces for ring in (piece.exterior, *piece.interiors)]


def _inner(mesh: StackMesh, points: Array) -> Array:
    """(n,) False on mirror planes."""
    near = _ROUNDING * mesh.stack.span
    return np.all([np.abs(points[:, axis]) > near for axis in mesh.stack.mirrors] or [np.ones(len(points), bool)], 0)


def _on_outline(mesh: StackMesh, one: Singularity) -> tuple[Array, Array]:
    """Nearest point of the outline of a region, and the direction into it."""
    near, best, far = np.array(one.near), None, np.inf
    for ring in _outlines_of(mesh, one):
        for a, b in pairwise(ring):
            if not _inner(mesh, 0.5 * (a + b)[None, :])[0] or np.allclose(a, b):
                continue
            part = float(np.clip((near - a) @ (b - a) / ((b - a) @ (b - a)), 0.0, 1.0))
            place = a + part * (b - a)
            if np.linalg.norm(near - place) < far:
                far, best = float(np.linalg.norm(near - place)), (place, b - a)
    if best is None:
        raise ValueError(f"'{one.of}' has no edge in the part that is modelled")
    place, side = best
    inwards = np.array([-side[1], side[0]]) / np.linalg.norm(side)
    probe = shapely.Point(*(place + 1e-6 * mesh.stack.span * inwards))
    inside = min(shapely.distance(probe, np.array(mesh.stack.polygons_of(str(one.of))))) == 0.0
    return place, inwards if inside else -inwards


def nearest_corner(mesh: StackMesh, one: Singularity) -> Array:
    """(2,) corner of a region that is nearest to where the case looks (m).

    Raises:
        ValueError: none is in the part that is modelled.
    """
    rings = [ring for ring in (ring[_inner(mesh, ring)] for ring in _outlines_of(mesh, one)) if len(ring)]
    if not rings:
        raise ValueError(f"'{one.of}' has no corner in the part that is modelled")
    corners = np.concatenate(rings)
    return np.asarray(corners[np.argmin(np.linalg.norm(corners - np.array(one.near), axis=1))])


def _cut(mesh: StackMesh, place: Array, inwards: Array) -> tuple[Integers, Array]:
    """Plane cells that a line through a point passes, and (n, 2) from where to where (m)."""
    stack, aside = mesh.stack, np.array([-inwards[1], inwards[0]])
    step = _BESIDE * stack.span * aside
    start = place + step if shapely.Point(*(place + step)).within(stack.window) else place - step
    line = shapely.LineString([start - 2.0 * stack.span * inwards, start + 2.0 * stack.span * inwards])
    quads = shapely.polygons(held(mesh.whole).points[held(mesh.whole).quads])
    cells = np.sort(shapely.STRtree(quads).query(line, predicate="intersects"))
    parts = shapely.intersection(quads[cells], line)
    whole = shapely.length(parts) > _ROUNDING * stack.span
    spans = [np.sort((shapely.get_coordinates(part) - start) @ inwards)[[0, -1]] for part in parts[whole]]
    return cells[whole], np.array(spans).reshape(-1, 2)


def is_bonded(mesh: StackMesh, row: int, columns: Integers) -> None:
    """Nothing, of a row of cells that is bonded to the one above in these columns.

    Raises:
        ValueError: a crack lies between them.
    """
    for crack in mesh.cracks:
        if crack.interval == row and crack.apart[columns].any():
            raise ValueError(
                f"the layers are apart there by '{crack.placed.name}'; its front has an energy release rate"
            )


def _from_zero(spans: Array) -> Array:
    """(n,) how far spans (n, 2) are from zero."""
    return np.asarray(np.maximum(np.maximum(spans[:, 0], -spans[:, 1]), 0.0))


def kinds_of(blocks: Integers | range, kinds: Sequence[Hashable]) -> Integers:
    """Number of the kind of every block, -1 of none."""
    unique = {kind: number for number, kind in enumerate(dict.fromkeys(kinds))}
    table = np.array([*(unique[kind] for kind in kinds), -1], dtype=np.int64)
    return np.asarray(table[np.asarray(blocks)])


def wedges_of(angles: Array, blocks: Integers, kinds: Sequence[Hashable]) -> tuple[Array, tuple[int, ...], bool]:
    """Ends of the wedges, their blocks, and whether they go all around, from parts that do (EMPTY where nothing is).

    Raises:
        ValueError: parts meet in the line alone, or there is one material.
    """
    kind = kinds_of(blocks, kinds)
    changes = np.flatnonzero(kind != np.roll(kind, 1))
    if not len(changes):
        raise ValueError("there is one material all around")
    gaps = [k for k in changes if kind[k] < 0]
    if len(gaps) > 1:
        raise ValueError("parts meet there in a line alone")
    first = int(gaps[0]) if gaps else int(changes[0])
    order = [int(k) for k in np.roll(changes, -list(changes).index(first))]
    starts = angles[first] + np.append(np.mod(angles[order] - angles[first], _TURN), _TURN)
    names = tuple(int(blocks[k]) for k in order)
    return (starts[1:], names[1:], False) if gaps else (starts, names, True)
