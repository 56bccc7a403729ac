"""Conductivity of a mixture along x, y, z from those of its constituents; all arrays (..., 3) [W/m/K].

The formulas hold for complex numbers too: their derivatives are taken by complex steps.
"""

import numpy as np

from solver.arrays import Array

RAYLEIGH_LIMIT = np.pi / 4.0  # fraction at which cylinders of a square array touch


def parallel(metal: Array, dielectric: Array, fraction: float) -> Array:
    """Heat flows through both side by side in every direction: the upper bound."""
    return fraction * metal + (1.0 - fraction) * dielectric


def series(metal: Array, dielectric: Array, fraction: float) -> Array:
    """Heat flows through one after the other in every direction: the lower bound."""
    return metal * dielectric / (fraction * dielectric + (1.0 - fraction) * metal)


def laminate(metal: Array, dielectric: Array, fraction: float) -> Array:
    """Sheets with normal z: parallel in the plane, series through it. Exact."""
    return _by_axis(parallel(metal, dielectric, fraction), series(metal, dielectric, fraction))


def maxwell(metal: Array, dielectric: Array, fraction: float) -> Array:
    """Metal spheres in a dielectric (J. C. Maxwell 1873): the matrix-side Hashin-Shtrikman bound."""
    excess = fraction * (metal - dielectric)
    return dielectric * (metal + 2.0 * dielectric + 2.0 * excess) / (metal + 2.0 * dielectric - excess)


def cylinders(metal: Array, dielectric: Array, fraction: float) -> Array:
    """Metal cylinders along z of many sizes (Hashin 1979): any fraction."""
    rest = 1.0 - fraction
    numerator = dielectric * rest + metal * (1.0 + fraction)
    across = dielectric * numerator / (dielectric * (1.0 + fraction) + metal * rest)
    return _by_axis(across, parallel(metal, dielectric, fraction))


def rayleigh(metal: Array, dielectric: Array, fraction: float) -> Array:
    """Metal cylinders along z in a square array (Lord Rayleigh, Phil. Mag. 34 (1892) 481): fractions below pi / 4."""
    contrast = (metal - dielectric) / (metal + dielectric)
    bracket = 1.0 - contrast * fraction - 0.305827 * contrast**2 * fraction**4
    across = dielectric * (1.0 + 2.0 * contrast * fraction / bracket)
    return _by_axis(across, parallel(metal, dielectric, fraction))


def _by_axis(plane: Array, normal: Array) -> Array:
    return np.concatenate([plane[..., :2], normal[..., 2:]], axis=-1)
