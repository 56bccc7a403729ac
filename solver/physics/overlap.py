"""Rectangles with power on plane cells: exact areas of overlap, and what a mean over each cell leaves out."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from meshes.plane import PlaneMesh
from solver.arrays import Array, Integers


@dataclass(frozen=True)
class Overlaps:
    """Every pair of a box and a plane cell that have area in common.

    Attributes:
        box, cell: of each pair.
        area: they have in common (m^2).
        sizes: (boxes,) area of each box (m^2).
        cells: how many plane cells there are.
    """

    box: Integers
    cell: Integers
    area: Array
    sizes: Array
    cells: int

    @property
    def part(self) -> Array:
        """(pairs,) of the area of the box."""
        return np.asarray(self.area / self.sizes[self.box])

    def over(self, watts: Array) -> Array:
        """(plane cells,) power of boxes with power over each."""
        return np.asarray(np.bincount(self.cell, self.part * watts[self.box], self.cells), dtype=np.float64)

    def within(self, watts: Array, areas: Array) -> Array:
        """(plane cells,) root mean square (W/m^2) by which power per area differs from its mean over each cell.

        Args:
            watts: (boxes,) power of each.
            areas: (plane cells,) areas (m^2).
        """
        flux = (watts / self.sizes)[self.box]
        mean = np.bincount(self.cell, self.area * flux, self.cells) / areas
        bare = np.maximum(areas - np.bincount(self.cell, self.area, self.cells), 0.0)
        squares = np.bincount(self.cell, self.area * (flux - mean[self.cell]) ** 2, self.cells) + bare * mean**2
        found = np.sqrt(squares / areas)
        return np.where(
            found > 1e-6 * np.abs(flux).max(initial=0.0), found, 0.0
        )  # else edges that agree but for rounding


def overlaps(plane: PlaneMesh, boxes: NDArray[np.object_]) -> Overlaps:
    """Exact overlap of boxes with plane cells, in one search however many there are."""
    cells = shapely.polygons(plane.points[plane.quads])
    box, cell = shapely.STRtree(cells).query(boxes, predicate="intersects")
    area = shapely.area(shapely.intersection(boxes[box], cells[cell]))
    kept = area > 0.0
    return Overlaps(box[kept], cell[kept], area[kept], shapely.area(boxes), len(cells))


def pixel_boxes(place: shapely.Polygon, shape: tuple[int, ...]) -> NDArray[np.object_]:
    """Boxes of the pixels of a map over the bounding box of a place, row by row from the top."""
    (rows, columns), (x0, y0, x1, y1) = shape, place.bounds
    x, y = np.linspace(x0, x1, columns + 1), np.linspace(y1, y0, rows + 1)
    boxes = shapely.box(*np.broadcast_arrays(x[None, :-1], y[1:, None], x[None, 1:], y[:-1, None]))
    return np.asarray(boxes).ravel()
