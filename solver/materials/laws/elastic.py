"""Thermo-elasticity: sigma = C(T) : (eps - eps_free(T)).

The UFL forms (`solver/physics/solid/kinematics.py`) and the kernels in C are its fast path; tests hold them to this.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from solver.arrays import Array
from solver.materials.elasticity import MODULI
from solver.materials.laws.recent import Recent
from solver.materials.laws.response import MaterialLaw, Response, Tangent


class Elastic(MaterialLaw):
    """A material without memory; arguments as of `MaterialLaw`."""

    def respond(self, strain: Array, kelvin: Array, kelvin_before: Array, seconds: float, old: Array) -> Response:  # noqa: ARG002  laws with memory need them
        """As of `MaterialLaw`; neither the time nor the temperature before matters."""
        one = len(kelvin) == 1  # the numbers of a field would fill the memory
        stiffness, free = self._recent.of(kelvin.tobytes(), lambda: self._at(kelvin)) if one else self._at(kelvin)
        stress = hooke(stiffness, strain - free)
        return Response(stress, Tangent(stiffness), old, np.zeros(len(strain)))

    def _at(self, kelvin: Array) -> tuple[Array, Array]:
        return self.moduli(kelvin), self.strain_of(self.free_strain(kelvin))

    @cached_property
    def _recent(self) -> Recent[tuple[Array, Array]]:
        """Moduli (1, 9) and free strain (1, 6) at the last temperatures that were the same at all points."""
        return Recent()


def hooke(moduli: Array, strain: Array, places: Sequence[tuple[int, int]] = MODULI) -> Array:
    """Stress of an elastic strain, shape (n, m), in the unit of the moduli.

    Args:
        moduli: (n or 1, places) of a symmetric stiffness, each at its place and the one across; zero elsewhere.
        strain: (n, m) in Voigt order.
        places: row and column of each.
    """
    stress = np.zeros_like(strain)
    for modulus, (i, j) in enumerate(places):
        stress[..., i] += moduli[..., modulus] * strain[..., j]
        if i != j:
            stress[..., j] += moduli[..., modulus] * strain[..., i]
    return stress
