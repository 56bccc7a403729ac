"""Quantities with units: what the user writes ("30 um", "8 ppm/K", "150 degC") becomes SI floats.

Inside the program everything is SI (m, kg, s, K, Pa, W) and carries no unit object.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from solver.conversions import alike, conversion
from solver.errors import nearest, short
from solver.unit_text import SYMBOLS, UnitError, canonical

_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*$")

_QUANTITY = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*\S"  # for editors: a number with something behind it
_LONGEST = 100  # characters of a value
_LEAST = 1e-30  # in SI units: what is nearer to nothing is nothing, and its inverse would overflow
ZERO_CELSIUS = 273.15  # K
GAS_CONSTANT = 8.314462618  # J/mol/K, CODATA 2018: exact


@dataclass(frozen=True)
class Unit:
    """What a key of the case file expects.

    Args:
        name: the quantity in words, for messages ("length").
        si: the SI unit the value is stored in ("m").
        example: a good value, for messages and the reference ("30 um", most=100.0).
        absolute: True for a temperature on a scale (degC is an offset), False for everything else.
        most: no value is larger than this in SI units, whatever its sign.
    """

    name: str
    si: str
    example: str
    absolute: bool = False
    most: float = 1e18

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of the text."""
        if self.si == "":
            return {"type": ["number", "string"], "title": self.name, "examples": [self.example]}
        return {"type": "string", "title": self.name, "pattern": _QUANTITY, "examples": [self.example]}

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        return self.schema

    def parse(self, value: Any) -> float:
        """Value in SI units.

        Raises:
            PydanticCustomError: no number, no unit, an unknown unit, or a unit of another dimension.
        """
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self._error("not_a_quantity", f"expected a {self.name} such as '{self.example}'")
        match = _NUMBER.match(str(value)[: _LONGEST + 1])
        if match is None or len(str(value)) > _LONGEST:
            message = f"'{short(value)}' is not a {self.name}; write a number and a unit such as '{self.example}'"
            raise self._error("not_a_quantity", message)
        number, text = float(match[1]), match[2]
        if not text and self.si != "":
            raise self._error(
                "missing_unit",
                f"a {self.name} needs a unit; write for example '{match[1]} {self.example.split(maxsplit=1)[1]}'",
            )
        found = _convert(number, text, self)
        if not math.isfinite(found) or abs(found) > self.most:
            raise self._error("out_of_range", f"no {self.name} is that large")
        if self.absolute and found < 0.0:
            raise self._error("below_zero", "a temperature below absolute zero, -273.15 degC")
        return found if abs(found) >= _LEAST else 0.0

    def _error(self, kind: str, message: str) -> PydanticCustomError:
        return PydanticCustomError(kind, "{message}", {"message": message})


@lru_cache(maxsize=4096)
def _convert(number: float, text: str, unit: Unit) -> float:
    try:
        plain = canonical(text)
    except UnitError as error:
        close = nearest(error.symbol, _alike(unit)) if error.symbol else ""
        hint = close if close.startswith("did") else str(error)
        message = f"unknown unit '{short(text)}' for a {unit.name}; {hint}; write for example '{unit.example}'"
        raise unit._error("unknown_unit", message) from None
    if unit.absolute and "delta_" in plain:
        raise unit._error(
            "wrong_unit", f"'{short(text)}' is a difference; write a {unit.name} such as '{unit.example}'"
        )
    if not unit.absolute:  # a difference or a rate: degC means a kelvin
        plain = re.sub(r"\bdeg([CF])\b", r"delta_deg\1", plain)
    found = conversion(plain, unit.si or "1")
    if found is None:
        message = f"'{short(text)}' is not a unit of {unit.name}; write for example '{unit.example}'"
        raise unit._error("wrong_unit", message)
    return number * found.scale + found.offset


