"""What a stack lies on during a step: words, points, a ring, a table, a chuck; and which gravity it feels there."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from solver.case import ends
from solver.case.displaced import Displaced
from solver.case.ends import Ends
from solver.case.mirror import Mirror
from solver.section import Section
from solver.units import ACCELERATION, Length, Pressure, each

ATMOSPHERE = 101325.0  # Pa: the most a vacuum can pull with
_STANDARD_GRAVITY = (0.0, 0.0, -9.80665)  # m/s^2, 3rd CGPM, 1901


def _gravity(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return _STANDARD_GRAVITY if value else None
    if isinstance(value, list | tuple) and len(value) == 3:
        return tuple(ACCELERATION.parse(part) for part in value)
    message = "write `true`, or the acceleration along x, y and z such as [0 m/s^2, 0 m/s^2, -9.81 m/s^2]"
    raise PydanticCustomError("gravity", "{message}", {"message": message})


Acceleration = tuple[float, float, float]
Gravity = Annotated[
    Acceleration | None,
    BeforeValidator(_gravity),
    ACCELERATION,
    WithJsonSchema({"anyOf": [{"type": ["boolean", "null"]}, each(ACCELERATION, 3)]}),
]


class Pins(Section):
    """Points under the stack, three or more, that hold it in z; the mesh has nodes there."""

    pins: list[tuple[Length, Length]] = Field(
        min_length=3, max_length=1000, description="x and y of each, mirror images included"
    )


class Clamp(Section):
    """Upright sides whose every point is held in x, y and z."""

    ends: Ends = Field(alias="clamp", description="`-x`, `+x`, `-y`, `+y`, `rim`, `hole`, a line, or several of them")


class Edges(Section):
    """Lower edges of sides, held in z: simple supports."""

    ends: Ends = Field(alias="edges", description="as of `clamp`")


class Ring(Section):
    """A ring under the rim of the stack."""

    width: Length = Field(description="how far it reaches inwards from the outline; the mesh has lines there")
    hold: bool = Field(True, description="true: it holds the stack in z; false: the stack may lift off")

    @field_validator("width")
    @classmethod
    def _positive(cls, width: float) -> float:
        if width <= 0:
            raise PydanticCustomError("not_positive", "{message}", {"message": "the width must be positive"})
        return width


class OnRing(Section):
    """A ring that the rim of the stack lies on, or is held by."""

    ring: Ring


class Table(Section):
    """A rigid plane the stack lies on with its weight, and may lift off."""

    gravity: Gravity = Field(
        True, validate_default=True, description="`true`, or three numbers; `process: {gravity: ...}` goes before it"
    )


class OnTable(Section):
    """A table, in long."""

    table: Table


class Chuck(Section):
    """A rigid plane a vacuum presses the stack on; the stack may lift off."""

    vacuum: Pressure = Field(
        description="pressure below that of the air, on the whole underside, as if the rim were tight"
    )

    @field_validator("vacuum")
    @classmethod
    def _possible(cls, vacuum: float) -> float:
        if not 0 < vacuum <= ATMOSPHERE:
            message = "a vacuum is more than nothing and no more than one atmosphere, 101.325 kPa"
            raise PydanticCustomError("vacuum", "{message}", {"message": message})
        return vacuum


class OnChuck(Section):
    """A chuck that holds the stack down by a vacuum, from which it may lift off."""

    chuck: Chuck


_LONG: dict[str, type[Section]] = {
    "pins": Pins,
    "clamp": Clamp,
    "edges": Edges,
    "ring": OnRing,
    "table": OnTable,
    "chuck": OnChuck,
    "displaced": Displaced,
    "mirror": Mirror,
}
VALID = (
    "`chuck`, `table`, `edge`, `{pins: [[x, y], ...]}`, `{edges: [-x, +x]}`, `{clamp: -x}`, `{ring: {width: 5 mm}}` "
    "`{chuck: {vacuum: 60 kPa}}` `{displaced: [{end: +x, x: 10 um}]}` or `{mirror: {pads: [...]}}`"
)


def _kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((key for key in _LONG if key in value), None)
    return next((key for key, kind in _LONG.items() if isinstance(value, kind)), "word")


Support = Annotated[
    Annotated[Literal["free", "edge", "chuck", "table"], Tag("word")]
    | Annotated[Pins, Tag("pins")]
    | Annotated[Clamp, Tag("clamp")]
    | Annotated[Edges, Tag("edges")]
    | Annotated[OnRing, Tag("ring")]
    | Annotated[OnTable, Tag("table")]
    | Annotated[OnChuck, Tag("chuck")]
    | Annotated[Displaced, Tag("displaced")]
    | Annotated[Mirror, Tag("mirror")],
    Discriminator(
        _kind, custom_error_type="support", custom_error_message=f"there is no such support; write `free`, {VALID}"
    ),
]


def lets_go(support: Support) -> bool:
    """True if the stack may lift off."""
    if isinstance(support, OnRing):
        return not support.ring.hold
    return support == "table" or isinstance(support, OnTable | OnChuck)


def vacuum(support: Support) -> float:
    """The vacuum (Pa) that presses the stack down."""
    return support.chuck.vacuum if isinstance(support, OnChuck) else 0.0


def gravity_on(support: Support, gravity: Acceleration | None) -> Acceleration | None:
    """The acceleration (m/s^2) in a step, None for none.

    Args:
        support: of the step.
        gravity: of the process.
    """
    if gravity is not None:
        return gravity
    if isinstance(support, OnTable):
        return support.table.gravity
    return _STANDARD_GRAVITY if support == "table" else None


def words(support: Support) -> str:
    """For tables and logs."""
    if isinstance(support, Pins):
        return f"{len(support.pins)} pins"
    if isinstance(support, Clamp | Edges):
        return f"{'clamped' if isinstance(support, Clamp) else 'edges held'}: {ends.words(support.ends)}"
    if isinstance(support, OnRing):
        return f"ring of {1e3 * support.ring.width:.4g} mm" + ("" if support.ring.hold else ", may lift off")
    if isinstance(support, OnChuck):
        return f"chuck, vacuum {1e-3 * support.chuck.vacuum:.4g} kPa"
    if isinstance(support, Displaced):
        return f"displaced: {'; '.join(moved.place for moved in support.places)}"
    if isinstance(support, Mirror):
        return f"bonded to its mirror image but for {', '.join(pad.region for pad in support.plane.pads)}"
    return "table" if isinstance(support, OnTable) else support
