"""Tensor grid in the plane: for layouts whose edges follow the axes, the best quadrilaterals there are."""

import itertools
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from solver.arrays import Array, Integers
from solver.stackup.fine import finer
from solver.stackup.stack import PIN_TOLERANCE, StackUp

Lines = Array

_GROWTH = 0.5  # of the cell size, per length away from a finer region
_SAME = 1e-9
_WASTE = 4.0  # a tensor grid may have this many times the cells the sizes ask for; then Gmsh is better


def grid_lines(stack: StackUp, outlines: list[shapely.Polygon]) -> tuple[Lines, Lines] | None:
    """The x and y lines of the grid, or None where the layout is no tensor grid (or a wasteful one)."""
    shapes = np.array([stack.modelled, *outlines], dtype=object)
    if not _follow_axes(shapes, 1e-9 * stack.span):
        return None
    corners = shapely.get_coordinates(shapes)
    lines = []
    for axis in (0, 1):
        breaks = _with_pins(_distinct(corners[:, axis], 1e-9 * stack.span), stack, axis)
        lines.append(_subdivide(breaks, stack, axis))
    cells = (len(lines[0]) - 1) * (len(lines[1]) - 1)
    size = stack.edge_size or stack.size
    wanted = stack.modelled.area / stack.size**2 + sum(
        max(1.0, p.area / stack.size**2) + p.length / size for p in outlines
    )
    return (lines[0], lines[1]) if cells <= max(_WASTE * wanted, 1000) else None


def quads(x: Lines, y: Lines) -> tuple[Array, Integers]:
    """Points (n, 2) and counter-clockwise cells (m, 4) of the grid of these lines."""
    points = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    number = np.arange(len(x) * len(y), dtype=np.int64).reshape(len(x), len(y))
    corners = (number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:])
    return points, np.stack([corner.ravel() for corner in corners], axis=1)


def _follow_axes(shapes: NDArray[np.object_], tolerance: float) -> bool:
    """True if every edge of every shape is parallel to an axis."""
    rings = shapely.get_parts(shapely.boundary(shapes))
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    edges = np.abs(np.diff(corners, axis=0))[np.diff(ring) == 0]
    return bool(np.all(edges.min(axis=1) <= tolerance))


def _distinct(values: Lines, tolerance: float) -> Lines:
    values = np.sort(values)
    return values[np.concatenate([[True], np.diff(values) > tolerance])]


def _with_pins(breaks: Lines, stack: StackUp, axis: int) -> Lines:
    """Lines through the pins as well, but where there is one as good as there."""
    for place in sorted(pin[axis] for pin in stack.pins):
        if np.abs(breaks - place).min() > PIN_TOLERANCE * stack.size and breaks[0] < place < breaks[-1]:
            breaks = np.sort(np.append(breaks, place))
    return breaks


def _subdivide(breaks: Lines, stack: StackUp, axis: int) -> Lines:
    fine = [(outline.bounds[axis], outline.bounds[axis + 2], size) for outline, size in finer(stack)]
    pieces = _even_at_fronts([_cut(a, b, fine, stack, axis) for a, b in itertools.pairwise(breaks)], stack, axis)
    return np.concatenate([*(piece[:-1] for piece in pieces), breaks[-1:]])


def _even_at_fronts(pieces: list[Lines], stack: StackUp, axis: int) -> list[Lines]:
    """Pieces whose cells on both sides of a crack's outline are equally long: crack closure takes them for equal.

    With cells behind the front 1.3 times as long as those ahead it is 5 to 10 % too large.
    """
    outlines = np.array([crack.polygon for crack in stack.cracks], dtype=object)
    fronts = shapely.get_coordinates(outlines)[:, axis] if len(outlines) else np.empty(0)
    wanted = [[piece[1] - piece[0], piece[-1] - piece[-2]] for piece in pieces]  # first and last cell
    for left, right in itertools.pairwise(range(len(pieces))):
        if len(fronts) and np.abs(fronts - pieces[left][-1]).min() < 1e-9 * stack.span:
            wanted[left][1] = wanted[right][0] = min(wanted[left][1], wanted[right][0])
    return [_with_ends(piece, *ends) for piece, ends in zip(pieces, wanted, strict=True)]


def _with_ends(piece: Lines, first: float, last: float) -> Lines:
    """Points whose first and last cell are cut to lengths, with one more cell in what is left for each that is."""
    cuts = [own > end * (1.0 + _SAME) for own, end in ((piece[1] - piece[0], first), (piece[-1] - piece[-2], last))]
    low, high = piece[0] + first, piece[-1] - last
    if not any(cuts):
        return piece
    if len(piece) == 2:  # one cell
        inner = np.array([low, high][1 - cuts[0] : 1 + cuts[1]])
        return np.concatenate([piece[:1], inner if low < high or not all(cuts) else [piece.mean()], piece[1:]])
    old = piece[1:-1]
    number = np.linspace(0.0, len(old) - 1, len(old) + sum(cuts))
    spread = np.interp(number, np.arange(len(old)), old) if len(old) > 1 else np.linspace(0.0, 1.0, 1 + sum(cuts))
    inner = low + (spread - spread[0]) * (high - low) / (spread[-1] - spread[0])
    return np.concatenate([piece[:1], inner, piece[-1:]])


def _cut(a: float, b: float, fine: Sequence[tuple[float, float, float]], stack: StackUp, axis: int) -> Lines:
    """Points from a to b, both included: even, but for growth from edges and from finer regions (low, high, size).

    Cells at an edge have the size asked for, however fast others grow.
    """
    size = _size(0.5 * (a + b), stack, axis)
    least = min(stack.edge_size or size, size)
    ends = np.array([a, b])
    if stack.edge_size is not None and b - a > 3.0 * least and _finer(ends, fine).min() >= least:
        inner = _grown(a + least, b - least, size, fine, stack)
        return np.concatenate([[a], inner, [b]])
    return _grown(a, b, size, fine, stack)


def _finer(s: Array, fine: Sequence[tuple[float, float, float]]) -> Array:
    """Largest cells (m) at places that finer regions (low, high, size) ask for."""
    grown = [inside + _GROWTH * np.maximum(0.0, np.maximum(low - s, s - high)) for low, high, inside in fine]
    return np.asarray(np.min([np.full(len(s), np.inf), *grown], axis=0))


def _grown(a: float, b: float, size: float, fine: Sequence[tuple[float, float, float]], stack: StackUp) -> Lines:
    """Points from a to b, both included, by a density of cells."""
    s: Array = np.linspace(a, b, 2001)
    h: Array = np.full(len(s), size)
    if stack.edge_size is not None and stack.edge_distance is not None:
        near, least = np.minimum(s - a, b - s), min(stack.edge_size, size)
        h = np.clip(least + (size - least) * near / stack.edge_distance, least, size)
    h = np.minimum(h, _finer(s, fine))
    if np.ptp(h) == 0.0:
        return np.linspace(a, b, max(1, int(np.ceil((b - a) / h[0] - 1e-9))) + 1)
    count = np.concatenate([[0.0], np.cumsum(np.diff(s) * 0.5 * (1 / h[1:] + 1 / h[:-1]))])
    n = max(1, int(np.ceil(count[-1] - 1e-9)))
    return np.concatenate([[a], np.interp(np.arange(1, n) * count[-1] / n, count, s), [b]])


def _size(place: float, stack: StackUp, axis: int) -> float:
    """Largest cell edge along an axis: smaller beside the package."""
    if stack.package is not None:
        outline, size = stack.package
        if outline.bounds[axis] < place < outline.bounds[axis + 2]:
            return min(size, stack.size)
    return stack.size
