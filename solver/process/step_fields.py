"""Temperature and time of the steps: fields of the heat problem, those that are passed, and ways in time."""

from collections.abc import Sequence
from dataclasses import dataclass

from dolfinx import fem

from solver.process.by_increments import goes_by_increments
from solver.process.plan import PlannedStep
from solver.process.stage_model import StageModel
from solver.process.temperature_snapshots import TemperatureSnapshot, TemperatureSnapshots

_INTO_FIELD = 100.0  # s, of a way into a temperature field that takes none


@dataclass(frozen=True)
class Ramp:
    """Where a stage goes: a temperature (K) or field, the seconds it takes, and when it begins (s; None: not known)."""

    end: float | fem.Function
    seconds: float
    begins: float | None


class StepFields:
    """Of the steps of a process, one after the other.

    Args:
        snapshots: temperature fields of the heat problem, if there is one.

    Attributes:
        rate: of temperature in the last step that changed it (K/s), None before.
    """

    def __init__(self, snapshots: TemperatureSnapshots | None) -> None:
        self._snapshots = snapshots
        self._done: list[PlannedStep] = []
        self.rate: float | None = None

    def finish(self, *steps: PlannedStep) -> None:
        """Take note that steps are done."""
        self._done += steps

    def temperature(self, step: PlannedStep) -> float | fem.Function:
        """At the end of a step (K)."""
        return self.field(step.at) if step.temperature is None else step.temperature

    def field(self, time: float | None) -> fem.Function:
        """Of the heat problem at a time (s), None: at its end."""
        assert self._snapshots is not None  # the case file was checked for it
        return self._snapshots.at(time).field

    def time(self, step: PlannedStep) -> float | None:
        """Time (s) of the temperature field of a step, None if it has none."""
        if step.temperature is not None or self._snapshots is None:
            return None
        return self._snapshots.at(step.at).time

    def passed(self, step: PlannedStep) -> list[TemperatureSnapshot]:
        """Moments on the way to that of a step, since the last step in a field."""
        if step.temperature is not None or self._snapshots is None:
            return []
        return self._snapshots.passed(self._begin(), self._snapshots.at(step.at))

    def ramps(self, step: PlannedStep, setting: StageModel) -> list[Ramp]:
        """Where a stage goes in time: the first one to the temperature of the step, through moments on the way."""
        temperature = self.temperature(step)
        if setting.stage is not step.stages[0]:
            return [Ramp(temperature, 0.0, step.counted)]
        begin, end = self._begin() or 0.0, self.time(step)
        lasts = (step.lasts or 0.0) if end is None else end - begin
        if end is None and step.lasts is None and any(map(goes_by_increments, (*setting.materials, *setting.followed))):
            lasts = untimed(step)
        fields = [(one.time - begin, one.field) for one in self.passed(step) if one.time is not None]
        begins = None if step.lasts is None else step.counted - step.lasts
        if lasts and step.temperature is not None and step.before is not None and step.temperature != step.before:
            self.rate = abs(step.temperature - step.before) / lasts
        return _in_turn([*fields, (lasts, temperature)], begins)

    def _begin(self) -> float | None:
        """Time (s) of the field of the last step in one, None before the first."""
        before = [time for one in self._done if (time := self.time(one)) is not None]
        return before[-1] if before else None


def untimed(step: PlannedStep) -> float:
    """Seconds of a change of temperature that does not say how long it takes, for materials that feel no time."""
    if step.temperature is None or step.before is None:
        return _INTO_FIELD
    return abs(step.temperature - step.before)  # 1 K/s


def _in_turn(ends: Sequence[tuple[float, float | fem.Function]], begins: float | None) -> list[Ramp]:
    """One after the other.

    Args:
        ends: seconds after the begin, and temperature (K) or field there.
        begins: when (s), None if that is not known.
    """
    found: list[Ramp] = []
    now = 0.0
    for time, end in ends:
        found.append(Ramp(end, time - now, None if begins is None else begins + now))
        now = time
    return found
