"""The deformed shape of the whole stack in 3-D, heights and thickness exaggerated, coloured by warpage."""

from pathlib import Path
from typing import Any

import numpy as np
import pyvista as pv
import shapely
from numpy.typing import NDArray

from solver.report.pictures import style
from solver.report.pictures.scene import Scene, colour_bar, exaggeration
from solver.report.pictures.skin import edges, skin
from solver.report.pictures.surface import Surface
from solver.report.pictures.warpage import headline, heights, length_unit, limit, mean_plane
from solver.stackup.stack import StackUp

Array = NDArray[np.float64]

_FIELD = "displacement_um"
_DRAWN_HEIGHT = 0.22  # of the longer side, what the heights of the evaluated surface span
_SHADE = 0.38  # part of the colour that depends on the light
_DRAWN_THICKNESS = 0.035  # of the longer side, at least


def draw(index_file: Path, surface: Surface, step: dict[str, Any], name: str, stack: StackUp, path: Path) -> Path:
    """Write the picture.

    Args:
        index_file: the `.pvtu` file of the step.
        surface: the whole evaluated surface with `displacement_um`; not flat.
        step: the entry of `steps` in the summary.
        name: of the surface, such as `bottom` or `balls.bottom`.
        stack: the stack-up.
        path: the PNG.
    """
    height = heights(surface)
    span = float(np.ptp(surface.points, axis=0).max())
    body = skin(index_file, _FIELD, stack.mirrors)
    points = np.asarray(body.points, dtype=float)
    thickness = float(np.ptp(points[:, 2]))
    lift = exaggeration(_DRAWN_HEIGHT * span / (1e-3 * float(np.ptp(height))))
    swell = exaggeration(max(1.0, _DRAWN_THICKNESS * span / thickness))
    level = points[:, 2].max() if name.endswith("top") else points[:, 2].min()
    above = body.point_data[_FIELD][:, 2] - mean_plane(surface, points[:, :2])

    def drawn(z: Array) -> Array:
        return np.asarray(swell * (z - level), dtype=float)

    reach = max(limit(height), limit(np.asarray(above)))
    unit, factor = length_unit(reach)
    body.point_data["height"] = factor * above
    lines = edges(body, "layer")
    flat = _undeformed(stack, drawn(np.array([points[:, 2].min(), points[:, 2].max()])))
    for mesh in (body, lines):
        z = drawn(np.asarray(mesh.points)[:, 2])
        mesh.points = np.column_stack([mesh.points[:, :2], z + 1e-3 * lift * mesh.point_data["height"] / factor])
    scene = Scene(np.concatenate([np.asarray(mesh.points, dtype=float) for mesh in (body, flat)]))
    top = reach * factor
    scene.add_floor()
    scene.add_body(body, "height", style.HEIGHT_MAP, (-top, top), _SHADE)
    scene.add_lines(lines, "#303030", 1.0)
    scene.add_lines(flat, "#7a7a7a", 0.9)
    words = f"heights x {lift:g}, thickness {'true to scale' if swell == 1.0 else f'x {swell:g}'}"
    scene.write(
        path,
        headline(step, height),
        f"Deformed shape: {words}; thin lines: undeformed",
        lambda fig: colour_bar(fig, style.HEIGHT_MAP, (-top, top), f"height above the mean plane ({unit})"),
    )
    return path


def _undeformed(stack: StackUp, levels: Array) -> pv.PolyData:
    """The outline at the lowest and highest level, and the vertical edges at its corners."""
    rim = 1e3 * shapely.get_coordinates(stack.outline)
    ends = [[(*rim[i], z), (*rim[i + 1], z)] for z in levels for i in range(len(rim) - 1)]
    if not stack.disc:
        ends += [[(*corner, levels[0]), (*corner, levels[1])] for corner in rim[:-1]]
    return pv.line_segments_from_points(np.array(ends, dtype=float).reshape(-1, 3))
