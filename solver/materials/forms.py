"""JSON schema of the forms a value of a material may have (`solver.materials.values` reads them)."""

from typing import Any

from pydantic import WithJsonSchema

from solver.units import NUMBER, TEMPERATURE, TEMPERATURE_COEFFICIENT, Unit, each

Form = dict[str, Any]


def forms(unit: Unit, *more: Form, axes: bool = True) -> WithJsonSchema:
    """Annotation of a value: a quantity, one along each axis, or a table over temperature.

    Args:
        unit: of the value.
        more: forms beside these.
        axes: True if it may have directions.
    """
    return WithJsonSchema({"anyOf": [*_row(unit, axes), _mapping(_table(unit, axes)), *more]})


def expansion_forms(unit: Unit) -> list[Form]:
    """A table of secants or strains, and coefficients on both sides of a glass transition."""
    value = {"anyOf": _row(unit, axes=True)}
    either = {"anyOf": [*_row(unit, axes=True), *_row(NUMBER, axes=True)]}  # a coefficient, or a strain
    values: Form = {"type": "array", "items": either, "minItems": 1}
    kinds = _table(unit, axes=True) | {"value": values, "kind": {"enum": ["tangent", "secant", "strain"]}}
    return [
        _mapping(kinds | {"reference": TEMPERATURE.schema}, optional=("reference",)),
        _mapping({"below_tg": value, "above_tg": value}),
        _mapping({"below_tg": value, "mean": value, "from": TEMPERATURE.schema, "to": TEMPERATURE.schema}),
    ]


def resistivity_forms(unit: Unit) -> list[Form]:
    """A line in temperature."""
    line = {"temperature_coefficient": TEMPERATURE_COEFFICIENT.schema, "reference": TEMPERATURE.schema}
    return [_mapping({"value": {"anyOf": _row(unit, axes=True)}, **line})]


def _row(unit: Unit, axes: bool) -> list[Form]:
    return [unit.schema, each(unit, 3)] if axes else [unit.schema]


def _table(unit: Unit, axes: bool) -> dict[str, Form]:
    values = {"anyOf": _row(unit, axes)}
    return {
        "temperature": {"type": "array", "items": TEMPERATURE.schema},
        "value": {"type": "array", "items": values, "minItems": 1},
    }


def _mapping(properties: dict[str, Form], optional: tuple[str, ...] = ()) -> Form:
    required = [key for key in properties if key not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
