"""The process: which layers exist when, and at which temperatures the stack is looked at."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from solver.case.section import Section
from solver.case.support import Gravity, Support
from solver.units import Temperature, TemperatureRate, Time

SOLVED_FIELD = "thermal"


def _temperature_or_field(value: Any) -> Any:
    return None if value == SOLVED_FIELD else value


class Step(Section):
    """One step: build and remove layers at the temperature of the step, then bring the stack there."""

    name: str
    temperature: Annotated[Temperature | None, BeforeValidator(_temperature_or_field)] = Field(
        description="uniform temperature at the end of the step, or `thermal`: the field the thermal section gives"
    )
    build: list[str] = Field([], description="layers that exist from this step on")
    remove: list[str] = Field([], description="layers that go in this step")
    birth: Literal["flat"] = Field(
        "flat",
        description="`flat`: layers are born free of stress on the original plane, at the step's temperature",
    )
    rate: TemperatureRate | None = Field(
        None, description="kept for time-dependent materials; elastic ones do not feel it"
    )
    duration: Time | None = Field(None, description="kept for time-dependent materials; elastic ones do not feel it")
    support: Support = Field(
        "free",
        description="`free`: statically determinate, no reaction; `edge`: the rim of the bottom is held in z; "
        "`{pins: [[x, y], ...]}`: points of the bottom are; `{ring: {width: 5 mm}}`: a strip along the rim is, or "
        "rests, with `hold: false`; `chuck`: all of the bottom is held; `{chuck: {vacuum: 60 kPa}}`: it is pressed on "
        "a plane; `table`, `{table: {gravity: true}}`: it lies on a plane with its weight. Where a stack is pressed or "
        "lies or rests it may lift off; all others hold down as well as up",
    )

    @model_validator(mode="after")
    def _field_and_build(self) -> "Step":
        if self.temperature is None and self.build:
            message = (
                "layers are built at one temperature, not in a temperature field; build them in a step of their own"
            )
            raise PydanticCustomError("build_in_field", "{message}", {"message": message, "key": "build"})
        return self


class Process(Section):
    """Stress-free temperature and the steps in order."""

    stress_free_temperature: Temperature | None = Field(
        None, description="at which layers no step builds are free of stress; needed if there are such layers"
    )
    gravity: Gravity = Field(
        None,
        description="weight of the layers: `true` (9.80665 m/s^2 down), or `[0 m/s^2, 0 m/s^2, -9.81 m/s^2]`; needs "
        "supports",
    )
    steps: list[Step] = Field(min_length=1)
