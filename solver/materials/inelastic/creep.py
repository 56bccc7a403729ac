"""Creep: rates of the equivalent strain over the equivalent stress (von Mises) and temperature.

F. H. Norton, The Creep of Steel at High Temperatures (1929); F. Garofalo, Trans. AIME 227, 351 (1963).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field, model_validator

from solver.materials.inelastic.activation import Activated
from solver.materials.inelastic.choice import OneOf
from solver.section import wrong
from solver.units import Number, PositiveInverseStress, PositiveRate, PositiveStress

_STEEPEST = 60.0  # exponent


@dataclass(frozen=True)
class CreepTerm:
    """rate = a (stress scale)^exponent exp(-activation / T), or with the sinh of stress scale.

    Attributes:
        is_sinh: True for the sinh.
        log_a: ln of a in 1/s.
        scale: 1/Pa.
        exponent: 1 or more.
        activation: Q / R (K).
    """

    is_sinh: bool
    log_a: float
    scale: float
    exponent: float
    activation: float


@dataclass(frozen=True)
class Creep:
    """Terms whose rates add up."""

    terms: tuple[CreepTerm, ...]


def check_exponent(value: float, key: str) -> None:
    """Raise where the rate of a flow would not rise faster than the stress, or without bounds."""
    if not 1.0 <= value <= _STEEPEST:
        raise wrong(f"{key} = {value:g}: the exponent of the stress lies between 1 and {_STEEPEST:g}", key)


class NortonSpec(Activated):
    """Power law: rate = a (stress / reference_stress)^n exp(-Q / (R T))."""

    a: PositiveRate
    reference_stress: PositiveStress = Field(
        description="1 MPa for constants in MPa, 1 Pa for constants in Pa, 1 psi for constants in psi"
    )
    n: Number

    @model_validator(mode="after")
    def _convex(self) -> "NortonSpec":
        check_exponent(self.n, "n")
        return self

    @property
    def terms(self) -> tuple[CreepTerm, ...]:
        """The power law as the term whose rate the laws take, in SI."""
        return (CreepTerm(False, float(np.log(self.a)), 1.0 / self.reference_stress, self.n, self.activation),)


class GarofaloSpec(Activated):
    """Hyperbolic sine: rate = a sinh(alpha stress)^n exp(-Q / (R T))."""

    a: PositiveRate = Field(description="of the equivalent strain: of constants fitted to shear, a / sqrt 3")
    alpha: PositiveInverseStress = Field(
        description="of the equivalent stress: of constants fitted to shear, alpha / sqrt 3"
    )
    n: Number

    @model_validator(mode="after")
    def _convex(self) -> "GarofaloSpec":
        check_exponent(self.n, "n")
        return self

    @property
    def terms(self) -> tuple[CreepTerm, ...]:
        """The hyperbolic sine as the term whose rate the laws take, in SI."""
        return (CreepTerm(True, float(np.log(self.a)), self.alpha, self.n, self.activation),)


class CreepSpec(OneOf):
    """Creep; one of these."""

    norton: NortonSpec | None = None
    garofalo: GarofaloSpec | None = None
    double_power: tuple[NortonSpec, NortonSpec] | None = Field(
        None, description="two power laws whose rates add up: climb, and glide at high stress"
    )

    synonyms = {"power": "norton", "sinh": "garofalo", "hyperbolic_sine": "garofalo"}

    @model_validator(mode="before")
    @classmethod
    def _no_darveaux(cls, data: Any) -> Any:
        if isinstance(data, dict) and "darveaux" in data:
            raise wrong(
                "Darveaux's law has the temperature and the shear modulus in its prefactor, and psi: write 'garofalo' "
                "with a = C G / T at the middle of the temperatures and alpha = alpha / G there, in SI or with units",
                "darveaux",
            )
        return data

    @property
    def data(self) -> Creep:
        """What the law takes."""
        chosen = self.chosen
        laws = chosen if isinstance(chosen, tuple) else (chosen,)
        return Creep(tuple(term for law in laws for term in law.terms))
