"""Files of a copper layer: pictures and grids as pixels, first row at the top; layouts as polygons."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from solver.arrays import Array
from solver.errors import CaseError
from solver.layout import readers, side_file
from solver.layout.copper import CopperMap
from solver.layout.drawing import Box, Drawing

_POLYGON = 3  # type of geometry in Shapely
_OUTSIDE = 1e-3  # part of the metal that may lie outside the outline: circles are polygons there


def pixels(spec: CopperMap, directory: Path) -> Array:
    """Metal fractions (rows, columns) of a picture or a grid of numbers.

    Args:
        spec: the map.
        directory: where its file is.

    Raises:
        CaseError: the file is not what the case says.
    """
    if spec.csv is not None:
        path, found = readers.grid_reader(spec.csv, "csv").values(directory, spec.csv)
    else:
        path, grey = readers.GRIDS["image"].values(directory, spec.file)
        found = 1.0 - grey if spec.invert else grey
    if found.min() < 0 or found.max() > 1:
        raise CaseError(f"{path}: metal fractions lie between 0 and 1")
    return found


def drawing(spec: CopperMap, directory: Path) -> Drawing:
    """A GDSII layer or a Gerber file.

    Args:
        spec: the map.
        directory: where its file is.

    Raises:
        CaseError: the file is not what the case says, or the package that reads it is not there.
    """
    path = side_file.located(directory, spec.file, side_file.MOST_BINARY)
    return readers.DRAWINGS[spec.kind](path, spec)


def origins(layouts: Mapping[str, Drawing], specs: Mapping[str, CopperMap]) -> dict[str, tuple[float, float]]:
    """The point of each layout that lies in the middle of the outline (m).

    Layouts of one kind are a set, whose layers have one origin: the middle of the box round all of them, but for those
    with a `centre` of their own.
    """
    found = {}
    for kind in readers.DRAWINGS:
        mine = [name for name in layouts if specs[name].kind == kind]
        free = [layouts[name].box for name in mine if specs[name].centre is None]
        low, high = np.min(free, axis=0) if free else None, np.max(free, axis=0) if free else None
        for name in mine:
            centre = specs[name].centre
            if centre is None and low is not None and high is not None:
                centre = float(low[0] + high[2]) / 2, float(low[1] + high[3]) / 2
            assert centre is not None
            found[name] = centre
    return found


def placed(spec: CopperMap, found: Drawing, origin: tuple[float, float], outline: shapely.Polygon) -> Array:
    """The metal of a layout as disjoint polygons (m) inside the outline.

    Args:
        spec: the map.
        found: its layout.
        origin: the point of it that lies in the middle of the outline's bounding box.
        outline: of the stack.

    Raises:
        CaseError: metal lies outside, and the case does not say that it is cut away.
    """
    x0, y0, x1, y1 = outline.bounds
    moved = shapely.transform(found.metal, lambda xy: xy - np.array(origin) + np.array([(x0 + x1) / 2, (y0 + y1) / 2]))
    if found.negative:
        moved = shapely.box(x0, y0, x1, y1).difference(moved)
    elif not spec.crop:
        _all_inside(spec, moved, outline)
    parts = np.asarray(shapely.get_parts(moved))
    return parts[shapely.get_type_id(parts) == _POLYGON]


def _all_inside(spec: CopperMap, metal: Any, outline: shapely.Polygon) -> None:
    outside = metal.difference(outline)
    part = outside.area / metal.area
    if part > _OUTSIDE:
        away = 1e3 * shapely.hausdorff_distance(outside.union(outline), outline)
        raise CaseError(
            f"{spec.file}: {100 * part:.3g} % of the metal ({1e6 * outside.area:.4g} mm2) lies outside the outline, up "
            f"to {away:.3g} mm; move it with `centre`, or cut it away with `crop: true`"
        )


def drawn(polygons: Array, bounds: Box, rows: int, columns: int) -> Array:
    """Polygons as pixels (rows, columns), first row at the top."""
    x0, y0, x1, y1 = bounds
    from PIL import Image, ImageDraw  # takes memory, on every rank

    canvas = Image.new("1", (columns, rows))
    draw = ImageDraw.Draw(canvas)
    for polygon in polygons:
        for number, ring in enumerate([polygon.exterior, *polygon.interiors]):
            x, y = np.asarray(ring.coords).T
            corners = np.column_stack([(x - x0) / (x1 - x0) * columns, (y1 - y) / (y1 - y0) * rows]) - 0.5
            draw.polygon([(float(a), float(b)) for a, b in corners], fill=int(number == 0))
    return np.asarray(canvas, dtype=np.float64)
