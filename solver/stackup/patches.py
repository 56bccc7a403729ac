"""Patches of the plane that boundaries, terminals and loads of a case are limited to."""

from collections.abc import Sequence

import shapely
from shapely.geometry import Polygon

from solver.case.displaced import Displaced
from solver.case.geometry import Shape
from solver.case.models import Case
from solver.stackup.fillets import Part
from solver.stackup.shapes import at_place, shape_of


def patches(case: Case, parts: Sequence[Part], size: float, outline: Polygon) -> tuple[tuple[Polygon, ...], ...]:
    """What each thermal boundary is limited to (m); `parts`: of all layers. Nothing where it covers its face."""
    found = []
    for boundary in case.thermal.boundaries if case.thermal is not None else ():
        if boundary.shape is not None:
            found.append((patch(boundary.shape, boundary.at, size, outline),))
        else:
            found.append(tuple(p for part in parts if part.name == boundary.region for p in part.polygons))
    return tuple(found)


def electrodes(case: Case, size: float, outline: Polygon) -> tuple[Polygon | None, ...]:
    """What each electric terminal is limited to (m), None where it covers its face."""
    terminals = case.electric.terminals if case.electric is not None else ()
    return tuple(None if one.shape is None else patch(one.shape, one.at, size, outline) for one in terminals)


def loaded(case: Case, size: float, outline: Polygon) -> tuple[Polygon, ...]:
    """Patches that loads act on and that are displaced, and where boxes that are displaced begin and end."""
    steps = [] if case.process is None else case.process.steps
    moved = [one for step in steps if isinstance(step.support, Displaced) for one in step.support.places]
    drawn = [(load.shape, load.at) for step in steps for load in step.loads] + [(one.shape, one.at) for one in moved]
    patches = [patch(shape, at, size, outline) for shape, at in drawn if shape is not None]
    return (*patches, *(_seen_from_above(one.box, outline) for one in moved if one.box is not None))


def _seen_from_above(corners: Sequence[Sequence[float]], outline: Polygon) -> Polygon:
    """What a box (two corners, m) covers; of a plane or a line what lies beyond it, so that it is an edge of that."""
    (x0, y0, _), (x1, y1, _) = corners
    _, _, x_end, y_end = outline.bounds
    return shapely.box(x0, y0, max(x0, x_end) if x0 == x1 else x1, max(y0, y_end) if y0 == y1 else y1)


def patch(shape: Shape, at: tuple[float, float] | None, size: float, outline: Polygon) -> Polygon:
    """A shape at a place (m; the origin if None), its circles with sides no longer than `size`."""
    return at_place(shape_of(shape, size, outline), at)
