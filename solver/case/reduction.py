"""What `planish reduce` keeps of a case: inputs, outputs, the range of the films, and how exactly."""

from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from solver.section import Reference, Section, WholeNumber, wrong
from solver.units import FilmCoefficient, Number, PositiveTime, Temperature


class Place(Section):
    """A layer, or a region (every place of its grid together)."""

    layer: Reference | None = None
    region: Reference | None = None

    @model_validator(mode="after")
    def _named(self) -> "Place":
        if self.layer is None and self.region is None:
            raise wrong("name a layer or a region")
        return self

    @property
    def name(self) -> str:
        """`layer/region`, or the one that is given."""
        return "/".join(part for part in (self.layer, self.region) if part is not None)


USUAL_RANGE = 10.0, 1e4  # W/m^2/K: still air to a water-cooled plate


class FilmRange(Section):
    """A face whose film coefficient stays a parameter of the reduced model."""

    synonyms: ClassVar[dict[str, str]] = {"convection": "range", "h": "range"}

    face: Reference = Field(
        description="as of `thermal.boundaries`; a face that has no boundary there gets a film of its own, which "
        "stands at the lower end of the range"
    )
    range: Annotated[tuple[FilmCoefficient, FilmCoefficient], Field(description="lowest and highest value")] = (
        USUAL_RANGE
    )

    @model_validator(mode="after")
    def _sound(self) -> "FilmRange":
        if not 0 < self.range[0] < self.range[1]:
            raise wrong("a range of film coefficients is positive and ascending", "range")
        return self


class Reduction(Section):
    """The reduced thermal models that `planish reduce` makes."""

    inputs: list[Place] = Field([], description="where power goes in, spread by volume; the case's powers if absent")
    outputs: list[Place] = Field(
        [], description="mean and hottest point of these, too, besides those of the inputs and the mean of each film"
    )
    films: list[FilmRange] = Field([], description="10 to 1e4 W/m^2/K on every convection boundary if absent")
    shortest_time: PositiveTime = Field(
        1e-3, description="the response to a step is right from then on; 1 ms if absent"
    )
    tolerance: Number = Field(1e-3, description="error of a response, as a part of the largest output")
    temperature: Temperature | None = Field(
        None,
        description="where conductivity, radiation and leakage are made linear; midway between the surroundings and "
        "the hottest point if absent",
    )
    most_states: Annotated[WholeNumber, Field(le=10_000)] = 400
    network: bool = Field(True, description="fit a network of resistances, too")

    @model_validator(mode="after")
    def _sound(self) -> "Reduction":
        if not 1e-6 <= self.tolerance <= 0.1:
            raise wrong("the tolerance lies between 1e-6 and 0.1", "tolerance")
        return self
