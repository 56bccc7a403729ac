"""Copper maps on plane cells: classes of cells, each with a material of the mean fraction of its members."""

import numpy as np
import shapely

from solver.arrays import Array, Integers
from solver.layout.density import Density
from solver.materials.mix.spec import MixSpec

_REACHES = 4  # classes of how far the metal reaches, along x and along y


def classes(density: Density, points: Array, quads: Integers, areas: Array) -> tuple[list[MixSpec], Integers]:
    """Materials of a layer's classes, and the class of each plane cell.

    The mean fraction of a class is weighed by area, so the metal in all cells is that of the map to rounding.

    Args:
        density: the map.
        points: (n, 2) points (m).
        quads: (m, 4) corners of the cells.
        areas: (m,) areas.
    """
    fraction, along = density.over(shapely.polygons(points[quads]))
    levels = density.spec.levels
    level = np.minimum((fraction * levels).astype(int), levels - 1)
    reach = np.minimum((along * _REACHES).astype(int), _REACHES - 1)
    found, member = np.unique((level * _REACHES + reach[:, 0]) * _REACHES + reach[:, 1], return_inverse=True)
    total = np.bincount(member, areas)
    mean = np.bincount(member, areas * fraction) / total
    mean_along = [np.bincount(member, areas * along[:, axis]) / total for axis in (0, 1)]
    materials = [
        density.spec.mixture(min(float(mean[k]), 1.0), (float(mean_along[0][k]), float(mean_along[1][k])))
        for k in range(len(found))
    ]
    return materials, member.astype(np.int32)
