"""`brittle`: parts that break from flaws: how strong specimens of them were, or how deep a flaw is."""

from typing import Literal

from pydantic import Field, model_validator

from solver.errors import nearest
from solver.life.strengths import STRENGTHS
from solver.life.surface_flaw import Shape, SurfaceFlaw
from solver.life.weakest_link import WeakestLink, three_point
from solver.section import Reference, Section, wrong
from solver.units import PositiveArea, PositiveLength, PositiveNumber, PositiveStress


class ThreePointBend(Section):
    """The test: a bar across two supports, pressed in the middle (SEMI G86 of dies)."""

    span: PositiveLength
    width: PositiveLength | None = Field(None, description="of the bar; of a test of edges none")


class Flaw(Section):
    """Of a face, as deep as grinding or dicing has left it; the material has a `fracture_toughness`."""

    depth: PositiveLength
    shape: Shape = Field(
        "scratch", description="long against its depth, as of grinding, and the worst; or `half-penny`, a half circle"
    )


class Brittle(Section):
    """A face of a part, or its edges, with the strength of specimens that have the same flaws, or with a flaw."""

    part: Reference = Field(description="LAYER/REGION, every polygon of which is a piece such as a die; or LAYER")
    face: Literal["top", "bottom"] = Field(description="of the part, for a die its back side; edges are along it")
    edges: bool = Field(False, description="flaws of its cut edges, not of the face: glass")
    characteristic: PositiveStress | None = Field(
        None, description="strength at which 63.2 % of the specimens broke, with `modulus` and their size"
    )
    modulus: PositiveNumber | None = Field(None, description="of Weibull's distribution")
    area: PositiveArea | None = Field(None, description="effective area of the specimens, of a face")
    length: PositiveLength | None = Field(None, description="effective length of their edges, of edges")
    three_point: ThreePointBend | None = Field(
        None, description="the test, instead of `area` or `length`: span x width / (m + 1), of edges 2 span / (m + 1)"
    )
    strength: Reference | None = Field(
        None, description=f"of a face, published, instead of numbers of one's own: {', '.join(STRENGTHS)}"
    )
    flaw: Flaw | None = Field(None, description="of a face: does it run; alone or beside a strength")
    source: str = Field("", description="where the numbers are from")

    @model_validator(mode="after")
    def _some_way(self) -> "Brittle":
        for key in ("strength", "flaw"):
            if self.edges and getattr(self, key) is not None:
                raise wrong("it is of a face, not of edges", key)
        if self.strength is not None and self.strength not in STRENGTHS:
            raise wrong(f"no strength is published under this name; {nearest(self.strength, STRENGTHS)}", "strength")
        own = [key for key in ("characteristic", "modulus", "area", "length", "three_point") if getattr(self, key)]
        if own and self.strength is not None:
            raise wrong("give a published `strength` or numbers of your own", own[0])
        if own:
            self._own_strength()
        elif self.strength is None and self.flaw is None:
            raise wrong("give `characteristic` and `modulus`, a published `strength` or a `flaw`")
        return self

    def _own_strength(self) -> None:
        """One complete set of numbers."""
        if self.characteristic is None or self.modulus is None:
            raise wrong("`characteristic` and `modulus` go together")
        own, other = ("length", "area") if self.edges else ("area", "length")
        if getattr(self, other) is not None:
            raise wrong(f"give `{own}`, this is of {'edges' if self.edges else 'a face'}", other)
        if (getattr(self, own) is None) == (self.three_point is None):
            raise wrong(f"give `{own}` or `three_point`")
        if self.three_point is not None and self.edges == (self.three_point.width is not None):
            raise wrong(
                "of a test of edges no width" if self.edges else "it needs the `width` of the bar", "three_point"
            )

    @property
    def link(self) -> WeakestLink | None:
        """Constants of the weakest link, if there are any."""
        if self.strength is not None:
            return STRENGTHS[self.strength].link
        if self.characteristic is None or self.modulus is None:
            return None
        size = self.length if self.edges else self.area
        if self.three_point is not None:
            width = 2.0 if self.three_point.width is None else self.three_point.width  # a bar has two edges in tension
            size = three_point(self.three_point.span, width, self.modulus)
        assert size is not None
        return WeakestLink(self.characteristic, self.modulus, size)

    @property
    def surface_flaw(self) -> SurfaceFlaw | None:
        """The flaw, if it has one."""
        return None if self.flaw is None else SurfaceFlaw(self.flaw.depth, self.flaw.shape)
