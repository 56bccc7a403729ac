"""Heat: sources and what the faces meet."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from solver.case.ends import Ends
from solver.case.film import Film, FilmMap
from solver.case.geometry import Pair, Shape
from solver.case.waveform import TemperatureInTime, Waveform
from solver.section import Name, Reference, Section, WholeNumber, wrong
from solver.units import (
    AreaResistance,
    Conductivity,
    FilmCoefficient,
    HeatCapacity,
    HeatFlux,
    Length,
    Number,
    PositiveTime,
    Power,
    PowerDensity,
    Pressure,
    Temperature,
    TemperatureCoefficient,
    ThermalResistance,
)


class Leakage(Section):
    """Power that grows with the temperature where it is made: reference * exp(exponent (T - at))."""

    reference: Power = Field(description="power at the temperature `at`, of all places together, spread by volume")
    at: Temperature
    exponent: TemperatureCoefficient

    @model_validator(mode="after")
    def _positive(self) -> "Leakage":
        if self.reference <= 0 or self.exponent <= 0:
            raise wrong("reference and exponent of a leakage are positive")
        return self


class PowerSource(Section):
    """Heat made in a layer, in a region (every place of its grid together), or as a map over a layer or region."""

    layer: Reference | None = None
    region: Reference | None = Field(
        None, description="name of a region; `layer` too if several layers have one of that name"
    )
    total: Power | None = Field(
        None, description="power of all places together (of the whole stack, not of the part modelled)"
    )
    each: list[list[Power]] | None = Field(
        None, description="power of each place of the grid of a region: rows from the top, along x", min_length=1
    )
    density: PowerDensity | None = None
    map: Path | None = Field(
        None,
        description="over the bounding box: CSV grid (W per pixel, top row first) or picture (grey, scaled to `total`)",
    )
    floorplan: Path | None = Field(
        None,
        description="blocks with their powers, from the lower left corner: `.flp` of HotSpot or 3D-ICE, table of PACT; "
        "blocks with a material of their own are of it",
    )
    trace: Path | None = Field(
        None,
        description="powers of a floorplan of HotSpot (`.ptrace`) or PACT over time; those of a stack may share one",
    )
    interval: PositiveTime | None = Field(
        None, description="time each sample of a floorplan's powers stands for; after the last comes the first again"
    )
    waveform: Waveform | None = Field(None, description="factor over time; a steady state takes its mean")
    leakage: Leakage | None = Field(None, description="alone or on top of the power")

    @model_validator(mode="after")
    def _complete(self) -> "PowerSource":
        if self.layer is None and self.region is None:
            raise wrong("name a layer or a region")
        if self.map is not None and self.density is not None:
            raise wrong("a map takes `total` (to scale it), not `density`", "density")
        given = [self.total is not None and self.map is None, self.density is not None, self.map is not None]
        given += [self.floorplan is not None, self.each is not None]
        if sum(given) > 1 or not (any(given) or self.leakage is not None):
            raise wrong("give exactly one of total, density, map, floorplan, each, with or without leakage")
        if self.floorplan is None and (self.trace is not None or self.interval is not None):
            raise wrong("`trace` and `interval` go with `floorplan`", "interval" if self.trace is None else "trace")
        if self.each is not None and (self.region is None or len({len(row) for row in self.each}) != 1):
            raise wrong("`each` goes with a region, and has rows of equal length", "each")
        if self.each is not None and min(min(row, default=-1.0) for row in self.each) < 0:
            raise wrong("a power is not negative", "each")
        if self.interval is not None and self.waveform is not None:
            raise wrong("a floorplan over time has no `waveform`", "waveform")
        if self.waveform is not None and not any(given):
            raise wrong("leakage follows the temperature; a waveform needs a power", "waveform")
        return self


class HeatSink(Section):
    """A heat sink as HotSpot has it (r_convec, c_convec): both spread evenly over the face."""

    resistance: ThermalResistance = Field(description="from the face to the ambient air")
    capacity: HeatCapacity = Field(0.0, description="of the sink, at the temperature of the face")
    ambient: TemperatureInTime

    @model_validator(mode="after")
    def _positive(self) -> "HeatSink":
        if self.resistance <= 0:
            raise wrong("the resistance of a heat sink is positive", "resistance")
        if self.capacity < 0:
            raise wrong("the capacity of a heat sink is not negative", "capacity")
        return self


class Boundary(Section):
    """What one face meets. Convection and radiation may stand together; the rest stand alone.

    A boundary with `region` or `shape` holds on that patch of the face, in the place of what holds around it.
    """

    name: Name | None = Field(None, description="what the results call it, `cold plate`; several may share it")
    face: Reference = Field(
        "sides", description="top, bottom, sides, or LAYER.top, LAYER.bottom, LAYER.sides (the exposed part)"
    )
    end: Ends | None = Field(
        None, description="of sides: `-x`, `+x`, `-y`, `+y`, `rim`, `hole`, a line [[x, y], [x, y]], or a list of these"
    )
    region: Reference | None = Field(None, description="patch: the outline of the regions of that name, in any layer")
    shape: Shape | None = Field(None, description="patch: an outline of its own, such as that of a cold plate")
    at: Pair | None = Field(None, description="centre of `shape`; the origin if absent")
    convection: Film | None = None
    ambient: TemperatureInTime | None = None
    temperature: TemperatureInTime | None = None
    flux: HeatFlux | None = Field(None, description="positive into the stack")
    emissivity: Number | None = Field(None, description="grey, diffuse, to surroundings at `ambient`")
    heat_sink: HeatSink | None = None

    synonyms: ClassVar[dict[str, str]] = {"h": "convection", "htc": "convection", "film_coefficient": "convection"}

    @model_validator(mode="after")
    def _complete(self) -> "Boundary":
        exchange = self.convection is not None or self.emissivity is not None
        kinds = [self.temperature is not None, self.flux is not None, exchange, self.heat_sink is not None]
        if sum(kinds) != 1:
            choices = "temperature; flux; heat_sink; convection and/or emissivity with ambient"
            raise wrong(f"give one of: {choices}")
        for is_broken, rule, *key in self._rules(exchange):
            if is_broken:
                raise wrong(rule, *key)
        return self

    def _rules(self, exchange: bool) -> Iterator[tuple[Any, ...]]:
        """Whether each rule is broken, what it says, and the key it is about."""
        on_sides = self.face.endswith("sides")
        yield self.region is not None and self.shape is not None, "a patch is a `region` or a `shape`", "region"
        yield self.at is not None and self.shape is None, "`at` goes with `shape`", "at"
        patch = self.region or self.shape or isinstance(self.convection, FilmMap)
        yield on_sides and patch, "patches and maps lie on top and bottom faces", "face"
        yield self.end is None and "face" not in self.model_fields_set, "name a `face`, or an `end` of the sides"
        yield self.end is not None and not on_sides, "ends belong to `sides`", "end"
        yield exchange and self.ambient is None, "convection and radiation need `ambient`"
        alone = not exchange and self.ambient is not None
        yield alone, "`ambient` goes with convection or emissivity", "ambient"
        no_film = isinstance(self.convection, float) and self.convection <= 0
        yield no_film, "the film coefficient must be positive", "convection"
        grey = self.emissivity is None or 0 < self.emissivity <= 1
        yield not grey, "the emissivity lies in (0, 1]", "emissivity"


class PressedConductance(Section):
    """Conductance of a contact against the pressure on it: straight lines between, constant outside."""

    pressure: list[Pressure] = Field(description="ascending; negative where it is pulled")
    value: list[FilmCoefficient] = Field(description="one for each pressure")

    @model_validator(mode="after")
    def _sound(self) -> "PressedConductance":
        if len(self.pressure) != len(self.value) or len(self.pressure) < 2:
            raise wrong("pressure and value have the same number of entries, two or more")
        if any(b <= a for a, b in itertools.pairwise(self.pressure)):
            raise wrong("pressures ascend", "pressure")
        if any(value <= 0 for value in self.value):
            raise wrong("the conductance of a contact is positive", "value")
        return self


def _kind_of_conductance(value: Any) -> str:
    return "pressed" if isinstance(value, dict | PressedConductance) else "constant"


Conductance = Annotated[
    Annotated[FilmCoefficient, Tag("constant")] | Annotated[PressedConductance, Tag("pressed")],
    Discriminator(_kind_of_conductance),
]


class Interface(Section):
    """Resistance where two layers or regions touch: a contact, or a thin bond line. It stores no heat."""

    between: tuple[Reference, Reference] = Field(
        description="regions (NAME or LAYER/NAME) or layers that touch, in either order; a region goes before a layer"
    )
    resistance: AreaResistance | None = None
    conductance: Conductance | None = Field(None, description="a value, or a table over the pressure")
    thickness: Length | None = Field(None, description="of a bond line, with its `conductivity`")
    conductivity: Conductivity | None = None

    @model_validator(mode="after")
    def _complete(self) -> "Interface":
        given = [self.resistance, self.conductance, self.thickness]
        if sum(value is not None for value in given) != 1 or (self.thickness is None) != (self.conductivity is None):
            raise wrong("give one of: resistance; conductance; thickness with conductivity")
        if any(isinstance(value, float) and value <= 0 for value in (*given, self.conductivity)):
            raise wrong("the values of an interface are positive")
        return self

    @property
    def pressed(self) -> PressedConductance | None:
        """Its table over the pressure, if it has one."""
        return self.conductance if isinstance(self.conductance, PressedConductance) else None

    @property
    def film(self) -> float:
        """Conductance per area (W/m^2/K), without pressure."""
        if self.pressed is not None:
            return float(np.interp(0.0, self.pressed.pressure, self.pressed.value))
        if self.resistance is not None:
            return 1.0 / self.resistance
        if self.thickness is not None and self.conductivity is not None:
            return self.conductivity / self.thickness
        assert isinstance(self.conductance, float)
        return self.conductance


class Coupling(Section):
    """How heat and mechanics are solved in turn, where resistances follow pressure or thickness."""

    tolerance: float = Field(1e-4, description="part by which resistances may still change at the end")
    most_iterations: WholeNumber = 30

    @model_validator(mode="after")
    def _sound(self) -> "Coupling":
        if not 0 < self.tolerance <= 0.1:
            raise wrong("the tolerance lies in (0, 0.1]", "tolerance")
        return self


class Thermal(Section):
    """The heat problem; faces no boundary names are adiabatic."""

    power: list[PowerSource] = []
    boundaries: Annotated[list[Boundary], Field(min_length=1)]
    interfaces: list[Interface] = []
    bond_lines: list[Reference] = Field(
        [],
        description="layers or regions (NAME or LAYER/NAME) whose resistance follows their thickness, as the first "
        "step in the thermal field squeezes or stretches them",
    )
    coupling: Coupling = Coupling()

    @property
    def coupled(self) -> bool:
        """True if heat depends on the mechanics."""
        return bool(self.bond_lines) or any(interface.pressed is not None for interface in self.interfaces)
