"""Starter cracks in place: where layers are apart, and the same of other sizes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from shapely.affinity import scale
from shapely.geometry import Polygon

from solver.case.fracture import CohesiveSpec
from solver.case.geometry import Delamination
from solver.stackup.shapes import at_places, middles_of, shape_of


@dataclass(frozen=True)
class PlacedCrack:
    """Where two layers that touch are apart.

    Attributes:
        name: of the crack.
        lower, upper: the layers.
        polygon: in plane (m).
        entry: name of the delamination in the case, which may have a grid of them.
        cohesive: what holds it together, None where it is apart.
    """

    name: str
    lower: str
    upper: str
    polygon: Polygon
    entry: str = ""
    cohesive: CohesiveSpec | None = None


@dataclass(frozen=True)
class OtherSize:
    """The cracks of a stack with those of one delamination in another size.

    Attributes:
        entry: name of the delamination in the case.
        factor: of its shape.
        cracks: all of the stack.
    """

    entry: str
    factor: float
    cracks: tuple[PlacedCrack, ...]


def placed_cracks(
    given: Sequence[Delamination], bottoms: Mapping[str, float], size: float, outline: Polygon
) -> tuple[PlacedCrack, ...]:
    """Every place of every delamination.

    Args:
        given: of the case.
        bottoms: layer -> height of its underside (m).
        size: of the cells in plane (m), which round shapes follow.
        outline: of the stack (m).
    """
    found = []
    for one in given:
        lower, upper = sorted(one.between, key=lambda name: bottoms[name])
        shape = shape_of(one.shape, size, outline)
        middles = np.array([one.at or (0.0, 0.0)]) if one.grid is None else middles_of(one.grid)
        for number, polygon in enumerate(at_places(shape, middles), start=1):
            name = one.name if len(middles) == 1 else f"{one.name} {number}"
            found.append(PlacedCrack(name, lower, upper, polygon, one.name, one.cohesive))
    return tuple(found)


def other_sizes(given: Sequence[Delamination], cracks: tuple[PlacedCrack, ...]) -> tuple[OtherSize, ...]:
    """The cracks with those of one delamination scaled, each about its own centre, for every size asked for."""
    found = []
    for one in given:
        for factor in one.sizes:
            scaled = [
                replace(crack, polygon=scale(crack.polygon, factor, factor)) if crack.entry == one.name else crack
                for crack in cracks
            ]
            found.append(OtherSize(one.name, factor, tuple(scaled)))
    return tuple(found)
