"""Heat: sources and what the faces meet."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from solver.case.section import Section
from solver.units import FilmCoefficient, HeatFlux, Number, Power, PowerDensity, Temperature


def _error(kind: str, message: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "{message}", {"message": message})


class PowerSource(Section):
    """Heat made in a layer, in a region (every place of its grid together), or as a map over a layer or region."""

    layer: str | None = None
    region: str | None = Field(
        None, description="name of a region; `layer` too if several layers have one of that name"
    )
    total: Power | None = Field(
        None, description="power of all places together (of the whole stack, not of the part modelled)"
    )
    density: PowerDensity | None = None
    map: Path | None = Field(
        None,
        description="over the bounding box: CSV grid (W per pixel, top row first) or picture (grey, scaled to `total`)",
    )

    @model_validator(mode="after")
    def _complete(self) -> "PowerSource":
        if self.layer is None and self.region is None:
            raise _error("no_place", "name a layer or a region")
        if self.map is not None:
            if self.density is not None:
                raise _error("two_powers", "a map takes `total` (to scale it), not `density`")
        elif (self.total is None) == (self.density is None):
            raise _error("one_power", "give exactly one of total, density, map")
        return self


class Boundary(Section):
    """What one face meets. Convection and radiation may stand together; the rest stand alone."""

    face: str = Field(description="top, bottom, sides, or LAYER.top, LAYER.bottom, LAYER.sides (the exposed part)")
    convection: FilmCoefficient | None = None
    ambient: Temperature | None = None
    temperature: Temperature | None = None
    flux: HeatFlux | None = Field(None, description="positive into the stack")
    emissivity: Number | None = Field(None, description="grey, diffuse, to surroundings at `ambient`")

    synonyms: ClassVar[dict[str, str]] = {"h": "convection", "htc": "convection", "film_coefficient": "convection"}

    @model_validator(mode="after")
    def _complete(self) -> "Boundary":
        exchange = self.convection is not None or self.emissivity is not None
        kinds = [self.temperature is not None, self.flux is not None, exchange]
        if sum(kinds) != 1:
            raise _error("one_boundary", "give one of: temperature; flux; convection and/or emissivity with ambient")
        if exchange and self.ambient is None:
            raise _error("no_ambient", "convection and radiation need `ambient`")
        if not exchange and self.ambient is not None:
            raise _error("ambient", "`ambient` goes with convection or emissivity")
        if self.convection is not None and self.convection <= 0:
            raise _error("not_positive", "the film coefficient must be positive")
        if self.emissivity is not None and not 0 < self.emissivity <= 1:
            raise _error("emissivity", "the emissivity lies in (0, 1]")
        return self


class Thermal(Section):
    """The steady heat problem; faces no boundary names are adiabatic."""

    power: list[PowerSource] = []
    boundaries: Annotated[list[Boundary], Field(min_length=1)]
