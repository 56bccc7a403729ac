"""How fast a resin cures: rate of the degree of cure a, 0 to 1, over degree and temperature. k = A exp(-E / R T).

M. R. Kamal, S. Sourour, Polym. Eng. Sci. 13, 59 (1973); W. I. Lee, A. C. Loos, G. S. Springer, J. Compos. Mater. 16,
510 (1982). Degrees are handed over with what is left to cure, 1 - a, so that the last of it keeps its digits.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from pydantic import Field, model_validator

from solver.arrays import Array
from solver.materials.inelastic.choice import OneOf
from solver.section import Section, wrong
from solver.units import GAS_CONSTANT, MolarEnergy, Number, Rate, Time

_HIGHEST_ORDER = 10.0


class Kinetics(Protocol):
    """A rate of cure.

    Attributes:
        power: p, of which the degree starts as time^(1/p): below 1 where the reaction drives itself from nothing.
    """

    @property
    def power(self) -> float:
        """Of the degree that grows in a straight line at first."""

    def scaled(self, degree: Array, rest: Array, kelvin: Array) -> Array:
        """Rate / degree^(1 - power) (1/s), of degrees, what is left of each, and temperatures (K), of any shape."""


def rate(kinetics: Kinetics, degree: Array, kelvin: Array) -> Array:
    """Rate of the degree of cure (1/s)."""
    degree = np.asarray(degree, dtype=float)
    return np.asarray(degree ** (1.0 - kinetics.power) * kinetics.scaled(degree, 1.0 - degree, kelvin))


@dataclass(frozen=True)
class Arrhenius:
    """k = factor exp(-energy / R T), in 1/s and J/mol."""

    factor: float
    energy: float

    def __call__(self, kelvin: Array) -> Array:
        """At temperatures (K)."""
        return np.asarray(self.factor * np.exp(-self.energy / GAS_CONSTANT / np.maximum(kelvin, 1.0)))


@dataclass(frozen=True)
class Kamal:
    """(k1 + k2 a^m) (1 - a)^n."""

    first: Arrhenius
    second: Arrhenius
    m: float
    n: float

    @property
    def power(self) -> float:
        """1 - m if nothing but the reaction itself drives it."""
        return 1.0 - self.m if self.first.factor == 0.0 and self.m < 1.0 else 1.0

    def scaled(self, degree: Array, rest: Array, kelvin: Array) -> Array:
        """As of `Kinetics`."""
        driven = self.second(kelvin) * degree ** (self.m + self.power - 1.0)
        return np.asarray((self.first(kelvin) + driven) * rest**self.n)


@dataclass(frozen=True)
class LeeLoos:
    """(k1 + k2 a) (1 - a) (ceiling - a) up to a degree, k3 (1 - a) from there on."""

    k: tuple[Arrhenius, Arrhenius, Arrhenius]
    switch: float
    ceiling: float
    power = 1.0

    def scaled(self, degree: Array, rest: Array, kelvin: Array) -> Array:
        """As of `Kinetics`."""
        k1, k2, k3 = (one(kelvin) for one in self.k)
        early = np.maximum((k1 + k2 * degree) * (self.ceiling - degree), 0.0)
        return np.asarray(rest * np.where(degree <= self.switch, early, k3))


@dataclass(frozen=True)
class CureTable:
    """Degrees at times (s) of one cure, whatever the temperature; it stops at the last."""

    times: tuple[float, ...]
    degrees: tuple[float, ...]
    power = 1.0

    def scaled(self, degree: Array, rest: Array, kelvin: Array) -> Array:  # noqa: ARG002  others need them
        """As of `Kinetics`."""
        slope = np.append(np.diff(self.degrees) / np.diff(self.times), 0.0)
        piece = np.searchsorted(self.degrees, degree, side="right") - 1
        return np.asarray(slope[np.clip(piece, 0, len(slope) - 1)] + 0.0 * np.asarray(kelvin))


class KamalSpec(Section):
    """Autocatalytic: da/dt = (k1 + k2 a^m) (1 - a)^n, k = a exp(-e / R T), R = 8.314463 J/mol/K."""

    a1: Rate = Field(0.0, description="0 if absent")
    e1: MolarEnergy = 0.0
    a2: Rate
    e2: MolarEnergy
    m: Number
    n: Number

    @model_validator(mode="after")
    def _in_range(self) -> "KamalSpec":
        _not_negative(self, "a1", "e1", "a2", "e2")
        for key in ("m", "n"):
            _order(key, getattr(self, key))
        return self

    @property
    def data(self) -> Kinetics:
        """Rate of cure (1/s) over degree and temperature (K)."""
        return Kamal(Arrhenius(self.a1, self.e1), Arrhenius(self.a2, self.e2), self.m, self.n)


class NthOrderSpec(Section):
    """da/dt = k (1 - a)^n, k = a exp(-e / R T)."""

    a: Rate
    e: MolarEnergy
    n: Number

    @model_validator(mode="after")
    def _in_range(self) -> "NthOrderSpec":
        _not_negative(self, "a", "e")
        _order("n", self.n)
        return self

    @property
    def data(self) -> Kinetics:
        """Rate of cure (1/s) over degree and temperature (K)."""
        return Kamal(Arrhenius(self.a, self.e), Arrhenius(0.0, 0.0), 1.0, self.n)


class LeeLoosSpec(Section):
    """da/dt = (k1 + k2 a) (1 - a) (ceiling - a) up to a = switch, then k3 (1 - a); k = a exp(-e / R T)."""

    a1: Rate
    e1: MolarEnergy
    a2: Rate = Field(description="may be negative")
    e2: MolarEnergy
    a3: Rate
    e3: MolarEnergy
    switch: Number = 0.3
    ceiling: Number = 0.47

    @model_validator(mode="after")
    def _in_range(self) -> "LeeLoosSpec":
        _not_negative(self, "a1", "e1", "e2", "a3", "e3")
        if not 0.0 < self.switch < self.ceiling:
            raise wrong("'switch' lies between 0 and 'ceiling', where the first rate ends", "switch")
        return self

    @property
    def data(self) -> Kinetics:
        """Rate of cure (1/s) over degree and temperature (K)."""
        one, two, three = (Arrhenius(getattr(self, f"a{i}"), getattr(self, f"e{i}")) for i in (1, 2, 3))
        return LeeLoos((one, two, three), self.switch, self.ceiling)


class CureTableSpec(Section):
    """A cure that was measured: degrees at times, linear in between, whatever the temperature."""

    time: list[Time]
    degree: list[Number]

    @model_validator(mode="after")
    def _rises(self) -> "CureTableSpec":
        if len(self.time) != len(self.degree) or len(self.time) < 2:
            rule = (
                f"the table has {len(self.time)} times and {len(self.degree)} degrees; two or more of each are expected"
            )
            raise wrong(rule)
        for key in ("time", "degree"):
            if np.any(np.diff(getattr(self, key)) <= 0.0):
                raise wrong(f"the {key}s of a table must ascend", key)
        if self.degree[0] < 0.0 or self.degree[-1] > 1.0:
            raise wrong("a degree of cure lies between 0 and 1", "degree")
        return self

    @property
    def data(self) -> Kinetics:
        """Rate of cure (1/s) over degree and temperature (K)."""
        return CureTable(tuple(self.time), tuple(self.degree))


class KineticsSpec(OneOf):
    """Rate of cure: one of these."""

    kamal: KamalSpec | None = None
    nth_order: NthOrderSpec | None = None
    lee_loos: LeeLoosSpec | None = None
    table: CureTableSpec | None = None

    @property
    def data(self) -> Kinetics:
        """Rate of cure (1/s) of the one that is given, over degree and temperature (K)."""
        found: Kinetics = self.chosen.data
        return found


def _not_negative(section: Section, *keys: str) -> None:
    for key in keys:
        if getattr(section, key) < 0.0:
            raise wrong(f"{key} = {getattr(section, key):g} is negative: a cure does not go back", key)


def _order(key: str, order: float) -> None:
    if not 0.0 <= order <= _HIGHEST_ORDER:
        raise wrong(f"{key} = {order:g} does not lie in 0 to {_HIGHEST_ORDER:g}", key)
