"""What `report: {keep_out: ...}` must satisfy: parts and a step that are there."""

from solver.case.keep_out import DESIGN
from solver.case.models import Case
from solver.case.rules.life import choices
from solver.case.source import Source
from solver.errors import nearest

_LOC = ("report", "keep_out")


def check(case: Case, text: Source) -> None:
    """Rules on names.

    Raises:
        CaseError: the first rule that is broken.
    """
    wanted = case.report.keep_out
    if wanted is None:
        return
    if case.process is None:
        raise text.error(_LOC, "it is read after the steps of a process, and there is none")
    there = choices(case)
    regions = [part for part in there if "/" in part]
    if wanted.vias not in regions:
        raise text.error((*_LOC, "vias"), f"there is no such region; {nearest(wanted.vias, regions)}")
    for index, part in enumerate(wanted.silicon):
        if part not in there:
            raise text.error((*_LOC, "silicon", index), f"there is no such part; {nearest(part, there)}")
    layer = wanted.vias.partition("/")[0]
    if not wanted.silicon and layer not in there:
        raise text.error((*_LOC, "silicon"), f"layer '{layer}' has no material of its own; name the silicon")
    steps = [DESIGN, *(step.name for step in case.process.steps)]
    if wanted.polished not in steps:
        raise text.error((*_LOC, "polished"), f"there is no such step; {nearest(wanted.polished, steps)}")
