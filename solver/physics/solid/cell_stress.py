"""Stress of every cell: its average, and the extremes of the invariants over the points it is known at."""

import numpy as np

from solver.arrays import Array

_CHUNK = 65536  # cells at a time: bounds the memory


def invariants(stress: Array) -> tuple[Array, Array, Array]:
    """Von Mises, largest and smallest principal stress.

    Args:
        stress: (..., 6) Voigt vectors xx yy zz yz xz xy.

    Returns:
        Three arrays of shape (...), in the unit of `stress`.
    """
    xx, yy, zz, yz, xz, xy = np.moveaxis(stress, -1, 0)
    mises = np.sqrt(0.5 * ((xx - yy) ** 2 + (yy - zz) ** 2 + (zz - xx) ** 2) + 3 * (yz**2 + xz**2 + xy**2))
    tensor = np.stack([xx, xy, xz, xy, yy, yz, xz, yz, zz], axis=-1).reshape(*stress.shape[:-1], 3, 3)
    principal = np.linalg.eigvalsh(tensor)
    return mises, principal[..., 2], principal[..., 0]


def extremes(stress: Array) -> tuple[Array, Array, Array]:
    """Largest von Mises, largest and smallest principal stress in every cell.

    Args:
        stress: (cells, points, 6) Voigt vectors.

    Returns:
        Three arrays of shape (cells,), in the unit of `stress`.
    """
    found = np.empty((3, len(stress)))
    for start in range(0, len(stress), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        mises, largest, smallest = invariants(stress[chunk])
        found[:, chunk] = mises.max(axis=1), largest.max(axis=1), smallest.min(axis=1)
    return found[0], found[1], found[2]
