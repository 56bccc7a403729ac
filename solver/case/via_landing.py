"""`report: {via_landing: [...]}`: do vias land on their pads, after what the lithography corrects?"""

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from solver.case.report import DESIGN, Reference, Term
from solver.section import Name, Section, wrong
from solver.units import LENGTH, Length, PositiveLength

Corrected = Literal["none", "panel", "field", "die"]
CORRECTIONS: tuple[Corrected, ...] = get_args(Corrected)
_NOTHING = 0.0


class ViaLanding(Section):
    """Vias that are exposed in every step onto pads that went where the stack went.

    A pad is off by the displacement in the plane that the correction leaves, and by errors no model knows:
    `placement_error` of the dies and `overlay`, each three standard deviations along x and along y. Errors that are
    known add as they are; the others as `combine` says, to one r: the root of the sum of their squares, as of
    independent errors, or their sum. A via lands if |left| + r is at most (pad - via) / 2 - annular_ring. Correction
    die by die measures where each die lies, so that its placement error is corrected too.
    """

    name: Name = Field(description="of the layer of vias")
    pads: Literal["dies", "fields"] = Field(
        "dies",
        description="`dies`: pads on the dies of `die_shift`; `fields`: on the face of `lithography`, in its fields",
    )
    via: PositiveLength = Field(description="diameter of a via where it meets the pad")
    pad: PositiveLength = Field(description="diameter of the capture pad, or its shorter side")
    annular_ring: Length = Field(_NOTHING, description="least of pad that is left around a via; 0: it may be tangent")
    correction: Corrected = Field(
        "panel",
        description="what is fitted to the pads and corrected: nothing; the `panel` as one; every `field` of "
        "`lithography`; every `die`. All that apply are in the summary, this one is judged",
    )
    terms: list[Term] = Field(
        ["translation", "rotation", "magnification", "orthogonality"], description="of the correction"
    )
    placement_error: Length = Field(_NOTHING, description="of a die, 3 sigma")
    overlay: Length = Field(_NOTHING, description="of exposure and measurement, what the machine leaves, 3 sigma")
    combine: Literal["rss", "worst"] = Field("rss", description="how these two are put together")
    points: Annotated[int, Field(ge=2, le=51)] = Field(5, description="pads looked at along each side of a die")
    margin: Length = Field(_NOTHING, description="of these from the edges of the die")
    reference: Reference = DESIGN

    @model_validator(mode="after")
    def _sensible(self) -> "ViaLanding":
        for key in ("annular_ring", "placement_error", "overlay", "margin"):
            if getattr(self, key) < 0:
                raise wrong(f"a {LENGTH.name} here must not be negative", key)
        if self.room <= 0:
            raise wrong("no room: a pad is wider than its via and twice the `annular_ring`", "pad")
        if self.pads == "fields" and self.correction == "die":
            raise wrong("pads in fields are corrected by `none`, `panel` or `field`", "correction")
        return self

    @property
    def room(self) -> float:
        """How far a pad may be off (m)."""
        return (self.pad - self.via) / 2 - self.annular_ring

    def random(self, correction: Corrected) -> float:
        """What errors that no model knows add up to (m): 3 sigma along one axis, or the worst of them."""
        placed = 0.0 if correction == "die" or self.pads == "fields" else self.placement_error
        if self.combine == "rss":
            return float((placed**2 + self.overlay**2) ** 0.5)
        return placed + self.overlay
