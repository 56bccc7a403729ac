"""Creep, with or without plastic flow, over increments in which temperature and rate may change much.

The inelastic strain of an increment is w0 times the creep at the start's stress and w1 times that at the end's, over
the integral of exp(-Q / (R T)). The weights make it exact for a flow linear in the stress under a strain linear in time
(kernels/rates.h; at a uniform temperature the exponentially fitted theta method of W. Liniger, R. A. Willoughby, SIAM
J. Numer. Anal. 7, 47 (1970)), so it is of second order and L-stable. They depend on the old state alone: the return is
radial.
The estimated error is Simpson's rule on the straight line between both stresses less this one.
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
        rates, segments = activated(self.terms, kelvin, kelvin_before, seconds)
        return rates, step, segments, len(self.terms), powers(self.terms), *hardening(self.sections.plastic)


def powers(terms: tuple[CreepTerm, ...]) -> Array:
    """(terms, 3) what the kernels take of rates over stress."""
    return np.array([(float(term.is_sinh), term.exponent, term.scale) for term in terms])
