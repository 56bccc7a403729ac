"""Direct current in the conductors: where it comes in and leaves, contacts that resist, lives that are wanted."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from solver.case.geometry import Pair, Shape
from solver.case.waveform import Waveform
from solver.section import Name, Reference, Section, wrong
from solver.units import ContactResistance, Current, Temperature, Time, Voltage


class Terminal(Section):
    """Where current comes in or leaves: a face of conductors, or a whole layer or region that is at one voltage.

    A face of conductors is what no other conductor covers, whatever insulator does. `region` and `shape` limit it.
    """

    synonyms: ClassVar[dict[str, str]] = {"potential": "voltage", "ground": "voltage"}

    name: Name
    face: Reference | None = Field(None, description="top, bottom, sides, or LAYER.top, LAYER.bottom, LAYER.sides")
    layer: Reference | None = Field(None, description="without `face`: all of that layer")
    region: Reference | None = Field(None, description="the regions of that name; with `face` only their part of it")
    end: Literal["+x", "-x", "+y", "-y"] | None = Field(
        None, description="of sides, the flat end that lies farthest that way"
    )
    shape: Shape | None = Field(None, description="the part of `face` inside an outline")
    at: Pair | None = Field(None, description="centre of `shape`; the origin if absent")
    voltage: Voltage | None = Field(None, description="`0 V` is ground; one terminal at least has a voltage")
    current: Current | None = Field(
        None, description="into the conductors, of all places together (of the whole stack, not of the part modelled)"
    )
    spread: Literal["one-voltage", "even"] = Field(
        "one-voltage", description="of a current over its face: as an ideal electrode takes it, or the same everywhere"
    )

    @model_validator(mode="after")
    def _complete(self) -> "Terminal":
        if self.face is None and self.region is None and self.layer is None:
            raise wrong("name a face, a region or a layer")
        if self.face is not None and self.layer is not None:
            raise wrong("the layer of a face is in its name: `face: LAYER.top`", "layer")
        if (self.voltage is None) == (self.current is None):
            raise wrong("give one of: voltage; current")
        if self.shape is not None and self.face is None:
            raise wrong("`shape` goes with `face`", "shape")
        if self.at is not None and self.shape is None:
            raise wrong("`at` goes with `shape`", "at")
        if self.end is not None and not (self.face or "").endswith("sides"):
            raise wrong("`end` goes with sides", "end")
        if self.spread == "even" and (self.current is None or self.face is None):
            raise wrong("`spread: even` goes with a current through a face", "spread")
        return self


class Contact(Section):
    """Resistance where two conductors touch; its heat goes to both sides alike."""

    between: tuple[Reference, Reference] = Field(
        description="regions (NAME or LAYER/NAME) or layers that touch, in either order; a region goes before a layer"
    )
    resistance: ContactResistance = Field(description="times area: 1e-12 ohm m^2 are 1 mohm on 1000 um^2")

    @model_validator(mode="after")
    def _positive(self) -> "Contact":
        if self.resistance <= 0:
            raise wrong("the resistance of a contact is positive", "resistance")
        return self


class Electric(Section):
    """Direct current in every material with an `electrical_resistivity`; its heat is part of the heat problem."""

    terminals: Annotated[list[Terminal], Field(min_length=2)]
    contacts: list[Contact] = []
    temperature: Temperature | None = Field(None, description="of the conductors, in a case without `thermal`")
    waveform: Waveform | None = Field(
        None,
        description="factor of all voltages and currents over time, for heat in time; results are of factor 1",
    )
    required_life: Time | None = Field(None, description="median life every part should reach, such as `10 years`")
