"""`brittle`: parts that break from flaws, and how strong specimens of them were."""

from typing import Literal

from pydantic import Field, model_validator

from solver.life.weakest_link import WeakestLink, three_point
from solver.section import Reference, Section, wrong
from solver.units import PositiveArea, PositiveLength, PositiveNumber, PositiveStress


class ThreePointBend(Section):
    """The test: a bar across two supports, pressed in the middle (SEMI G86 of dies)."""

    span: PositiveLength
    width: PositiveLength | None = Field(None, description="of the bar; of a test of edges none")


class Brittle(Section):
    """A face of a part, or its edges, with the strength of specimens that have the same flaws."""

    part: Reference = Field(description="LAYER/REGION, every polygon of which is a piece such as a die; or LAYER")
    face: Literal["top", "bottom"] = Field(description="of the part, for a die its back side; edges are along it")
    edges: bool = Field(False, description="flaws of its cut edges, not of the face: glass")
    characteristic: PositiveStress = Field(description="strength at which 63.2 % of the specimens broke")
    modulus: PositiveNumber = Field(description="of Weibull's distribution")
    area: PositiveArea | None = Field(None, description="effective area of the specimens, of a face")
    length: PositiveLength | None = Field(None, description="effective length of their edges, of edges")
    three_point: ThreePointBend | None = Field(
        None, description="the test, instead of `area` or `length`: span x width / (m + 1), of edges 2 span / (m + 1)"
    )
    source: str = Field("", description="where the numbers are from")

    @model_validator(mode="after")
    def _one_size(self) -> "Brittle":
        own, other = ("length", "area") if self.edges else ("area", "length")
        if getattr(self, other) is not None:
            raise wrong(f"give `{own}`, this is of {'edges' if self.edges else 'a face'}", other)
        if (getattr(self, own) is None) == (self.three_point is None):
            raise wrong(f"give `{own}` or `three_point`")
        if self.three_point is not None and self.edges == (self.three_point.width is not None):
            raise wrong(
                "of a test of edges no width" if self.edges else "it needs the `width` of the bar", "three_point"
            )
        return self

    @property
    def strength(self) -> WeakestLink:
        """Constants of the weakest link."""
        size = self.length if self.edges else self.area
        if self.three_point is not None:
            width = 2.0 if self.three_point.width is None else self.three_point.width  # a bar has two edges in tension
            size = three_point(self.three_point.span, width, self.modulus)
        assert size is not None
        return WeakestLink(self.characteristic, self.modulus, size)
