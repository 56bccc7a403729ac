"""Upright sides of a stack by name: an end of the outline, its rim, its holes, or the side along a line."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import shapely
from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from solver.units import LENGTH, each

NAMES = ("-x", "+x", "-y", "+y", "rim", "hole")
Line = tuple[tuple[float, float], tuple[float, float]]
VALID = "`-x`, `+x`, `-y`, `+y`, `rim` (all of the outline), `hole` (of the outline), or a line [[x, y], [x, y]]"


def _end(value: Any) -> Any:
    if isinstance(value, str) and value in NAMES:
        return value
    if _pair(value) and all(_pair(point) for point in value):
        return tuple((LENGTH.parse(x), LENGTH.parse(y)) for x, y in value)
    message = f"there is no such end; write {VALID}"
    raise PydanticCustomError("end", "{message}", {"message": message})


def _ends(value: Any) -> Any:
    """One end stands for a list of one."""
    is_line = _pair(value) and all(_pair(point) and not any(map(_pair, point)) for point in value)
    return value if isinstance(value, list | tuple) and not is_line else [value]


def _pair(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2


_POINT = each(LENGTH, 2)
_SCHEMA = {"anyOf": [{"enum": list(NAMES)}, {"type": "array", "items": _POINT, "minItems": 2, "maxItems": 2}]}
End = Annotated[
    Literal["-x", "+x", "-y", "+y", "rim", "hole"] | Line, BeforeValidator(_end), LENGTH, WithJsonSchema(_SCHEMA)
]
Ends = Annotated[
    list[End],
    BeforeValidator(_ends),
    WithJsonSchema({"anyOf": [*_SCHEMA["anyOf"], {"type": "array", "items": _SCHEMA}]}),
]


def line(outline: shapely.Polygon, end: str | Line) -> shapely.Geometry:
    """The part of the outline an end means (m); empty where it has none."""
    if not isinstance(end, str):
        return shapely.LineString(end)
    if end == "rim":
        return outline.exterior
    if end == "hole":
        return shapely.MultiLineString(list(outline.interiors))
    x0, y0, x1, y1 = outline.bounds
    at = {"-x": (x0, y0, x0, y1), "+x": (x1, y0, x1, y1), "-y": (x0, y0, x1, y0), "+y": (x0, y1, x1, y1)}[end]
    return shapely.LineString([at[:2], at[2:]])


def mirrored(end: str | Line, axis: int) -> str | Line:
    """The image of an end about x = 0 (axis 0) or y = 0."""
    if not isinstance(end, str):
        (a, b), (c, d) = end
        image: Line = ((-a, b), (-c, d)) if axis == 0 else ((a, -b), (c, -d))
        return image
    return {"-": "+", "+": "-"}[end[0]] + end[1] if end[1:] == "xy"[axis] else end


def words(ends: Sequence[str | Line]) -> str:
    """For tables and logs."""
    return ", ".join(end if isinstance(end, str) else "a line" for end in ends)
