"""What pictures read from the field files: one horizontal face of the stack, or the cells of one layer in plan view.

Pieces are read one after the other, so that the memory needed is that of a surface, not of the mesh.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyvista as pv
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from solver.results.collection import piece_files

Array = NDArray[np.float64]

# corners, edge middles and centre of the bottom and top faces of a degree-2 hexahedron of VTK, row by row
BOTTOM = (0, 8, 1, 11, 24, 9, 3, 10, 2)
TOP = (4, 12, 5, 15, 25, 13, 7, 14, 6)
QUARTERS = np.array([[0, 1, 4, 3], [1, 2, 5, 4], [3, 4, 7, 6], [4, 5, 8, 7]])  # of a face, in the order above
CORNERS = np.array([[0, 2, 8, 6]])
_MANY = 10_000  # faces from which on the curvature inside one of them cannot be seen
MERGE = 1e-6  # mm


@dataclass(frozen=True)
class Surface:
    """Quadrilaterals of a horizontal face.

    Attributes:
        points: (n, 2) x and y in mm.
        quads: (m, 4) corners.
        values: point values by name, (n,) or (n, 3).
    """

    points: Array
    quads: NDArray[np.int64]
    values: dict[str, Array] = field(default_factory=dict)

    @property
    def triangulation(self) -> Triangulation:
        """Two triangles per quadrilateral."""
        triangles = np.concatenate([self.quads[:, [0, 1, 2]], self.quads[:, [0, 2, 3]]])
        return Triangulation(self.points[:, 0], self.points[:, 1], triangles)

    @property
    def weights(self) -> Array:
        """(n,) area in mm^2 that belongs to each point."""
        x, y = self.points[self.quads].transpose(2, 0, 1)
        area = 0.5 * np.abs((x[:, 2] - x[:, 0]) * (y[:, 3] - y[:, 1]) - (x[:, 3] - x[:, 1]) * (y[:, 2] - y[:, 0]))
        weights = np.zeros(len(self.points))
        np.add.at(weights, self.quads.ravel(), np.repeat(area / 4, 4))
        return weights


def grids(index_file: Path) -> Iterator[pv.UnstructuredGrid]:
    """The pieces of a step, one at a time."""
    for piece in piece_files(index_file):
        yield pv.read(piece)


def nodes(grid: pv.UnstructuredGrid) -> NDArray[np.int64]:
    """(cells, 27) points of the degree-2 hexahedra."""
    return np.asarray(grid.cells).reshape(-1, 28)[:, 1:]


def face(index_file: Path, side: str, mirrors: tuple[int, ...]) -> Surface:
    """The top or bottom of the stack, of the whole outline.

    Args:
        index_file: the `.pvtu` file.
        side: "top" or "bottom": the highest or lowest level of the layers present.
        mirrors: axes of the symmetry planes.
    """
    sign = 1.0 if side == "top" else -1.0
    level = max((sign * grid.points[:, 2]).max() for grid in grids(index_file))
    local = np.array(TOP if side == "top" else BOTTOM)
    faces = 2 ** len(mirrors) * _faces(index_file, local, sign, level)
    corners = QUARTERS if faces < _MANY else CORNERS
    parts = []
    for grid in grids(index_file):
        cells = nodes(grid)[:, local]
        cells = cells[np.abs(sign * grid.points[cells[:, 4], 2] - level) < 1e-6 * max(abs(level), 1e-3)]
        used, numbers = np.unique(cells, return_inverse=True)
        quads = numbers.reshape(-1, 9)[:, corners].reshape(-1, 4)
        values = {str(name): np.asarray(grid.point_data[name], dtype=float)[used] for name in grid.point_data}
        parts.append(Surface(np.asarray(grid.points, dtype=float)[used, :2], quads, values))
    return _merge(_mirrored(parts, mirrors))


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


def _faces(index_file: Path, local: NDArray[np.int64], sign: float, level: float) -> int:
    """How many faces lie at the level."""
    heights = (sign * grid.points[nodes(grid)[:, local[4]], 2] for grid in grids(index_file))
    return sum(int((height > level - MERGE).sum()) for height in heights)


def _mirrored(parts: list[Surface], mirrors: tuple[int, ...]) -> list[Surface]:
    for axis in mirrors:
        flip = np.where(np.arange(3) == axis, -1.0, 1.0)
        parts = parts + [
            Surface(
                part.points * flip[:2],
                part.quads[:, ::-1],
                {name: values * flip if values.ndim == 2 else values for name, values in part.values.items()},
            )
            for part in parts
        ]
    return parts


def _merge(parts: list[Surface]) -> Surface:
    """One surface in which points at one place are one point, and points of no quadrilateral are gone."""
    offsets = np.cumsum([0, *(len(part.points) for part in parts[:-1])])
    quads = np.concatenate([part.quads + offset for part, offset in zip(parts, offsets, strict=True)])
    points = np.concatenate([part.points for part in parts])
    values = {name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values}
    used = np.unique(quads)
    _, first, number = np.unique(np.round(points[used] / MERGE), axis=0, return_index=True, return_inverse=True)
    renumber = np.zeros(len(points), dtype=np.int64)
    renumber[used] = number.ravel()
    kept = used[first]
    return Surface(points[kept], renumber[quads], {name: array[kept] for name, array in values.items()})
