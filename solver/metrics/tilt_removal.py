"""A deformed stack laid level: its supports may have turned it by a finite angle."""

import numpy as np
from dolfinx import fem

from meshes.extrude import StackMesh
from meshes.nodes import nodes_of
from solver import compat
from solver.metrics.fit import tilt
from solver.metrics.surface import surface_of

_LEVEL = 1e-12  # slope that is none
_TURNS = 20


def copied(displacement: fem.Function) -> fem.Function:
    """A displacement that stays when the stack moves on."""
    result = compat.function_like(displacement)
    result.x.array[:] = displacement.x.array
    return result


def levelled(stack_mesh: StackMesh, displacement: fem.Function, face: str) -> fem.Function:
    """The displacement (m) after the rotation that leaves the least-squares plane of a surface level. Collective.

    Point supports at an edge turn a stack that bends; small displacements may be levelled by taking a plane away, large
    ones are shortened by the tilt.

    Args:
        stack_mesh: the mesh.
        displacement: degree-2 field on it.
        face: as of `Surface`.
    """
    space = displacement.function_space
    result = copied(displacement)
    if len(stack_mesh.stack.mirrors) == 2:
        return result  # mirror planes leave no tilt
    from scipy.spatial.transform import Rotation

    place = nodes_of(space)
    u = result.x.array.reshape(-1, 3)
    for _ in range(_TURNS):
        along_x, along_y = np.arctan(tilt(surface_of(stack_mesh, result, face)))
        if max(abs(along_x), abs(along_y)) < _LEVEL:
            break
        u[:] = Rotation.from_rotvec([-along_y, along_x, 0.0]).apply(place + u) - place
    return result
