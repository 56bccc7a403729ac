"""What free edges must satisfy whose singularity is read: two layers, and a side that is modelled."""

from solver.case.models import Case
from solver.case.rules.process import unique
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.section import nearest
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
        for place, name in enumerate(one.between):
            if name not in names:
                raise text.error((*loc, "between", place), f"there is no layer '{name}'; {nearest(name, names)}")
        size, mirrors = case.geometry.outline.size, MIRRORS[case.geometry.symmetry]
        if case.geometry.outline.shape != "rectangle" or size is None:
            raise text.error((*loc, "side"), "sides are those of a rectangular outline")
        if one.axis in mirrors and one.side[0] == "-":
            raise text.error((*loc, "side"), f"`symmetry` models the other side; name '+{one.side[1]}'")
        along = 1 - one.axis
        if abs(one.at) > 0.5 * size[along] or (along in mirrors and one.at < 0.0):
            raise text.error((*loc, "at"), "the place is not on the side, or not in the part that is modelled")
