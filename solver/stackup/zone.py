"""Terminals of a package, and the zone of its surface that warpage is evaluated on.

JEITA ED-7306 measures a package inside the outermost centres of its terminals. A layer is taken for terminals if it is
at the bottom, empty outside its regions, and these are small parts, at least four, that are not called `die...`.
"""

from dataclasses import dataclass

import numpy as np
from shapely.geometry import Point, Polygon, box

from solver.arrays import Array
from solver.case.report import Zone
from solver.stackup.stack import PlacedLayer, StackUp

_FEWEST = 4
_SMALL = 0.02  # of the outline: a terminal at most
_SIDES = 64  # of a quarter of a circle
_NEAR = 1e-9  # of the span


@dataclass(frozen=True)
class MeasuringZone:
    """A part of a surface.

    Attributes:
        outline: of the whole part, whatever the symmetry (m).
        round: True for a disc, which has no corners.
        words: for tables and pictures.
    """

    outline: Polygon
    round: bool
    words: str


def centres(stack: StackUp, name: str) -> Array:
    """(n, 2) centres (m) of the parts of a LAYER or LAYER/REGION."""
    layer, _, region = name.partition("/")
    regions = [one for one in stack.layer(layer).regions if region in ("", one.name)]
    return np.array([polygon.centroid.coords[0] for one in regions for polygon in one.polygons]).reshape(-1, 2)


def terminals(stack: StackUp) -> PlacedLayer | None:
    """The layer of terminals, if the lowest one is that."""
    lowest = min(stack.layers, key=lambda layer: layer.bottom)
    return lowest if are_terminals(stack, lowest) else None


def are_terminals(stack: StackUp, layer: PlacedLayer) -> bool:
    """True of the lowest layer if it is nothing but many small parts."""
    if layer.material is not None or layer.bottom > min(one.bottom for one in stack.layers):
        return False
    if any(region.smeared is not None or region.name.lower().startswith("die") for region in layer.regions):
        return False
    polygons = [polygon for region in layer.regions for polygon in region.polygons]
    return len(polygons) >= _FEWEST and max(one.area for one in polygons) <= _SMALL * stack.outline.area


def pitch(places: Array) -> float | None:
    """Least distance (m) of two of several places."""
    from scipy.spatial import cKDTree

    return float(cKDTree(places).query(places, k=2)[0][:, 1].min()) if len(places) > 1 else None


def measuring_zone(stack: StackUp, wanted: Zone | None, face: str) -> MeasuringZone | None:
    """The zone of a face; None for all of it.

    Args:
        stack: the stack-up; of a package once it is cut out.
        wanted: of the case.
        face: such as `bottom` or `balls.bottom`.
    """
    if stack.package is not None and not stack.cut_out:
        return None
    if wanted is None:
        part = face.rpartition(".")[0]
        if not part or not are_terminals(stack, stack.layer(part.partition("/")[0])):
            return None
        wanted = Zone(centres_of=part)
    return _zone(stack, wanted)


def _zone(stack: StackUp, wanted: Zone) -> MeasuringZone | None:
    at = np.array(wanted.at)
    if wanted.centres_of is not None:
        places = centres(stack, wanted.centres_of)
        low, high = places.min(axis=0, initial=np.inf), places.max(axis=0, initial=-np.inf)
        found = box(*low, *high) if np.all(high - low > _NEAR * stack.span) else Polygon()
        zone = MeasuringZone(found, False, f"outermost centres of {wanted.centres_of}")
    elif wanted.rectangle is not None:
        half = np.array(wanted.rectangle) / 2
        a, b = 1e3 * 2 * half
        zone = MeasuringZone(box(*(at - half), *(at + half)), False, f"{a:.4g} x {b:.4g} mm")
    elif wanted.circle is not None:
        disc = Point(*at).buffer(wanted.circle / 2, quad_segs=_SIDES)
        zone = MeasuringZone(disc, True, f"circle of {1e3 * wanted.circle:.4g} mm")
    elif wanted.edge_exclusion is not None:
        inner = stack.outline.buffer(-wanted.edge_exclusion, join_style="mitre")
        zone = MeasuringZone(inner, stack.disc, f"without {1e3 * wanted.edge_exclusion:.4g} mm at the edge")
    else:
        return None
    return None if zone.outline.is_empty or zone.outline.geom_type != "Polygon" else zone
