"""A block of a floorplan, and what a set of them must satisfy."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from solver.arrays import Array
from solver.errors import CaseError
from solver.layout.side_file import quoted
from solver.signals import Constant, Signal, Table

Rectangle: TypeAlias = tuple[float, float, float, float]  # left, bottom, width, height in m
_OVERLAP = 1e-3  # part of the smaller block that may lie under another one: coordinates are rounded
_TOUCHING = 1e-4  # of the floorplan: edges nearer than that are one


@dataclass(frozen=True)
class Properties:
    """The material of a block, heat only."""

    capacity: float  # J/(m^3 K)
    conductivity: float  # W/(m K)


@dataclass(frozen=True)
class Block:
    """Rectangles (from the lower left corner of the floorplan) with one name and their power together (W).

    Attributes:
        material: its own, by properties or by name; None where it is that of what it lies in.
        line: of the file, for messages.
    """

    name: str
    rectangles: tuple[Rectangle, ...]
    power: Signal
    material: Properties | str | None = None
    line: int = 0

    @property
    def area(self) -> float:
        """Area of all its rectangles (m^2)."""
        return sum(width * height for _, _, width, height in self.rectangles)


def boxes(block: Block, corner: tuple[float, float]) -> Array:
    """Its rectangles as polygons, the floorplan's lower left corner at a place (m)."""
    x, y = corner
    return np.array([shapely.box(x + a, y + b, x + a + width, y + b + height)
                     for a, b, width, height in block.rectangles])  # fmt: skip


def rectangle(path: Path, line: int, name: str, given: Rectangle) -> Rectangle:
    """A rectangle with an area.

    Raises:
        CaseError: it has none.
    """
    if given[2] <= 0 or given[3] <= 0:
        raise CaseError(f"{path}, line {line}: block {quoted(name)} has no area")
    return given


def signal(path: Path, name: str, watts: Sequence[float], interval: float | None) -> Signal:
    """Powers of a block over time; after the last comes the first again.

    Raises:
        CaseError: a power is negative, or there are several and nobody says for how long.
    """
    if min(watts) < 0:
        raise CaseError(f"{path}: block {quoted(name)} has a negative power")
    if len(watts) == 1:
        return Constant(float(watts[0]))
    if interval is None:
        raise CaseError(f"{path}: {len(watts)} powers for each block; give `interval`, the time each stands for")
    return Table(interval * np.arange(len(watts)), np.array(watts), steps=True, period=interval * len(watts))


def sound(path: Path, blocks: list[Block]) -> list[Block]:
    """The blocks of a floorplan.

    Raises:
        CaseError: there is none, a name stands twice, or two overlap.
    """
    if not blocks:
        raise CaseError(f"{path}: no block in it")
    name, count = Counter(block.name for block in blocks).most_common(1)[0]
    if count > 1:
        raise CaseError(f"{path}: two blocks are called {quoted(name)}")
    owner = np.array([number for number, block in enumerate(blocks) for _ in block.rectangles])
    shapes = np.concatenate([boxes(block, (0.0, 0.0)) for block in blocks])
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    areas = shapely.area(shapes)
    worst = np.flatnonzero(shared > _OVERLAP * np.minimum(areas[one], areas[other]))
    if len(worst):
        first, second = blocks[owner[one[worst[0]]]], blocks[owner[other[worst[0]]]]
        names = f"{quoted(first.name)} and {quoted(second.name)}"
        raise CaseError(f"{path}, line {second.line}: blocks {names} overlap")
    return blocks


def placed(blocks: Sequence[Block], places: Sequence[shapely.Polygon]) -> list[NDArray[np.object_]]:
    """Rectangles of each block as polygons, the floorplan at the lower left corner of every place (m).

    Edges that touch each other, or the place, but for rounding are one, so that nothing lies between or beside blocks.
    """
    shapes = [np.concatenate([boxes(block, place.bounds[:2]) for place in places]) for block in blocks]
    bounds, fixed = shapely.bounds(np.concatenate(shapes)), shapely.bounds(np.array(places, dtype=object))
    span = float((fixed[:, 2:] - fixed[:, :2]).max())
    for axis in (0, 1):
        columns = [axis, axis + 2]
        bounds[:, columns] = _merged(bounds[:, columns], np.unique(fixed[:, columns]), _TOUCHING * span)
    ends = np.cumsum([len(one) for one in shapes])[:-1]
    return np.split(np.asarray(shapely.box(*bounds.T)), ends)


def _merged(values: Array, fixed: Array, near: float) -> Array:
    """Values moved to the fixed one, or the first of their like, that is near."""
    found = np.unique(values)
    moved, last = found.copy(), -np.inf
    for number, value in enumerate(found):
        nearest = fixed[np.abs(fixed - value).argmin()]
        if abs(nearest - value) < near:
            last = nearest
        elif value - last >= near:
            last = value
        moved[number] = last
    return np.asarray(moved[np.searchsorted(found, values)])
