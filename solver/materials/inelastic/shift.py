"""Shift of the times of relaxation over temperature: ln a_T.

M. L. Williams, R. F. Landel, J. D. Ferry, J. Am. Chem. Soc. 77, 3701 (1955); J. D. Ferry, Viscoelastic Properties of
Polymers, 3rd ed. (1980), ch. 11. At a temperature above the reference a_T < 1: what relaxes is faster when hot.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from pydantic import model_validator

from solver.arrays import Array
from solver.materials.inelastic.choice import OneOf
from solver.section import Section, wrong
from solver.units import GAS_CONSTANT, MolarEnergy, Number, Temperature, TemperatureDifference

_LARGEST = 230.0  # of |ln a_T|, 100 decades: from there on all is frozen, or all has relaxed
_LN10 = np.log(10.0)


class Shift(Protocol):
    """How much slower (a_T > 1) or faster a material relaxes."""

    @property
    def knots(self) -> tuple[float, ...]:
        """Temperatures (K) where its slope jumps."""

    def log(self, kelvin: Array) -> Array:
        """ln a_T at temperatures (K) of any shape."""


@dataclass(frozen=True)
class Wlf:
    """log10 a_T = -c1 (T - reference) / (c2 + T - reference); frozen at and below reference - c2.

    Args:
        reference: (K)
        c1: decades.
        c2: (K)
    """

    reference: float
    c1: float
    c2: float

    @property
    def knots(self) -> tuple[float, ...]:
        """None: its slope is smooth where it moves."""
        return ()

    def log(self, kelvin: Array) -> Array:
        """As of `Shift`."""
        above = np.asarray(kelvin) - self.reference
        room = np.maximum(self.c2 + above, 1e-9)
        return np.clip(-self.c1 * _LN10 * above / room, -_LARGEST, _LARGEST)


@dataclass(frozen=True)
class Arrhenius:
    """ln a_T = energy / R (1 / T - 1 / reference).

    Args:
        reference: (K)
        energy: of activation (J/mol).
    """

    reference: float
    energy: float

    @property
    def knots(self) -> tuple[float, ...]:
        """None: its slope jumps nowhere."""
        return ()

    def log(self, kelvin: Array) -> Array:
        """As of `Shift`."""
        inverse = 1.0 / np.maximum(kelvin, 1.0) - 1.0 / self.reference
        return np.clip(self.energy / GAS_CONSTANT * inverse, -_LARGEST, _LARGEST)


@dataclass(frozen=True)
class WlfArrhenius:
    """The one above their common reference temperature, the other below it."""

    above: Wlf
    below: Arrhenius

    @property
    def knots(self) -> tuple[float, ...]:
        """The reference (K), where one follows the other."""
        return (self.above.reference,)

    def log(self, kelvin: Array) -> Array:
        """As of `Shift`."""
        return np.where(np.asarray(kelvin) >= self.above.reference, self.above.log(kelvin), self.below.log(kelvin))


@dataclass(frozen=True)
class ShiftTable:
    """ln a_T, linear between temperatures (K) and constant outside them."""

    kelvin: tuple[float, ...]
    logs: tuple[float, ...]

    @property
    def knots(self) -> tuple[float, ...]:
        """All of the table."""
        return self.kelvin

    def log(self, kelvin: Array) -> Array:
        """As of `Shift`."""
        return np.interp(kelvin, self.kelvin, self.logs)


class WlfSpec(Section):
    """Williams, Landel and Ferry: log10 a_T = -c1 (T - reference) / (c2 + T - reference)."""

    reference: Temperature
    c1: Number
    c2: TemperatureDifference

    @model_validator(mode="after")
    def _faster_when_hot(self) -> "WlfSpec":
        for key in ("c1", "c2"):
            if not getattr(self, key) > 0.0:
                raise wrong(f"{key} = {getattr(self, key):g} makes a_T > 1 above the reference; it is positive", key)
        return self

    @property
    def data(self) -> Shift:
        """ln a_T as a function of temperature (K)."""
        return Wlf(self.reference, self.c1, self.c2)


class ArrheniusSpec(Section):
    """Thermally activated: ln a_T = activation_energy / R (1 / T - 1 / reference), R = 8.314463 J/mol/K."""

    reference: Temperature
    activation_energy: MolarEnergy

    @model_validator(mode="after")
    def _faster_when_hot(self) -> "ArrheniusSpec":
        _positive_energy(self.activation_energy)
        return self

    @property
    def data(self) -> Shift:
        """ln a_T as a function of temperature (K)."""
        return Arrhenius(self.reference, self.activation_energy)


class WlfArrheniusSpec(WlfSpec):
    """Williams, Landel and Ferry above the reference, thermally activated below it."""

    activation_energy: MolarEnergy

    @model_validator(mode="after")
    def _positive(self) -> "WlfArrheniusSpec":
        _positive_energy(self.activation_energy)
        return self

    @property
    def data(self) -> Shift:
        """ln a_T as a function of temperature (K)."""
        return WlfArrhenius(Wlf(self.reference, self.c1, self.c2), Arrhenius(self.reference, self.activation_energy))


class ShiftTableSpec(Section):
    """log10 a_T over temperature, linear in between and constant outside."""

    temperature: list[Temperature]
    log10: list[Number]

    @model_validator(mode="after")
    def _falls(self) -> "ShiftTableSpec":
        if len(self.temperature) != len(self.log10) or len(self.temperature) < 2:
            raise wrong(
                f"the table has {len(self.temperature)} temperatures and {len(self.log10)} values of log10; "
                "two or more of each are expected"
            )
        if np.any(np.diff(self.temperature) <= 0.0):
            raise wrong("temperatures of a table must ascend", "temperature")
        if np.any(np.diff(self.log10) > 0.0):
            raise wrong("a shift that rises with temperature; a_T falls: what relaxes is faster when hot", "log10")
        return self

    @property
    def data(self) -> Shift:
        """ln a_T as a function of temperature (K)."""
        return ShiftTable(tuple(self.temperature), tuple(float(_LN10 * value) for value in self.log10))


class ShiftSpec(OneOf):
    """Shift of the times over temperature: one of these."""

    wlf: WlfSpec | None = None
    arrhenius: ArrheniusSpec | None = None
    wlf_arrhenius: WlfArrheniusSpec | None = None
    table: ShiftTableSpec | None = None

    @property
    def data(self) -> Shift:
        """ln a_T of the one that is given, as a function of temperature (K)."""
        found: Shift = self.chosen.data
        return found


def _positive_energy(energy: float) -> None:
    if energy <= 0.0:
        raise wrong("an activation energy is positive: what relaxes is faster when hot", "activation_energy")
