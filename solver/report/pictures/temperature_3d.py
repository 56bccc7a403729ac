"""Temperature in 3-D: the whole stack with a quarter cut away at the hottest point."""

from pathlib import Path

import numpy as np
import pyvista as pv
from matplotlib.figure import Figure
from numpy.typing import NDArray

from solver.report.pictures import style
from solver.report.pictures.scene import Scene, colour_bar, exaggeration
from solver.report.pictures.skin import edges, skin, with_images
from solver.report.pictures.surface import grids, nodes
from solver.report.pictures.temperature import FIELD, extremes
from solver.stackup.stack import StackUp

Array = NDArray[np.float64]

_DRAWN_THICKNESS = 0.2  # of the longer side, at least
_MERGE = 1e-4  # mm: less than any layer, more than the differences between the sections of two cells
_SHADE = 0.15  # part of the colour that depends on the light
_NUDGE = 1e-4  # of the outline: moves a section off the faces of cells


def draw(index_file: Path, title: str, stack: StackUp, path: Path) -> Path:
    """Write the picture; arguments as in `temperature.draw`."""
    hottest, value, lowest = extremes(index_file)
    corner, towards = _corner(hottest, stack)
    body = skin(index_file, FIELD, stack.mirrors)
    sections = [_section(index_file, axis, corner, towards, stack.mirrors) for axis in (0, 1)]
    rims = _without_quarter(edges(body, "layer"), corner, towards)
    bodies = [*_without_quarter(body, corner, towards), *sections]
    lines = [*rims, *(edges(section, "block") for section in sections if section.n_cells)]
    thickness = float(np.ptp(np.asarray(body.points)[:, 2]))
    stretch = exaggeration(max(1.0, _DRAWN_THICKNESS * 1e3 * stack.span / thickness))
    for mesh in (*bodies, *lines):
        mesh.points = np.asarray(mesh.points) * [1.0, 1.0, stretch]
    scene = Scene(np.asarray(body.points, dtype=float) * [1.0, 1.0, stretch], towards)
    limits = (lowest, max(value, lowest + 0.01))
    scene.add_floor()
    for mesh in bodies:
        scene.add_body(mesh, FIELD, style.HEAT_MAP, limits, _SHADE)
    for mesh in lines:
        scene.add_lines(mesh, "#b0b0b0", 0.9)

    def decorate(fig: Figure) -> None:
        colour_bar(fig, style.HEAT_MAP, limits, "temperature (degC)")
        scene.mark(fig, np.array([*corner, stretch * hottest[2]]), f"{value:.4g} degC")

    scale = "true to scale" if stretch == 1.0 else f"x {stretch:g}"
    words = f"A quarter is cut away at the hottest point (circle); thickness {scale} ({thickness:.3g} mm)"
    scene.write(path, f"{title}   |   largest {value:.4g} degC", words, decorate)
    return path


def _corner(hottest: Array, stack: StackUp) -> tuple[Array, tuple[int, int]]:
    """Where the cuts meet (mm), and the side to look from, such that the quarter in front is the largest."""
    x0, y0, x1, y1 = (1e3 * bound for bound in stack.outline.bounds)
    middle, spans = np.array([x0 + x1, y0 + y1]) / 2, np.array([x1 - x0, y1 - y0])
    corner, towards = hottest[:2].copy(), [1, -1]
    for axis in (0, 1):
        if axis in stack.mirrors:
            corner[axis] *= -towards[axis]  # the modelled half is the positive one
        elif (corner[axis] - middle[axis]) * towards[axis] > _NUDGE * spans[axis]:
            towards[axis] *= -1
    room = (0.5 - _NUDGE) * spans
    return np.clip(corner, middle - room, middle + room), (towards[0], towards[1])


def _without_quarter(mesh: pv.PolyData, corner: Array, towards: tuple[int, int]) -> list[pv.PolyData]:
    """What is left of a surface or of lines, in two pieces."""
    behind = _half(mesh, 0, corner, -towards[0])
    beside = _half(_half(mesh, 0, corner, towards[0]), 1, corner, -towards[1])
    return [part for part in (behind, beside) if part.n_cells]


def _half(mesh: pv.PolyData, axis: int, corner: Array, sign: int) -> pv.PolyData:
    """What is on the side `sign` of a vertical plane through the corner."""
    return mesh.clip(normal=-sign * np.eye(3)[axis], origin=(*corner, 0.0))


def _section(
    index_file: Path, axis: int, corner: Array, towards: tuple[int, int], mirrors: tuple[int, ...]
) -> pv.PolyData:
    """The cut face normal to `axis`, up to the corner."""
    place = abs(corner[axis]) if axis in mirrors else corner[axis]
    parts = []
    for grid in grids(index_file):
        low, high = grid.bounds[2 * axis], grid.bounds[2 * axis + 1]
        step = _NUDGE * (high - low)
        if low - step <= place <= high + step:
            at = place + step if place - low < high - place else place - step
            parts.append(_linear(grid).slice(normal=np.eye(3)[axis], origin=at * np.eye(3)[axis]).triangulate())
    whole = with_images(parts, tuple(mirror for mirror in mirrors if mirror != axis))
    points = np.array(whole.points, dtype=float)
    points[:, axis] = corner[axis]
    whole.points = points
    beyond = corner - 10 * _MERGE * np.array(towards)  # off the edges of cells, where the cut would leave slivers
    whole = whole.clean(tolerance=_MERGE, absolute=True)
    return _half(whole, 1 - axis, beyond, towards[1 - axis]).triangulate()


def _linear(grid: pv.UnstructuredGrid) -> pv.UnstructuredGrid:
    """The same cells with their corners only: of curved cells, VTK leaves the cell data of sections undefined."""
    corners = nodes(grid)[:, :8]
    linear = pv.UnstructuredGrid({pv.CellType.HEXAHEDRON: corners}, grid.points)
    linear.point_data[FIELD] = grid.point_data[FIELD]
    linear.cell_data["block"] = grid.cell_data["block"]
    return linear
