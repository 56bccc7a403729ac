"""Arrays whose parts are smaller than the mesh is meant to show: one region over their pitch cells instead."""

from dataclasses import dataclass

import numpy as np
import shapely
from pydantic import ValidationError
from shapely.geometry import Polygon, box

from solver.arrays import Array
from solver.case.geometry import Layer, Region
from solver.materials.cell.spec import PillarCell, ViaCell


@dataclass(frozen=True)
class Smeared:
    """An array that one region stands for.

    Attributes:
        count: parts of the array.
        feature: smallest outer dimension of a part (m).
        cell: its unit cell.
    """

    count: int
    feature: float
    cell: ViaCell | PillarCell


def smear(layer: Layer, region: Region, places: int, below: float | None) -> Smeared | None:
    """What a region becomes if it is an array of parts smaller than `below` (m); None if it stays as it is.

    Circles, with or without a bore, and rectangles of one material in a layer of one material can be smeared.
    """
    if not is_small(region, places, below) or obstacle(layer, region) is not None:
        return None
    assert region.grid is not None
    words = {"metal": region.material, "matrix": layer.material, "pitch": _lengths(region.grid.pitch)}
    try:
        if region.shape.circle is not None:
            cell: ViaCell | PillarCell = ViaCell.model_validate({"unit_cell": "via", **words, **_round(region, layer)})
        else:
            assert region.shape.rectangle is not None
            size = _lengths(region.shape.rectangle)
            cell = PillarCell.model_validate({"unit_cell": "pillar", **words, "size": size})
    except ValidationError:  # parts touch or overlap: the rules on shapes will say so
        return None
    return Smeared(places, _feature(region), cell)


def is_small(region: Region, places: int, below: float | None) -> bool:
    """True for an array of parts smaller than `below` (m)."""
    return below is not None and region.grid is not None and places > 1 and _feature(region) < below


def obstacle(layer: Layer, region: Region) -> str | None:
    """Why an array cannot be smeared, in words; None if it can."""
    if region.shape.rotation and region.shape.circle is None:
        return "only parts along the axes are smeared"
    if region.shape.polygon is not None or region.shape.ellipse is not None or region.shape.hole is not None:
        return "only circles and rectangles without rectangular holes are smeared"
    if not isinstance(layer.material, str):
        return "there is no one material around it"
    if not isinstance(region.material, str):
        return "it is a mixture itself"
    return None


def _feature(region: Region) -> float:
    """Smallest outer dimension of a part (m)."""
    shape = region.shape
    if shape.circle is not None:
        return shape.circle
    sides = shape.rectangle or shape.ellipse or tuple(np.ptp(np.array(shape.polygon), axis=0))
    return float(min(sides))


def _round(region: Region, layer: Layer) -> dict[str, object]:
    diameter, bore = region.shape.circle, region.shape.bore
    assert diameter is not None
    if bore is None:
        return {"diameter": _length(diameter)}
    return {"diameter": _length(diameter), "plating": _length((diameter - bore) / 2), "core": layer.material}


def _length(metres: float) -> str:
    return f"{metres!r} m"


def _lengths(metres: tuple[float, float]) -> list[str]:
    return [_length(value) for value in metres]


def cover(places: Array, pitch: tuple[float, float], whole: bool) -> tuple[Polygon, ...]:
    """The pitch cells of an array together.

    Args:
        places: (n, 2) centres of the parts (m).
        pitch: distance of neighbours (m).
        whole: True if no place of the grid is left out.
    """
    half = np.array(pitch) / 2
    if whole:
        low, high = places.min(axis=0) - half, places.max(axis=0) + half
        return (box(*low, *high),)
    cells = shapely.box(*(places - half).T, *(places + half).T)
    joined = shapely.union_all(shapely.set_precision(cells, 1e-6 * min(pitch)), grid_size=1e-6 * min(pitch))
    return tuple(shapely.get_parts(joined.simplify(0.0)))
