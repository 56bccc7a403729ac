"""Rounds of a process that end once they have settled: what they come to, as values; entries of summary.json."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from solver.case.process import Process, Settling
from solver.life.settled import Approach, approach
from solver.metrics.remembered import Remembered
from solver.metrics.step_result import StepNumbers, StepResult
from solver.output.summary import IF_ANY
from solver.units import in_percent

_OWN, _OF_ALL = 0.01, 1e-4  # of the largest increment of a part, and of all: changes of smaller ones are held to these


@dataclass(frozen=True)
class Loop:
    """Rounds that may end before the last.

    Attributes:
        settling: as the case has it.
        rounds: numbers of the first step of each and of that after its last.
        steps: names of all steps of the process.
        cycle: number of the cycle that the first round is.
    """

    settling: Settling
    rounds: tuple[tuple[int, int], ...]
    steps: tuple[str, ...]
    cycle: int

    @property
    def ends(self) -> tuple[str, ...]:
        """Names of the last steps of the rounds."""
        return tuple(self.steps[end - 1] for _, end in self.rounds)


@dataclass(frozen=True)
class SettledCycles:
    """What rounds of a process came to.

    Attributes:
        first_cycle, last_cycle: numbers of the first and the last that was solved.
        cycles: how many were.
        at_most: how many the case allows.
        settled: True if the last changes less than the tolerance, and so do all that would follow.
        tolerance: as the case has it.
        part: that changes most in the last, as LAYER or LAYER/REGION.
        of: "work" or "strain", inelastic.
        change: of it from the cycle before, as a part of it; None of fewer than three cycles.
        remaining: what all cycles that would follow change it by, as a part, if changes go on shrinking as they do.
        not_solved: steps of the process that were left out.
    """

    first_cycle: int
    last_cycle: int
    cycles: int
    at_most: int
    settled: bool
    tolerance: float
    part: str | None = field(default=None, metadata=IF_ANY)
    of: str | None = field(default=None, metadata=IF_ANY)
    change: float | None = None
    remaining: float | None = None
    not_solved: int = 0

    @property
    def words(self) -> str:
        """For the log and the report."""
        if self.change is None or self.remaining is None:
            return f"{self.cycles} cycles of at most {self.at_most}"
        return (
            f"after {self.cycles} cycles inelastic {self.of} of {self.part} changes by {in_percent(self.change)} from "
            f"cycle to cycle, {in_percent(self.remaining)} to go"
        )


def loops(process: Process | None) -> list[Loop]:
    """The rounds of a process that may end early, in turn."""
    steps = [] if process is None else process.steps
    names, found = tuple(step.name for step in steps), []
    numbered = enumerate(steps)
    for settling, inside in groupby(numbered, key=lambda one: one[1].settles):
        if settling is None:
            continue
        rounds = [[k for k, _ in group] for _, group in groupby(inside, key=lambda one: one[1].cycle)]
        first = steps[rounds[0][0]].cycle or 1
        found.append(Loop(settling, tuple((one[0], one[-1] + 1) for one in rounds), names, first))
    return found


def settled_cycles(loop: Loop, results: Sequence[StepNumbers]) -> SettledCycles | None:
    """What rounds came to with the steps that are solved; None before the end of the first."""
    known = {one.name: one for one in results}
    ends = [name for name in loop.ends if name in known]
    if not ends:
        return None
    begin = loop.rounds[0][0]
    before = known.get(loop.steps[begin - 1]) if begin else None
    totals = [{} if before is None else _remembered(before), *(_remembered(known[name]) for name in ends)]
    worst = _worst(totals)
    tolerance = loop.settling.tolerance
    settled = worst is not None and max(worst[1].change, worst[1].remaining) <= tolerance
    most = len(loop.rounds)
    left = loop.rounds[-1][1] - loop.rounds[len(ends) - 1][1] if settled else 0
    numbers = loop.cycle, loop.cycle + len(ends) - 1, len(ends), most
    if worst is None:
        return SettledCycles(*numbers, False, tolerance)
    (part, of), found = worst
    return SettledCycles(*numbers, settled, tolerance, part, of, found.change, found.remaining, left)


def all_settled(process: Process | None, results: Sequence[StepNumbers]) -> tuple[SettledCycles, ...]:
    """What all rounds of a process came to that may end early, and of which one at least is solved."""
    found = (settled_cycles(loop, results) for loop in loops(process))
    return tuple(one for one in found if one is not None)


def doubts(found: SettledCycles) -> Iterator[str]:
    """Rounds that were all gone through and have not settled."""
    if not found.settled:
        yield f"cycles {found.first_cycle} to {found.last_cycle} have not settled: {found.words}; give more `times`"


def _worst(totals: Sequence[Mapping[tuple[str, str], float]]) -> tuple[tuple[str, str], Approach] | None:
    """What changes most from round to round; None of fewer than three rounds."""
    if len(totals) < 4:
        return None
    keys = sorted({key for total in totals for key in total})
    steps = {key: np.diff([total.get(key, 0.0) for total in totals]) for key in keys}
    largest = {of: max((np.abs(steps[key]).max() for key in keys if key[1] == of), default=0.0) for of in _OF.values()}
    found = {
        key: approach(one, max(_OWN * float(np.abs(one).max()), _OF_ALL * largest[key[1]]))
        for key, one in steps.items()
    }
    return max(found.items(), key=lambda one: max(one[1].change, one[1].remaining), default=None)


_OF = {"inelastic_work_mean_mpa": "work", "equivalent_inelastic_strain_mean": "strain"}


def _remembered(result: StepNumbers) -> dict[tuple[str, str], float]:
    """(part, work or strain) -> mean since birth at the end of a step."""
    assert isinstance(result, StepResult)  # rules keep other models from it
    parts: dict[str, Remembered] = {**result.stress.layers, **result.stress.blocks}
    found = {(name, of): getattr(one, key) for name, one in parts.items() for key, of in _OF.items()}
    return {key: value for key, value in found.items() if value is not None}
