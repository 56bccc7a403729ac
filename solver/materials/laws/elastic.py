"""Thermo-elasticity: sigma = C(T) : (eps - eps_free(T)).

The UFL forms (`solver/physics/solid/kinematics.py`) and the kernels in C are its fast path; tests hold them to this.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solver.arrays import Array
from solver.materials.elasticity import MODULI, moduli
from solver.materials.laws.response import Response, Tangent
from solver.materials.material import Material


@dataclass(frozen=True)
class Elastic:
    """A material without memory.

    Args:
        material: whose stiffness and free strain it takes.
        reference: temperature at which it is free of thermal stress (K).
        green: True for Green's strains: a change of length e is the strain e + e^2 / 2.
    """

    material: Material
    reference: float
    green: bool = False

    @property
    def memory(self) -> int:
        """None."""
        return 0

    @property
    def linear(self) -> bool:
        """Yes."""
        return True

    def initial(self, count: int) -> Array:
        """Nothing."""
        return np.empty((count, 0))

    def readings(self, state: Array) -> dict[str, Array]:  # noqa: ARG002  laws with memory need it
        """None."""
        return {}

    def moduli(self, kelvin: Array) -> Array:
        """(n, 9) moduli (Pa) at temperatures (n,)."""
        return moduli(self.material.stiffness(kelvin))

    def free_strain(self, kelvin: Array) -> Array:
        """(n, 3) changes of length xx, yy, zz without stress at temperatures (n,)."""
        return self.material.free_strain(kelvin, self.reference)

    def respond(self, strain: Array, kelvin: Array, kelvin_before: Array, seconds: float, old: Array) -> Response:  # noqa: ARG002  laws with memory need them
        """As of `MaterialLaw`; neither the time nor the temperature before matters."""
        e, stiffness = self.free_strain(kelvin), self.moduli(kelvin)
        elastic = strain.copy()
        elastic[:, :3] -= e + 0.5 * e**2 if self.green else e
        return Response(hooke(stiffness, elastic), Tangent(stiffness), old, np.zeros(len(strain)))


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
