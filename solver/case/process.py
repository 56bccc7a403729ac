"""The process: which layers exist when, and at which temperatures the stack is looked at."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from solver.case.forces import Load
from solver.case.geometry import Shape
from solver.case.support import Gravity, Support
from solver.section import Name, Reference, Section, WholeNumber
from solver.units import TEMPERATURE, Length, PositiveLength, Temperature, TemperatureRate, Time

SOLVED_FIELD = "thermal"
MOST_TOLERANCE = 0.5  # of rounds that settle


def _temperature_or_field(value: Any) -> Any:
    return value if value is None or value == SOLVED_FIELD else TEMPERATURE.parse(value)


StepTemperature = Annotated[
    float | Literal["thermal"] | None,
    BeforeValidator(_temperature_or_field),
    TEMPERATURE,
    WithJsonSchema({"anyOf": [TEMPERATURE.schema, {"const": SOLVED_FIELD}, {"type": "null"}]}),
]
Birth = Literal["flat", "stress-free", "pressed"]


class Singulate(Section):
    """A package that is cut out of the panel or wafer; everything outside its outline goes."""

    shape: Shape
    at: tuple[Length, Length] = Field((0.0, 0.0), description="centre of the package")
    in_plane_size: PositiveLength | None = Field(
        None, description="largest cell edge in the package; an eighth of its shorter side if absent"
    )


class Settling(Section):
    """What `repeat: {until: settled}` writes into the steps of its rounds, which may end before the last of them."""

    loop: WholeNumber = Field(description="which of the entries of `steps` the `repeat` is")
    tolerance: Annotated[float, Field(gt=0.0, le=MOST_TOLERANCE)] = Field(description="as of the `repeat`")
    jump: WholeNumber | None = Field(None, description="the same")


class Step(Section):
    """One step: bring the stack to the temperature of the step, then remove and build layers there."""

    name: Name
    temperature: StepTemperature = Field(
        None,
        description="uniform temperature of the step, or `thermal`: the field of the thermal section; that of the "
        "step before if absent",
    )
    at: Time | None = Field(
        None,
        description="with `thermal` and a transient: the time of the field, one of `analysis.transient.times`; its end "
        "if absent. The step passes the times before it",
    )
    build: list[Reference] = Field(
        [], description="layers that exist from this step on, or single regions of one as `layer/region`"
    )
    remove: list[Reference] = Field([], description="layers that go in this step, or single regions")
    birth: Birth = Field(
        "flat",
        description="how layers are built, at the step's temperature: `flat`: free of stress as drawn, in shape and "
        "size; `stress-free`: free of stress on the stack as it is, warped and grown; `pressed`: on the stack "
        "pressed flat, as by a mould or a laminator, which then springs back",
    )
    singulate: Singulate | None = Field(None, description="cut out one package, in a step of its own")
    rate: TemperatureRate | None = Field(
        None, description="of the change of temperature; needed, or `duration`, where a material remembers"
    )
    duration: Time | None = Field(
        None, description="of the step, before layers come and go; needed, or `rate`, where a material remembers"
    )
    cycle: WholeNumber | None = Field(
        None,
        description="number of the thermal cycle this step is of; `repeat` (the outermost) numbers its rounds itself",
    )
    settles: Settling | None = Field(None, description="written by `repeat: {until: settled}`")
    loads: list[Load] = Field([], description="pressures and forces during the step")
    opens: PositiveLength | None = Field(
        None,
        description="with a cohesive interface: the `loads` are as large as moves them so far, less what temperature "
        "does: their work over the largest force, at large deflection on all that moves them since they are there; "
        "`force`s say where and in which ratio they act",
    )
    support: Support = Field(
        "free",
        description="`free`: statically determinate, no reaction; `edge`: the rim of the bottom is held in z; "
        "`{pins: [[x, y], ...]}`: points of the bottom are; `{edges: [-x, +x]}`: lower edges of sides are; "
        "`{clamp: -x}`: a side is held in x, y and z; `{displaced: [...]}`: places are moved, and what that takes is "
        "in the summary (`prescribed`); `{mirror: {...}}`: the top is bonded to its mirror image, pads may press on "
        "theirs; `{ring: {width: 5 mm}}`: a strip along the rim is, or rests, "
        "with `hold: false`; `chuck`: all of the bottom is held; `{chuck: {vacuum: 60 kPa}}`: it is pressed on "
        "a plane; `table`, `{table: {gravity: true}}`: it lies on a plane with its weight. Where a stack is pressed or "
        "lies or rests it may lift off; all others hold down as well as up",
    )

    @property
    def in_field(self) -> bool:
        """True in the temperature field of the thermal section."""
        return self.temperature == SOLVED_FIELD

    @model_validator(mode="after")
    def _consistent(self) -> "Step":
        if self.in_field and (self.build or self.remove or self.singulate):
            raise _wrong("build", "layers come and go at one temperature, not in a temperature field; use another step")
        if self.at is not None and not self.in_field:
            raise _wrong("at", "a time goes with `temperature: thermal`")
        if self.singulate and (self.build or self.remove):
            raise _wrong("singulate", "a step that cuts out a package builds and removes nothing; use another step")
        if self.rate is not None and self.duration is not None:
            raise _wrong("duration", "give `rate` or `duration`, not both")
        if self.rate is not None and self.rate <= 0:
            raise _wrong("rate", "a rate is positive, heating or cooling")
        if self.duration is not None and self.duration < 0:
            raise _wrong("duration", "a duration is not negative")
        return self


def _wrong(key: str, message: str) -> PydanticCustomError:
    return PydanticCustomError("inconsistent_step", "{message}", {"message": message, "key": key})


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
    steps: list[Step] = Field(
        min_length=1, description="an entry `repeat: {steps: [...], times: 3}` stands for several rounds of its steps"
    )
