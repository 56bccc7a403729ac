"""Anand's law, by the rule in time of `laws/creep.py`.

The unknown is stress / resistance: rate, strain, saturation and resistance follow from it one by one. Over the strain
of the increment the resistance hardens towards the saturation of its mean rate, which has a closed form:
y = 1 - s / s* goes to y (1 + (a - 1) h0 / s* dp |y|^(a - 1))^(-1 / (a - 1)).
"""

from typing import Any, cast

import numpy as np

from solver.arrays import Array
from solver.materials.inelastic.anand import Anand as AnandData
from solver.materials.laws.activation import activated
from solver.materials.laws.creep import powers
from solver.materials.laws.flow import HARDENING, Flow


class Anand(Flow):
    """A solder; its scalar is the resistance s (Pa)."""

    kernel = "anand"

    @property
    def anand(self) -> AnandData:
        """Constants of the material, in SI."""
        return cast(AnandData, self.sections.anand)

    def initial(self, count: int) -> Array:
        """Nothing has flowed; the resistance is s0."""
        state = super().initial(count)
        state[:, HARDENING] = self.anand.s0
        return state

    def arguments(self, kelvin: Array, kelvin_before: Array, seconds: float, step: int) -> tuple[Any, ...]:
        """As of `Flow`."""
        terms = (self.anand.flow,)
        rates = activated(terms, kelvin, kelvin_before, seconds)
        own = self.anand
        return rates, step, powers(terms), np.array([own.h0, own.s_hat, own.n, own.exponent])
