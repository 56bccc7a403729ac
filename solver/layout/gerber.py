"""A Gerber file (Ucamco, The Gerber Layer Format Specification), through gerbonara."""

from itertools import groupby
from pathlib import Path
from typing import Any

import shapely

from solver.errors import CaseError

_ARC_ERROR = 1e-3  # mm, of a circle drawn as a polygon
_MM = 1e-3


def read(path: Path) -> tuple[shapely.Geometry, tuple[float, float, float, float]]:
    """What the file draws, dark on and clear off in the order of the file, and its bounding box (m).

    Raises:
        CaseError: not a Gerber file, or it draws nothing.
    """
    try:
        from gerbonara import GerberFile
    except ImportError:
        command = "./planish exec pip install gerbonara"
        raise CaseError(f"{path}: Gerber files need the package gerbonara (Python 3.12): {command}") from None
    try:
        drawing = GerberFile.open(path)
        shapes = [shape for thing in drawing.objects for shape in thing.to_primitives("mm")]
    except (OSError, SyntaxError, ValueError, KeyError) as error:
        raise CaseError(f"{path}: not a Gerber file: {error}") from None
    metal: Any = shapely.Polygon()
    for dark, group in groupby(shapes, key=lambda shape: shape.polarity_dark):
        drawn = shapely.union_all([_polygon(shape) for shape in group])
        metal = metal.union(drawn) if dark else metal.difference(drawn)
    if metal.is_empty:
        raise CaseError(f"{path}: the file draws nothing")
    metal = shapely.transform(metal, lambda xy: _MM * xy)
    return metal, metal.bounds


def _polygon(shape: Any) -> shapely.Geometry:
    outline = shape.to_arc_poly() if hasattr(shape, "to_arc_poly") else shape
    corners = outline.approximate_arcs(max_error=_ARC_ERROR).outline
    return shapely.make_valid(shapely.Polygon(corners)) if len(corners) > 2 else shapely.Polygon()
