"""Shifts and turns of a stack as a rigid body, and which of them supports leave."""

import numpy as np

from solver.arrays import Array, Integers


def motions(place: Array, component: Integers) -> Array:
    """(n, 6) what shifts along and turns about x, y, z do to one component at places.

    Args:
        place: (n, 3) points (m).
        component: (n,) 0 to 2.
    """
    turns = np.cross(np.eye(3)[:, None, :], place[None, :, :])
    each = np.arange(len(place))
    return np.column_stack([np.eye(3)[component], turns[:, each, component].T])


def allowed(mirrors: tuple[int, ...]) -> list[int]:
    """Shifts (0 to 2) and turns (3 to 5) that leave mirror planes where they are."""
    shifts = [axis for axis in range(3) if axis not in mirrors]
    turns = [3 + axis for axis in range(3) if all(axis == mirror for mirror in mirrors)]
    return shifts + turns
