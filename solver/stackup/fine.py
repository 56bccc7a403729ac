"""Regions that the cells asked for are too large for: some are meshed finer, of others a word is said."""

from collections.abc import Iterator

import numpy as np
import shapely
from shapely.geometry import Polygon

from solver.stackup.stack import PlacedLayer, PlacedRegion, StackUp

_ACROSS = 4  # cells over the shorter side of a large region: a bare die on a board bends to 2 %
_FEWEST = 1.5  # cells over the shorter side of any other, below which results are doubtful
_LARGE = 0.1  # of the span: shorter side of a region that is large
_FEW = 16  # places: many small dies are left to the cells asked for
_FLAT = 3.0  # times its thickness: a region that bends, which balls and bumps do not
_SHOWS = 0.05  # of the outline: all places of a region together


def finer(stack: StackUp) -> list[tuple[Polygon, float]]:
    """Outlines (m) of large regions inside which cells have to be smaller, and their largest edge there (m)."""
    found: list[tuple[Polygon, float]] = []
    for layer in stack.layers:
        for region in layer.regions:
            side = _side(region)
            if len(region.polygons) <= _FEW and _bends(layer, region) and side >= _LARGE * stack.span:
                found += [(polygon, side / _ACROSS) for polygon in region.polygons]
    found += [one for fillet in stack.fillets for one in fillet.sizes()]
    return [(outline, size) for outline, size in found if size < stack.size]


def coarse(stack: StackUp) -> Iterator[str]:
    """Regions that bend and matter, with about one cell across, in words."""
    fine = {id(outline) for outline, _ in finer(stack)}
    for layer in stack.layers:
        for region in layer.regions:
            area, side = shapely.area(np.array(region.polygons)).sum(), _side(region)
            left = side / stack.size < _FEWEST and not any(id(polygon) in fine for polygon in region.polygons)
            if left and _bends(layer, region) and area > _SHOWS * stack.outline.area:
                yield (
                    f"region '{layer.name}/{region.name}' of {1e3 * side:.3g} mm has about one cell across, so shapes "
                    f"may be off by some 5 %; choose mesh.in_plane_size below {1e3 * side / 2:.3g} mm"
                )


def _bends(layer: PlacedLayer, region: PlacedRegion) -> bool:
    """True for a flat region in one piece without holes that stands for itself."""
    drawn = region.smeared is None and (region.parts is None or region.parts.drawn)
    whole = drawn and not any(polygon.interiors for polygon in region.polygons)
    return whole and _side(region) > _FLAT * layer.thickness


def _side(region: PlacedRegion) -> float:
    """Shorter side (m) of the smallest rectangle around one of its places."""
    rectangle = shapely.minimum_rotated_rectangle(region.polygons[0])
    corners = shapely.get_coordinates(rectangle)
    return float(np.linalg.norm(np.diff(corners[:3], axis=0), axis=1).min())
