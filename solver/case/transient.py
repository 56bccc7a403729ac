"""Heat in time: how long, from what, how exactly, and when fields are wanted."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from solver.case.section import Section
from solver.units import TEMPERATURE, Temperature, Time


def _temperature_or_steady(value: Any) -> Any:
    return None if value == "steady" else value


class Transient(Section):
    """The heat problem in time, by steps whose error is controlled."""

    duration: Time
    start: Annotated[Temperature | None, BeforeValidator(_temperature_or_steady), TEMPERATURE] = Field(
        description="uniform temperature at time 0, or `steady`: the steady state of the mean powers"
    )
    tolerance: float = Field(
        1e-3, description="error of a step, as a part of the largest change of temperature up to then"
    )
    first_step: Time | None = Field(
        None, description="step at time 0 and after every jump of a power; the millionth part of the duration if absent"
    )
    largest_step: Time | None = None
    times: list[Time] = Field([], description="when fields are written; at the end they are in any case")

    @model_validator(mode="after")
    def _sound(self) -> "Transient":
        for key in ("duration", "first_step", "largest_step"):
            value = getattr(self, key)
            if value is not None and value <= 0:
                raise _error("not_positive", "a time must be positive", key)
        if self.first_step is not None and self.first_step > self.duration:
            raise _error("first_step", "the first step is longer than the duration", "first_step")
        if not 0 < self.tolerance <= 0.1:
            raise _error("tolerance", "the tolerance lies in (0, 0.1]", "tolerance")
        if any(not 0 < time <= self.duration for time in self.times):
            raise _error("times", "fields can be written between 0 and the end only", "times")
        return self

    @property
    def kept(self) -> list[float]:
        """Times (s) whose fields are kept, in order; the last is the end."""
        return sorted({*self.times, self.duration})


def _error(kind: str, message: str, key: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "{message}", {"message": message, "key": key})
