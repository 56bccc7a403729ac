"""Elasticity by increments: d sigma = C(T) : (d eps - d eps_free(T)), the modulus that of the temperature at hand.

What is strained while a polymer is a rubber keeps the rubber's stress when it becomes a glass, where
sigma = C(T) : (eps - eps_free) would give all of it the modulus of the glass. It is the limit of a material that
relaxes within a fraction of the ramp above its transition and not at all below it, on the way from rubber to glass.
Strained as a glass and then heated, a polymer would let the stress go; here it stays, as nothing relaxes.
"""

from functools import cached_property

import numpy as np

from solver.arrays import Array
from solver.materials.curve import Curve
from solver.materials.laws.elastic import hooke
from solver.materials.laws.response import MaterialLaw, Response, Tangent

_COLDEST, _HOTTEST = 50.0, 1500.0  # K, between which the tables are
_STEP = 1.0  # K of the tables, between the knots of the material


class Incremental(MaterialLaw):
    """A material that remembers stress, strain and temperature, and no time.

    Within an increment strain and temperature go evenly together, so its modulus is the mean over its temperatures.
    Arguments as of `MaterialLaw`.
    """

    @property
    def memory(self) -> int:
        """Stress (Pa) and strain in Voigt order, and the temperature from the reference on (K)."""
        return 13

    def initial(self, count: int) -> Array:
        """At the reference temperature, as drawn: without stress, or with that of a film."""
        state = np.zeros((count, self.memory))
        state[:, :6] = hooke(self.moduli(np.array([self.reference])), -self._free(np.array([self.reference])))
        return state

    def respond(self, strain: Array, kelvin: Array, kelvin_before: Array, seconds: float, old: Array) -> Response:  # noqa: ARG002  laws in time need them
        """As of `MaterialLaw`; the temperature before is what the points remember."""
        before = self.reference + old[:, 12]
        if len(kelvin) == 1 and np.all(before == before[0]):
            before = before[:1]
        stiffness = self._mean(before, kelvin)
        stress = old[:, :6] + hooke(stiffness, strain - old[:, 6:12])
        stress -= self._thermal(kelvin) - self._thermal(before)
        new = np.empty_like(old)
        new[:, :6], new[:, 6:12], new[:, 12] = stress, strain, kelvin - self.reference
        return Response(stress, Tangent(stiffness), new, np.zeros(len(strain)))

    def _mean(self, before: Array, kelvin: Array) -> Array:
        """(n, 9) mean of the moduli between two temperatures."""
        span = (kelvin - before)[:, None]
        ways = np.where(span == 0.0, 1.0, span)
        mean = self._stiffness.integral(before, kelvin) / ways
        return np.where(span == 0.0, self._stiffness(kelvin), mean)

    def _thermal(self, kelvin: Array) -> Array:
        """(n, 6) integral of C : d eps_free from the coldest temperature of the tables on (Pa)."""
        knots, values = self._of_free_strain
        return np.stack([np.interp(kelvin, knots, column) for column in values.T], axis=1)

    def _free(self, kelvin: Array) -> Array:
        """(n, 6) strain without stress."""
        return self.strain_of(self.free_strain(kelvin))

    @cached_property
    def _stiffness(self) -> Curve:
        """The moduli over temperature, a jump with a value on each side."""
        knots = self.material.knots
        even = np.arange(_COLDEST, _HOTTEST + _STEP, _STEP)
        both = np.sort(np.concatenate([even, knots, np.nextafter(knots, -np.inf)]))
        return Curve(both, self.moduli(both))

    @cached_property
    def _of_free_strain(self) -> tuple[Array, Array]:
        """Temperatures, and the integral of C : d eps_free up to each."""
        knots = np.unique(self._stiffness.temperature)
        mean, steps = self._mean(knots[:-1], knots[1:]), np.diff(self._free(knots), axis=0)
        return knots, np.concatenate([np.zeros((1, 6)), np.cumsum(hooke(mean, steps), axis=0)])
