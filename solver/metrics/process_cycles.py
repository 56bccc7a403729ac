"""The thermal cycles of a process: what each begins and ends with, and which of them do the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from solver.case.process import Process, Step
from solver.life.acceleration import ThermalCycle

_STILL = 1e-6  # K
_Value = TypeVar("_Value")
_ASIDE = {"name": "", "cycle": None, "settles": None}  # what steps of two rounds that do the same differ by


@dataclass(frozen=True)
class CycleSteps:
    """A cycle of a process.

    Attributes:
        end: name of the step it ends with.
        before: name of the step before its first, if that is of no cycle: storage, a reflow; else None.
        run: number of the first of the cycles in a row that do the same, as those of one `repeat`.
        thermal: its temperatures.
    """

    end: str
    before: str | None
    run: int
    thermal: ThermalCycle


def cycles_of(process: Process) -> dict[int, CycleSteps]:
    """The cycles of a process by number; its steps say which they belong to.

    The dwell is the time its steps stay at its maximum; those in a temperature field are passed over.
    """
    temperature = process.stress_free_temperature
    before: Step | None = None
    found: dict[int, CycleSteps] = {}
    last: tuple[int, list[Step]] | None = None
    for number, group in groupby(process.steps, key=lambda step: step.cycle):
        steps, course = list(group), list[tuple[float, float, float]]()
        for step in steps:
            after = temperature if not isinstance(step.temperature, float) else step.temperature
            start = after if temperature is None else temperature
            if after is not None and start is not None:
                course.append((start, after, step.duration or 0.0))
            temperature = after
        if number is not None and course:
            apart = before is not None and before.cycle is None
            same = last is not None and _does(last[1]) == _does(steps)
            run = found[last[0]].run if same and last is not None else number
            found[number] = CycleSteps(
                steps[-1].name, before.name if apart and before is not None else None, run, _thermal(course)
            )
            last = number, steps
        before = steps[-1]
    return found


def marks_of(cycles: Mapping[int, CycleSteps]) -> dict[str, int]:
    """Steps at whose end a cycle is looked at: its number where it ends, minus its number where it is to begin."""
    starts = {one.before: -number for number, one in cycles.items() if one.before is not None}
    return starts | {one.end: number for number, one in cycles.items()}


def of_run(values: Mapping[int, _Value], cycles: Mapping[int, CycleSteps], number: int) -> list[_Value]:
    """Values of the cycles up to one that do the same as it, in turn, by their numbers."""
    return [value for one, value in sorted(values.items()) if one <= number and cycles[one].run == cycles[number].run]


def loops_of(process: Process) -> dict[int, int]:
    """The `repeat` of every cycle that may be jumped over."""
    return {step.cycle: step.settles.loop for step in process.steps if step.cycle and step.settles is not None}


def _does(steps: list[Step]) -> list[Step]:
    return [step.model_copy(update=_ASIDE) for step in steps]


def _thermal(course: list[tuple[float, float, float]]) -> ThermalCycle:
    reached = [after for _, after, _ in course]
    top = max(reached)
    held = (time for start, after, time in course if abs(start - top) < _STILL and abs(after - top) < _STILL)
    return ThermalCycle(min(reached), top, sum(held))
