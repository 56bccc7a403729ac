"""A layer of a GDSII file, through gdstk."""

from pathlib import Path

import numpy as np
import shapely

from solver.case.copper import CopperMap
from solver.errors import CaseError


def read(path: Path, spec: CopperMap) -> tuple[shapely.Geometry, tuple[float, float, float, float]]:
    """The union of the polygons of a layer, and the bounding box of all layers (m).

    Raises:
        CaseError: not a GDS file, or nothing on the layer.
    """
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
    boxes = np.array([top.bounding_box() for top in tops if top.bounding_box() is not None]) * library.unit
    polygons = shapely.make_valid([shapely.polygons(points * library.unit) for points in chosen])
    low, high = boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)
    return shapely.union_all(polygons), (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
