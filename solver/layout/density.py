"""Windows of a copper pattern: metal fraction, and how far the metal reaches along x and y."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely

from solver.arrays import Array
from solver.errors import CaseError
from solver.layout.copper import CopperMap
from solver.layout.drawing import Box
from solver.layout.read import drawing, drawn, origins, pixels, placed
from solver.materials.mix.conductivity import cylinders

_WINDOWS = 64  # along the longer side, unless the case says how large they are
_MOST_WINDOWS = 100_000
_PIXELS = 32  # along the side of a window, of a layout that is drawn
_CONTRAST = 1000.0  # of the conductivities of copper and resin, by which paths through a pattern are judged


@dataclass(frozen=True, eq=False)
class Density:
    """Windows of equal size over a box, first row at the top.

    Attributes:
        spec: the map.
        bounds: of the box (m).
        fraction: (rows, columns) metal fraction.
        along: (rows, columns, 2) how far the metal reaches along x and y, from 0 (islands) to 1 (traces, sheets).
        pattern, thickness: (rows, columns) of plated metal: part of the window it covers, and how thick it is, over the
            layer; None of metal as thick as the layer.
    """

    spec: CopperMap
    bounds: Box
    fraction: Array
    along: Array
    pattern: Array | None = None
    thickness: Array | None = None

    def plated(self, outline: shapely.Polygon) -> "Density":
        """The same with metal as thick as its `plating` makes it on an outline (m); the fraction is one of volume."""
        plating = self.spec.plating
        if plating is None:
            return self
        windows = boxes(self.bounds, *self.fraction.shape)
        inside = shapely.intersects(outline, shapely.centroid(windows)).reshape(self.fraction.shape)
        x0, y0, x1, y1 = self.bounds
        rows, columns = self.fraction.shape
        size = plating.window / (y1 - y0) * rows, plating.window / (x1 - x0) * columns
        thickness = plating.factor(self.fraction, inside, size)
        volume = np.minimum(self.fraction * thickness, 1.0)
        return replace(self, fraction=volume, pattern=self.fraction, thickness=thickness)

    def over(self, places: Array) -> tuple[Array, Array]:
        """Mean fraction (n,) and reach (n, 2) over polygons (n,): exact overlap with the windows."""
        windows = boxes(self.bounds, *self.fraction.shape)
        window, place = shapely.STRtree(places).query(windows, predicate="intersects")
        area = shapely.area(shapely.intersection(windows[window], places[place]))
        total = np.bincount(place, area, len(places))
        fraction = np.bincount(place, area * self.fraction.ravel()[window], len(places)) / total
        reach = self.along.reshape(-1, 2)[window]
        along = np.stack([np.bincount(place, area * part, len(places)) / total for part in reach.T], axis=1)
        return np.clip(fraction, 0.0, 1.0), np.clip(along, 0.0, 1.0)

    def mirrors_itself(self, axis: int) -> bool:
        """True if the map is symmetric about x = 0 (axis 0) or y = 0 (axis 1)."""
        return bool(np.allclose(self.fraction, np.flip(self.fraction, 1 - axis), atol=1e-6))


def densities(specs: Mapping[str, CopperMap], directory: Path, outline: shapely.Polygon) -> dict[str, Density]:
    """The windows of all maps of a stack.

    Args:
        specs: maps by the name of their layer.
        directory: where their files are.
        outline: of the stack (m).

    Raises:
        CaseError: a file is not what the case says.
    """
    drawings = {name: drawing(spec, directory) for name, spec in specs.items() if spec.is_layout}
    middles = origins(drawings, specs)
    found = {
        name: _of_polygons(spec, placed(spec, drawings[name], middles[name], outline), outline.bounds)
        if spec.is_layout
        else _of_pixels(spec, directory, outline.bounds)
        for name, spec in specs.items()
    }
    return {name: one.plated(outline) for name, one in found.items()}


def density(spec: CopperMap, directory: Path, outline: shapely.Polygon) -> Density:
    """The windows of one map.

    Raises:
        CaseError: as of `densities`.
    """
    return densities({"": spec}, directory, outline)[""]


def _counts(spec: CopperMap, bounds: Box) -> tuple[int, int]:
    """Rows and columns of windows over a box."""
    x0, y0, x1, y1 = bounds
    window = spec.cell or max(x1 - x0, y1 - y0) / _WINDOWS
    columns, rows = (max(1, round(side / window)) for side in (x1 - x0, y1 - y0))
    if rows * columns > _MOST_WINDOWS:
        raise CaseError(f"{spec.file}: {columns} x {rows} windows; give a larger `cell`")
    return rows, columns


def _of_polygons(spec: CopperMap, polygons: Array, bounds: Box) -> Density:
    rows, columns = _counts(spec, bounds)
    blocks = _windows(drawn(polygons, bounds, rows * _PIXELS, columns * _PIXELS), rows, columns)
    return _density(spec, bounds, _covered(polygons, boxes(bounds, rows, columns)).reshape(rows, columns), blocks)


def _of_pixels(spec: CopperMap, directory: Path, bounds: Box) -> Density:
    fine = pixels(spec, directory)
    if spec.csv is not None:
        return Density(spec, bounds, fine, np.broadcast_to(np.array(spec.along), (*fine.shape, 2)))
    rows, columns = _counts(spec, bounds)
    if fine.shape[0] < rows or fine.shape[1] < columns:
        size = f"{fine.shape[1]} x {fine.shape[0]} pixels for {columns} x {rows} windows"
        raise CaseError(f"{directory / spec.file}: {size}; give a larger `cell`")
    blocks = _windows(fine, rows, columns)
    return _density(spec, bounds, blocks.mean(axis=(2, 3)), blocks)


def _density(spec: CopperMap, bounds: Box, fraction: Array, blocks: Array) -> Density:
    return Density(spec, bounds, fraction, np.stack([_reach(blocks), _reach(blocks.swapaxes(2, 3))], axis=-1))


def boxes(bounds: Box, rows: int, columns: int) -> Array:
    """(rows * columns,) windows of equal size as polygons, first row at the top."""
    x0, y0, x1, y1 = bounds
    x, y = np.linspace(x0, x1, columns + 1), np.linspace(y1, y0, rows + 1)
    sides = np.broadcast_arrays(x[None, :-1], y[1:, None], x[None, 1:], y[:-1, None])
    return np.asarray(shapely.box(*sides).ravel())


def _covered(polygons: Array, places: Array) -> Array:
    """Part of each place that disjoint polygons cover."""
    polygon, place = shapely.STRtree(places).query(polygons, predicate="intersects")
    area = shapely.area(shapely.intersection(polygons[polygon], places[place]))
    return np.asarray(np.minimum(np.bincount(place, area, len(places)) / shapely.area(places), 1.0))


def _windows(fine: Array, rows: int, columns: int) -> Array:
    """Pixels by window, (rows, columns, m, n); pixels are split where they do not fit, so that no metal is lost."""
    return np.asarray(_split(_split(fine, rows, 0), columns, 2).transpose(0, 2, 1, 3))


def _split(values: Array, parts: int, axis: int) -> Array:
    """An axis cut into equal parts of equally many samples, the means of the values over each."""
    count = values.shape[axis]
    per = -(-count // parts)
    ends = np.linspace(0.0, count, parts * per + 1)
    sums = np.concatenate([np.zeros_like(np.take(values, [0], axis)), np.cumsum(values, axis)], axis)
    low = np.minimum(np.floor(ends).astype(int), count - 1)
    part = ends - low
    step = np.take(sums, low + 1, axis) - np.take(sums, low, axis)
    shape = [1] * values.ndim
    shape[axis] = len(ends)
    at = np.take(sums, low, axis) + part.reshape(shape) * step
    means = np.diff(at, axis=axis) / np.diff(ends).reshape([-1 if i == axis else 1 for i in range(values.ndim)])
    return np.asarray(means.reshape(*values.shape[:axis], parts, per, *values.shape[axis + 1 :]))


def _reach(blocks: Array) -> Array:
    """How far metal reaches along the columns' axis (x) of pixels (..., m, n), between islands (0) and a sheet (1).

    The geometric mean of the bounds by adiabatic rows and isothermal columns is the conductance of the window; both are
    exact for traces along either axis.
    """
    k = 1.0 + (_CONTRAST - 1.0) * blocks
    rows = np.mean(1.0 / np.mean(1.0 / k, axis=-1), axis=-1)
    columns = 1.0 / np.mean(1.0 / np.mean(k, axis=-2), axis=-1)
    fraction = blocks.mean(axis=(-2, -1))
    high = 1.0 + (_CONTRAST - 1.0) * fraction
    islands = cylinders(np.full(3, _CONTRAST), np.ones(3), fraction[..., None])[..., 0]
    span = high - islands
    return np.clip(np.divide(np.sqrt(rows * columns) - islands, span, out=np.ones_like(span), where=span > 1e-6), 0, 1)
