"""What supports ask of the plane mesh: nodes where pins are, lines where rings end."""

import shapely
from shapely.geometry import Polygon

from solver.case.models import Case
from solver.case.support import OnRing, Pins

Place = tuple[float, float]


def pins(case: Case, mirrors: tuple[int, ...]) -> tuple[Place, ...]:
    """Pins of all steps (m), each place once.

    Args:
        case: the case.
        mirrors: axes of the mirror planes; of pins beyond them the images are taken.
    """
    steps = case.process.steps if case.process is not None else ()
    found = [place for step in steps if isinstance(step.support, Pins) for place in step.support.pins]
    x, y = (0 in mirrors, 1 in mirrors)
    return tuple(dict.fromkeys((abs(a) if x else a, abs(b) if y else b) for a, b in found))


def ring_edges(case: Case, outline: Polygon, package: Polygon | None) -> tuple[Polygon, ...]:
    """What lies inside the ring supports (m), each once.

    Args:
        case: the case.
        outline: of the stack.
        package: of what a step cuts out, or None.
    """
    found: dict[bytes, Polygon] = {}
    around = outline
    for step in case.process.steps if case.process is not None else ():
        if step.singulate is not None and package is not None:
            around = package
        if isinstance(step.support, OnRing):
            inner = inside_ring(around, step.support.ring.width)
            found |= {shapely.to_wkb(one): one for one in shapely.get_parts(inner) if one.area > 0}
    return tuple(found.values())


def inside_ring(outline: Polygon, width: float) -> shapely.Geometry:
    """What a ring of that width (m) along the rim of an outline leaves free; cut-outs count as part of it."""
    return Polygon(outline.exterior).buffer(-width, join_style="mitre", mitre_limit=100.0)
