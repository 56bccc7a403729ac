"""What is read of a temperature field: named points, resistances with their definition, limits."""

from typing import Literal

from pydantic import Field

from solver.case.geometry import Pair
from solver.section import Name, Reference, Section
from solver.units import Temperature

Kind = Literal["theta_ja", "theta_jma", "theta_jb", "theta_jc_top", "theta_jc_bottom", "psi_jt", "psi_jb", "other"]
# faces whose centre is the reference of a kind if the case names no point
CENTRES: dict[Kind, str] = {"theta_jc_top": "top", "theta_jc_bottom": "bottom", "psi_jt": "top"}


class Point(Section):
    """A place on a face whose temperature and displacement are read, as by a thermocouple or a probe."""

    name: Name
    face: Reference = Field(description="top, bottom, or LAYER.top, LAYER.bottom; covered or exposed")
    at: Pair = Field((0.0, 0.0), description="x and y")


class Resistance(Section):
    """(junction - reference) / power in one of the standard senses.

    The reference is the ambient for `theta_ja` and `theta_jma`, else a point: by default the centre of the uppermost
    face for `theta_jc_top` and `psi_jt`, of the lowest for `theta_jc_bottom`; the board beside the package for
    `theta_jb` and `psi_jb` has to be named, and so has the reference of any `other`.
    """

    kind: Kind
    name: Name | None = Field(None, description="what the results call it; its kind if absent")
    junction: Reference | None = Field(
        None, description="region (NAME or LAYER/NAME) or layer; the hottest place of all if absent"
    )
    value: Literal["max", "mean"] = Field("max", description="of the junction: hottest place, or mean over the volume")
    point: Reference | None = Field(None, description="name of one of `report.points`")
    through: Reference | None = Field(
        None,
        description="name of the boundaries that ought to take the heat, such as a cold plate; if absent those of "
        "fixed temperature (for theta_JC: on its face), or else the one that takes most",
    )


class Limit(Section):
    """The highest temperature a region may have."""

    region: Reference = Field(description="region (NAME or LAYER/NAME) or layer")
    temperature: Temperature
