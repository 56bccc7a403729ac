"""Places of a stack that are moved to where they are wanted, whatever force that takes: prescribed displacements."""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from solver.case import ends
from solver.case.ends import Ends
from solver.case.geometry import Pair, Shape
from solver.section import Reference, Section, wrong
from solver.units import Angle, Length, Temperature

AXES = ("x", "y", "z")
_QUARTER = np.pi / 2  # rad: further turns go on from step to step


class Course(Section):
    """A value over temperature, in straight lines, and beyond its ends as there."""

    temperature: list[Temperature] = Field(min_length=2, max_length=1000)
    value: list[float] = Field(min_length=2, max_length=1000)

    @model_validator(mode="after")
    def _matches(self) -> "Course":
        if len(self.temperature) != len(self.value):
            raise wrong("as many values as temperatures", "value")
        if any(b <= a for a, b in zip(self.temperature, self.temperature[1:], strict=False)):
            raise wrong("temperatures go up", "temperature")
        return self

    def at(self, kelvin: float) -> float:
        """The value at a temperature (K)."""
        return float(np.interp(kelvin, self.temperature, self.value))


class LengthOverTemperature(Course):
    """A length over temperature."""

    value: list[Length] = Field(min_length=2, max_length=1000)


class AngleOverTemperature(Course):
    """An angle over temperature."""

    value: list[Angle] = Field(min_length=2, max_length=1000)


def _kind(value: Any) -> str:
    return "table" if isinstance(value, dict | Course) else "one"


LengthCourse = Annotated[
    Annotated[Length, Tag("one")] | Annotated[LengthOverTemperature, Tag("table")], Discriminator(_kind)
]
AngleCourse = Annotated[
    Annotated[Angle, Tag("one")] | Annotated[AngleOverTemperature, Tag("table")], Discriminator(_kind)
]
Corner = tuple[Length, Length, Length]


def value_at(value: float | Course | None, kelvin: float) -> float:
    """A value of the case at a temperature (K); zero where it gives none."""
    return value.at(kelvin) if isinstance(value, Course) else float(value or 0.0)


class Turn(Section):
    """A turn of a place about an axis, which moves it across that axis; not along it."""

    about: Literal["x", "y", "z"] = Field(description="direction of the axis")
    angle: AngleCourse = Field(description="right-handed; or a table over `temperature`")
    through: Corner = Field((0.0, 0.0, 0.0), description="x, y, z of a point of the axis")

    @model_validator(mode="after")
    def _some(self) -> "Turn":
        angles = self.angle.value if isinstance(self.angle, Course) else [self.angle]
        if any(abs(angle) > _QUARTER for angle in angles):
            raise wrong("an angle of up to 90 deg", "angle")
        return self


class Moved(Section):
    """A place and what it is moved by; components that are not named are free."""

    face: Reference | None = Field(None, description="top, bottom, sides, or LAYER.top, LAYER.bottom, LAYER.sides")
    shape: Shape | None = Field(None, description="patch of the face; all of it if absent")
    at: Pair | None = Field(None, description="centre of `shape`; the origin if absent")
    end: Ends | None = Field(None, description="upright sides, as of `clamp`")
    box: tuple[Corner, Corner] | None = Field(
        None, description="all points between two corners [x, y, z], which may lie in a plane or on a line"
    )
    x: LengthCourse | None = Field(None, description="displacement along x, or `{temperature: [...], value: [...]}`")
    y: LengthCourse | None = Field(None, description="along y")
    z: LengthCourse | None = Field(None, description="along z")
    turn: Turn | None = Field(None, description="the place turns as a rigid one, on top of x, y, z")

    @model_validator(mode="after")
    def _complete(self) -> "Moved":
        if sum(given is not None for given in (self.face, self.end, self.box)) != 1:
            raise wrong("what is moved is a `face`, an `end` or a `box`", "face")
        if self.shape is not None and (self.face is None or self.face.endswith("sides")):
            raise wrong("a patch lies on a top or a bottom face", "shape")
        if self.at is not None and self.shape is None:
            raise wrong("`at` goes with `shape`", "at")
        if self.box is not None and any(low > high for low, high in zip(*self.box, strict=True)):
            raise wrong("its first corner has the lesser x, y and z", "box")
        if not self.components:
            raise wrong("say where to: `x`, `y`, `z` or `turn`", "x")
        return self

    @property
    def components(self) -> tuple[int, ...]:
        """Which of x, y, z (0 to 2) are prescribed."""
        given = [value is not None for value in (self.x, self.y, self.z)]
        return tuple(i for i in range(3) if given[i] or (self.turn is not None and AXES[i] != self.turn.about))

    @property
    def follows_temperature(self) -> bool:
        """True if one of its values is a table."""
        angle = None if self.turn is None else self.turn.angle
        return any(isinstance(value, Course) for value in (self.x, self.y, self.z, angle))

    @property
    def place(self) -> str:
        """Where it is, in words for tables."""
        if self.box is not None:
            return f"a box about {_at(*((low + high) / 2.0 for low, high in zip(*self.box, strict=True)))}"
        where = ends.words(self.end) if self.end is not None else self.face
        return f"a patch of {where} at {_at(*(self.at or (0.0, 0.0)))}" if self.shape is not None else f"{where}"


def _at(*place: float) -> str:
    return "(" + ", ".join(f"{1e3 * value:.4g}" for value in place) + ") mm"


class Displaced(Section):
    """Places that are moved; where that leaves the stack free as a rigid body it is held without a reaction."""

    places: list[Moved] = Field(
        alias="displaced", min_length=1, max_length=100, description="where two of them meet the later one holds"
    )

    @property
    def follows_temperature(self) -> bool:
        """True if one of its values is a table."""
        return any(moved.follows_temperature for moved in self.places)
