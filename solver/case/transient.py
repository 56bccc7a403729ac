"""Heat in time: how long, from what, how exactly, and when fields are wanted."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from solver.section import Section, wrong
from solver.units import TEMPERATURE, PositiveTime, Temperature, Time


def _temperature_or_steady(value: Any) -> Any:
    return None if value == "steady" else value


Start = Annotated[
    Temperature | None,
    BeforeValidator(_temperature_or_steady),
    TEMPERATURE,
    WithJsonSchema({"anyOf": [TEMPERATURE.schema, {"const": "steady"}]}),
]


class Transient(Section):
    """The heat problem in time, by steps whose error is controlled."""

    duration: PositiveTime
    start: Start = Field(description="uniform temperature at time 0, or `steady`: the steady state of the mean powers")
    tolerance: float = Field(
        1e-3, description="error of a step, as a part of the largest change of temperature up to then"
    )
    first_step: PositiveTime | None = Field(
        None, description="step at time 0, the smallest there is; the millionth part of the duration if absent"
    )
    largest_step: PositiveTime | None = None
    reaction: bool = Field(
        False, description="resins cure in the field, and give off their heat (`cure: {enthalpy: ...}` of a material)"
    )
    times: list[Time] = Field([], description="when fields are written; at the end they are in any case")

    @model_validator(mode="after")
    def _sound(self) -> "Transient":
        if self.first_step is not None and self.first_step > self.duration:
            raise wrong("the first step is longer than the duration", "first_step")
        if not 0 < self.tolerance <= 0.1:
            raise wrong("the tolerance lies in (0, 0.1]", "tolerance")
        if any(not 0 < time <= self.duration for time in self.times):
            raise wrong("fields can be written between 0 and the end only", "times")
        return self

    @property
    def kept(self) -> list[float]:
        """Times (s) whose fields are kept, in order; the last is the end."""
        return sorted({*self.times, self.duration})
