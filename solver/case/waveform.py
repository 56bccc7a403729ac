"""How powers and temperatures of the case file change with time."""

import itertools
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from solver import signals
from solver.section import Section, wrong
from solver.units import PositiveTime, Temperature, TemperatureDifference, Time


def check_times(times: list[float], values: list[float], repeat: float | None) -> None:
    """Times from 0 on that ascend, with a value each.

    Raises:
        PydanticCustomError: they do not.
    """
    if len(times) != len(values):
        raise wrong(f"{len(times)} times and {len(values)} values; give one value for each time")
    if times[0] != 0.0 or any(after <= before for before, after in itertools.pairwise(times)):
        raise wrong("times start at 0 s and ascend", "time")
    if repeat is not None and repeat < times[-1]:
        raise wrong("the table is longer than the time after which it repeats", "repeat")


class Pulse(Section):
    """A train of rectangular pulses."""

    period: PositiveTime
    duty: float = Field(description="part of the period that is high, 0 to 1")
    low: float = Field(0.0, description="factor between the pulses; it is 1 in them")

    @model_validator(mode="after")
    def _sound(self) -> "Pulse":
        if not 0 < self.duty < 1:
            raise wrong("a pulse needs the duty between 0 and 1", "duty")
        if self.low < 0:
            raise wrong("a factor of a power is not negative", "low")
        return self

    def signal(self) -> signals.Signal:
        """High from 0 on."""
        return signals.Table(np.array([0.0, self.duty * self.period]), np.array([1.0, self.low]), True, self.period)


class Waveform(Section):
    """What a power is multiplied by: a table (`time`, `factor`), or `pulse`."""

    synonyms: ClassVar[dict[str, str]] = {"value": "factor", "values": "factor", "pulses": "pulse", "times": "time"}

    time: list[Time] | None = Field(None, description="table: ascending, from 0 s", min_length=1)
    factor: list[float] | None = Field(None, description="table: one for each time; the last one holds for ever")
    between: Literal["linear", "steps"] = Field(
        "linear", description="table: straight lines, or each value holds until the next time"
    )
    repeat: PositiveTime | None = Field(None, description="table: time after which it begins again")
    pulse: Pulse | None = None

    @model_validator(mode="after")
    def _one(self) -> "Waveform":
        if (self.time is None) != (self.factor is None) or (self.time is None) == (self.pulse is None):
            raise wrong("give `time` with `factor`, or `pulse`")
        if self.time is not None and self.factor is not None:
            check_times(self.time, self.factor, self.repeat)
            if min(self.factor) < 0:
                raise wrong("a factor of a power is not negative", "factor")
        return self

    def signal(self) -> signals.Signal:
        """The factor as a function of time."""
        if self.pulse is not None:
            return self.pulse.signal()
        return signals.Table(np.array(self.time), np.array(self.factor), self.between == "steps", self.repeat)


class SineTemperature(Section):
    """mean + amplitude sin(2 pi t / period)."""

    mean: Temperature
    amplitude: TemperatureDifference
    period: PositiveTime


class TemperatureCourse(Section):
    """A temperature that changes with time: a table (`time`, `value`) with straight lines between, or `sine`."""

    time: list[Time] | None = Field(None, description="ascending, from 0 s", min_length=1)
    value: list[Temperature] | None = Field(None, description="one for each time; the last one holds for ever")
    repeat: PositiveTime | None = Field(None, description="table: time after which it begins again")
    sine: SineTemperature | None = None

    @model_validator(mode="after")
    def _one(self) -> "TemperatureCourse":
        if (self.time is None) != (self.value is None) or (self.time is None) == (self.sine is None):
            raise wrong("give `time` with `value`, or `sine`")
        if self.time is not None and self.value is not None:
            check_times(self.time, self.value, self.repeat)
        return self

    def signal(self) -> signals.Signal:
        """The temperature (K) as a function of time."""
        if self.sine is not None:
            return signals.Sine(self.sine.mean, self.sine.amplitude, self.sine.period)
        return signals.Table(np.array(self.time), np.array(self.value), False, self.repeat)


def _kind(value: Any) -> str:
    return "course" if isinstance(value, dict | TemperatureCourse) else "constant"


TemperatureInTime = Annotated[
    Annotated[Temperature, Tag("constant")] | Annotated[TemperatureCourse, Tag("course")], Discriminator(_kind)
]


def signal_of(temperature: float | TemperatureCourse) -> signals.Signal:
    """A temperature of the case file as a function of time."""
    return temperature.signal() if isinstance(temperature, TemperatureCourse) else signals.Constant(temperature)
