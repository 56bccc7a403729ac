"""Film coefficients that are not one value: over a map, over time, over the temperature of the face."""

import itertools
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import ufl
from pydantic import Discriminator, Field, Tag, model_validator

from solver import signals
from solver.case.waveform import check_times
from solver.section import Section, wrong
from solver.units import FilmCoefficient, Temperature, Time


class FilmMap(Section):
    """Film coefficients that differ from place to place."""

    map: Path = Field(description="CSV grid over the bounding box of the outline (W/m^2/K, top row first)")


class FilmCourse(Section):
    """A film coefficient that changes with time: a fan that starts. Straight lines between, or steps."""

    time: list[Time] = Field(description="ascending, from 0 s", min_length=1)
    value: list[FilmCoefficient] = Field(description="one for each time; the last one holds for ever")
    steps: bool = Field(False, description="true: each value holds until the next time")
    repeat: Time | None = Field(None, description="time after which it begins again")

    @model_validator(mode="after")
    def _sound(self) -> "FilmCourse":
        check_times(self.time, self.value, self.repeat)
        _check_positive(self.value)
        return self

    def signal(self) -> signals.Signal:
        """The coefficient (W/m^2/K) as a function of time."""
        return signals.Table(np.array(self.time), np.array(self.value), self.steps, self.repeat)


class FilmTable(Section):
    """A film coefficient that follows the temperature of the face, as free convection does; constant outside."""

    temperature: list[Temperature] = Field(description="of the face, ascending", min_length=1)
    value: list[FilmCoefficient] = Field(description="one for each temperature; straight lines between")

    @model_validator(mode="after")
    def _sound(self) -> "FilmTable":
        if len(self.temperature) != len(self.value):
            raise wrong(
                f"{len(self.temperature)} temperatures and {len(self.value)} values; give one for each", "value"
            )
        if any(b <= a for a, b in itertools.pairwise(self.temperature)):
            raise wrong("the temperatures ascend", "temperature")
        _check_positive(self.value)
        return self

    def at(self, t: Any) -> Any:
        """The coefficient (W/m^2/K) at a temperature (K), in UFL: a sum of ramps, each with its change of slope."""
        result, before = ufl.as_ufl(self.value[0]), 0.0
        slopes = [*(np.diff(self.value) / np.diff(self.temperature)), 0.0]
        for kelvin, slope in zip(self.temperature, slopes, strict=True):
            result += float(slope - before) * ufl.max_value(t - kelvin, 0.0)
            before = slope
        return result


def _check_positive(values: list[float]) -> None:
    if min(values) < 0 or max(values) <= 0:
        raise wrong("film coefficients are not negative, and some positive", "value")


def _kind_of_film(value: Any) -> str:
    for kind, model, key in (
        ("map", FilmMap, "map"),
        ("course", FilmCourse, "time"),
        ("table", FilmTable, "temperature"),
    ):
        if isinstance(value, model) or (isinstance(value, dict) and key in value):
            return kind
    return "map" if isinstance(value, dict) else "uniform"


Film = Annotated[
    Annotated[FilmCoefficient, Tag("uniform")]
    | Annotated[FilmMap, Tag("map")]
    | Annotated[FilmCourse, Tag("course")]
    | Annotated[FilmTable, Tag("table")],
    Discriminator(_kind_of_film),
]
