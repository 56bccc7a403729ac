"""What `report: {via_landing: [...]}` must satisfy: dies or fields that are there, steps by name."""

from solver.case.dies import dies_of
from solver.case.models import Case
from solver.case.report import DESIGN
from solver.case.rules.process import unique
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.errors import nearest


def check(case: Case, text: Source) -> None:
    """Rules on names.

    Raises:
        CaseError: the first rule that is broken.
    """
    entries = case.report.via_landing
    unique((one.name for one in entries), ("report", "via_landing"), "layer of vias", text)
    for number, one in enumerate(entries):
        loc: Loc = ("report", "via_landing", number)
        if case.process is None:
            raise text.error(loc, "it is read after the steps of a process, and there is none")
        steps = [step.name for step in case.process.steps]
        if one.reference != DESIGN and one.reference not in steps[:-1]:
            rule = f"there is no step '{one.reference}' before others; {nearest(one.reference, [DESIGN, *steps[:-1]])}"
            raise text.error((*loc, "reference"), rule)
        if case.report.lithography is None and "field" in (one.pads.rstrip("s"), one.correction):
            raise text.error(loc, "it asks for fields: say which by `report: {lithography: ...}`")
        if one.pads == "dies" and dies_of(case) is None:
            raise text.error((*loc, "pads"), "there are no dies: name their region by `report: {die_shift: ...}`")
