"""What rounds must satisfy that end once they have settled: something that flows, and no step that is waited for."""

from collections.abc import Iterator

from solver.case.models import Case
from solver.case.repeat import FEWEST
from solver.case.rules.life import choices
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.materials import library

_FLOW = frozenset({"plastic", "creep", "anand"})

_BOUNDED = {"polymer": "its degree of cure ends at 1"}  # laws whose state does not go on as it went


def check(case: Case, text: Source) -> None:
    """Rules on materials and on steps that others name.

    Raises:
        CaseError: the first rule that is broken.
    """
    steps = [] if case.process is None else case.process.steps
    waited, begins = dict(_waited(case)), dict[int, int]()
    if any(step.settles is not None and step.settles.jump for step in steps):
        _jumps(case, text)
    for index, step in enumerate(steps):
        if step.settles is None:
            continue
        loc = ("process", "steps", index)
        if step.cycle is None:
            raise text.error((*loc, "settles"), "goes with `cycle`; `repeat: {until: settled}` writes both")
        if not _flows(case):
            raise text.error(loc, "`until: settled`: nothing of the case has `plastic`, `creep` or `anand`")
        if step.cycle >= begins.setdefault(step.settles.loop, step.cycle) + FEWEST and step.name in waited:
            raise text.error(waited[step.name], f"'{step.name}' may not come: its rounds end once they have settled")


def _jumps(case: Case, text: Source) -> None:
    """Rounds are left out of stacks only whose state may be carried on."""
    if case.analysis.model != "solid" or case.analysis.deflection != "small":
        rule = "`jump` carries the state of solids at small deflection on: needs `deflection: small`, or leave it out"
        raise text.error(("analysis", "deflection"), rule)
    for index, step in enumerate([] if case.process is None else case.process.steps):
        if step.settles is not None and step.settles.jump and step.in_field:
            rule = "`jump` leaves rounds at uniform temperatures out, and this step is in the field of `thermal`"
            raise text.error(("process", "steps", index, "temperature"), rule)
    for part, choice in choices(case).items():
        material = library.resolve(choice, case.materials)  # type: ignore[arg-type]  # a choice of the case
        if material.law in _BOUNDED:
            rule = f"`jump` cannot carry '{material.name}' of '{part}' on: {_BOUNDED[material.law]}; leave it out"
            raise text.error(("process", "steps"), rule)


def _waited(case: Case) -> Iterator[tuple[str, Loc]]:
    """Steps that are named elsewhere, with the place."""
    report = case.report
    for key, section in {"die_shift": report.die_shift, "lithography": report.lithography}.items():
        if section is not None:
            yield section.reference, ("report", key, "reference")
    if report.keep_out is not None:
        yield report.keep_out.polished, ("report", "keep_out", "polished")


def _flows(case: Case) -> bool:
    found = (library.resolve(choice, case.materials) for choice in choices(case).values())  # type: ignore[arg-type]
    return any(one.inelastic is not None and _FLOW & set(one.inelastic.sections) for one in found)
