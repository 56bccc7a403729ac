"""Heat: sources and what the faces meet."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from solver.case.section import Section
from solver.case.waveform import TemperatureInTime, Waveform
from solver.units import (
    FilmCoefficient,
    HeatFlux,
    Number,
    Power,
    PowerDensity,
    Temperature,
    TemperatureCoefficient,
    Time,
)


def _error(kind: str, message: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "{message}", {"message": message})


class Leakage(Section):
    """Power that grows with the temperature where it is made: reference * exp(exponent (T - at))."""

    reference: Power = Field(description="power at the temperature `at`, of all places together, spread by volume")
    at: Temperature
    exponent: TemperatureCoefficient

    @model_validator(mode="after")
    def _positive(self) -> "Leakage":
        if self.reference <= 0 or self.exponent <= 0:
            raise _error("not_positive", "reference and exponent of a leakage are positive")
        return self


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
    floorplan: Path | None = Field(
        None, description="blocks with their powers, from the lower left corner: `.flp` of HotSpot or of 3D-ICE"
    )
    trace: Path | None = Field(None, description="powers of a HotSpot floorplan over time: `.ptrace`")
    interval: Time | None = Field(
        None, description="time each sample of a floorplan's powers stands for; after the last comes the first again"
    )
    waveform: Waveform | None = Field(None, description="factor over time; a steady state takes its mean")
    leakage: Leakage | None = Field(None, description="alone or on top of the power")

    @model_validator(mode="after")
    def _complete(self) -> "PowerSource":
        if self.layer is None and self.region is None:
            raise _error("no_place", "name a layer or a region")
        if self.map is not None and self.density is not None:
            raise _error("two_powers", "a map takes `total` (to scale it), not `density`")
        given = [self.total is not None and self.map is None, self.density is not None, self.map is not None]
        given.append(self.floorplan is not None)
        if sum(given) > 1 or not (any(given) or self.leakage is not None):
            raise _error("one_power", "give exactly one of total, density, map, floorplan, with or without leakage")
        if self.floorplan is None and (self.trace is not None or self.interval is not None):
            raise _error("no_floorplan", "`trace` and `interval` go with `floorplan`")
        if self.interval is not None and (self.interval <= 0 or self.waveform is not None):
            raise _error("interval", "the interval is positive, and a floorplan over time has no `waveform`")
        if self.waveform is not None and not any(given):
            raise _error("waveform", "leakage follows the temperature; a waveform needs a power")
        return self


class Boundary(Section):
    """What one face meets. Convection and radiation may stand together; the rest stand alone."""

    face: str = Field(description="top, bottom, sides, or LAYER.top, LAYER.bottom, LAYER.sides (the exposed part)")
    convection: FilmCoefficient | None = None
    ambient: TemperatureInTime | None = None
    temperature: TemperatureInTime | None = None
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
    """The heat problem; faces no boundary names are adiabatic."""

    power: list[PowerSource] = []
    boundaries: Annotated[list[Boundary], Field(min_length=1)]
