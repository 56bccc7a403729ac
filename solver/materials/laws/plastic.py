"""Plastic flow: von Mises, isotropic and kinematic hardening.

J. C. Simo, T. J. R. Hughes, Computational Inelasticity (1998), ch. 3: the direction of flow n is that at the end
(backward Euler), exact on a straight way. Back stresses are exact along it:
X -> exp(-gamma dp) X + c / gamma (1 - exp(-gamma dp)) n.
With recovery (gamma > 0) the derivative of n with respect to dp is left out of the tangent: it is not symmetric.
"""

from typing import Any, cast

import numpy as np

from solver.arrays import Array
from solver.materials.inelastic.plastic import Plastic as PlasticData
from solver.materials.laws.flow import OWN, Flow


class Plastic(Flow):
    """A metal that yields; its scalar is the plastic strain, its own are the back stresses."""

    kernel = "plastic"

    @property
    def plastic(self) -> PlasticData:
        """What it yields by."""
        return cast(PlasticData, self.sections.plastic)

    @property
    def memory(self) -> int:
        """Five numbers more for each back stress."""
        return OWN + 5 * len(self.plastic.backs)

    def yield_stress(self, kelvin: Array) -> Array:
        """(n,) where plastic flow begins (Pa), without hardening."""
        return self.plastic.yield_stress(kelvin)[:, 0]

    def arguments(self, kelvin: Array, kelvin_before: Array, seconds: float, step: int) -> tuple[Any, ...]:  # noqa: ARG002  rates need them
        """As of `Flow`."""
        backs = np.array(self.plastic.backs).reshape(-1, 2)
        return step, len(backs), backs, *hardening(self.plastic)


def hardening(plastic: PlasticData | None) -> tuple[int, Array, Array]:
    """What the kernels take of isotropic hardening."""
    hinges = np.array(() if plastic is None else plastic.hinges).reshape(-1, 2)
    return len(hinges), hinges, np.array((0.0, 0.0) if plastic is None else plastic.voce)
