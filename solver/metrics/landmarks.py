"""Heights at the places standards name: centre, edge, corners, sides and diagonals of a surface.

A place that is not on the surface (a hole, a gap between terminals) is replaced by the mean of those of the surface
that are nearest to it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import shapely
from mpi4py import MPI

from solver.arrays import Array
from solver.metrics.surface import Samples, Surface

_RIM_POINTS = 96
_LINE_POINTS = 101  # of a diagonal or a side
_TIE = 1e-6  # of the span: places that are as near as the nearest


@dataclass(frozen=True)
class Landmarks:
    """Heights above the least-squares plane (m).

    Attributes:
        centre: one height.
        rim: (n,) along the edge.
        corners: (n,) in order; none of a round surface.
        diagonals: (2, m) AB from the lower left to the upper right, and CD; NaN off the surface; none if round.
        sides: (4, m) lower, right, upper, left of a rectangle; NaN off the surface; none otherwise.
        lengths: (4,) of the sides (m).
        instead: what was replaced, in words; empty if nothing was.
    """

    centre: float
    rim: Array
    corners: Array
    diagonals: Array
    sides: Array
    lengths: Array
    instead: str

    NAMES: ClassVar[tuple[str, ...]] = ("centre", "edge", "corners")


def landmarks(surface: Surface, plane: Callable[[Array], Array]) -> Landmarks:
    """Heights at the landmarks of a surface. Collective.

    Args:
        surface: with its displacement.
        plane: height of the plane to count from (m) at (n, 2) places.
    """
    x0, y0, x1, y1 = surface.outline.bounds
    ring = surface.outline.exterior
    corners = np.empty((0, 2)) if surface.round else np.asarray(ring.coords)[:-1]
    box = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    rectangle = len(corners) == len(box) and np.isclose(surface.outline.area, (x1 - x0) * (y1 - y0))
    part = np.linspace(0.0, 1.0, _LINE_POINTS)[:, None]
    lines = [] if surface.round else [(box[0], box[2]), (box[1], box[3])]
    lines += [(box[k], box[(k + 1) % 4]) for k in range(4)] if rectangle else []
    on_lines = [(1 - part) * start + part * end for start, end in lines]
    rim = shapely.get_coordinates(
        shapely.line_interpolate_point(ring, np.arange(_RIM_POINTS) / _RIM_POINTS, normalized=True)
    )
    groups = [np.array([[(x0 + x1) / 2, (y0 + y1) / 2]]), rim, corners, *on_lines]
    places = _modelled(surface, np.concatenate(groups))
    height = surface.at(places)[:, 2] - plane(places)
    ends = np.cumsum([len(group) for group in groups])
    instead, replaced = _replace(surface, places[: ends[2]], height[: ends[2]], ends[:3], plane)
    centre, rim_height, corner_height = np.split(replaced, ends[:2])
    along = height[ends[2] :].reshape(len(lines), _LINE_POINTS)
    split = 0 if surface.round else 2
    lengths = np.array([float(np.hypot(*(end - start))) for start, end in lines[split:]])
    return Landmarks(float(centre[0]), rim_height, corner_height, along[:split], along[split:], lengths, instead)


def _modelled(surface: Surface, places: Array) -> Array:
    """The same places, or their mirror images in the modelled part."""
    places = places.copy()
    for axis in surface.stack.mirrors:
        places[:, axis] = np.abs(places[:, axis])
    return places


def _replace(
    surface: Surface, places: Array, height: Array, ends: Array, plane: Callable[[Array], Array]
) -> tuple[str, Array]:
    """Words for what is replaced, and the heights without gaps."""
    missing = np.flatnonzero(np.isnan(height))
    if not len(missing):
        return "", height
    near, distance = _nearest(surface, places[missing], plane)
    found = height.copy()
    found[missing] = near
    words = []
    for name, start, end in zip(Landmarks.NAMES, (0, *ends[:-1]), ends, strict=True):
        of = (missing >= start) & (missing < end)
        if of.any():
            many = f"{of.sum()} of {end - start} places are" if end - start > 1 else "is"
            words.append(f"{name}: {many} off the surface, taken up to {1e3 * distance[of].max():.3g} mm away")
    return "; ".join(words), found


def _nearest(surface: Surface, places: Array, plane: Callable[[Array], Array]) -> tuple[Array, Array]:
    """Mean height of the points of the surface nearest to places off it, and their distance. Collective."""
    from scipy.spatial import cKDTree

    lattice: Samples = surface.lattice
    height = lattice.u[:, 2] - plane(lattice.xy)
    tree = cKDTree(lattice.xy)
    nearest = np.empty(len(places))
    surface.comm.Allreduce(tree.query(places)[0], nearest, MPI.MIN)
    sums = np.zeros((len(places), 2))
    for number in range(len(places)):
        near = tree.query_ball_point(places[number], nearest[number] + _TIE * surface.stack.span)
        sums[number] = height[near].sum(), len(near)
    total = surface.sum(sums)
    return total[:, 0] / total[:, 1], nearest
