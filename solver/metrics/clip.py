"""Quadrilaterals cut by the border of a zone: points to integrate and to look for extremes in what is left of them."""

from dataclasses import dataclass
from itertools import pairwise

import basix
import numpy as np
import shapely

from solver.arrays import Array, Integers

_DEGREE = 10  # exact for squares of degree-2 functions in triangles of a parallelogram
_NOTHING = 1e-12  # of a quadrilateral: an area that rounding leaves


@dataclass(frozen=True)
class Cut:
    """Points in what is left of quadrilaterals.

    Attributes:
        gauss: (n, 2) points to integrate with.
        gauss_owner: (n,) quadrilateral of each.
        gauss_weight: (n,) area it stands for; some are negative.
        rim: (m, 2) points to look for extremes at.
        rim_owner: (m,) quadrilateral of each.
    """

    gauss: Array
    gauss_owner: Integers
    gauss_weight: Array
    rim: Array
    rim_owner: Integers


def cut(corners: Array, zone: shapely.Polygon, steps: int) -> tuple[Integers, Cut]:
    """Quadrilaterals that are whole in a zone, and points in the parts of those its border cuts.

    Args:
        corners: (quadrilaterals, 4, 2), counter-clockwise or clockwise.
        zone: its outline.
        steps: intervals in which a side is looked at.
    """
    quads = shapely.polygons(corners[:, [0, 1, 2, 3, 0]])
    shapely.prepare(zone)
    whole = shapely.covers(zone, quads)
    crossed = np.flatnonzero(~whole & shapely.intersects(zone, quads))
    pieces, number = shapely.get_parts(shapely.intersection(quads[crossed], zone), return_index=True)
    owner = crossed[number]
    kept = (shapely.get_type_id(pieces) == 3) & (shapely.area(pieces) > _NOTHING * shapely.area(quads[owner]))
    gauss, rims = [], []
    for piece, number in zip(pieces[kept], owner[kept], strict=True):
        xy, weight = _quadrature(piece)
        gauss.append(np.column_stack([xy, weight, np.full(len(xy), number)]))
        rim = _lattice(piece, corners[number], steps)
        rims.append(np.column_stack([rim, np.full(len(rim), number)]))
    inside, edge = np.concatenate([np.zeros((0, 4)), *gauss]), np.concatenate([np.zeros((0, 3)), *rims])
    owners = inside[:, 3].astype(np.int64), edge[:, 2].astype(np.int64)
    return np.flatnonzero(whole), Cut(inside[:, :2], owners[0], inside[:, 2], edge[:, :2], owners[1])


def _quadrature(piece: shapely.Polygon) -> tuple[Array, Array]:
    """Signed triangles from the middle to every side: exact for polynomials, whatever the shape."""
    points, weights = basix.make_quadrature(basix.CellType.triangle, _DEGREE)
    middle = shapely.get_coordinates(piece.centroid)[0]
    xy, found = [], []
    shape = shapely.geometry.polygon.orient(piece)
    for ring in (shape.exterior, *shape.interiors):
        for start, end in pairwise(np.asarray(ring.coords) - middle):
            xy.append(middle + points @ np.stack([start, end]))
            found.append((start[0] * end[1] - start[1] * end[0]) * weights)
    return np.concatenate(xy), np.concatenate(found)


def _lattice(piece: shapely.Polygon, corners: Array, steps: int) -> Array:
    """The border of a piece in short intervals, and the points of the lattice of its quadrilateral that lie in it."""
    length = float(np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).max()) / steps
    border = shapely.get_coordinates(shapely.segmentize(piece, length))
    s, t = np.meshgrid(*2 * [np.linspace(0.0, 1.0, steps + 1)])
    shape = np.stack([(1 - s) * (1 - t), s * (1 - t), s * t, (1 - s) * t], axis=-1).reshape(-1, 4)
    inner = shape @ corners
    return np.concatenate([border, inner[shapely.contains_xy(piece, *inner.T)]])
