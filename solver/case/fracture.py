"""What interfaces bear, in the case file."""

from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from solver.life.toughness import BenzeggaghKenane, HutchinsonSuo, MeasuredToughness, Toughness
from solver.section import Section, wrong
from solver.units import (
    Angle,
    Number,
    PositiveEnergyPerArea,
    PositiveInterfaceStiffness,
    PositiveNumber,
    PositiveStress,
    PositiveTime,
)

_RIGHT = np.pi / 2
_ROUNDING = 1e-9


class CohesiveSpec(Section):
    """An interface that holds, softens and parts: bilinear, with the energy of Benzeggagh and Kenane in mixed mode."""

    normal_strength: PositiveStress = Field(description="traction across it at which it begins to soften")
    shear_strength: PositiveStress | None = Field(None, description="the same along it; as across if absent")
    opening: PositiveEnergyPerArea = Field(description="energy per area it takes to part by opening alone, G_Ic")
    shear: PositiveEnergyPerArea | None = Field(None, description="by shear alone, G_IIc; that of opening if absent")
    exponent: PositiveNumber = Field(2.0, description="of G_shear / G in the energy of mixed mode")
    stiffness: PositiveInterfaceStiffness = Field(
        1e14, description="traction per motion of the sound interface: high enough not to be seen, 1e8 MPa/m if absent"
    )
    viscosity: PositiveTime | None = Field(
        None,
        description="time the damage lags behind: leads past places where nothing is in equilibrium; of steps with "
        "`rate` or `duration`",
    )
    source: str = Field("", description="where the numbers are from")

    @model_validator(mode="after")
    def _softens(self) -> "CohesiveSpec":
        for key, strength, energy in (
            ("opening", self.normal_strength, self.opening),
            ("shear", self.shear_strength or self.normal_strength, self.shear or self.opening),
        ):
            if 2.0 * energy * self.stiffness <= strength**2:
                rule = "too little energy to soften by: strength^2 / (2 stiffness) is used before; give more stiffness"
                raise wrong(rule, key)
        return self


class ToughnessSpec(Section):
    """Energy per area an interface takes to part, over the mode angle: exactly one of three ways to say it."""

    opening: PositiveEnergyPerArea | None = Field(
        None, description="of opening alone, G_Ic; alone or with `lambda`, or with `shear` and `exponent`"
    )
    sensitivity: Annotated[Number, Field(ge=0.0, le=1.0)] | None = Field(
        None,
        alias="lambda",
        description="G_Ic (1 + tan^2((1 - lambda) psi)), Hutchinson and Suo 1992: 1, as if absent, where the mode does "
        "not matter, 0 where opening alone counts",
    )
    shear: PositiveEnergyPerArea | None = Field(None, description="of shear alone, G_IIc (Benzeggagh and Kenane 1996)")
    exponent: PositiveNumber | None = Field(None, description="of G_shear / G in their law; 2 if absent")
    angle: list[Angle] = Field([], description="mode angles of measured values, ascending: 0 deg opening, 90 deg shear")
    measured: list[PositiveEnergyPerArea] = Field([], description="at these angles")
    source: str = Field("", description="where the numbers are from")

    @model_validator(mode="after")
    def _one_way(self) -> "ToughnessSpec":
        if (self.opening is None) == (not self.measured):
            raise wrong("give `opening`, or `angle` and `measured`")
        if self.sensitivity is not None and self.shear is not None:
            raise wrong("give `lambda` or `shear`, not both", "shear")
        for key, other in (("lambda", self.sensitivity), ("shear", self.shear)):
            if other is not None and self.opening is None:
                raise wrong(f"`{key}` goes with `opening`", key)
        if self.exponent is not None and self.shear is None:
            raise wrong("it goes with `shear`", "exponent")
        if len(self.angle) != len(self.measured):
            raise wrong("as many values as angles", "measured")
        if any(low >= high for low, high in zip(self.angle, self.angle[1:], strict=False)):
            raise wrong("they ascend", "angle")
        if self.angle and not (self.angle[0] >= 0.0 and self.angle[-1] <= _RIGHT + _ROUNDING):
            raise wrong("they are between 0 and 90 deg", "angle")
        return self

    @property
    def law(self) -> Toughness:
        """The formula with its constants."""
        if self.opening is None:
            return MeasuredToughness(self.angle, self.measured)
        if self.shear is not None:
            return BenzeggaghKenane(self.opening, self.shear, 2.0 if self.exponent is None else self.exponent)
        return HutchinsonSuo(self.opening, 1.0 if self.sensitivity is None else self.sensitivity)
