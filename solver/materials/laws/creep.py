"""Creep, with or without plastic flow, over increments in which temperature and rate may change much.

The inelastic strain of an increment dt is that of the rates at both its ends, dt ((1 - w) rate_0 + w rate_1), each at
its stress and temperature. With w = 1/(1 - exp(-z)) - 1/z, the exponentially fitted theta method (W. Liniger, R. A.
Willoughby, SIAM J. Numer. Anal. 7, 47 (1970)), it is of second order and L-stable, and a flow that follows its strain
stays what it is while temperature changes it by decades. w is of the old state: the return is radial.
The estimated error is what Simpson's rule says with the rate half way.
"""

from typing import Any, cast

import numpy as np

from solver.arrays import Array
from solver.materials.inelastic.creep import Creep as CreepData
from solver.materials.inelastic.creep import CreepTerm
from solver.materials.laws.activation import activated
from solver.materials.laws.flow import Flow
from solver.materials.laws.plastic import hardening


class Creep(Flow):
    """A metal that creeps, and yields where its material has `plastic`; its scalar is the plastic strain."""

    kernel = "creep"

    @property
    def terms(self) -> tuple[CreepTerm, ...]:
        """Whose rates add up."""
        return cast(CreepData, self.sections.creep).terms

    def yield_stress(self, kelvin: Array) -> Array:
        """(n,) where plastic flow begins (Pa), without hardening."""
        plastic = self.sections.plastic
        return super().yield_stress(kelvin) if plastic is None else plastic.yield_stress(kelvin)[:, 0]

    def arguments(self, kelvin: Array, kelvin_before: Array, seconds: float, step: int) -> tuple[Any, ...]:
        """As of `Flow`."""
        rates = activated(self.terms, kelvin, kelvin_before, seconds)
        return rates, step, len(self.terms), powers(self.terms), *hardening(self.sections.plastic)


def powers(terms: tuple[CreepTerm, ...]) -> Array:
    """(terms, 3) what the kernels take of rates over stress."""
    return np.array([(float(term.is_sinh), term.exponent, term.scale) for term in terms])
