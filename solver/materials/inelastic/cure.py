"""A resin that cures: kinetics, gel, shrinkage, glass transition over the degree of cure, heat of reaction.

A. T. DiBenedetto, J. Polym. Sci. B 25, 1949 (1987).
"""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from solver.arrays import Array
from solver.materials.inelastic.choice import OneOf
from solver.materials.inelastic.kinetics import Kinetics, KineticsSpec, rate
from solver.section import Section, wrong
from solver.units import HEAT_PER_MASS, HEAT_PER_VOLUME, Number, Temperature

_LARGEST_SHRINKAGE = 0.2  # of the volume


@dataclass(frozen=True)
class DiBenedetto:
    """Tg = uncured + (cured - uncured) lam a / (1 - (1 - lam) a) (K)."""

    uncured: float
    cured: float
    lam: float

    def __call__(self, degree: Array) -> Array:
        """Tg (K) at degrees of cure of any shape."""
        return np.asarray(
            self.uncured + (self.cured - self.uncured) * self.lam * degree / (1.0 - (1.0 - self.lam) * degree)
        )


@dataclass(frozen=True)
class Enthalpy:
    """Heat of the whole reaction, per mass (J/kg) or per volume (J/m^3)."""

    value: float
    per_mass: bool


@dataclass(frozen=True)
class Cure:
    """A curing resin.

    Attributes:
        kinetics: rate of the degree of cure.
        initial: degree at birth.
        gel: degree from which it bears stress.
        shrinkage: of the volume, from degree 0 to 1.
        glass_transition: over the degree, or None.
        enthalpy: of reaction, or None.
    """

    kinetics: Kinetics
    initial: float
    gel: float
    shrinkage: float
    glass_transition: DiBenedetto | None
    enthalpy: Enthalpy | None

    def heat(self, degree: Array, kelvin: Array, density: float) -> Array:
        """Heat of reaction per volume and time (W/m^3); `density` in kg/m^3."""
        if self.enthalpy is None:
            return np.zeros(np.broadcast_shapes(np.shape(degree), np.shape(kelvin)))
        whole = self.enthalpy.value * (density if self.enthalpy.per_mass else 1.0)
        return whole * rate(self.kinetics, degree, kelvin)

    def below(self, degree: Array) -> Array:
        """By how much the glass transition lies above that of full cure (K): zero or negative."""
        if self.glass_transition is None:
            return np.zeros_like(degree)
        return np.asarray(self.glass_transition(degree) - self.glass_transition.cured)


class DiBenedettoSpec(Section):
    """Tg(a) = uncured + (cured - uncured) lambda a / (1 - (1 - lambda) a)."""

    uncured: Temperature
    cured: Temperature
    lam: Number = Field(alias="lambda", description="ratio of the heat capacity steps at Tg, cured over uncured")

    @model_validator(mode="after")
    def _rises(self) -> "DiBenedettoSpec":
        if self.cured <= self.uncured:
            raise wrong("the glass transition rises with cure: 'cured' lies above 'uncured'", "cured")
        if not 0.0 < self.lam <= 1.0:
            raise wrong(f"lambda = {self.lam:g} does not lie in 0 to 1", "lambda")
        return self

    @property
    def data(self) -> DiBenedetto:
        """The glass transition (K) as a function of the degree of cure."""
        return DiBenedetto(self.uncured, self.cured, self.lam)


class CureGlassSpec(OneOf):
    """Glass transition over the degree of cure: one of these."""

    dibenedetto: DiBenedettoSpec | None = None


def _enthalpy(raw: Any) -> Enthalpy | None:
    """Heat per mass, or per volume."""
    if raw is None or isinstance(raw, Enthalpy):
        return raw
    per_volume = isinstance(raw, str) and any(unit in raw for unit in ("/m", "/cm", "/mm", "/(m", "/(cm", "/(mm"))
    found = Enthalpy((HEAT_PER_VOLUME if per_volume else HEAT_PER_MASS).parse(raw), not per_volume)
    if found.value < 0.0:
        raise wrong("the heat of reaction that becomes free is positive")
    return found


class CureSpec(Section):
    """Cure: until it gels the material bears nothing; there it is born, stress-free, in the shape it has."""

    kinetics: KineticsSpec
    initial: Number = Field(0.0, description="degree of cure at birth")
    gel: Number = Field(0.6, description="degree from which the material bears stress")
    shrinkage: Number = Field(
        0.0, description="of the volume, from degree 0 to 1; a third of it along each axis: `0.6 %`"
    )
    glass_transition: CureGlassSpec | None = Field(
        None,
        description="over the degree of cure; shift, expansion and elastic constants over temperature, which are "
        "those of full cure, move with it",
    )
    enthalpy: Annotated[
        Enthalpy | None,
        BeforeValidator(_enthalpy),
        WithJsonSchema({"anyOf": [HEAT_PER_MASS.schema, HEAT_PER_VOLUME.schema]}),
    ] = Field(None, description="heat of the whole reaction, per mass or per volume: `40 kJ/kg`, `80 MJ/m^3`")

    @model_validator(mode="after")
    def _in_range(self) -> "CureSpec":
        if not 0.0 <= self.initial <= 1.0:
            raise wrong(f"a degree of cure lies between 0 and 1, not {self.initial:g}", "initial")
        if not 0.0 <= self.gel < 1.0:
            raise wrong(f"the degree at gel lies between 0 and 1, not {self.gel:g}", "gel")
        if not 0.0 <= self.shrinkage <= _LARGEST_SHRINKAGE:
            raise wrong(f"shrinkage of the volume lies between 0 and 20 %, not {100 * self.shrinkage:g} %", "shrinkage")
        kinetics = self.kinetics.data
        start, warm = np.array([self.initial]), np.array([500.0])
        if self.initial < self.gel and kinetics.scaled(start, 1.0 - start, warm)[0] <= 0.0:
            raise wrong(
                f"the reaction never starts from {self.initial:g}; write a small degree above it, such as "
                f"{self.initial + 1e-3:g}, or a kinetics that does",
                "initial",
            )
        return self

    @property
    def data(self) -> Cure:
        """What the law of polymers takes of it: kinetics, gel, shrinkage, glass transition, heat."""
        glass = None if self.glass_transition is None else self.glass_transition.chosen.data
        return Cure(self.kinetics.data, self.initial, self.gel, self.shrinkage, glass, self.enthalpy)