@lru_cache(maxsize=64)
def _alike(unit: Unit) -> list[str]:
    """Symbols that are a unit of this kind, or else all of them."""
    found = alike((symbol for symbol in SYMBOLS if symbol not in ("mil", "oz")), unit.si or "1")
    return found or list(SYMBOLS)


LENGTH = Unit("length", "m", "30 um", most=100.0)
AREA = Unit("area", "m^2", "10 mm^2", most=1e4)
TEMPERATURE = Unit("temperature", "K", "150 degC", absolute=True, most=1e5)
TEMPERATURE_DIFFERENCE = Unit("temperature difference", "delta_degC", "-125 K", most=1e5)
TEMPERATURE_RATE = Unit("temperature rate", "K/s", "5 K/min")
ACCELERATION = Unit("acceleration", "m/s^2", "-9.81 m/s^2")
FORCE = Unit("force", "N", "10 N")
PRESSURE = Unit("pressure", "Pa", "60 kPa")
TIME = Unit("time", "s", "5 min", most=1e12)
STRESS = Unit("stress or modulus", "Pa", "22 GPa", most=1e15)
STRENGTH = Unit("strength or yield stress", "Pa", "120 MPa", most=1e15)
TOUGHNESS = Unit("fracture toughness", "Pa*m^0.5", "0.82 MPa sqrt(m)", most=1e12)
EXPANSION = Unit("thermal expansion coefficient", "1/K", "8 ppm/K")
CONDUCTIVITY = Unit("thermal conductivity", "W/m/K", "0.9 W/m/K")
DENSITY = Unit("density", "kg/m^3", "1950 kg/m^3")
SPECIFIC_HEAT = Unit("specific heat", "J/kg/K", "900 J/kg/K")
TEMPERATURE_COEFFICIENT = Unit("temperature coefficient", "1/K", "0.02 1/K")
POWER = Unit("power", "W", "4 W", most=1e12)
POWER_DENSITY = Unit("power density", "W/m^3", "2e9 W/m^3")
HEAT_FLUX = Unit("heat flux", "W/m^2", "1e4 W/m^2")
THERMAL_RESISTANCE = Unit("thermal resistance", "K/W", "0.2 K/W")
AREA_RESISTANCE = Unit("thermal resistance of an area", "m^2*K/W", "5 mm^2 K/W")
HEAT_CAPACITY = Unit("heat capacity", "J/K", "140 J/K")
FILM_COEFFICIENT = Unit("film coefficient", "W/m^2/K", "1400 W/m^2/K")
VOLTAGE = Unit("voltage", "V", "0.8 V")
CURRENT = Unit("current", "A", "2.5 A")
CURRENT_DENSITY = Unit("current density", "A/m^2", "1e6 A/cm^2")
RESISTIVITY = Unit("electrical resistivity", "ohm*m", "1.72e-8 ohm m")
CONTACT_RESISTANCE = Unit("contact resistance of an area", "ohm*m^2", "0.1 mohm mm^2")
BLECH_PRODUCT = Unit("product of current density and length", "A/m", "3700 A/cm")
ATOMIC_VOLUME = Unit("volume of an atom", "m^3", "1.18e-29 m^3")
ACTIVATION_ENERGY = Unit("activation energy", "eV", "0.9 eV")
MOLAR_ENERGY = Unit("molar energy", "J/mol", "65 kJ/mol")
ACTIVATION = Unit("activation temperature", "delta_degC", "9320 K", most=1e5)
INVERSE_STRESS = Unit("inverse of a stress", "1/Pa", "0.037 1/MPa")
RATE = Unit("rate", "1/s", "2.1e5 1/s", most=1e100)
HEAT_PER_MASS = Unit("heat per mass", "J/kg", "40 kJ/kg")
INTERFACE_STIFFNESS = Unit("stiffness of an interface", "Pa/m", "1e8 MPa/m")
ENERGY_PER_AREA = Unit("energy per area", "J/m^2", "20 J/m^2")
HEAT_PER_VOLUME = Unit("heat per volume", "J/m^3", "80 MJ/m^3")
ANGLE = Unit("plane angle", "rad", "30 deg", most=100.0)
NUMBER = Unit("number", "", "0.35")


