"""Files of a copper layer: pictures and grids as pixels, first row at the top; layouts as polygons."""

from pathlib import Path

import numpy as np
import shapely
from PIL import Image, ImageDraw

from solver.arrays import Array
from solver.case.copper import CopperMap
from solver.errors import CaseError

Box = tuple[float, float, float, float]


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
    """Metal of a GDSII layer as disjoint polygons (m), its bounding box in the middle of the outline's.

    Args:
        spec: the map.
        directory: where its file is.
        bounds: of the outline (m).

    Raises:
        CaseError: the file is not what the case says.
    """
    path = directory / spec.file
    try:
        import gdstk
    except ImportError:
        raise CaseError(f"{path}: GDS files need the package gdstk: pip install gdstk") from None
    try:
        library = gdstk.read_gds(str(path))
    except (OSError, RuntimeError, ValueError) as error:
        raise CaseError(f"{path}: not a GDS file: {error}") from None
    tops = library.top_level()
    chosen = [p.points for top in tops for p in top.get_polygons(layer=spec.layer, datatype=spec.datatype)]
    if not chosen:
        there = sorted({(p.layer, p.datatype) for top in tops for p in top.get_polygons()})
        raise CaseError(f"{path}: nothing on layer {spec.layer}, data type {spec.datatype}; there are {there}")
    boxes = np.array([top.bounding_box() for top in tops if top.bounding_box() is not None])
    middle = (boxes[:, 0].min(axis=0) + boxes[:, 1].max(axis=0)) / 2
    x0, y0, x1, y1 = bounds
    centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    polygons = [shapely.polygons((points - middle) * library.unit + centre) for points in chosen]
    return np.asarray(shapely.get_parts(shapely.union_all(shapely.make_valid(polygons))))


def drawn(polygons: Array, bounds: Box, rows: int, columns: int) -> Array:
    """Polygons as pixels (rows, columns), first row at the top."""
    x0, y0, x1, y1 = bounds
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
        grey = np.asarray(Image.open(path).convert("L"), dtype=np.float64) / 255.0
    except OSError as error:
        raise CaseError(f"{path}: not a picture: {error}") from None
    return 1.0 - grey if invert else grey
