"""Reading one value of a material: a quantity, a list of three, a table, or a step at the glass transition."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pydantic_core import PydanticCustomError

from solver.arrays import Array
from solver.errors import nearest
from solver.materials.curve import Curve, tangent_from_secant, tangent_from_strain
from solver.units import TEMPERATURE, TEMPERATURE_COEFFICIENT, Unit

HOTTEST = 3000.0  # K, to which resistivities go on in a straight line
_LEAST = 0.01  # of the value at the reference, below which a falling resistivity stays

AXES = {1: ("",), 3: ("x", "y", "z")}


@dataclass(frozen=True)
class Limits:
    """Physical range of a value in SI units, with the rule in words."""

    low: float
    high: float
    rule: str

    def check(self, values: ArrayLike, text: Any) -> None:
        """Raise when a value is not strictly inside the range."""
        array = np.asarray(values, dtype=float)
        if not np.all((array > self.low) & (array < self.high)):
            raise error(f"{_short(text)} is not physical: {self.rule}")


STRAIN = Unit("strain", "", "1200 ppm")
STRAIN_LIMITS = Limits(-0.2, 0.2, "a thermal strain lies between -20 and 20 %")


@dataclass(frozen=True, eq=False)
class GlassStep:
    """Expansion coefficients [1/K] below and above a glass transition that another key gives; 1 or 3 numbers each.

    With `mean` the second one is the mean coefficient from the first to the second temperature [K] of it.
    """

    below: Array
    above: Array
    mean: tuple[float, float] | None = None


def error(message: str) -> PydanticCustomError:
    """The error of a bad value; pydantic adds the key."""
    return PydanticCustomError("material_value", "{message}", {"message": message})


def scalar_reader(unit: Unit, limits: Limits) -> Callable[[Any], Curve]:
    """Reader of a value that has no direction: a quantity or a table of quantities."""
    return lambda raw: _read(raw, unit, limits, axes=False)


def axes_reader(unit: Unit, limits: Limits) -> Callable[[Any], Curve]:
    """Reader of a value that may have directions: also a list of three."""
    return lambda raw: _read(raw, unit, limits, axes=True)


def expansion_reader(unit: Unit, limits: Limits) -> Callable[[Any], Curve | GlassStep]:
    """Reader of an expansion coefficient: also a step at the glass transition, and secant tables."""

    def read(raw: Any) -> Curve | GlassStep:
        if isinstance(raw, dict) and ("below_tg" in raw or "above_tg" in raw):
            return _glass_step(raw, unit, limits)
        if not isinstance(raw, dict):
            return _read(raw, unit, limits, axes=True)
        _keys(raw, required=("temperature", "value"), optional=("kind", "reference"))
        kind = raw.get("kind", "tangent")
        if kind not in ("tangent", "secant", "strain"):
            raise error(f"kind '{kind}' is neither 'tangent' nor 'secant' nor 'strain'")
        if kind != "secant" and "reference" in raw:
            raise error("a 'reference' belongs to 'kind: secant' only")
        plain = {key: raw[key] for key in ("temperature", "value")}
        if kind == "strain":
            table = _table(plain, STRAIN, STRAIN_LIMITS, axes=True)
            if len(table.temperature) < 2:
                raise error("a strain over temperature has two entries or more")
            found = tangent_from_strain(table)
            limits.check(found.value, "the slope of the strain")
            return found
        table = _table(plain, unit, limits, axes=True)
        if kind == "tangent":
            return table
        if "reference" not in raw:
            raise error("'kind: secant' needs the 'reference' temperature it counts from, such as '20 degC'")
        return tangent_from_secant(table, TEMPERATURE.parse(raw["reference"]))

    return read


def _glass_step(raw: dict[str, Any], unit: Unit, limits: Limits) -> GlassStep:
    """Coefficients below and above the glass transition, or below it and the mean from `from` to `to`, across it."""
    if "mean" not in raw:
        _keys(raw, required=("below_tg", "above_tg"))
        below, above = (_row(raw[key], unit, limits, axes=True) for key in ("below_tg", "above_tg"))
        return GlassStep(np.array(below), np.array(above))
    _keys(raw, required=("below_tg", "mean", "from", "to"))
    below, mean = (_row(raw[key], unit, limits, axes=True) for key in ("below_tg", "mean"))
    return GlassStep(np.array(below), np.array(mean), (TEMPERATURE.parse(raw["from"]), TEMPERATURE.parse(raw["to"])))


def resistivity_reader(unit: Unit, limits: Limits) -> Callable[[Any], Curve]:
    """Reader of a resistivity: also a line in temperature; what rises at the end of a table goes on rising."""

    def read(raw: Any) -> Curve:
        if isinstance(raw, dict) and "temperature_coefficient" in raw:
            _keys(raw, required=("value", "temperature_coefficient", "reference"))
            row = np.array(_row(raw["value"], unit, limits, axes=True))
            slope = TEMPERATURE_COEFFICIENT.parse(raw["temperature_coefficient"])
            reference = TEMPERATURE.parse(raw["reference"])
            if not 0.0 <= slope <= 0.1:
                raise error("a temperature coefficient of resistivity lies between 0 and 0.1 1/K; else write a table")
            lowest = max(reference - (1.0 - _LEAST) / slope, 1.0) if slope > 0.0 else 1.0
            ends = np.array([lowest, HOTTEST])
            return Curve(ends, row * (1.0 + slope * (ends - reference))[:, None])
        found = _read(raw, unit, limits, axes=True)
        if len(found.temperature) < 2 or found.temperature[-1] >= HOTTEST or isinstance(raw, Curve):
            return found
        end = found.slope(found.temperature[-1] - 1e-6).clip(min=0.0)
        rise = found.value[-1] + end * (HOTTEST - found.temperature[-1])
        return Curve(np.append(found.temperature, HOTTEST), np.vstack([found.value, rise]))

    return read


def _read(raw: Any, unit: Unit, limits: Limits, axes: bool) -> Curve:
    if isinstance(raw, Curve):
        return raw
    if isinstance(raw, dict):
        return _table(raw, unit, limits, axes)
    return Curve.constant(_row(raw, unit, limits, axes))


def _row(raw: Any, unit: Unit, limits: Limits, axes: bool) -> list[float]:
    """One value: [number], or [x, y, z]."""
    if isinstance(raw, list | tuple):
        if not axes:
            raise error(f"has no direction; write one value such as '{unit.example}'")
        if len(raw) != 3:
            raise error(f"a list is one value for each of three directions; this one has {len(raw)}")
        row = [unit.parse(item) for item in raw]
    else:
        row = [unit.parse(raw)]
    limits.check(row, raw)
    return row


def _table(raw: dict[str, Any], unit: Unit, limits: Limits, axes: bool) -> Curve:
    _keys(raw, required=("temperature", "value"))
    if not isinstance(raw["temperature"], list) or not isinstance(raw["value"], list) or not raw["value"]:
        raise error("a table is {temperature: [25 degC, ...], value: [" + unit.example + ", ...]}")
    temperature = np.array([TEMPERATURE.parse(item) for item in raw["temperature"]])
    if len(temperature) != len(raw["value"]):
        raise error(f"the table has {len(temperature)} temperatures and {len(raw['value'])} values")
    if np.any(temperature <= 0):
        raise error("a temperature of the table is below absolute zero")
    bad = np.flatnonzero(np.diff(temperature) <= 0)
    if bad.size:
        first = int(bad[0])
        low, high = (raw["temperature"][first + shift] for shift in (0, 1))
        raise error(f"temperatures of a table must ascend; '{high}' follows '{low}'")
    rows = [_row(item, unit, limits, axes) for item in raw["value"]]
    width = max(len(row) for row in rows)
    return Curve(temperature, np.array([row * width if len(row) == 1 else row for row in rows]))


def _keys(raw: dict[str, Any], required: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
    valid = [*required, *optional]
    for key in raw:
        if key not in valid:
            raise error(f"unknown key '{key}'; {nearest(str(key), valid)}")
    for key in required:
        if key not in raw:
            raise error(f"'{key}' is missing; a value of this form has " + " and ".join(required))


def _short(text: Any) -> str:
    shown = str(text)
    return shown if len(shown) < 60 else shown[:57] + "..."
