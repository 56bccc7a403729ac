"""Rotations by finite angles."""

import math

import numpy as np

from solver.arrays import Array

_SMALL = 1e-3  # rad: below, the sine of half an angle over the angle is its series


def rotation(vector: Array) -> Array:
    """(3, 3) rotation about a vector (3,) by its length (rad).

    By its quaternion, as SciPy's `Rotation.from_rotvec` has it, for which a run would import all of `scipy.spatial`.
    """
    along = [float(part) for part in vector]
    angle = math.sqrt(along[0] * along[0] + along[1] * along[1] + along[2] * along[2])
    square = angle * angle
    share = 0.5 - square / 48 + square * square / 3840 if angle <= _SMALL else math.sin(angle / 2) / angle
    x, y, z, w = share * along[0], share * along[1], share * along[2], math.cos(angle / 2)
    return np.array(
        [
            [x * x - y * y - z * z + w * w, 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), -x * x + y * y - z * z + w * w, 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), -x * x - y * y + z * z + w * w],
        ]
    )
