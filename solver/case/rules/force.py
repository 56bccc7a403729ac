"""What loads and held ends must satisfy: faces that exist, patches that fit, symmetry, something that bears them."""

from collections.abc import Sequence

import shapely

from solver.case import ends
from solver.case.ends import Line
from solver.case.forces import Load
from solver.case.models import Case
from solver.case.rules.thermal import faces
from solver.case.source import Source
from solver.case.support import Clamp, Edges
from solver.case.yaml_text import Loc
from solver.errors import nearest
from solver.stackup.patches import patch
from solver.stackup.stack import StackUp, mirrors_itself


def check(case: Case, text: Source) -> None:
    """Rules that need no geometry.

    Raises:
        CaseError: the first rule that is broken.
    """
    valid = faces(case)
    for i, step in enumerate(case.process.steps if case.process is not None else []):
        for j, load in enumerate(step.loads):
            loc: Loc = ("process", "steps", i, "loads", j)
            if load.face is not None and load.face not in valid:
                raise text.error((*loc, "face"), f"there is no face '{load.face}'; {nearest(load.face, valid)}")
            pushed = load.pressure is not None and load.face is not None and not load.face.endswith("sides")
            if step.support == "free" and (pushed or (load.force is not None and any(load.force))):
                raise text.error(loc, "this load pushes a free stack away: give the step a `support` that bears it")


def check_stack(case: Case, stack: StackUp, text: Source) -> None:
    """Rules about where loads and held ends are.

    Raises:
        CaseError: the first rule that is broken.
    """
    for i, step in enumerate(case.process.steps if case.process is not None else []):
        at: Loc = ("process", "steps", i)
        if isinstance(step.support, Clamp | Edges):
            key = "clamp" if isinstance(step.support, Clamp) else "edges"
            ends_fit(step.support.ends, stack, (*at, "support", key), text)
        for j, load in enumerate(step.loads):
            _load_fits(load, stack, (*at, "loads", j), text)


def _load_fits(load: Load, stack: StackUp, loc: Loc, text: Source) -> None:
    if load.end is not None:
        ends_fit(load.end, stack, (*loc, "end"), text)
    for axis in stack.mirrors:
        if load.force is not None and load.force[axis] != 0.0:
            rule = f"a force along {'xy'[axis]} is not symmetric about {'xy'[axis]} = 0; use a symmetry it has"
            raise text.error((*loc, "force"), rule)
    if load.shape is None:
        return
    outline = patch(load.shape, load.at, stack.size, stack.outline)
    if not shapely.covers(stack.outline.buffer(1e-9 * stack.span), outline):
        raise text.error((*loc, "shape"), "the patch reaches outside the outline")
    for axis in stack.mirrors:
        if not mirrors_itself([outline], axis, 1e-9 * stack.outline.area):
            rule = f"the patch is not symmetric about {'xy'[axis]} = 0; use a symmetry it has"
            raise text.error((*loc, "shape"), rule)


def ends_fit(given: Sequence[str | Line], stack: StackUp, loc: Loc, text: Source) -> None:
    """Ends that the outline has, with their mirror images."""
    around = stack.outline.boundary.buffer(1e-6 * stack.span)
    for number, end in enumerate(given):
        line = ends.line(stack.outline, end)
        if line.is_empty or not shapely.covers(around, line):
            raise text.error((*loc, number), f"the outline has no straight side there; ends are {ends.VALID}")
        for axis in stack.mirrors:
            image = ends.line(stack.outline, ends.mirrored(end, axis))
            if not any(image.equals(ends.line(stack.outline, other)) for other in given):
                raise text.error((*loc, number), f"its mirror image about {'xy'[axis]} = 0 is missing: name both")
