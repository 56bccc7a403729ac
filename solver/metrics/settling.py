"""Rounds of a process that end once they have settled: what they come to, as values; entries of summary.json."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise

import numpy as np

from solver.arrays import Array
from solver.case.process import Process, Settling
from solver.case.repeat import FEWEST
from solver.life.settled import UNSETTLED, Approach, approach, per_cycle
from solver.metrics.remembered import Remembered
from solver.metrics.step_result import StepNumbers, StepResult
from solver.output.summary import IF_ANY
from solver.units import in_percent

_NOTHING = 1e-300
_OWN, _OF_ALL = 0.01, 0.01  # of the largest increment of a part, and of all: changes of smaller ones are held to these


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
class Jump:
    """Rounds that were left out, each as if it did what the last before them did.

    Attributes:
        after_cycle: number of the last that was solved before.
        cycles: how many were left out.
        error_estimate: of inelastic work and strain of a layer or region at their end, as a part of it, from the change
            between the last two rounds before; the largest.
        error_found: the same from the first round after them.
    """

    after_cycle: int
    cycles: int
    error_estimate: float
    error_found: float


@dataclass(frozen=True)
class SettledCycles:
    """What rounds of a process came to.

    Attributes:
        first_cycle, last_cycle: numbers of the first and the last that was solved.
        cycles: how many that is.
        solved: how many of them were.
        at_most: how many the case allows.
        settled: True if the last changes less than the tolerance, and so do all that would follow.
        tolerance: as the case has it.
        part: that changes most in the last, as LAYER or LAYER/REGION.
        of: "work" or "strain", inelastic.
        change: of it from the cycle before, as a part of it; None of fewer than three cycles.
        remaining: what all cycles that would follow change it by, as a part, if changes go on shrinking as they do.
        not_solved: steps of the process that were left out.
        jumps: rounds that were left out before the last; None where the case asks for no jumps.
    """

    first_cycle: int
    last_cycle: int
    cycles: int
    solved: int
    at_most: int
    settled: bool
    tolerance: float
    part: str | None = field(default=None, metadata=IF_ANY)
    of: str | None = field(default=None, metadata=IF_ANY)
    change: float | None = None
    remaining: float | None = None
    not_solved: int = 0
    jumps: tuple[Jump, ...] | None = field(default=None, metadata=IF_ANY)

    @property
    def words(self) -> str:
        """For the log and the report."""
        if self.change is None or self.remaining is None:
            return f"{self.solved} cycles are too few to tell"
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
    done = _done(loop, results)
    if not done.cycles:
        return None
    worst = _worst(done)
    tolerance = loop.settling.tolerance
    settled = worst is not None and max(worst[1].change, worst[1].remaining) <= tolerance
    last = done.cycles[-1]
    left = loop.rounds[-1][1] - loop.rounds[last - 1][1] if settled else 0
    left += sum(loop.rounds[one - 1][1] - loop.rounds[one - 1][0] for one in range(1, last) if one not in done.steps)
    found = SettledCycles(
        loop.cycle, loop.cycle + last - 1, last, len(done.cycles), len(loop.rounds), settled, tolerance, not_solved=left
    )
    if worst is not None:
        (part, of), way = worst
        found = replace(found, part=part, of=of, change=way.change, remaining=way.remaining)
    return replace(found, jumps=tuple(_jumps(done, loop.cycle - 1)) if loop.settling.jump else None)


def all_settled(process: Process | None, results: Sequence[StepNumbers]) -> tuple[SettledCycles, ...]:
    """What all rounds of a process came to that may end early, and of which one at least is solved."""
    found = (settled_cycles(loop, results) for loop in loops(process))
    return tuple(one for one in found if one is not None)


def doubts(found: SettledCycles) -> Iterator[str]:
    """Rounds that were all gone through and have not settled."""
    if not found.settled:
        yield f"cycles {found.first_cycle} to {found.last_cycle} {UNSETTLED}: {found.words}; give more `times`"


def rounds_to_jump(loop: Loop, results: Sequence[StepNumbers]) -> int:
    """How many rounds may be left out after the last that is solved; 0: none.

    As many as the case allows and leave three to solve, the error `_missed` of which is within the tolerance.
    """
    done = _done(loop, results)
    if len(done.cycles) < 2 or done.cycles[-2] != done.cycles[-1] - 1:
        return 0
    most = min(loop.settling.jump or 0, len(loop.rounds) - done.cycles[-1] - FEWEST)
    within = (count for count in range(most, 1, -1) if _missed(done, done.cycles[-1], count) <= loop.settling.tolerance)
    return next(within, 0)


@dataclass(frozen=True)
class _Done:
    """Rounds that are solved: numbers from 1, what each added, and what there was at its end, by part and kind."""

    cycles: tuple[int, ...]
    steps: Mapping[int, Array]
    totals: Mapping[int, Array]
    keys: tuple[tuple[str, str], ...]

    @property
    def least(self) -> Array:
        """Increments below which those of a part are held to this."""
        largest: Array = np.max([np.abs(one) for one in self.steps.values()], axis=0)
        kinds = np.array([of for _, of in self.keys])
        of_all = np.array([largest[kinds == of].max() for of in kinds]) if len(kinds) else largest
        return np.maximum(np.maximum(_OWN * largest, _OF_ALL * of_all), _NOTHING)


def _done(loop: Loop, results: Sequence[StepNumbers]) -> _Done:
    known = {one.name: one for one in results}
    ends = {number: known[name] for number, name in enumerate(loop.ends, start=1) if name in known}
    begin = loop.rounds[0][0]
    before = known.get(loop.steps[begin - 1]) if begin else None
    read = {number: _remembered(one) for number, one in ends.items()}
    keys = tuple(sorted({key for one in read.values() for key in one}))
    start = {} if before is None else {-1: _remembered(before)}
    totals = {number: np.array([one.get(key, 0.0) for key in keys]) for number, one in (start | read).items()}
    return _Done(tuple(ends), per_cycle(totals, lambda _: 1), totals, keys)


def _worst(done: _Done) -> tuple[tuple[str, str], Approach] | None:
    """What changes most from round to round; None of fewer than three rounds in a row."""
    last = done.cycles[-1]
    if any(number not in done.steps for number in (last - 1, last - 2)):
        return None
    steps, least = np.array([done.steps[number] for number in (last - 2, last - 1, last)]), done.least
    found = {key: approach(steps[:, k], least[k]) for k, key in enumerate(done.keys)}
    return max(found.items(), key=lambda one: max(one[1].change, one[1].remaining), default=None)


def _missed(done: _Done, number: int, count: int) -> float:
    """What a jump over rounds is estimated to miss of what has gathered at its end, as a part of it.

    The change from round to round, as it was last, adds up to count (count + 1) / 2 of it (a term of second order, as
    of D. Cojocaru, A. M. Karlsson, Int. J. Fatigue 28 (2006) 1677).
    """
    change = done.steps[number] - done.steps[number - 1]
    return _part(0.5 * count * (count + 1) * change, done, number, count)


def _part(missed: Array, done: _Done, number: int, count: int) -> float:
    gathered = np.abs(done.totals[number] + count * done.steps[number])
    return float((np.abs(missed) / np.maximum(gathered, done.least)).max(initial=0.0))


def _jumps(done: _Done, first: int) -> Iterator[Jump]:
    for one, other in pairwise(done.cycles):
        count = other - one - 1
        if count:  # the mean of the rounds at both sides in place of those left out
            found = _part(0.5 * count * (done.steps[other] - done.steps[one]), done, one, count)
            yield Jump(first + one, count, _missed(done, one, count), found)


_OF = {"inelastic_work_mean_mpa": "work", "equivalent_inelastic_strain_mean": "strain"}


def _remembered(result: StepNumbers) -> dict[tuple[str, str], float]:
    """(part, work or strain) -> mean since birth at the end of a step."""
    assert isinstance(result, StepResult)  # rules keep other models from it
    parts: dict[str, Remembered] = {**result.stress.layers, **result.stress.blocks}
    found = {(name, of): getattr(one, key) for name, one in parts.items() for key, of in _OF.items()}
    return {key: value for key, value in found.items() if value is not None}
