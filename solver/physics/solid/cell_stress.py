"""Stress of every cell: its average, and the extremes of the invariants over the points it is known at."""

from collections.abc import Sequence

import numpy as np

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array
from solver.materials.axes import stress_along_axes
from solver.materials.material import Material

ALONG_AXES = "stress_along_axes_mpa"  # in the fields
PARAVIEW_ORDER = [0, 1, 2, 5, 3, 4]  # xx yy zz yz xz xy -> XX YY ZZ XY YZ XZ
_CHUNK = 65536  # cells at a time: bounds the memory


def invariants(stress: Array) -> tuple[Array, Array, Array]:
    """Von Mises, largest and smallest principal stress.

    Args:
        stress: (..., 6) Voigt vectors xx yy zz yz xz xy.

    Returns:
        Three arrays of shape (...), in the unit of `stress`.
    """
    xx, yy, zz, yz, xz, xy = parts = np.ascontiguousarray(np.moveaxis(stress, -1, 0))
    mises = np.sqrt(0.5 * ((xx - yy) ** 2 + (yy - zz) ** 2 + (zz - xx) ** 2) + 3 * (yz**2 + xz**2 + xy**2))
    if not (yz.any() or xz.any()):  # a layer of a plate
        middle, radius = 0.5 * (xx + yy), np.hypot(0.5 * (xx - yy), xy)
        return mises, np.maximum(middle + radius, zz), np.minimum(middle - radius, zz)
    return mises, *_principal(parts)


def _principal(parts: Array) -> tuple[Array, Array]:
    """Largest and smallest root of the characteristic polynomial (O. K. Smith, Commun. ACM 4, 168, 1961).

    Where two roots nearly coincide the one of them that is asked for is right to 1e-8 of the deviator.

    Args:
        parts: (6, ...) xx yy zz yz xz xy.
    """
    xx, yy, zz, yz, xz, xy = parts
    mean = (xx + yy + zz) / 3.0
    a, b, c = xx - mean, yy - mean, zz - mean
    radius = np.sqrt((0.5 * (a * a + b * b + c * c) + yz * yz + xz * xz + xy * xy) / 3.0)
    third = a * (b * c - yz * yz) - xy * (xy * c - yz * xz) + xz * (xy * yz - b * xz)
    cube = 2.0 * radius**3
    cosine = np.divide(third, cube, out=np.zeros_like(third), where=cube > 0.0)
    angle = np.arccos(np.clip(cosine, -1.0, 1.0)) / 3.0
    return mean + 2.0 * radius * np.cos(angle), mean + 2.0 * radius * np.cos(angle + 2.0 * np.pi / 3.0)


def along_axes(stack_mesh: StackMesh, materials: Sequence[Material], stress: Array) -> Array | None:
    """Stress along the axes of the material of each cell; None if they are everywhere those of the stack.

    Args:
        stack_mesh: the mesh.
        materials: one per block.
        stress: (local cells, 8, 6) at the corners of the cells along x, y and z, in Voigt order.
    """
    if all(material.axes is None for material in materials):
        return None
    corners = stack_mesh.mesh.geometry.x[compat.geometry_nodes(stack_mesh.mesh)[: len(stress)]]
    result = stress.copy()
    for number, material in enumerate(materials):
        mine = np.flatnonzero(stack_mesh.block[: len(stress)] == number)
        if material.axes is not None and len(mine):
            angles = material.axes.angles(corners[mine].reshape(-1, 3))
            result[mine] = stress_along_axes(stress[mine].reshape(-1, 6), angles).reshape(len(mine), -1, 6)
    return result


def along_axes_of_cells(stack_mesh: StackMesh, materials: Sequence[Material], stress: Array) -> dict[str, Array]:
    """The mean of the same over every cell (MPa), 11 22 33 12 23 13, by its name in the fields; empty for none."""
    found = along_axes(stack_mesh, materials, stress)
    return {} if found is None else {ALONG_AXES: 1e-6 * found.mean(axis=1)[:, PARAVIEW_ORDER]}


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
