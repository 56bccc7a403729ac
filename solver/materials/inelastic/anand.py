"""Anand's law of solder: one internal variable, no yield.

S. B. Brown, K. H. Kim, L. Anand, Int. J. Plasticity 5, 95 (1989).
"""

from dataclasses import dataclass

import numpy as np
from pydantic import Field, model_validator

from solver.materials.inelastic.activation import Activated
from solver.materials.inelastic.creep import CreepTerm, check_exponent
from solver.section import wrong
from solver.units import Number, PositiveNumber, PositiveRate, PositiveStress


@dataclass(frozen=True)
class Anand:
    """Its constants.

    Attributes:
        flow: rate over stress / s.
        s0, h0, s_hat: resistance at birth, hardening and the factor of its saturation (Pa).
        n: sensitivity of the saturation to the rate.
        exponent: of the hardening, called a in the paper.
    """

    flow: CreepTerm
    s0: float
    h0: float
    s_hat: float
    n: float
    exponent: float


class AnandSpec(Activated):
    """Anand's law: rate = a exp(-Q / (R T)) sinh(xi stress / s)^(1 / m), of the equivalent strain and stress.

    The resistance s grows by ds = h0 |1 - s / s*|^exponent sign(1 - s / s*) de; s* = s_hat (rate exp(Q / (R T)) / a)^n.
    """

    a: PositiveRate
    xi: PositiveNumber
    m: Number = Field(description="sensitivity of the stress to the rate, above 0 and up to 1")
    s0: PositiveStress = Field(description="resistance at birth")
    h0: PositiveStress = Field(description="hardening")
    s_hat: PositiveStress = Field(description="factor of the saturation")
    n: Number = Field(description="sensitivity of the saturation to the rate, from 0 to 1")
    exponent: Number = Field(description="of the hardening, called a in the paper; 1 or more")

    @model_validator(mode="after")
    def _in_range(self) -> "AnandSpec":
        if not 0.0 < self.m <= 1.0:
            raise wrong(f"m = {self.m:g} does not lie above 0 and up to 1; m is the inverse of a creep exponent", "m")
        check_exponent(1.0 / self.m, "m")
        if not 0.0 <= self.n < 1.0:
            raise wrong(f"n = {self.n:g} does not lie between 0 and 1; it is not a creep exponent", "n")
        if not 1.0 <= self.exponent <= 10.0:
            raise wrong(f"exponent = {self.exponent:g} of the hardening does not lie between 1 and 10", "exponent")
        return self

    @property
    def data(self) -> Anand:
        """What the law takes."""
        flow = CreepTerm(True, float(np.log(self.a)), self.xi, 1.0 / self.m, self.activation)
        return Anand(flow, self.s0, self.h0, self.s_hat, self.n, self.exponent)
