"""What repeats in the plane of a stack-up, parts of grids in their pitch cells: plates take it as unit cells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import shapely

from solver.arrays import Array, Integers, Mask
from solver.stackup.parts import Parts
from solver.stackup.smear import cover
from solver.stackup.stack import PlacedLayer, PlacedRegion, StackUp

_NEAR = 1e-6  # of the pitch: places that are the same
_FEWEST = 3  # cells in a row, along both axes, that are a field
_NOTHING = -1  # the number of no region

Inside: TypeAlias = tuple[int, tuple[float, float]]  # a region of a layer, by its number, and the size of its part (m)


@dataclass(frozen=True)
class Field:
    """Cells of a grid that hold the same.

    Attributes:
        pitch: sides of a cell (m).
        content: layer, by its index, -> the region in the middle of every cell; other layers are the same all over.
        centres: (n, 2) of the cells (m), those beyond mirror planes too.
    """

    pitch: tuple[float, float]
    content: Mapping[int, Inside]
    centres: Array

    @property
    def outlines(self) -> tuple[shapely.Polygon, ...]:
        """Around all of its cells (m)."""
        counts = [len(np.unique(np.rint(x / p))) for x, p in _columns(self.centres, self.pitch)]
        return cover(self.centres, self.pitch, len(self.centres) == counts[0] * counts[1])

    def number_of(self, places: Array) -> Integers:
        """(n,) number of the cell, as of `centres`, around each of some places (n, 2) (m) in the field."""
        size = np.array(self.pitch)
        first = self.centres.min(axis=0)
        known, at = (np.rint((x - first) / size).astype(int) for x in (self.centres, places))
        number = np.zeros(known.max(axis=0) + 1, dtype=int)
        number[tuple(known.T)] = np.arange(len(known))
        return number[tuple(at.T)]

    def holds(self, places: Array) -> Mask:
        """(n,) True for places (n, 2) in one of its cells."""
        pitch, first = np.array(self.pitch), self.centres.min(axis=0)
        cells = np.rint((self.centres - first) / pitch).astype(int)
        there = np.zeros(cells.max(axis=0) + 1, dtype=bool)
        there[tuple(cells.T)] = True
        at: Integers = np.floor((places - first) / pitch + 0.5 + _NEAR).astype(int)
        within = ((at >= 0) & (at < there.shape)).all(axis=1)
        found = np.zeros(len(places), dtype=bool)
        found[within] = there[tuple(at[within].T)]
        return found


def fields(stack: StackUp) -> list[Field]:
    """What repeats in the plane of a stack-up.

    Cells lie inside the outline, at least three in a row; in every layer a cell has one material, or one part in its
    middle. Layers that taper, have a fillet or a copper map repeat nowhere.
    """
    if not stack.even or any(layer.copper is not None for layer in stack.layers):
        return []
    found = []
    for pitch, centres in _lattices(stack):
        cells = shapely.box(*(centres - np.array(pitch) / 2).T, *(centres + np.array(pitch) / 2).T)
        good = shapely.covers(stack.outline.buffer(_NEAR * min(pitch)), cells)
        inside = np.full((len(centres), len(stack.layers)), _NOTHING)
        for index, layer in enumerate(stack.layers):
            fits, inside[:, index] = _content(layer, pitch, centres, cells)
            good &= fits
        _, first, kind = np.unique(inside, axis=0, return_index=True, return_inverse=True)
        for number in np.argsort(first):
            mine = np.flatnonzero(good & (kind.ravel() == number))
            if len(mine) and all(len(np.unique(np.rint(x / p))) >= _FEWEST for x, p in _columns(centres[mine], pitch)):
                found.append(Field(pitch, _sizes(stack, pitch, inside[mine[0]]), centres[mine]))
    return found


def _sizes(stack: StackUp, pitch: tuple[float, float], regions: Integers) -> dict[int, Inside]:
    """`Field.content` of a cell with these regions in its layers."""
    content: dict[int, Inside] = {}
    for index, number in enumerate(map(int, regions)):
        if number != _NOTHING:
            parts = stack.layers[index].regions[number].parts
            content[index] = number, pitch if parts is None else parts.size
    return content


def _columns(centres: Array, pitch: tuple[float, float]) -> Iterator[tuple[Array, float]]:
    for axis in (0, 1):
        yield centres[:, axis] - centres[0, axis], pitch[axis]


def _lattices(stack: StackUp) -> Iterator[tuple[tuple[float, float], Array]]:
    """Grids of cells: sides and centres (n, 2), each place once."""
    lattices: dict[tuple[int, ...], tuple[tuple[float, float], list[Array]]] = {}
    for layer in stack.layers:
        for region in layer.regions:
            if region.parts is None or not region.polygons:
                continue
            pitch = np.array(region.parts.pitch)
            centres = _centres(region.polygons)
            phase = np.rint((centres[0] / pitch % 1.0) / _NEAR).astype(int) % round(1 / _NEAR)
            key = (*np.rint(pitch / (_NEAR * stack.span)).astype(int).tolist(), *phase.tolist())
            lattices.setdefault(key, (region.parts.pitch, []))[1].append(centres)
    for sides, found in lattices.values():
        every = np.concatenate(found)
        places = np.rint((every - every[0]) / np.array(sides)).astype(int)
        yield sides, every[np.unique(places, axis=0, return_index=True)[1]]


def _content(layer: PlacedLayer, pitch: tuple[float, float], centres: Array, cells: Array) -> tuple[Mask, Integers]:
    """For every cell: whether a layer repeats there, and the region in its middle, _NOTHING for none."""
    near = _NEAR * min(pitch)
    owner = np.array([number for number, region in enumerate(layer.regions) for _ in region.polygons], dtype=int)
    polygons = np.array([polygon for region in layer.regions for polygon in region.polygons], dtype=object)
    if not len(polygons):
        return np.ones(len(cells), dtype=bool), np.full(len(cells), _NOTHING)
    inner = shapely.box(*(shapely.bounds(cells) + near * np.array([1, 1, -1, -1])).T)
    cell, polygon = shapely.STRtree(polygons).query(inner, predicate="intersects")
    met, which = np.bincount(cell, minlength=len(cells)), np.zeros(len(cells), dtype=int)
    which[cell] = polygon
    number = owner[which]
    centred = np.abs(_centres(tuple(polygons[which])) - centres).max(axis=1) < near
    parts = [region.parts for region in layer.regions]
    same = np.array([one is not None and bool(np.allclose(one.pitch, pitch)) for one in parts])[number]
    whole = np.array([one is None for one in parts])[number]
    fits = (met == 1) & np.where(whole, shapely.covers(polygons[which], inner), centred & same)
    return (met == 0) | fits, np.where(met > 0, number, _NOTHING)


def _centres(polygons: tuple[shapely.Polygon, ...]) -> Array:
    bounds = shapely.bounds(np.array(polygons, dtype=object))
    return np.asarray(0.5 * (bounds[:, :2] + bounds[:, 2:]))


def coarsened(stack: StackUp, below: float | None) -> StackUp:
    """Parts smaller than `below` (m), but longer than their layer is thick, as their pitch cells, where they may be.

    Those that touch what is cut out later, or else those in the middle, are drawn: what is around them has cells, too.
    """
    if below is None or not stack.cells:
        return stack
    found, layers = fields(stack), []
    kept = None if stack.package is None else stack.package[0]
    for index, layer in enumerate(stack.layers):
        regions = []
        for number, region in enumerate(layer.regions):
            parts, cells = region.parts, np.zeros(len(region.polygons), dtype=bool)
            if parts is not None and layer.thickness < min(parts.size) < below:
                centres = _centres(region.polygons)
                for field in found:
                    if field.content.get(index) == (number, parts.size):
                        cells |= field.holds(centres)
                cells &= ~_drawn(centres, parts, kept)
            regions.append(_widened(region, cells))
        layers.append(replace(layer, regions=tuple(regions)))
    return replace(stack, layers=tuple(layers))


def _drawn(centres: Array, parts: Parts, kept: shapely.Polygon | None) -> Mask:
    """Places whose parts are drawn in any case."""
    if kept is not None:
        half = np.array(parts.pitch) / 2
        cells = shapely.box(*(centres - half).T, *(centres + half).T)
        return np.asarray(shapely.area(shapely.intersection(cells, kept)) > 0.0)
    away = np.abs(centres).max(axis=1)
    return np.asarray(away < away.min() + _NEAR * min(parts.pitch))


def _widened(region: PlacedRegion, cells: Mask) -> PlacedRegion:
    """A region with pitch cells in some of its places."""
    if not cells.any():
        return region
    assert region.parts is not None
    centres, half = _centres(region.polygons), np.array(region.parts.pitch) / 2
    boxes = shapely.box(*(centres - half).T, *(centres + half).T)
    polygons = tuple(boxes[n] if cell else region.polygons[n] for n, cell in enumerate(cells))
    return replace(region, polygons=polygons, parts=replace(region.parts, drawn=False))
