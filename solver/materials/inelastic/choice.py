"""Sections of which one of several keys is written."""

from typing import Any

from pydantic import model_validator

from solver.section import Section, wrong


class OneOf(Section):
    """A section with exactly one of its keys."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "OneOf":
        if len(self._given()) != 1:
            raise wrong(f"exactly one of {', '.join(type(self).model_fields)} is expected")
        return self

    @property
    def chosen(self) -> Any:
        """What was written, of whatever key."""
        return self._given()[0]

    def _given(self) -> list[Any]:
        return [value for key in type(self).model_fields if (value := getattr(self, key)) is not None]
