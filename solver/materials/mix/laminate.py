"""Alternating flat sheets, normal z: exact for a periodic stack (Backus 1962; Pagano 1974 for the 6 x 6 form).

In-plane strains (xx, yy, xy) and out-of-plane stresses (zz, yz, xz) are the same in both constituents.
"""

import numpy as np

from solver.arrays import Array
from solver.materials.mix.phases import Phases

PLANE, NORMAL = np.array([0, 1, 5]), np.array([2, 3, 4])


def _blocks(matrix: Array) -> tuple[Array, Array, Array]:
    """In-plane, coupling and out-of-plane 3 x 3 blocks."""
    rows = matrix[..., PLANE, :]
    return rows[..., PLANE], rows[..., NORMAL], matrix[..., NORMAL[:, None], NORMAL]


def _partly_inverted(stiffness: Array) -> tuple[Array, Array, Array]:
    """P, R, S with (sigma_plane, epsilon_normal) = [[P, R], [-R^T, S]] (epsilon_plane, sigma_normal): these average."""
    plane, coupling, normal = _blocks(stiffness)
    inverse = np.linalg.inv(normal)
    ratio: Array = coupling @ inverse
    return plane - ratio @ np.swapaxes(coupling, -1, -2), ratio, inverse


def stiffness(phases: Phases) -> Array:
    """Effective stiffness [Pa], shape (..., 6, 6)."""
    pairs = zip(_partly_inverted(phases.metal), _partly_inverted(phases.dielectric), strict=True)
    plane, ratio, inverse = (phases.average(metal, dielectric) for metal, dielectric in pairs)
    normal = np.linalg.inv(inverse)
    coupling = ratio @ normal
    result = np.zeros_like(phases.metal + phases.dielectric)
    result[..., PLANE[:, None], PLANE] = plane + coupling @ np.swapaxes(ratio, -1, -2)
    result[..., PLANE[:, None], NORMAL] = coupling
    result[..., NORMAL[:, None], PLANE] = np.swapaxes(coupling, -1, -2)
    result[..., NORMAL[:, None], NORMAL] = normal
    return result
