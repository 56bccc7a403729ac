"""The process: which layers exist when, and at which temperatures the stack is looked at."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from solver.case.section import Section
from solver.units import ACCELERATION, Length, Temperature, TemperatureRate, Time

SOLVED_FIELD = "thermal"
_STANDARD_GRAVITY = (0.0, 0.0, -9.80665)  # m/s^2, 3rd CGPM, 1901


def _temperature_or_field(value: Any) -> Any:
    return None if value == SOLVED_FIELD else value


def _gravity(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return _STANDARD_GRAVITY if value else None
    if isinstance(value, list | tuple) and len(value) == 3:
        return tuple(ACCELERATION.parse(part) for part in value)
    message = "write `true`, or the acceleration along x, y and z such as [0 m/s^2, 0 m/s^2, -9.81 m/s^2]"
    raise PydanticCustomError("gravity", "{message}", {"message": message})


class Pins(Section):
    """Points under the stack, three or more, that hold it in z: the nearest nodes of the mesh."""

    pins: list[tuple[Length, Length]] = Field(min_length=3, description="x and y of each, mirror images included")


Support = Annotated[
    Annotated[Literal["free", "edge"], Tag("word")] | Annotated[Pins, Tag("pins")],
    Discriminator(lambda value: "pins" if isinstance(value, dict | Pins) else "word"),
]


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
        "`{pins: [[x, y], ...]}`: points of the bottom are. Supports hold down as well as up",
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
    gravity: Annotated[tuple[float, float, float] | None, BeforeValidator(_gravity), ACCELERATION] = Field(
        None,
        description="weight of the layers: `true` (9.80665 m/s^2 down), or `[0 m/s^2, 0 m/s^2, -9.81 m/s^2]`; needs "
        "supports",
    )
    steps: list[Step] = Field(min_length=1)
