"""What edges must satisfy whose singularity is read: layers, a region, a side that is modelled."""

from solver.case.models import Case
from solver.case.rules.life import choices
from solver.case.rules.process import unique
from solver.case.singularity import Singularity
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.errors import nearest
from solver.stackup.stack import MIRRORS


def check(case: Case, text: Source) -> None:
    """Rules on names, the outline and mirror planes.

    Raises:
        CaseError: the first rule that is broken.
    """
    wanted, base = case.report.singularities, ("report", "singularities")
    unique((one.name for one in wanted), base, "singularity", text)
    names = [layer.name for layer in case.geometry.layers]
    for number, one in enumerate(wanted):
        loc: Loc = (*base, number)
        if case.process is None:
            raise text.error(loc, "it is read after the steps of a process, and there is none")
        for place, name in enumerate(one.between or ()):
            if name not in names:
                raise text.error((*loc, "between", place), f"there is no layer '{name}'; {nearest(name, names)}")
        if one.side is not None:
            _on_side(case, one, loc, text)
        else:
            _of_region(case, one, loc, text)


def _on_side(case: Case, one: Singularity, loc: Loc, text: Source) -> None:
    size, mirrors = case.geometry.outline.size, MIRRORS[case.geometry.symmetry]
    if case.geometry.outline.shape != "rectangle" or size is None:
        raise text.error((*loc, "side"), "sides are those of a rectangular outline")
    if one.axis in mirrors and str(one.side)[0] == "-":
        raise text.error((*loc, "side"), f"`symmetry` models the other side; name '+{'xy'[one.axis]}'")
    along = 1 - one.axis
    if abs(one.at) > 0.5 * size[along] or (along in mirrors and one.at < 0.0):
        raise text.error((*loc, "at"), "the place is not on the side, or not in the part that is modelled")


def _of_region(case: Case, one: Singularity, loc: Loc, text: Source) -> None:
    assert one.of is not None and one.near is not None
    regions = [part for part in choices(case) if "/" in part]
    if one.of not in regions:
        raise text.error((*loc, "of"), f"there is no such region; {nearest(one.of, regions)}")
    layer = one.of.partition("/")[0]
    if one.between is not None and layer not in one.between:
        raise text.error((*loc, "between"), f"'{one.of}' lies in neither; one of them is '{layer}'")
    for axis in MIRRORS[case.geometry.symmetry]:
        if one.near[axis] < 0.0:
            raise text.error(
                (*loc, "near", axis), "the place is not in the part that is modelled, where it is positive"
            )
