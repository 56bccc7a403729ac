"""Forces on the faces of a stack during a step."""

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from solver.case.ends import Ends, words
from solver.case.geometry import Pair, Shape
from solver.section import Reference, Section
from solver.units import FORCE, Pressure

Force = Annotated[float, BeforeValidator(FORCE.parse), FORCE]


class Load(Section):
    """A pressure or a force on a face, a patch of one, or an upright side. It keeps its size and direction."""

    synonyms: ClassVar[dict[str, str]] = {"side": "end", "ends": "end", "region": "shape"}

    face: Reference | None = Field(None, description="top, bottom, sides, or LAYER.top, LAYER.bottom, LAYER.sides")
    shape: Shape | None = Field(None, description="patch of the face; all of it if absent")
    at: Pair | None = Field(None, description="centre of `shape`; the origin if absent")
    end: Ends | None = Field(
        None,
        description="upright sides: `-x`, `+x`, `-y`, `+y`, `rim`, `hole`, a line [[x, y], [x, y]], or several of them",
    )
    pressure: Pressure | None = Field(None, description="pushes on the face; negative: pulls")
    force: tuple[Force, Force, Force] | None = Field(
        None, description="along x, y, z: of the whole stack, spread evenly over the face"
    )

    @model_validator(mode="after")
    def _complete(self) -> "Load":
        if (self.face is None) == (self.end is None):
            raise _error("face", "a load acts on a `face` or on an `end`")
        if (self.pressure is None) == (self.force is None):
            raise _error("pressure", "give `pressure` or `force`")
        if self.shape is not None and (self.face is None or self.face.endswith("sides")):
            raise _error("shape", "a patch lies on a top or a bottom face")
        if self.at is not None and self.shape is None:
            raise _error("at", "`at` goes with `shape`")
        return self

    @property
    def words(self) -> str:
        """What acts where, in a few words for tables: `2 kPa on mould.top`."""
        if self.pressure is not None:
            size = f"{1e-3 * self.pressure:.4g} kPa"
        else:
            size = f"{', '.join(f'{part:.4g}' for part in self.force or ())} N"
        where = words(self.end) if self.end is not None else self.face
        return f"{size} on {'a patch of ' if self.shape is not None else ''}{where}"


def _error(key: str, message: str) -> Any:
    return PydanticCustomError("load", "{message}", {"message": message, "key": key})
