"""Heat that is physical: no negative power, one exchange of a kind on every face."""

import itertools

import shapely

from solver.case.ends import line
from solver.case.models import Case
from solver.case.rules.force import ends_fit
from solver.case.source import Source
from solver.case.thermal import Boundary
from solver.case.yaml_text import Loc
from solver.stackup.stack import StackUp

_OVERLAP = 1e-9  # of the outline: what rounding leaves where two patches touch


def check(case: Case, stack: StackUp, text: Source) -> None:
    """Rules on powers and on boundaries that meet.

    Raises:
        CaseError: the first rule that is broken.
    """
    if case.thermal is None:
        return
    for i, boundary in enumerate(case.thermal.boundaries):
        if boundary.end is not None:
            ends_fit(boundary.end, stack, ("thermal", "boundaries", i, "end"), text)
    for i, source in enumerate(case.thermal.power):
        for key in ("total", "density"):
            if (getattr(source, key) or 0.0) < 0.0:
                rule = "a power is not negative; heat that is taken away is a boundary, such as `flux: -1e4 W/m^2`"
                raise text.error(("thermal", "power", i, key), rule)
    for (i, one), (j, other) in itertools.combinations(enumerate(case.thermal.boundaries), 2):
        if _same_face(stack, one.face, other.face) and _same_part(stack, (i, one), (j, other)):
            _together(one, other, ("thermal", "boundaries", j, "face"), text)


def _same_face(stack: StackUp, one: str, other: str) -> bool:
    """True if two names of faces share some."""
    names = {"top": f"{stack.layers[-1].name}.top", "bottom": f"{stack.layers[0].name}.bottom"}
    one, other = names.get(one, one), names.get(other, other)
    return one == other or ("sides" in (one, other) and one.endswith("sides") and other.endswith("sides"))


def _same_part(stack: StackUp, one: tuple[int, Boundary], other: tuple[int, Boundary]) -> bool:
    """True if two boundaries of a face share some of it; a patch or an end takes the place of what is around it."""
    patches, ends = [stack.patches[i] for i, _ in (one, other)], [boundary.end for _, boundary in (one, other)]
    if any(patches):
        union = [shapely.unary_union(list(patch)) for patch in patches]
        return all(patches) and shapely.intersection(*union).area > _OVERLAP * stack.outline.area
    if any(ends):
        lines = [shapely.unary_union([line(stack.outline, end) for end in given or ()]) for given in ends]
        return all(ends) and shapely.intersection(*lines).length > _OVERLAP * stack.span
    return True


def _together(one: Boundary, other: Boundary, loc: Loc, text: Source) -> None:
    """What may not stand on the same face: two of a kind, and anything beside a temperature."""
    first, second = _kinds(one), _kinds(other)
    both = first & second
    if both or "a temperature" in first | second:
        what = " and ".join(sorted(both or first))
        place = f"'{one.name}'" if one.name else f"the boundary on '{one.face}'"
        raise text.error(loc, f"{place} gives this face {what} already; write one boundary, or limit one to a patch")


def _kinds(boundary: Boundary) -> set[str]:
    given = {
        "a temperature": boundary.temperature is not None,
        "a flux": boundary.flux is not None,
        "a film": boundary.convection is not None or boundary.heat_sink is not None,
        "radiation": boundary.emissivity is not None,
    }
    return {kind for kind, there in given.items() if there}
