"""What `report: {hybrid_bonds: ...}` must satisfy: pads, a face that is there, materials by name."""

from solver.case.models import Case
from solver.case.rules.life import choices
from solver.case.source import Source
from solver.errors import nearest
from solver.materials import library

_LOC = ("report", "hybrid_bonds")


def check(case: Case, text: Source) -> None:
    """Rules on names.

    Raises:
        CaseError: the first rule that is broken.
    """
    wanted = case.report.hybrid_bonds
    if wanted is None:
        return
    if case.process is None or case.process.stress_free_temperature is None:
        raise text.error(_LOC, "pads rise from the `stress_free_temperature` of a process, and there is none")
    field = next((step.name for step in case.process.steps if step.in_field), None)
    if field is not None:
        raise text.error(_LOC, f"pads are read at uniform temperatures, and step '{field}' is in a temperature field")
    there = choices(case)
    regions = [part for part in there if "/" in part]
    if wanted.pads not in regions:
        raise text.error((*_LOC, "pads"), f"there is no such region; {nearest(wanted.pads, regions)}")
    layer = wanted.pads.partition("/")[0]
    if layer not in there:
        raise text.error((*_LOC, "pads"), f"layer '{layer}' has no oxide: it is empty outside its regions")
    known = {*case.materials, *library.names()}
    for index, part in enumerate(wanted.parts):
        if part.material not in known:
            rule = f"there is no such material; {nearest(part.material, known)}"
            raise text.error((*_LOC, "parts", index, "material"), rule)
