"""`support: {mirror: ...}`: the top of a unit cell is bonded to its mirror image, and pads below it may meet theirs."""

from typing import Annotated

from pydantic import Field

from solver.section import Name, Reference, Section
from solver.units import Length


class FacingPad(Section):
    """Pads in the uppermost layer that their mirror images come to meet."""

    region: Reference = Field(description="LAYER/REGION, in the uppermost layer of the step")
    recess: Annotated[Length, Field(ge=0.0)] = Field(
        description="how far its top lies below the plane of the bond, at the stress-free temperature"
    )


class MirrorPlane(Section):
    """What is bonded in the plane of the top, and what may press there."""

    pads: Annotated[list[FacingPad], Field(min_length=1, max_length=100)] = Field(
        description="what is not bonded from the start; all else of the top is held in its plane, free to slide in it"
    )
    joins: bool = Field(
        False, description="true: what presses at the end of a step is one from then on, and holds as it cools"
    )
    sides: Name | None = Field(
        None,
        description="layer whose free growth the sides of the cell follow, as between others like it in a thick die; "
        "absent: they are free",
    )


class Mirror(Section):
    """The stack and its mirror image above it, as of two faces that are bonded."""

    plane: MirrorPlane = Field(alias="mirror", description="the plane of the bond, that of the top of the stack")
