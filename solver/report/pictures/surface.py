"""What pictures read from the field files: one horizontal face of the stack, or the cells of one layer in plan view.

Pieces are read one after the other, so that the memory needed is that of a surface, not of the mesh. Small ones are
kept until another step is drawn: its pictures are of the same file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyvista as pv
import shapely
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from solver.output.pvd import piece_files

Array = NDArray[np.float64]

# corners, edge middles and centre of the bottom and top faces of a degree-2 hexahedron of VTK, row by row
BOTTOM = (0, 8, 1, 11, 24, 9, 3, 10, 2)
TOP = (4, 12, 5, 15, 25, 13, 7, 14, 6)
QUARTERS = np.array([[0, 1, 4, 3], [1, 2, 5, 4], [3, 4, 7, 6], [4, 5, 8, 7]])  # of a face, in the order above
CORNERS = np.array([[0, 2, 8, 6]])
_MANY = 10_000  # faces from which on the curvature inside one of them cannot be seen
MERGE = 1e-6  # mm
_SMALL = 100e6  # bytes of the files of a step that are kept, several times as many in memory


@dataclass(frozen=True)
class Surface:
    """Quadrilaterals of a horizontal face.

    Attributes:
        points: (n, 2) x and y in mm.
        quads: (m, 4) corners.
        levels: (n,) height of the undeformed surface in mm; points at one place but at two heights are two.
        values: point values by name, (n,) or (n, 3).
        zone: outline in mm of the part the mean plane and extremes are of; None: all.
    """

    points: Array
    quads: NDArray[np.int64]
    levels: Array
    values: dict[str, Array] = field(default_factory=dict)
    zone: shapely.Polygon | None = None

    @cached_property
    def triangulation(self) -> Triangulation:
        """Two triangles per quadrilateral."""
        triangles = np.concatenate([self.quads[:, [0, 1, 2]], self.quads[:, [0, 2, 3]]])
        return Triangulation(self.points[:, 0], self.points[:, 1], triangles)

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """(n,) True in the zone, its border included."""
        if self.zone is None:
            return np.ones(len(self.points), dtype=bool)
        return np.asarray(shapely.intersects_xy(self.zone.buffer(MERGE), *self.points.T))

    def along(self, places: Array, values: Array) -> Array:
        """Values (m,) at (m, 2) places in mm of what is given at the points, (n,); NaN off the surface."""
        found = np.asarray(self._flat.get_trifinder()(*places.T), dtype=np.int64)
        corners = np.asarray(self.triangulation.triangles)[found]
        a, b, c = (self.points[corners[:, k]] for k in range(3))
        shares = np.linalg.solve(np.stack([b - a, c - a], axis=2), (places - a)[:, :, None])[:, :, 0]
        weights = np.column_stack([1 - shares.sum(axis=1), shares])
        return np.where(found < 0, np.nan, (weights * values[corners]).sum(axis=1))

    @cached_property
    def _flat(self) -> Triangulation:
        """The triangles in plan view: points at one place are one."""
        _, first, number = np.unique(np.round(self.points / MERGE), axis=0, return_index=True, return_inverse=True)
        x, y = self.points[first].T
        return Triangulation(x, y, number.ravel()[np.asarray(self.triangulation.triangles)])

    @cached_property
    def weights(self) -> Array:
        """(n,) area in mm^2 inside the zone that belongs to each point."""
        quads = shapely.polygons(self.points[self.quads[:, [0, 1, 2, 3, 0]]])
        area = shapely.area(quads if self.zone is None else shapely.intersection(quads, self.zone))
        weights = np.zeros(len(self.points))
        np.add.at(weights, self.quads.ravel(), np.repeat(area / 4, 4))
        return weights


def polygons(corners: Array) -> Any:
    """Corners (n, m, 2) as Matplotlib takes polygons: an array is several times as fast as the list it declares."""
    return corners


def in_mm(outline: shapely.Polygon) -> shapely.Polygon:
    """An outline given in m."""
    return shapely.transform(outline, lambda xy: 1e3 * xy)


def grids(index_file: Path) -> Iterator[pv.UnstructuredGrid]:
    """The pieces of a step, one at a time; they are only looked at."""
    pieces = piece_files(index_file)
    found = [piece.stat() for piece in pieces]
    if sum(one.st_size for one in found) > _SMALL:
        yield from map(pv.read, pieces)
    else:
        yield from _kept(tuple((piece, one.st_mtime_ns) for piece, one in zip(pieces, found, strict=True)))


@lru_cache(maxsize=1)
def _kept(stamps: tuple[tuple[Path, int], ...]) -> list[pv.UnstructuredGrid]:
    """The pieces of a step as they are now."""
    return [pv.read(piece) for piece, _ in stamps]


def nodes(grid: pv.UnstructuredGrid) -> NDArray[np.int64]:
    """(cells, 27) points of the degree-2 hexahedra."""
    return np.asarray(grid.cells).reshape(-1, 28)[:, 1:]


def face(index_file: Path, name: str, mirrors: tuple[int, ...], zone: shapely.Polygon | None = None) -> Surface:
    """A horizontal face of the whole outline.

    Args:
        index_file: the `.pvtu` file.
        name: `top`, `bottom`: what can be seen from that side; `LAYER.top`, `LAYER/REGION.bottom`: of that part.
        mirrors: axes of the symmetry planes.
        zone: as of `Surface`.
    """
    part, _, side = name.rpartition(".")
    local = np.array(TOP if side == "top" else BOTTOM)
    faces = 2 ** len(mirrors) * sum(len(_outermost(grid, part, side)) for grid in grids(index_file))
    corners = QUARTERS if faces < _MANY else CORNERS
    parts = []
    for grid in grids(index_file):
        cells = nodes(grid)[_outermost(grid, part, side)][:, local]
        used, numbers = np.unique(cells, return_inverse=True)
        quads = numbers.reshape(-1, 9)[:, corners].reshape(-1, 4)
        values = {str(key): np.asarray(grid.point_data[key], dtype=float)[used] for key in grid.point_data}
        points = np.asarray(grid.points, dtype=float)[used]
        parts.append(Surface(points[:, :2], quads, points[:, 2], values, zone))
    return _merge(_mirrored(parts, mirrors))


def _outermost(grid: pv.UnstructuredGrid, part: str, side: str) -> NDArray[np.int64]:
    """Of every column of cells of a piece the lowest or highest that belongs to a part; a piece has whole columns."""
    named = "block" if "/" in part else "layer"
    cells = np.arange(grid.n_cells)
    if part:
        names = [str(name) for name in grid.field_data[f"{named}_names"]]
        numbers = [number for number, name in enumerate(names) if name == part]
        cells = np.flatnonzero(np.isin(np.asarray(grid.cell_data[named]), numbers))
    middle = np.asarray(grid.points, dtype=float)[nodes(grid)[cells, -1]]
    column = np.round(middle[:, :2] / MERGE)
    order = np.lexsort((middle[:, 2] * (1.0 if side == "bottom" else -1.0), column[:, 1], column[:, 0]))
    first = np.append(True, np.any(np.diff(column[order], axis=0) != 0, axis=1))[: len(order)]
    return np.asarray(cells[order[first]])


def layer_cells(
    index_file: Path, layer: int, names: tuple[str, ...], mirrors: tuple[int, ...], lowest: bool = False
) -> tuple[Array, dict[str, Array]]:
    """Cells of a layer in plan view; of several cells above each other the largest value (or the lowest, or NaN).

    Returns:
        Corners (cells, 4, 2) in mm, and values by name (cells,), of the whole outline.
    """
    pieces = [_plan(grid, np.asarray(grid.cell_data["layer"]) == layer, names) for grid in grids(index_file)]
    return _seen(pieces, names, mirrors, lowest)


def block_cells(
    index_file: Path, names: tuple[str, ...], mirrors: tuple[int, ...]
) -> dict[str, tuple[Array, dict[str, Array]]]:
    """As `layer_cells`, of every block by its name (`mould`, `mould/die`), the lowest first."""
    pieces: dict[str, list[tuple[Array, Array]]] = {}
    low: dict[str, float] = {}
    for grid in grids(index_file):
        titles, block = np.asarray(grid.field_data["block_names"]), np.asarray(grid.cell_data["block"])
        height = np.asarray(grid.points)[nodes(grid)[:, 0], 2]
        for number in np.unique(block):
            name, mine = str(titles[number]), block == number
            pieces.setdefault(name, []).append(_plan(grid, mine, names))
            low[name] = min(low.get(name, np.inf), float(height[mine].min()))
    ordered = sorted(pieces, key=lambda name: (low[name], name))
    return {name: _seen(pieces[name], names, mirrors, False) for name in ordered}


def _plan(grid: pv.UnstructuredGrid, mine: NDArray[np.bool_], names: tuple[str, ...]) -> tuple[Array, Array]:
    """Corners (cells, 4, 2) of some cells in plan view, and their values (names, cells)."""
    corners = np.asarray(grid.points, dtype=float)[nodes(grid)[mine][:, :4], :2]
    return corners, np.stack([np.asarray(grid.cell_data[name])[mine] for name in names])


def _seen(
    pieces: list[tuple[Array, Array]], names: tuple[str, ...], mirrors: tuple[int, ...], lowest: bool
) -> tuple[Array, dict[str, Array]]:
    """Of several cells above each other one, of the whole outline."""
    place = np.concatenate([corners for corners, _ in pieces])
    value = np.concatenate([values for _, values in pieces], axis=1)
    _, first, column = np.unique(np.round(place.mean(axis=1) / MERGE), axis=0, return_index=True, return_inverse=True)
    largest = np.full((len(names), len(first)), np.inf if lowest else -np.inf)
    for number in range(len(names)):
        with np.errstate(invalid="ignore"):
            (np.minimum if lowest else np.maximum).at(largest[number], column.ravel(), value[number])
    place = place[first]
    for axis in mirrors:
        place = np.concatenate([place, place * np.where(np.arange(2) == axis, -1.0, 1.0)])
        largest = np.concatenate([largest, largest], axis=1)
    return place, dict(zip(names, largest, strict=True))


def _mirrored(parts: list[Surface], mirrors: tuple[int, ...]) -> list[Surface]:
    for axis in mirrors:
        flip = np.where(np.arange(3) == axis, -1.0, 1.0)
        parts = parts + [
            Surface(
                part.points * flip[:2],
                part.quads[:, ::-1],
                part.levels,
                {name: values * flip if values.ndim == 2 else values for name, values in part.values.items()},
                part.zone,
            )
            for part in parts
        ]
    return parts


def _merge(parts: list[Surface]) -> Surface:
    """One surface in which points at one place and height are one point, and points of no quadrilateral are gone."""
    offsets = np.cumsum([0, *(len(part.points) for part in parts[:-1])])
    quads = np.concatenate([part.quads + offset for part, offset in zip(parts, offsets, strict=True)])
    points, levels = (np.concatenate([getattr(part, key) for part in parts]) for key in ("points", "levels"))
    values = {name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values}
    used = np.unique(quads)
    places = np.round(np.column_stack([points, levels])[used] / MERGE)
    _, first, number = np.unique(places, axis=0, return_index=True, return_inverse=True)
    renumber = np.zeros(len(points), dtype=np.int64)
    renumber[used] = number.ravel()
    kept = used[first]
    found = {name: array[kept] for name, array in values.items()}
    return Surface(points[kept], renumber[quads], levels[kept], found, parts[0].zone)