def quantity(unit: Unit) -> Any:
    """Pydantic type of a value with a unit: reads text, stores SI."""
    return Annotated[float, BeforeValidator(unit.parse), unit]


def each(unit: Unit, count: int) -> dict[str, Any]:
    """JSON schema of so many quantities."""
    return {"type": "array", "items": unit.schema, "minItems": count, "maxItems": count}


def one_or_each(unit: Unit, count: int, *others: dict[str, Any]) -> WithJsonSchema:
    """Annotation of a value that is one quantity, or one for each direction, or something else."""
    return WithJsonSchema({"anyOf": [unit.schema, each(unit, count), *others]})


def _film_stress(value: Any) -> tuple[float, float] | None:
    """One stress for both axes, or one along each."""
    if value is None:
        return None
    pair = value if isinstance(value, list | tuple) and len(value) == 2 else (value, value)
    return STRESS.parse(pair[0]), STRESS.parse(pair[1])


FilmStress = Annotated[
    tuple[float, float] | None, BeforeValidator(_film_stress), STRESS, one_or_each(STRESS, 2, {"type": "null"})
]


def positive(unit: Unit) -> Any:
    """The same, of values above zero."""

    def check(value: float) -> float:
        if value <= 0.0:
            raise unit._error("not_positive", f"a {unit.name} here must be positive")
        return value

    return Annotated[float, BeforeValidator(unit.parse), AfterValidator(check), unit]


Length = quantity(LENGTH)
PositiveLength = positive(LENGTH)
PositiveArea = positive(AREA)
PositiveTime = positive(TIME)
PositiveStress = positive(STRESS)
PositiveInverseStress = positive(INVERSE_STRESS)
PositiveRate = positive(RATE)
PositiveNumber = positive(NUMBER)
PositiveInterfaceStiffness = positive(INTERFACE_STIFFNESS)
PositiveEnergyPerArea = positive(ENERGY_PER_AREA)
Activation = quantity(ACTIVATION)
Temperature = quantity(TEMPERATURE)
TemperatureDifference = quantity(TEMPERATURE_DIFFERENCE)
TemperatureRate = quantity(TEMPERATURE_RATE)
Pressure = quantity(PRESSURE)
Time = quantity(TIME)
TemperatureCoefficient = quantity(TEMPERATURE_COEFFICIENT)
Power = quantity(POWER)
PowerDensity = quantity(POWER_DENSITY)
HeatFlux = quantity(HEAT_FLUX)
ThermalResistance = quantity(THERMAL_RESISTANCE)
AreaResistance = quantity(AREA_RESISTANCE)
Conductivity = quantity(CONDUCTIVITY)
HeatCapacity = quantity(HEAT_CAPACITY)
Voltage = quantity(VOLTAGE)
Current = quantity(CURRENT)
CurrentDensity = quantity(CURRENT_DENSITY)
ContactResistance = quantity(CONTACT_RESISTANCE)
BlechProduct = quantity(BLECH_PRODUCT)
AtomicVolume = quantity(ATOMIC_VOLUME)
Stress = quantity(STRESS)
ActivationEnergy = quantity(ACTIVATION_ENERGY)
MolarEnergy = quantity(MOLAR_ENERGY)
Rate = quantity(RATE)
FilmCoefficient = quantity(FILM_COEFFICIENT)
Angle = quantity(ANGLE)
Number = quantity(NUMBER)


def to_celsius(kelvin: float) -> float:
    """A temperature (K) in degC."""
    return kelvin - ZERO_CELSIUS


def in_percent(part: float) -> str:
    """A part of one in words: two digits below 100 %, whole numbers from there on."""
    percent = 100 * part
    return f"{percent:.0f} %" if abs(percent) >= 99.5 else f"{percent:.2g} %"
