"""JSON schema of the case file, for editors: `planish schema`, kept in docs/case.schema.json.

It says which keys there are and what a value looks like. What only the models can judge (units of the right dimension,
names that are there, keys that exclude each other) stays with `planish check`.
"""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from solver.case.models import Case
from solver.case.repeat import RepeatedSteps
from solver.files import write_text
from solver.units import LENGTH

NAME = "case.schema.json"
_MODELINE = "# yaml-language-server: $schema="
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NULL, _TRUTH = {"type": "null"}, {"type": "boolean"}
_PAIR = {"type": "array", "items": LENGTH.schema, "minItems": 2, "maxItems": 2}
_PLACE = {
    "type": "object",
    "properties": {"at": _PAIR, "face": {"type": "string"}},
    "required": ["at"],
    "additionalProperties": False,
}

# what the models read in short, before they look at types: section, key, forms beside that of the type
_SHORT: tuple[tuple[str, str, list[dict[str, Any]]], ...] = (
    ("Outline", "notch", [_TRUTH]),
    ("Outline", "flat", [_TRUTH]),
    ("Report", "zone", [{"type": "string"}]),
    ("Report", "points", [{"type": "object", "additionalProperties": {"anyOf": [_PAIR, _PLACE]}}]),
)


class _Schema(GenerateJsonSchema):
    """Of what is written, where pydantic's own is of what is kept."""

    def field_title_should_be_set(self, _: Any) -> bool:
        """No title that only repeats the key."""
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """Defaults as a case file has them; those in SI would not be."""
        found = self.generate_inner(schema["schema"])
        if isinstance(schema.get("default"), str | bool):
            found = {**found, "default": schema["default"]}
        return found


def schema() -> dict[str, Any]:
    """The schema as plain data."""
    found = Case.model_json_schema(schema_generator=_Schema)
    for section, key, forms in _SHORT:
        whole = found["$defs"][section]["properties"][key]
        words = {word: whole.pop(word) for word in ("description", "default") if word in whole}
        found["$defs"][section]["properties"][key] = {"anyOf": [*whole.pop("anyOf", [whole]), *forms], **words}
    repeated = RepeatedSteps.model_json_schema(schema_generator=_Schema)
    found["$defs"] = {**repeated.pop("$defs"), **found["$defs"], "RepeatedSteps": repeated}
    for section in ("Process", "Repeat"):
        steps = found["$defs"][section]["properties"]["steps"]
        steps["items"] = {"anyOf": [steps["items"], {"$ref": "#/$defs/RepeatedSteps"}]}
    return {"$schema": _DIALECT, **found, "title": "A case of planish"}


def text() -> str:
    """The schema as the text of docs/case.schema.json."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def modeline(path: str) -> str:
    """First line of a case file, by which editors find the schema at a path relative to it."""
    return f"{_MODELINE}{path}\n"


def beside(directory: Path) -> None:
    """Write the schema into a case directory, where editors find it wherever the directory goes.

    Raises:
        OutputError: a file could not be written.
    """
    case = directory / "case.yaml"
    first, end, rest = case.read_text(encoding="utf-8").partition("\n")
    write_text(directory / NAME, text())
    write_text(case, modeline(NAME) + (rest if first.startswith(_MODELINE) else first + end + rest))
