"""What is read after a step: where warpage is evaluated and its limit, die shift, and a grid of exposure fields."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from solver.case.geometry import Pair
from solver.section import Name, Section
from solver.units import Length, Number, Temperature

DESIGN = "design"
_FINEST = 0.4e-3 * (1 - 1e-6)  # m: least pitch of JEITA ED-7306
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


class Zone(Section):
    """The part of the surface that warpage is evaluated on.

    `all`, a LAYER or LAYER/REGION whose parts are terminals, or one of the keys below. If absent: the zone of the
    terminals (`centres_of`) where these are the surface, else all. In a process that cuts a package out it is a zone
    of the package.
    """

    centres_of: str | None = Field(
        None, description="the box of the outermost centres of the parts of a LAYER or LAYER/REGION (JEITA ED-7306)"
    )
    rectangle: Pair | None = Field(None, description="lengths along x and y")
    circle: Length | None = Field(None, description="diameter")
    edge_exclusion: Length | None = Field(None, description="all but a margin along the outline")
    at: Pair = Field((0.0, 0.0), description="centre of the rectangle or circle")
    everything: bool = Field(False, description="`all`, in long")

    @model_validator(mode="before")
    @classmethod
    def _in_short(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return {"everything": True} if value == "all" else {"centres_of": value}

    @model_validator(mode="after")
    def _exactly_one(self) -> "Zone":
        given = [self.centres_of, self.rectangle, self.circle, self.edge_exclusion, self.everything or None]
        if sum(value is not None for value in given) != 1:
            message = "a zone is `all`, the name of a layer of terminals, or one of rectangle, circle, edge_exclusion"
            raise _error("zone", message)
        sizes = (*(self.rectangle or ()), self.circle, self.edge_exclusion)
        if any(size is not None and size <= 0 for size in sizes):
            raise _error("zone", "lengths of a zone must be positive")
        return self


class WarpageLimit(Section):
    """What a package may warp while its solder is soft.

    By the pitch of its terminals (JEITA ED-7306), and as given (by
    JEDEC SPP-024, or a customer), as verdict in summary and report and as lines in the curve. Without this section it
    is found where the lowest layer is terminals and a temperature is hot.
    """

    pitch: Length | None = Field(None, description="of the terminals; measured where the lowest layer is terminals")
    convex: Length | None = Field(None, description="largest convex warpage, beside that of the pitch")
    concave: Length | None = Field(None, description="largest concave warpage, beside that of the pitch")
    hot_from: Temperature | None = Field(
        None, description="temperature from which the limit holds; 217 degC, where SAC305 begins to melt, if absent"
    )

    @model_validator(mode="after")
    def _positive(self) -> "WarpageLimit":
        for key in ("pitch", "convex", "concave"):
            value = getattr(self, key)
            if value is not None and value <= 0:
                raise _error(key, "lengths must be positive")
        if self.pitch is not None and self.pitch < _FINEST and self.convex is None:
            raise _error("pitch", "the table begins at 0.4 mm; give the limits as `convex` and `concave`")
        if (self.convex is None) != (self.concave is None):
            raise _error("convex", "give both `convex` and `concave`, or neither")
        return self


class DieShift(Section):
    """Where the dies of a region have gone, in `die_shift_STEP.csv`.

    Without this section a grid of at least four
    regions whose name starts with `die` is taken. Where a machine places the dies at their coordinates, whatever the
    carrier does, compare with the step that builds them.
    """

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
