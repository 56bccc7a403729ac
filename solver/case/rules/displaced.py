"""What displaced places must satisfy: faces and ends that exist, materials and cracks they are solved with."""

from collections.abc import Iterator

import shapely

from solver.case.displaced import Displaced, Moved
from solver.case.models import Case
from solver.case.rules.force import ends_fit
from solver.case.rules.thermal import faces
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.errors import nearest
from solver.stackup.patches import patch
from solver.stackup.stack import StackUp


def check(case: Case, text: Source) -> None:
    """Rules that need no geometry.

    Raises:
        CaseError: the first rule that is broken.
    """
    valid = faces(case)
    for loc, moved in _places(case):
        if moved.face is not None and moved.face not in valid:
            raise text.error((*loc, "face"), f"there is no face '{moved.face}'; {nearest(moved.face, valid)}")
    for i, step in enumerate(case.process.steps if case.process is not None else []):
        if isinstance(step.support, Displaced):
            at: Loc = ("process", "steps", i, "support", "displaced")
            if step.in_field and step.support.follows_temperature:
                raise text.error(at, "a table over temperature needs a uniform one, and the step is in a field")
            for rule in _refused(case):
                raise text.error(at, rule)


def _refused(case: Case) -> Iterator[str]:
    """What does not go with places that are displaced."""
    if case.geometry.symmetry != "none":
        yield "places are displaced on the whole stack: write `symmetry: none`"
    if any(one.cohesive is not None for one in case.geometry.delaminations):
        yield "a `cohesive` interface is not solved with places that are displaced; use `loads`, or `opens`"
    if case.submodels:
        yield "what is displaced is not handed to submodels; use two cases"


def check_stack(case: Case, stack: StackUp, text: Source) -> None:
    """Rules about where the places are.

    Raises:
        CaseError: the first rule that is broken.
    """
    for loc, moved in _places(case):
        if moved.end is not None:
            ends_fit(moved.end, stack, (*loc, "end"), text)
        if moved.shape is not None:
            outline = patch(moved.shape, moved.at, stack.size, stack.outline)
            if not shapely.covers(stack.outline.buffer(1e-9 * stack.span), outline):
                raise text.error((*loc, "shape"), "the patch reaches outside the outline")


def _places(case: Case) -> Iterator[tuple[Loc, Moved]]:
    for i, step in enumerate(case.process.steps if case.process is not None else []):
        if isinstance(step.support, Displaced):
            for j, moved in enumerate(step.support.places):
                yield ("process", "steps", i, "support", "displaced", j), moved
