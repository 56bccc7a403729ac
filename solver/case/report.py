"""What is read after a step beyond warpage: die shift, and a grid of exposure fields."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from solver.case.geometry import Pair
from solver.case.section import Name, Section
from solver.units import Length, Number

DESIGN = "design"
Reference = Annotated[
    str,
    Field(
        description="`design`: relative to the designed places; a step: relative to the end of that step, in the steps "
        "after it"
    ),
]
Term = Literal["translation", "rotation", "magnification", "orthogonality"]


def _error(key: str, message: str) -> PydanticCustomError:
    return PydanticCustomError("report", "{message}", {"message": message, "key": key})


class DieShift(Section):
    """Where the dies of a region have gone, in `die_shift_STEP.csv`. Without this section a grid of at least four
    regions whose name starts with `die` is taken. Where a machine places the dies at their coordinates, whatever the
    carrier does, compare with the step that builds them."""

    region: Name = Field("die", description="the dies")
    layer: Name | None = Field(None, description="layer of the region, where several have one of that name")
    face: Literal["top", "bottom"] = Field("top", description="active face of the dies")
    reference: Reference = DESIGN


class Lithography(Section):
    """A grid of exposure fields over the outline: overlay and flatness of each, in `lithography_STEP.csv`.

    The stack is as the step leaves it: on no chuck unless the step has one.
    """

    field: Pair = Field(description="size of an exposure field along x and y, such as [26 mm, 33 mm]")
    pitch: Pair | None = Field(None, description="distance of neighbouring fields; their size if absent")
    origin: Pair | None = Field(
        None,
        description="centre of one of the fields; if absent a field or a corner of fields lies at the centre of the "
        "outline, whichever gives more fields",
    )
    edge_exclusion: Length | None = Field(None, description="margin inside the outline that is not exposed")
    part_inside: Number = Field(
        1.0, description="least part of a field inside that margin for it to count, `100 %`: whole fields only"
    )
    face: Name = Field("top", description="exposed face: `top`, `bottom`, `LAYER.top`, `LAYER.bottom`")
    correction: list[Term] = Field(
        ["translation", "rotation", "magnification", "orthogonality"],
        description="what the stepper corrects in every field; magnification: along x and y apart",
    )
    depth_of_focus: Length | None = Field(None, description="budget: greatest range of height inside a field")
    points: Annotated[int, Field(ge=5, le=101)] = Field(13, description="points measured along each side of a field")
    reference: Reference = DESIGN

    @model_validator(mode="after")
    def _sensible(self) -> "Lithography":
        for key in ("field", "pitch"):
            if any(length <= 0 for length in getattr(self, key) or ()):
                raise _error(key, "lengths must be positive")
        if self.edge_exclusion is not None and self.edge_exclusion < 0:
            raise _error("edge_exclusion", "the margin must not be negative")
        if self.depth_of_focus is not None and self.depth_of_focus <= 0:
            raise _error("depth_of_focus", "the budget must be positive")
        if not 0.1 <= self.part_inside <= 1:
            raise _error("part_inside", "between 10 % and 100 %: smaller parts do not determine a correction")
        if self.pitch is not None and any(p < f * (1 - 1e-9) for p, f in zip(self.pitch, self.field, strict=True)):
            raise _error("pitch", "fields would overlap: the pitch is at least the size of a field")
        return self
