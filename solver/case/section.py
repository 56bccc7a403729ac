"""Base class of every section of the case file: unknown keys are errors that name the nearest valid spelling."""

from difflib import get_close_matches
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError


def nearest(word: str, valid: list[str], count: int = 3) -> str:
    """Tail of a message: the nearest valid spellings, or all of them when they are few."""
    close = get_close_matches(word, valid, n=count, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(f"'{name}'" for name in close) + "?"
    if len(valid) <= 12:
        return "valid: " + ", ".join(sorted(valid))
    return ""


class Section(BaseModel):
    """A mapping of the case file. Immutable once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True)

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
            raise PydanticCustomError(
                "unknown_key", "{message}", {"message": f"unknown key '{key}'; {hint}", "key": key}
            )
        return data
