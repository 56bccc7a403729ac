"""The two constituents of a mixture at the temperatures of one evaluation."""

from dataclasses import dataclass

import numpy as np

from solver.arrays import Array


@dataclass(frozen=True, eq=False)
class Phases:
    """Elastic data of the metal and the dielectric.

    Args:
        metal: stiffness of the metal [Pa], shape (..., 6, 6).
        dielectric: stiffness of the dielectric [Pa], shape (..., 6, 6).
        fraction: volume fraction of the metal.
        along: how far the metal reaches along x and y: 0 for islands, 1 for traces or a sheet (rule `traces` only).
    """

    metal: Array
    dielectric: Array
    fraction: float
    along: tuple[float, float] = (0.5, 0.5)

    def average(self, metal: Array, dielectric: Array) -> Array:
        """Volume average of a pair of quantities."""
        return self.fraction * metal + (1.0 - self.fraction) * dielectric


def voigt_vector(strain: Array) -> Array:
    """Normal strains (..., 3) as a Voigt vector (..., 6)."""
    return np.concatenate([strain, np.zeros_like(strain)], axis=-1)
