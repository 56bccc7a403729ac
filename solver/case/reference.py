"""docs/case-file.md, generated from the models: `python3 -m solver.case.reference > docs/case-file.md`."""

import inspect
import types
import typing
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from solver.case.models import Case
from solver.case.repeat import RepeatedSteps
from solver.section import Section
from solver.units import Unit

_HEAD = """# The case file

A case is a directory with a `case.yaml`. This page is generated from the models that read it.

- A value with a unit is written as text: `30 um`, `-125 K`, `22 GPa`, `8 ppm/K`, `150 degC`. Any unit of the right
  dimension will do, a product of symbols and whole powers (`W/m^2/K`, `W/(m2 K)`, `1e-6/K`); a number that needs a unit
  and has none is an error.
- The file is YAML 1.2 in UTF-8, up to 2 MB, with anchors and without tags: `010` is 10, `1:30` and `no` are text.
- Names may be in any script, up to 80 characters of one line; those of layers and regions have no `/`. Pictures show a
  script that Matplotlib finds a font for, such as Noto Sans CJK.
- The origin is the centre of the outline at the bottom of the stack; x and y lie in the plane, z is up.
- `--set geometry.layers.mould.thickness=0.5mm` overrides one value; lists are addressed by `name` or index.
- A material property is a quantity (`22 GPa`), a list of three along x, y, z (orthotropic: then `poisson_ratio` is
  `[xy, yz, zx]` and `shear_modulus: [xy, yz, zx]` is needed), or a table
  `{temperature: [25 degC, 150 degC], value: [22 GPa, 12 GPa]}`. `thermal_expansion` may also be
  `{below_tg: 8 ppm/K, above_tg: 30 ppm/K}` with `glass_transition`; it is tangent data unless the table says
  `kind: secant, reference: 20 degC` (mean coefficients) or `kind: strain` (measured change of length, `0.3 %` or
  `1200 ppm`). A mean across the transition is `{below_tg: 40 ppm/K, mean: 140 ppm/K, from: 50 degC, to: 260 degC}`.
  Expansion is integrated over temperature. `orientation: 30 deg` turns a material in the plane of its layer;
  `orientation: radial` has its axes along the radius from the origin, around it and along z (the values of a list),
  `{radial: [5 mm, 0 mm], angle: 90 deg}` about another centre and turned from the radius (wound fibres).
  The library: [materials](materials.md).
"""


def document() -> str:
    """The page as Markdown."""
    seen: list[type[Section]] = []
    _collect(Case, seen)
    _collect(RepeatedSteps, seen)
    parts = [_HEAD]
    for model in seen:
        parts.append(_section(model))
    return "\n".join(parts).rstrip() + "\n"


def _collect(model: type[Section], seen: list[type[Section]]) -> None:
    if model in seen:
        return
    seen.append(model)
    for field in model.model_fields.values():
        for part in _sections_in(field.annotation):
            _collect(part, seen)


def _sections_in(annotation: Any) -> list[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    return [model for part in typing.get_args(annotation) for model in _sections_in(part)]


def _section(model: type[Section]) -> str:
    title = "case.yaml" if model is Case else model.__name__
    lines = [
        f"## {title}",
        "",
        inspect.cleandoc(model.__doc__ or ""),
        "",
        "| key | value | default | |",
        "|---|---|---|---|",
    ]
    for name, field in model.model_fields.items():
        words = (field.description or "").replace("|", "\\|")
        lines.append(f"| `{field.alias or name}` | {_kind(field)} | {_default(field)} | {words} |")
    return "\n".join(lines) + "\n"


def _kind(field: FieldInfo) -> str:
    unit = next((item for item in field.metadata if isinstance(item, Unit)), None)
    if unit is not None:
        return f"{unit.name}, `{unit.example}`"
    return _name(field.annotation).replace("|", "\\|")


def _name(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        unit = next((item for item in annotation.__metadata__ if isinstance(item, Unit)), None)
        return f"{unit.name}, `{unit.example}`" if unit else _name(arguments[0])
    if origin is typing.Literal:
        return ", ".join(f"`{str(value).lower()}`" for value in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(_name(part) for part in arguments if part is not type(None)))
    if origin is list:
        return f"list of: {_name(arguments[0])}"
    if origin is dict:
        return f"names to: {_name(arguments[1])}"
    if origin is tuple:
        count = {2: "two", 3: "three"}[len(arguments)]
        return f"{count} of: {_name(arguments[0])}" if len(set(map(str, arguments))) == 1 else "pair"
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return {"str": "text", "int": "whole number", "float": "number", "bool": "true, false", "Path": "file"}.get(
        getattr(annotation, "__name__", str(annotation)), "property"
    )


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.default
    if value is PydanticUndefined or value is None or value in ([], {}, ""):
        return ""
    if isinstance(value, Section):
        return "its defaults"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    print(document(), end="")
