"""What delaminations must satisfy: two layers that touch, and a shape on the outline."""

from collections.abc import Iterator

from solver.case.models import Case
from solver.case.rules.life import choices
from solver.case.rules.process import unique
from solver.case.source import Source
from solver.case.support import lets_go
from solver.errors import nearest
from solver.materials import library
from solver.stackup.stack import StackUp, mirrors_itself

_TOUCHING = 1e-9  # of the stack
_MIRRORED = 1e-9  # of the outline


def check(case: Case, text: Source) -> None:
    """Rules on names.

    Raises:
        CaseError: the first rule that is broken.
    """
    loc = ("geometry", "delaminations")
    unique((one.name for one in case.geometry.delaminations), loc, "delamination", text)
    names = [layer.name for layer in case.geometry.layers]
    for number, one in enumerate(case.geometry.delaminations):
        for place, name in enumerate(one.between):
            if name not in names:
                raise text.error(
                    (*loc, number, "between", place), f"there is no layer '{name}'; {nearest(name, names)}"
                )
        if one.between[0] == one.between[1]:
            raise text.error((*loc, number, "between"), "names two layers that touch, not one twice")
    for number, one in enumerate(case.geometry.delaminations):
        for rule in _no_growth(case) if one.grows else ():
            raise text.error((*loc, number, "grows"), rule)


def _no_growth(case: Case) -> Iterator[str]:
    """What does not go with delaminations that grow."""
    steps = [] if case.process is None else case.process.steps
    if case.analysis.deflection != "small":
        yield "it grows at small deflection: needs `analysis: {deflection: small}`"
    if any(step.in_field for step in steps):
        yield "it grows at uniform temperatures, and a step is in the field of `thermal`"
    if any(lets_go(step.support) for step in steps):
        yield "it grows on supports that hold; a stack on a table, vacuum or ring may lift off"
    if any(one.cohesive is not None for one in case.geometry.delaminations):
        yield "it does not grow beside a `cohesive` interface"
    for part, choice in choices(case).items():
        material = library.resolve(choice, case.materials)  # type: ignore[arg-type]  # a choice of the case
        if material.law != "elastic":
            yield f"it grows in elastic materials, and '{material.name}' of '{part}' remembers"


def check_stack(case: Case, stack: StackUp, text: Source) -> None:
    """The layers touch, and the shape lies on the outline.

    Raises:
        CaseError: they do not.
    """
    loc = ("geometry", "delaminations")
    for number, one in enumerate(case.geometry.delaminations):
        mine = [crack for crack in stack.cracks if crack.name == one.name or crack.name.startswith(f"{one.name} ")]
        gap = stack.layer(mine[0].upper).bottom - stack.layer(mine[0].lower).top
        if abs(gap) > _TOUCHING * stack.thickness:
            raise text.error((*loc, number, "between"), f"'{mine[0].lower}' and '{mine[0].upper}' do not touch")
        if all(crack.polygon.intersection(stack.modelled).area <= 0.0 for crack in mine):
            where = "outline" if stack.multiplicity == 1 else "modelled part of the outline"
            raise text.error((*loc, number, "shape"), f"it lies outside of the {where}")
    for axis in stack.mirrors:
        for pair in {(crack.lower, crack.upper) for crack in stack.cracks}:
            polygons = [crack.polygon for crack in stack.cracks if (crack.lower, crack.upper) == pair]
            if not mirrors_itself(polygons, axis, _MIRRORED * stack.outline.area):
                side = "xy"[axis]
                rule = (
                    f"those between '{pair[0]}' and '{pair[1]}' are not symmetric about {side} = 0, as `symmetry` asks"
                )
                raise text.error(loc, rule)
