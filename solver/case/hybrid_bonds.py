"""`report: {hybrid_bonds: ...}`: copper pads recessed in oxide: do they meet, and which bow can their bond take."""

from typing import Annotated

from pydantic import Field

from solver.section import Name, Reference, Section
from solver.units import Number, PositiveLength, TemperatureDifference


class BondedPart(Section):
    """A die, a wafer or a panel that is bonded: the bow a bond front can flatten."""

    name: Name
    material: Name = Field(description="of it, elastic")
    thickness: PositiveLength
    length: PositiveLength = Field(description="diameter, or diagonal: what its bow is measured over")
    bow: PositiveLength | None = Field(None, description="that it has; with it, energy and run-out")


class HybridBonds(Section):
    """Copper pads recessed in oxide, each against its mirror image: do they meet as they are heated?

    The case is a unit cell of one face, pad and oxide on top. The pads rise over the oxide as the solid has it, with
    yield and creep of their copper; in steps on a `mirror` they press on their image, in others nothing stops them.
    """

    pads: Reference = Field(description="LAYER/REGION of the copper, in the layer of the oxide")
    recess: PositiveLength = Field(
        description="depth of the copper below the oxide, of one face, at the stress-free temperature"
    )
    adhesion: Annotated[Number, Field(gt=0.0)] = Field(
        1.0, description="work of adhesion of the oxides before the anneal, in J/m^2, both faces together"
    )
    parts: list[BondedPart] = Field([], description="what is bonded; with two, run-out of the first on the second too")
    heated_apart: TemperatureDifference | None = Field(
        None, description="how much warmer than the others the first part is as it is placed"
    )
