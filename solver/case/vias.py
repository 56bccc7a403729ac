"""What `planish vias` varies."""

from typing import Annotated, ClassVar

from pydantic import Field

from solver.section import Reference, Section, WholeNumber
from solver.units import PositiveLength

Count = Annotated[tuple[WholeNumber, WholeNumber], Field(description="columns and rows")]


class Vias(Section):
    """The array that `planish vias` looks at, and the values it tries; values around the present ones if absent."""

    synonyms: ClassVar[dict[str, str]] = {"wall": "plating"}

    layer: Reference | None = Field(None, description="layer of the array; that of the only array if absent")
    region: Reference | None = Field(None, description="region of the array, if it is one")
    pitch: list[PositiveLength] = Field([], description="over the same field")
    diameter: list[PositiveLength] = Field([], description="at the same wall")
    plating: list[PositiveLength] = Field(
        [], description="walls of the barrel; half the diameter or more is a solid via"
    )
    count: list[Count] = Field([], description="columns and rows at the same pitch (arrays written as a `grid`)")
