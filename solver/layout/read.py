"""Files of a copper layer: pictures and grids as pixels, first row at the top; layouts as polygons."""

from pathlib import Path

import numpy as np
import shapely

from solver.arrays import Array
from solver.case.copper import CopperMap
from solver.errors import CaseError
from solver.layout import gds, gerber

Box = tuple[float, float, float, float]
_POLYGON = 3  # type of geometry in Shapely


def pixels(spec: CopperMap, directory: Path) -> Array:
    """Metal fractions (rows, columns) of a picture or a grid of numbers.

    Args:
        spec: the map.
        directory: where its file is.

    Raises:
        CaseError: the file is not what the case says.
    """
    path = directory / spec.file
    found = _csv(path) if spec.csv is not None else _image(path, spec.invert)
    if not np.all(np.isfinite(found)) or found.min() < 0 or found.max() > 1:
        raise CaseError(f"{path}: metal fractions lie between 0 and 1")
    return found


def layout(spec: CopperMap, directory: Path, bounds: Box) -> Array:
    """Metal of a GDSII layer or a Gerber file as disjoint polygons (m), placed in the outline.

    Args:
        spec: the map.
        directory: where its file is.
        bounds: of the outline (m).

    Raises:
        CaseError: the file is not what the case says, or the package that reads it is not there.
    """
    metal, box = gds.read(directory / spec.file, spec) if spec.gds is not None else gerber.read(directory / spec.file)
    middle = spec.centre or ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    x0, y0, x1, y1 = bounds
    moved = shapely.transform(metal, lambda xy: xy - np.array(middle) + np.array([(x0 + x1) / 2, (y0 + y1) / 2]))
    parts = np.asarray(shapely.get_parts(moved))
    return parts[shapely.get_type_id(parts) == _POLYGON]


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


def _csv(path: Path) -> Array:
    try:
        text = path.read_text(encoding="utf-8")
        return np.atleast_2d(np.loadtxt(path, delimiter="," if "," in text else None))
    except (OSError, ValueError) as error:
        raise CaseError(f"{path}: not a grid of numbers: {error}") from None


def _image(path: Path, invert: bool) -> Array:
    try:
        from PIL import Image

        grey = np.asarray(Image.open(path).convert("L"), dtype=np.float64) / 255.0
    except OSError as error:
        raise CaseError(f"{path}: not a picture: {error}") from None
    return 1.0 - grey if invert else grey
