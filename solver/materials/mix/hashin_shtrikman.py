"""Bounds of a statistically isotropic mixture of two isotropic constituents.

Z. Hashin, S. Shtrikman, J. Mech. Phys. Solids 11 (1963) 127, in the form of L. J. Walpole, ibid. 14 (1966) 151, which
orders the bulk and the shear moduli independently.
"""

import numpy as np

from solver.arrays import Array
from solver.materials.elasticity import isotropic
from solver.materials.mix.phases import Phases


def _moduli(c: Array) -> tuple[Array, Array]:
    """Bulk and shear modulus [Pa] of an isotropic stiffness."""
    return (c[..., 0, 0] + 2.0 * c[..., 0, 1]) / 3.0, c[..., 3, 3]


def _bound(phases: Phases, reference_bulk: Array, reference_shear: Array) -> Array:
    """Stiffness with a comparison medium of the given moduli [Pa]."""
    (bulk, shear), (other_bulk, other_shear) = _moduli(phases.metal), _moduli(phases.dielectric)
    cavity = 4.0 / 3.0 * reference_shear
    ratio = (9.0 * reference_bulk + 8.0 * reference_shear) / (reference_bulk + 2.0 * reference_shear)
    distortion = reference_shear / 6.0 * ratio
    effective_bulk = 1.0 / phases.average(1.0 / (bulk + cavity), 1.0 / (other_bulk + cavity)) - cavity
    effective_shear = 1.0 / phases.average(1.0 / (shear + distortion), 1.0 / (other_shear + distortion)) - distortion
    return isotropic(effective_bulk, effective_shear)


def lower(phases: Phases) -> Array:
    """Lower bound of the stiffness [Pa], shape (..., 6, 6)."""
    (bulk, shear), (other_bulk, other_shear) = _moduli(phases.metal), _moduli(phases.dielectric)
    return _bound(phases, np.minimum(bulk, other_bulk), np.minimum(shear, other_shear))


def upper(phases: Phases) -> Array:
    """Upper bound of the stiffness [Pa], shape (..., 6, 6)."""
    (bulk, shear), (other_bulk, other_shear) = _moduli(phases.metal), _moduli(phases.dielectric)
    return _bound(phases, np.maximum(bulk, other_bulk), np.maximum(shear, other_shear))
