"""The way through the steps of a process: one after the other, but rounds that have settled are the last of theirs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Protocol

from solver.case.loaded import LoadedCase
from solver.life.settled import UNSETTLED
from solver.metrics.readings import Readings
from solver.metrics.settling import Loop, SettledCycles, doubts, loops, rounds_to_jump, settled_cycles
from solver.metrics.step_result import StepNumbers, StepResult
from solver.process.checkpoint import Position, Saved
from solver.process.history import StepOutcome
from solver.process.laminate_estimate import Laminate
from solver.process.plan import PlannedStep
from solver.progress import Progress


class StepByStep(Protocol):
    """A stack that goes through steps."""

    def restore(self, saved: Saved[Position], done: Sequence[PlannedStep]) -> None:
        """Be where a checkpoint was made, with the steps before it."""

    def begin(self, index: int) -> None:
        """Stand before a step, the number after the last one included."""

    def step(self, index: int, step: PlannedStep, laminates: Sequence[Laminate]) -> StepOutcome:
        """Go through a step."""

    def round_ends(self, jump: int) -> None:
        """Stand at the end of a round, and go on as in it for some rounds more."""


def _from_to(loop: Loop) -> tuple[int, int]:
    """Numbers of the first step of the rounds and of that after their last."""
    return loop.rounds[0][0], loop.rounds[-1][1]


class Rounds:
    """Which step comes next.

    Args:
        loaded: the case.
        steps: all of its process.
        readings: are told when rounds have come to their end.
        progress: the same.
    """

    def __init__(
        self,
        loaded: LoadedCase,
        steps: Sequence[PlannedStep],
        readings: Readings,
        progress: Progress,
    ) -> None:
        self._steps, self._readings, self._progress = steps, readings, progress
        self._loops = loops(loaded.case.process)
        process = loaded.case.process
        self._cycles = max((step.cycle or 0 for step in process.steps), default=0) if process is not None else 0
        self._results: list[StepNumbers] = []
        self._left_out = 0.0  # seconds

    def go(
        self, history: StepByStep, laminates: Sequence[Sequence[Laminate]], saved: Saved[Position] | None
    ) -> Iterator[StepOutcome]:
        """Solve the steps; each outcome is valid until the next is asked for. Collective.

        Args:
            history: the stack.
            laminates: one for each stage of every step.
            saved: where to go on from, or None.
        """
        index = 0 if saved is None else self._back(history, saved)
        while index < len(self._steps):
            history.begin(index)
            outcome = history.step(index, self._in_time(index), laminates[index])
            yield outcome
            self._results.append(outcome.result)
            index = self._after(index, history)
        history.begin(len(self._steps))

    def _back(self, history: StepByStep, saved: Saved[Position]) -> int:
        """Be where a checkpoint was made; the number of its step."""
        position = saved.position
        if any(first < position.step < end for first, end in map(_from_to, self._loops)):  # there are more rounds now
            position.warnings[:] = [text for text in position.warnings if UNSETTLED not in text]
        with self._progress.stage("setup", f"back to where step {position.step + 1} was"):
            history.restore(saved, self._steps[: position.step])
        self._results = [StepResult.read(entry) for entry in position.finished]
        number = {step.name: k for k, step in enumerate(self._steps)}
        solved = [number[one.name] for one in self._results]
        following = position.step
        for loop in self._loops:  # there may be more rounds now, of a run that had settled
            found = settled_cycles(loop, self._results)
            if found is not None and found.settled:
                following = max(following, loop.rounds[-1][1])
        for one, other in pairwise([*solved, following]):
            self._leave_out(one, other)
        return following

    def _leave_out(self, done: int, following: int) -> None:
        """Steps between two are not gone through; those that are jumped over are as if they were."""
        if following == done + 1 or any(one <= done < following < end for one, end in map(_from_to, self._loops)):
            return
        self._left_out += self._steps[following - 1].counted - self._steps[done].counted

    def _in_time(self, index: int) -> PlannedStep:
        """A step, earlier by the rounds that were left out."""
        step, less = self._steps[index], self._left_out
        seconds = None if step.seconds is None else step.seconds - less
        return replace(step, seconds=seconds, counted=step.counted - less) if less else step

    def _after(self, index: int, history: StepByStep) -> int:
        """The number of the step that comes after one that is solved; says what rounds have come to."""
        for loop in self._loops:
            ends = [end for _, end in loop.rounds]
            if index + 1 not in ends:
                continue
            found = settled_cycles(loop, self._results)
            assert found is not None
            last = ends[-1]
            self._tell(found, index + 1 == last)
            if found.settled and index + 1 < last:
                if loop.cycle + len(loop.rounds) > self._cycles:
                    for text in self._readings.ended(found.last_cycle):
                        self._progress.warn(text)
                self._leave_out(index, last)
                return last
            if loop.settling.jump and index + 1 < last:
                return self._jumped(loop, index, history)
        return index + 1

    def _jumped(self, loop: Loop, index: int, history: StepByStep) -> int:
        """The number of the step that comes after a round, past those that are jumped over."""
        count = rounds_to_jump(loop, self._results)
        if count:
            self._progress.say(f"           {count} cycles are left out, as if they did what the last did")
        history.round_ends(count)
        number = next(k for k, (_, end) in enumerate(loop.rounds) if end == index + 1)
        return loop.rounds[number + count + 1][0]

    def _tell(self, found: SettledCycles, last: bool) -> None:
        if found.change is not None:
            self._progress.say(f"           {found.words}" + ("; settled" if found.settled else ""))
        for text in doubts(found) if last and not found.settled else ():
            self._progress.warn(text)
