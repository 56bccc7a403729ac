"""Edges and corners of bonded materials at which stress has no bound."""

from typing import Literal

from pydantic import Field, model_validator

from solver.section import PartName, Reference, Section, wrong
from solver.units import Length, PositiveLength


class Singularity(Section):
    """A line along which materials meet: `between` and `side`, `between`, `of` and `near`, or `of` and `near`.

    The free edge of an interface on an upright side of the stack; the edge of a region in the plane between two layers
    (a die in its mould, a pad on its film), or the corner of that region there; the upright edge at such a corner.
    """

    name: PartName
    between: tuple[Reference, Reference] | None = Field(
        None, description="the two layers, which touch, in either order; absent: an upright edge"
    )
    side: Literal["-x", "+x", "-y", "+y"] | None = Field(
        None, description="of a rectangular outline: the free edge of the interface there"
    )
    at: Length = Field(0.0, description="along the side, from its middle")
    of: Reference | None = Field(None, description="LAYER/REGION whose edge it is, where it is none of the outline")
    near: tuple[Length, Length] | None = Field(
        None,
        description="x and y: the nearest point of its outline is taken, else (upright or a vertex) the nearest corner",
    )
    vertex: bool = Field(False, description="with `between`, `of` and `near`: the corner, in which three edges meet")
    window: tuple[PositiveLength, PositiveLength] | None = Field(
        None,
        description="distances that are fitted, least and largest; from two and a half cells there to a third of the "
        "way to the nearest other material if absent",
    )

    @model_validator(mode="after")
    def _one_way(self) -> "Singularity":
        if self.window is not None and self.window[0] >= self.window[1]:
            raise wrong("they ascend", "window")
        if self.between is not None and self.between[0] == self.between[1]:
            raise wrong("names two layers that touch, not one twice", "between")
        if (self.side is None) == (self.of is None):
            raise wrong("give `side`, of the outline, or `of` and `near`, of a region")
        if (self.of is None) != (self.near is None):
            raise wrong("`of` and `near` go together", "of" if self.near is None else "near")
        if self.side is not None and self.between is None:
            raise wrong("say `between` which layers, whose free edge on the side is meant", "side")
        if self.vertex and (self.between is None or self.of is None):
            raise wrong("a vertex is a corner `of` a region in the plane `between` two layers", "vertex")
        if self.side is None and self.at != 0.0:
            raise wrong("goes with `side`", "at")
        return self

    @property
    def axis(self) -> int:
        """Of the ray from a side: 0 along x, 1 along y."""
        return "xy".index((self.side or "+x")[1])
