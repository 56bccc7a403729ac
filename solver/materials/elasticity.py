"""Linear elasticity in Voigt form: xx, yy, zz, yz, xz, xy with engineering shear strains.

Poisson ratios are nu_xy = -eps_y / eps_x under sigma_x alone, nu_yz under sigma_y, nu_zx under sigma_z.
"""

from collections.abc import Sequence

import numpy as np

from solver.arrays import Array

# (row, column) of the nine moduli of a material whose axes are x, y, z, in the order they are stored
MODULI = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2), (3, 3), (4, 4), (5, 5))
# the same of any material: the nine, then the couplings of lengths with shears and of shears with each other
ALL_MODULI = (*MODULI, *((i, j) for i in range(6) for j in range(max(i + 1, 3), 6)))


def moduli(stiffness: Array, places: Sequence[tuple[int, int]] = MODULI) -> Array:
    """(..., places) of a stiffness (..., 6, 6), in its unit.

    Args:
        stiffness: symmetric.
        places: row and column of each: `MODULI` or `ALL_MODULI`.
    """
    return np.stack([stiffness[..., i, j] for i, j in places], axis=-1)


def full(values: Array) -> Array:
    """(..., 6, 6) stiffness of its first moduli (..., n), in the order of `ALL_MODULI`; the others are zero."""
    result: Array = np.zeros((*values.shape[:-1], 6, 6))
    for place, (i, j) in enumerate(ALL_MODULI[: values.shape[-1]]):
        result[..., i, j] = result[..., j, i] = values[..., place]
    return result


def compliance(youngs: Array, poisson: Array, shear: Array) -> Array:
    """Orthotropic compliance [1/Pa], shape (..., 6, 6).

    Args:
        youngs: Ex, Ey, Ez [Pa], shape (..., 3).
        poisson: nu_xy, nu_yz, nu_zx, shape (..., 3).
        shear: Gxy, Gyz, Gzx [Pa], shape (..., 3).
    """
    result = np.zeros((*youngs.shape[:-1], 6, 6))
    for i in range(3):
        result[..., i, i] = 1.0 / youngs[..., i]
        j = (i + 1) % 3
        result[..., i, j] = result[..., j, i] = -poisson[..., i] / youngs[..., i]
    for row, plane in ((3, 1), (4, 2), (5, 0)):
        result[..., row, row] = 1.0 / shear[..., plane]
    return result


def engineering_constants(stiffness: Array) -> tuple[Array, Array, Array]:
    """Ex Ey Ez [Pa], nu_xy nu_yz nu_zx, Gxy Gyz Gzx [Pa] of an orthotropic stiffness (..., 6, 6); each (..., 3)."""
    flexibility = np.linalg.inv(stiffness)
    diagonal = np.diagonal(flexibility, axis1=-2, axis2=-1)
    youngs = 1.0 / diagonal[..., :3]
    poisson = np.stack([-flexibility[..., i, (i + 1) % 3] * youngs[..., i] for i in range(3)], axis=-1)
    return youngs, poisson, 1.0 / diagonal[..., [5, 3, 4]]


def isotropic(bulk: Array, shear: Array) -> Array:
    """Isotropic stiffness [Pa], shape (..., 6, 6), of bulk and shear moduli [Pa], shape (...)."""
    bulk, shear = np.broadcast_arrays(np.asarray(bulk, dtype=float), np.asarray(shear, dtype=float))
    result = np.zeros((*bulk.shape, 6, 6))
    result[..., :3, :3] = (bulk - 2.0 / 3.0 * shear)[..., None, None]
    for i in range(3):
        result[..., i, i] += 2.0 * shear
        result[..., i + 3, i + 3] = shear
    return result


def plane_stress(stiffness: Array) -> Array:
    """In-plane stiffness (xx, yy, xy) [Pa], shape (..., 3, 3), where sigma_zz = sigma_yz = sigma_xz = 0."""
    keep, drop = [0, 1, 5], [2, 3, 4]
    inner = stiffness[..., keep, :][..., :, keep]
    cross = stiffness[..., keep, :][..., :, drop]
    outer = stiffness[..., drop, :][..., :, drop]
    return np.asarray(inner - cross @ np.linalg.solve(outer, np.swapaxes(cross, -1, -2)))


def is_isotropic(stiffness: Array, tolerance: float = 1e-6) -> bool:
    """True when the stiffness (..., 6, 6) is isotropic at every point, to a relative tolerance."""
    lateral = (stiffness[..., 0, 1] + stiffness[..., 1, 2] + stiffness[..., 0, 2]) / 3.0
    shear = np.trace(stiffness[..., 3:, 3:], axis1=-2, axis2=-1) / 3.0
    difference = np.abs(stiffness - isotropic(lateral + 2.0 / 3.0 * shear, shear))
    return bool(np.all(difference <= tolerance * np.max(np.abs(stiffness), axis=(-2, -1), keepdims=True)))


def turned_stiffness(stiffness: Array, frame: Array) -> Array:
    """(6, 6) in a frame of a stiffness (6, 6), in its unit.

    Args:
        stiffness: along x, y, z.
        frame: (3, 3) rows: the axes of the frame.
    """
    voigt = np.array([[0, 5, 4], [5, 1, 3], [4, 3, 2]])
    turned = np.einsum(
        "ai,bj,ck,dl,ijkl->abcd", frame, frame, frame, frame, stiffness[voigt][..., voigt], optimize=True
    )
    first, second = np.array([0, 1, 2, 1, 0, 0]), np.array([0, 1, 2, 2, 2, 1])
    return np.asarray(turned[first[:, None], second[:, None], first, second])
