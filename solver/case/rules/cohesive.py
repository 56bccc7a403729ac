"""What cohesive interfaces must satisfy: one of a case; and what leads their loads."""

from collections.abc import Iterator

from solver.case.models import Case
from solver.case.source import Source
from solver.case.support import lets_go
from solver.case.yaml_text import Loc


def check(case: Case, text: Source) -> None:
    """Rules on what a case with such an interface may have, and on `opens`.

    Raises:
        CaseError: the first rule that is broken.
    """
    held = [k for k, one in enumerate(case.geometry.delaminations) if one.cohesive is not None]
    for index, step in enumerate([] if case.process is None else case.process.steps):
        if step.opens is not None:
            _led(index, case, bool(held), text)
    if not held:
        return
    loc: Loc = ("geometry", "delaminations", held[-1], "cohesive")
    if len(held) > 1:
        raise text.error(loc, "one of a case may be cohesive: give it a `grid`, or a shape for all of it")
    for rule in _refused(case):
        raise text.error(loc, rule)
    _in_time(case, held[0], text)


def _refused(case: Case) -> Iterator[str]:
    """What does not go with such an interface."""
    steps = [] if case.process is None else case.process.steps
    if case.analysis.deflection == "auto":
        yield "it is solved at one deflection from the start: needs `analysis: {deflection: small}`, or `large`"
    if case.report.warpage_at and any(step.opens is not None for step in steps):
        yield "it looks aside under loads of known size: leave `report.warpage_at` out, or `opens`"
    if case.thermal is not None and case.thermal.coupled:
        yield "heat that follows the mechanics solves a step more than once: leave `thermal.coupling` out"
    if any(lets_go(step.support) for step in steps):
        yield "it is solved on supports that hold; a stack on a table, vacuum or ring may lift off"
    if any(step.settles is not None and step.settles.jump for step in steps):
        yield "what parts in a round is not carried on: leave `jump` out of `repeat`"


def _in_time(case: Case, number: int, text: Source) -> None:
    spec, transient = case.geometry.delaminations[number].cohesive, case.analysis.transient is not None
    for index, step in enumerate([] if case.process is None else case.process.steps):
        timed = step.rate is not None or step.duration is not None or (step.in_field and transient)
        if spec is not None and spec.viscosity is not None and not timed:
            rule = "the interface lags behind by a `viscosity`: say how long the step takes, by `rate` or `duration`"
            raise text.error(("process", "steps", index), rule)


def _led(index: int, case: Case, held: bool, text: Source) -> None:
    assert case.process is not None
    steps = case.process.steps
    step, loc = steps[index], ("process", "steps", index, "opens")
    for wrong, rule in (
        (not held, "is that of loads beside a `cohesive` delamination, and there is none"),
        (not step.loads, "is how far `loads` move, and there are none"),
        (any(load.force is None for load in step.loads), "goes with `force`s; a `pressure` keeps its size"),
        (case.process.gravity is not None, "goes with no `gravity`"),
        (step.in_field, "goes with a uniform temperature; this step is in the field of `thermal`"),
        (bool(step.build or step.remove or step.singulate), "goes with a step that builds and removes nothing"),
        (
            index > 0 and steps[index - 1].opens is not None and steps[index - 1].loads != step.loads,
            "goes on from that of the step before, which has other `loads`",
        ),
    ):
        if wrong:
            raise text.error(loc, rule)
