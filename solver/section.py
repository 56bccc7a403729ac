"""Base class of every section of the case file: unknown keys are errors that name the nearest valid spelling."""

from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PositiveInt,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from solver.errors import nearest

_LONGEST_NAME, _LONGEST_REFERENCE, _LONGEST_TITLE, _LONGEST_NOTE = 80, 200, 300, 5000


def wrong(message: str, key: str = "") -> PydanticCustomError:
    """The error of a section, or of one key of it."""
    return PydanticCustomError("wrong", "{message}", {"message": message, **({"key": key} if key else {})})


def _text(longest: int, forbidden: str = "", least: int = 1, breaks: str = "") -> AfterValidator:
    def check(text: str) -> str:
        if not least <= len(text.strip()) or len(text) > longest:
            raise wrong(f"expected text of {least} to {longest} characters")
        bad = next((c for c in text if c in forbidden or not (c.isprintable() or c in breaks)), None)
        if bad is not None:
            shown = f"'{bad}'" if bad.isprintable() else f"the character U+{ord(bad):04X}"
            raise wrong(f"{shown} may not stand in it")
        return text

    return AfterValidator(check)


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise wrong("expected a whole number")
    return value


WholeNumber = Annotated[PositiveInt, BeforeValidator(_no_bool)]  # 1 or more
Title = Annotated[str, _text(_LONGEST_TITLE)]  # one line for a person to read
Note = Annotated[str, _text(_LONGEST_NOTE, least=0, breaks="\n")]  # remarks
Name = Annotated[str, _text(_LONGEST_NAME)]  # what other keys refer to, in any script
Reference = Annotated[str, _text(_LONGEST_REFERENCE)]  # to a name, a LAYER/REGION or a LAYER.top
PartName = Annotated[str, _text(_LONGEST_NAME, forbidden="/")]  # of a layer or region, which are written LAYER/REGION
References = Annotated[
    list[Reference],
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]  # one, or several


class Section(BaseModel):
    """A mapping of the case file. Immutable once read."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        arbitrary_types_allowed=True,
        allow_inf_nan=False,
        defer_build=True,  # what reads a case is made once, not for every section of it
    )

    # what people write -> the key meant, for keys too different to be found by spelling
    synonyms: ClassVar[dict[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        valid = [field.alias or name for name, field in cls.model_fields.items()]
        for key in data:
            if key in valid or key in cls.model_fields:
                continue
            meant = cls.synonyms.get(str(key))
            hint = f"did you mean '{meant}'?" if meant else nearest(str(key), valid)
            raise wrong(f"unknown key '{str(key)[:_LONGEST_NAME]}'; {hint}", str(key))
        return data
