"""Corners of the mesh in which edges of materials meet: which sectors above and below, and the cells around them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from meshes.extrude import StackMesh, section
from meshes.parts import held
from meshes.plane import EMPTY
from solver.arrays import Array, Integers
from solver.case.singularity import Singularity
from solver.metrics.singular_edges import is_bonded, kinds_of, nearest_corner, parts_around, wedges_of, where_even
from solver.parallel import on_root

_TURN = 2.0 * np.pi
_TINY = 1e-6  # rad
_ROUNDING = 1e-9  # of the stack


@dataclass(frozen=True)
class SingularVertex:
    """A point in which edges meet.

    Attributes:
        origin: (3,) it (m).
        ends: (sectors + 1,) angles between sectors, ascending, in plan (rad).
        above, below: blocks of the sectors, EMPTY where nothing is.
        closed: the last sector touches the first.
        ray: (3,) inwards along the plane between the layers, between the edges of the region.
        reach: how far the sectors go, until another material or the end of the stack (m).
        cell: largest length of a cell at the vertex (m).
        rows, columns: of the cells that its stress is read of, these as numbered in the whole plane mesh.
    """

    origin: Array
    ends: Array
    above: tuple[int, ...]
    below: tuple[int, ...]
    closed: bool
    ray: Array
    reach: float
    cell: float
    rows: Integers
    columns: Integers

    @property
    def edges(self) -> Array:
        """(n, 3) directions along which edges may leave it: between sectors, up and down."""
        level = np.stack([np.cos(self.ends), np.sin(self.ends), np.zeros(len(self.ends))], axis=1)
        return np.concatenate([level, [[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]]])


def singular_vertex(mesh: StackMesh, one: Singularity, kinds: Sequence[Hashable]) -> SingularVertex | None:
    """The vertex a case means, found on rank 0; None where its layers are not there, or do not touch. Collective.

    Args:
        mesh: of the stack.
        one: what the case says.
        kinds: of the blocks: equal ones are one material.

    Raises:
        ValueError: what is there is no corner of materials.
    """
    return on_root(mesh.comm, lambda: _vertex(mesh, one, kinds))


def _vertex(mesh: StackMesh, one: Singularity, kinds: Sequence[Hashable]) -> SingularVertex | None:
    assert one.between is not None and one.of is not None
    stack, plane = mesh.stack, held(mesh.whole)
    names = [layer.name for layer in stack.layers]
    lower, upper = sorted((names.index(name) for name in one.between), key=lambda number: stack.layers[number].bottom)
    blocks, heights, owner, block = section(stack, plane, [each.name for each in mesh.blocks])
    touching = np.flatnonzero((owner[:-1] == lower) & (owner[1:] == upper))
    if not len(touching) or one.of not in [each.name for each in blocks]:
        return None
    row, base = int(touching[0]), float(heights[touching[0] + 1])
    point = int(np.argmin(np.linalg.norm(plane.points - nearest_corner(mesh, one), axis=1)))
    origin = plane.points[point]
    around, place = np.nonzero(plane.quads == point)
    is_bonded(mesh, row, around)
    sides = [plane.points[plane.quads[around, (place + k) % 4]] - origin for k in (1, 3)]
    start, end = (np.arctan2(side[:, 1], side[:, 0]) for side in sides)
    pair = np.stack([block[row + 1, around], block[row, around]], axis=1)
    unique, number = np.unique(kinds_of(pair, kinds), axis=0, return_inverse=True)
    number = np.where((pair == EMPTY).all(axis=1), EMPTY, number.ravel())
    first = float(start[0])
    angles, found = parts_around(np.mod(start - first + _TINY, _TURN) - _TINY, np.mod(end - start, _TURN), number)
    ends, sectors, closed = wedges_of(angles, found, range(len(unique)))
    if all((pair[:, 0] == pair[:, 1]) | (kinds_of(pair[:, 0], kinds) == kinds_of(pair[:, 1], kinds))):
        raise ValueError("the same materials are above and below it: that is an upright edge, without `between`")
    above, below = (
        tuple(int(pair[np.flatnonzero(number == sector)[0], side]) for sector in sectors) for side in (0, 1)
    )
    ends = ends + first
    mine = [k for k, each in enumerate(pair) if one.of in {blocks[b].name for b in each if b != EMPTY}]
    inwards = _bisector(start[mine], end[mine])
    levels = np.stack([heights[:-1], heights[1:]], axis=1) - base
    expected = np.stack([below, above])
    reach = _reach(mesh, origin, levels, block, (ends, kinds_of(expected, kinds)), kinds)
    top = stack.heights(origin[None, :], np.array([base]))[0]
    reach = where_even(stack, np.append(origin, top), reach)
    cell = max(float(np.linalg.norm(side, axis=1).max()) for side in sides)
    cell = max(cell, float(np.ptp(levels[row])), float(np.ptp(levels[row + 1])))
    away = np.linalg.norm(plane.points[plane.quads].mean(axis=1) - origin, axis=1)
    rows = np.flatnonzero(np.maximum(levels[:, 0], -levels[:, 1]) < reach)
    ray = np.array([np.cos(inwards), np.sin(inwards), 0.0])
    columns = np.flatnonzero(away < reach + cell)
    return SingularVertex(np.append(origin, top), ends, above, below, closed, ray, reach, cell, rows, columns)


def _bisector(start: Array, end: Array) -> float:
    """Angle in the middle of cells that follow each other around a point (rad)."""
    first = next((a for a in start if np.abs(np.mod(end - a + np.pi, _TURN) - np.pi).min() > _TINY), start[0])
    return float(first + 0.5 * np.mod(end - start, _TURN).sum())


def _reach(
    mesh: StackMesh, origin: Array, levels: Array, block: Integers, around: tuple[Array, Integers],
    kinds: Sequence[Hashable],
) -> float:  # fmt: skip
    """Distance to what is another material than that of its sector, or to the end of the stack."""
    ends, expected = around
    plane, tiny = held(mesh.whole), _ROUNDING * mesh.stack.span
    corners = plane.points[plane.quads] - origin
    flat = shapely.distance(shapely.polygons(corners), shapely.Point(0.0, 0.0))
    middle = corners.mean(axis=1)
    theta = ends[0] + np.mod(np.arctan2(middle[:, 1], middle[:, 0]) - ends[0], _TURN)
    sector = np.searchsorted(ends, theta, "right") - 1
    padded = np.hstack([expected, np.full((2, 1), -1)])  # beyond the last sector is nothing
    wanted = padded[(levels.mean(axis=1) > 0.0).astype(np.int64)[:, None], np.minimum(sector, len(ends) - 1)[None, :]]
    upright = np.maximum(np.maximum(levels[:, 0], -levels[:, 1]), 0.0)
    away = np.hypot(upright[:, None], flat[None, :])
    other = kinds_of(block, kinds) != wanted
    ring = shapely.get_coordinates(mesh.stack.modelled.exterior)
    rim = shapely.distance(shapely.linestrings(np.stack([ring[:-1], ring[1:]], axis=1)), shapely.Point(*origin))
    bounds = np.concatenate([away[other], np.abs(levels).ravel()[[0, -1]], rim])
    return float(bounds[bounds > tiny].min())
