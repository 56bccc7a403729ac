"""A bump or ball between two plates: a plane section drawn out to curved hexahedra that follow the profile."""

from dataclasses import dataclass

import basix
import numpy as np
from basix import CellType, ElementFamily

from solver.arrays import Array, Integers
from solver.homogenise.cell import Cell, CellMesh, cell_mesh
from solver.homogenise.section import Section, disc_section, nearest_neighbours

_LEVELS = 4  # of cells over half the height


@dataclass(frozen=True)
class Bump(Cell):
    """A ball cut off at the pads: an ellipsoid of revolution, widest at mid-height.

    Args:
        pitch: sides of the cell along x and y (m).
        height: from pad to pad (m).
        diameter: at mid-height (m).
        pad: diameter at the pads (m); equal to `diameter` for a pillar.
        staggered: a second bump in the middle of the cell.
    """

    pitch: tuple[float, float]
    height: float
    diameter: float
    pad: float
    staggered: bool = False

    @property
    def fractions(self) -> Array:
        wide, narrow = (self.diameter / 2) ** 2, (self.pad / 2) ** 2
        metal = (1 + self.staggered) * np.pi * (2 * wide + narrow) / 3 / (self.pitch[0] * self.pitch[1])
        return np.array([metal, 1.0 - metal])

    @property
    def gap(self) -> float:
        """Matrix between neighbouring bumps (m)."""
        return nearest_neighbours(self.pitch, self.staggered) - self.diameter

    def mesh(self, voids: frozenset[int]) -> CellMesh:
        unit = self.pitch[0]
        a, b, top = 0.5, 0.5 * self.pitch[1] / unit, 0.5 * self.height / unit
        radius, gap = 0.5 * self.diameter / unit, self.gap / unit
        section = disc_section((a, b), [radius], [gap], self.staggered, quads=True)
        points, cells, phase = _hexahedra(section, np.linspace(0.0, top, _LEVELS + 1))
        wide, narrow = radius, 0.5 * self.pad / unit
        profile = np.sqrt(wide**2 - (wide**2 - narrow**2) * (points[:, 2] / top) ** 2)
        for centre in [(0.0, 0.0), (a, b)] if self.staggered else [(0.0, 0.0)]:
            _follow(points, np.array(centre), profile, wide, wide + gap / 2)
        kept = ~np.isin(phase, list(voids))
        return cell_mesh("hexahedron", points, cells[kept], phase[kept], (a, b, top), tied=True)


def _hexahedra(section: Section, heights: Array) -> tuple[Array, Integers, Integers]:
    """Points (n, 3), 27-node hexahedra in the order of Basix and their phases."""
    levels = 2 * len(heights) - 1
    z = np.interp(np.arange(levels) / 2, np.arange(len(heights)), heights)
    count = len(section.points)
    points = np.column_stack([np.tile(section.points, (levels, 1)), np.repeat(z, count)])
    square = _nodes(CellType.quadrilateral)
    hexahedron = _nodes(CellType.hexahedron)
    node = [int(np.flatnonzero(np.all(np.isclose(square, xyz[:2]), axis=1))[0]) for xyz in hexahedron]
    rise = np.rint(2 * hexahedron[:, 2]).astype(int)
    base = section.cells[:, node] + rise * count
    cells = np.concatenate([base + 2 * interval * count for interval in range(len(heights) - 1)])
    return points, cells, np.tile(section.phase, len(heights) - 1)


def _nodes(cell: CellType) -> Array:
    """Reference points of the nodes of degree 2."""
    return np.asarray(basix.create_element(ElementFamily.P, cell, 2, basix.LagrangeVariant.equispaced).points)


def _follow(points: Array, centre: Array, profile: Array, radius: float, reach: float) -> None:
    """Move the cylinder of a radius about a centre to the profile, and what is within reach along with it."""
    away = points[:, :2] - centre
    distance = np.linalg.norm(away, axis=1)
    inside = distance * profile / radius
    outside = profile + (distance - radius) * (reach - profile) / (reach - radius)
    moved = np.where(distance <= radius, inside, np.where(distance < reach, outside, distance))
    factor = np.divide(moved, distance, out=np.ones_like(distance), where=distance > 1e-12)
    points[:, :2] = centre + away * factor[:, None]
