"""Free edges at which the stress of bonded layers has no bound."""

from typing import Literal

from pydantic import Field, model_validator

from solver.section import PartName, Reference, Section, wrong
from solver.units import Length, PositiveLength


class Singularity(Section):
    """The point where the interface of two layers meets an upright side of the stack, and the ray from it inwards.

    Both layers reach the side there and end flush, so that each fills a right angle.
    """

    name: PartName
    between: tuple[Reference, Reference] = Field(description="the two layers, which touch, in either order")
    side: Literal["-x", "+x", "-y", "+y"] = Field(description="of a rectangular outline")
    at: Length = Field(0.0, description="along the side, from its middle")
    window: tuple[PositiveLength, PositiveLength] | None = Field(
        None,
        description="distances from the side that are fitted, least and largest; from two and a half cells at the side "
        "to a tenth of the thinner layer if absent",
    )

    @model_validator(mode="after")
    def _ascends(self) -> "Singularity":
        if self.window is not None and self.window[0] >= self.window[1]:
            raise wrong("they ascend", "window")
        if self.between[0] == self.between[1]:
            raise wrong("names two layers that touch, not one twice", "between")
        return self

    @property
    def axis(self) -> int:
        """Of the ray: 0 along x, 1 along y."""
        return "xy".index(self.side[1])
