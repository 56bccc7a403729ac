"""`report: {keep_out: ...}`: where the stress of vias leaves no room for transistors; how far copper stands out."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from solver.section import Name, Reference, Section, wrong
from solver.units import Number

Channel = Literal["<110>", "<100>"]
DESIGN = "design"


class Device(Section):
    """A kind of transistor."""

    name: Name
    carriers: Literal["n", "p"] = Field(description="of the channel: n of NMOS, p of PMOS")
    channel: Channel = Field("<110>", description="crystal direction of the current")
    angle: Annotated[Number, Field(ge=-180.0, le=180.0)] | None = Field(
        None, description="of the current from x, in degrees; 0 for <110> and 45 for <100> if absent: x is <110> then"
    )
    coefficients: tuple[Number, Number, Number] | None = Field(
        None, description="pi11, pi12 and pi44 in 1/TPa (1e-12 1/Pa); those of Smith (1954) if absent"
    )

    @property
    def degrees(self) -> float:
        """Of the current from x."""
        return self.angle if self.angle is not None else (45.0 if self.channel == "<100>" else 0.0)


_USUAL = [Device(name="nmos", carriers="n"), Device(name="pmos", carriers="p")]


class KeepOut(Section):
    """Keep-out zone of vias through silicon: change of mobility by the stress at the top of the silicon.

    Every point of the map: keep_out_STEP.csv; every via: keep_out_vias_STEP.csv.
    """

    vias: Reference = Field(description="LAYER/REGION, the metal of the vias")
    silicon: list[Reference] = Field(
        [], description="LAYER/REGION or LAYER (without its regions), parts of the same layer; the layer if absent"
    )
    devices: list[Device] = Field(_USUAL, min_length=1, description="NMOS and PMOS with <110> along x if absent")
    limit: Annotated[Number, Field(gt=0.0, lt=1.0)] = Field(0.05, description="change of mobility, such as `5 %`")
    polished: Reference = Field(
        DESIGN, description="step at whose end the copper was flush with the silicon; `design`: as it is drawn"
    )

    @model_validator(mode="after")
    def _apart(self) -> "KeepOut":
        names = [device.name for device in self.devices]
        if len(set(names)) < len(names):
            raise wrong("two devices have one name", "devices")
        if "/" not in self.vias:
            raise wrong("vias are a region of a layer, LAYER/REGION", "vias")
        layer = self.vias.partition("/")[0]
        for part in self.silicon:
            if part.partition("/")[0] != layer or part == self.vias:
                raise wrong(f"'{part}' is no silicon beside the vias of layer '{layer}'", "silicon")
        return self
