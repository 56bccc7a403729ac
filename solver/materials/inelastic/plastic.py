"""Plastic flow of metals: von Mises, isotropic and kinematic hardening.

J. Lubliner, Plasticity Theory (1990), ch. 3; E. Voce, J. Inst. Met. 74, 537 (1948); J. L. Chaboche, Int. J. Plasticity
5, 247 (1989), after C. O. Frederick, P. J. Armstrong, Mater. High Temp. 24, 1 (2007).
"""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from solver.materials.curve import Curve
from solver.materials.forms import forms
from solver.materials.values import Limits, error, scalar_reader
from solver.section import Section, wrong
from solver.units import NUMBER, STRENGTH, STRESS, Number, PositiveNumber, PositiveStress

_YIELD_LIMITS = Limits(0.0, 2e10, "a yield stress lies between 0 and 20 GPa")
_HARDENING_LIMITS = Limits(0.0, 1e12, "a hardening modulus lies between 0 and 1000 GPa")
_MOST = 8  # back stresses, as of kernels/plastic.c

Hinge = tuple[float, float]  # plastic strain from which on, and by how much steeper (Pa)


@dataclass(frozen=True)
class Plastic:
    """Yield and hardening; all stresses are equivalent ones.

    Attributes:
        yield_stress: (Pa) over temperature (K).
        hinges: of a rise over plastic strain that is made of straight lines.
        voce: saturation (Pa) and rate of a rise saturation (1 - exp(-rate p)).
        backs: modulus c (Pa) and recovery gamma of each back stress, dX = 2/3 c de_p - gamma X dp.
    """

    yield_stress: Curve
    hinges: tuple[Hinge, ...] = ()
    voce: tuple[float, float] = (0.0, 0.0)
    backs: tuple[tuple[float, float], ...] = ()


def _read_isotropic(raw: Any) -> tuple[Hinge, ...] | None:
    """A modulus, or a table of the rise over plastic strain."""
    if raw is None or isinstance(raw, tuple):
        return raw
    if not isinstance(raw, dict):
        modulus = STRESS.parse(raw)
        _HARDENING_LIMITS.check([modulus], raw)
        return ((0.0, modulus),)
    if set(raw) != {"plastic_strain", "stress"} or not all(isinstance(value, list) for value in raw.values()):
        raise error("a table is {plastic_strain: [0, 0.01, ...], stress: [0 MPa, 40 MPa, ...]}, above the yield stress")
    strain = np.array([NUMBER.parse(one) for one in raw["plastic_strain"]])
    stress = np.array([STRESS.parse(one) for one in raw["stress"]])
    if len(strain) != len(stress) or len(strain) < 2:
        raise error(f"the table has {len(strain)} strains and {len(stress)} stresses; two or more of each are expected")
    if strain[0] != 0.0 or stress[0] != 0.0:
        raise error("the table says how far the stress has risen above yield_stress: it begins with 0 and 0 MPa")
    if np.any(np.diff(strain) <= 0.0):
        raise error("plastic strains of a table must ascend")
    if np.any(np.diff(stress) < 0.0):
        raise error("a stress that falls with plastic strain gathers all strain in one row of cells; it must not fall")
    slopes = np.append(np.diff(stress) / np.diff(strain), 0.0)
    return tuple(zip(strain.tolist(), np.diff(slopes, prepend=0.0).tolist(), strict=True))


_TABLE = {
    "type": "object",
    "properties": {
        "plastic_strain": {"type": "array", "items": NUMBER.schema, "minItems": 2},
        "stress": {"type": "array", "items": STRESS.schema, "minItems": 2},
    },
    "required": ["plastic_strain", "stress"],
    "additionalProperties": False,
}

Isotropic = Annotated[
    tuple[Hinge, ...] | None,
    BeforeValidator(_read_isotropic),
    STRESS,
    WithJsonSchema({"anyOf": [STRESS.schema, _TABLE]}),
]


class VoceSpec(Section):
    """A rise that saturates: saturation (1 - exp(-rate p)) after a plastic strain p."""

    saturation: PositiveStress
    rate: PositiveNumber


class BackStressSpec(Section):
    """One back stress of Armstrong and Frederick: it saturates at c / gamma."""

    c: PositiveStress = Field(description="slope at the start, uniaxial stress over plastic strain")
    gamma: Number = Field(0.0, description="recovery per plastic strain; 0: linear")

    @model_validator(mode="after")
    def _recovers(self) -> "BackStressSpec":
        if self.gamma < 0.0:
            raise wrong("a back stress recovers: gamma is not negative", "gamma")
        return self


class PlasticSpec(Section):
    """Plastic flow (von Mises) at a yield stress that rises (isotropic, Voce) and moves (kinematic, Chaboche)."""

    yield_stress: Annotated[
        Curve, BeforeValidator(scalar_reader(STRENGTH, _YIELD_LIMITS)), forms(STRENGTH, axes=False)
    ] = Field(description="where flow begins (not the 0.2 % stress); may be a table over temperature")
    isotropic: Isotropic = Field(
        None,
        description="slope of the uniaxial stress over plastic strain; or its rise in a table, constant at the end",
    )
    voce: VoceSpec | None = None
    kinematic: PositiveStress | None = Field(
        None, description="slope of the uniaxial stress over plastic strain (not over total strain: a tangent modulus)"
    )
    chaboche: list[BackStressSpec] | None = Field(None, description="back stresses that add up; instead of `kinematic`")

    synonyms = {"yield": "yield_stress", "yield_strength": "yield_stress", "back_stresses": "chaboche"}

    @model_validator(mode="after")
    def _one_kind(self) -> "PlasticSpec":
        if self.kinematic is not None and self.chaboche is not None:
            raise wrong("'kinematic' is one back stress without recovery; write it as one of 'chaboche'", "kinematic")
        if self.chaboche is not None and not 1 <= len(self.chaboche) <= _MOST:
            raise wrong(f"1 to {_MOST} back stresses are expected", "chaboche")
        return self

    @property
    def data(self) -> Plastic:
        """What the law takes."""
        linear = () if self.kinematic is None else ((self.kinematic, 0.0),)
        voce = (0.0, 0.0) if self.voce is None else (self.voce.saturation, self.voce.rate)
        backs = tuple((one.c, one.gamma) for one in self.chaboche or ()) or linear
        return Plastic(self.yield_stress, self.isotropic or (), voce, backs)
