"""A stack that is bonded to its mirror image in the plane of its top, and pads there that may come to press on theirs.

By symmetry the plane neither bends nor shears what is bonded, u_z = 0, and two pads that meet are one that meets a
rigid plane at half their distance.
"""

from collections.abc import Callable

import numpy as np
from dolfinx import fem, la
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.nodes import nodes_of
from solver.arrays import Array, Integers, Mask
from solver.case.mirror import MirrorPlane
from solver.errors import CaseError
from solver.physics.solid.driven import Mirrored
from solver.physics.solid.supports import Facing, Support, determinate

_NEAR = 1e-6  # of the span: a node that near to a side is on it
_LEVEL = 1e-3  # of the least height of a cell, the same of the top


def on_mirror(
    stack_mesh: StackMesh, space: fem.FunctionSpace, plane: MirrorPlane, growth: Callable[[float], float]
) -> Support:
    """The top held in its plane but for pads, which may press on it. Collective.

    Args:
        stack_mesh: the layers present.
        space: of the displacement.
        plane: as the case has it.
        growth: strain of the sides at a temperature (K), where they follow a layer.

    Raises:
        CaseError: pads are not in the uppermost layer, or nothing of it is bonded.
    """
    x, comm = nodes_of(space), stack_mesh.comm
    top = np.abs(x[:, 2] - stack_mesh.top) < _LEVEL * stack_mesh.heights.min(initial=np.inf)
    gaps, number = np.zeros(len(x)), np.full(len(x), -1)
    for index, pad in enumerate(plane.pads):
        of_pad = _touching(stack_mesh, space, {pad.region}, inside=True) & top
        if not comm.allreduce(int(of_pad.sum())):
            raise CaseError(f"support: mirror: '{pad.region}' is not in the plane of the top of what is there")
        gaps[of_pad], number[of_pad] = pad.recess, index
    edges = _touching(stack_mesh, space, {pad.region for pad in plane.pads}, inside=False)
    taken = (number >= 0) & ~edges
    bonded = top & ~taken
    if not comm.allreduce(int(bonded.sum()), MPI.SUM):
        raise CaseError("support: mirror: all of the top is pads, and nothing is bonded")
    pads = np.flatnonzero(taken)
    free = determinate(stack_mesh, space)
    sides, reach = _sides(stack_mesh, x) if plane.sides is not None else (np.empty(0, np.int32), np.empty(0))
    held = Mirrored((3 * np.flatnonzero(bonded) + 2).astype(np.int32), sides, reach, growth)
    pins = np.empty(0, np.int32) if plane.sides is not None else free.pins[free.pins % 3 != 2]
    regions = tuple(pad.region for pad in plane.pads)
    facing = Facing((3 * pads + 2).astype(np.int32), gaps[pads], number[pads], regions, plane.joins)
    return Support(free.mirrors, pins, clamped=held.unknowns, driven=held, facing=facing)


def _touching(stack_mesh: StackMesh, space: fem.FunctionSpace, names: set[str], inside: bool) -> Mask:
    """(local nodes,) True for those of cells of some blocks, or of all others. Collective."""
    wanted = np.array([(block.name in names) == inside for block in stack_mesh.blocks])
    marks = la.vector(space.dofmap.index_map, 1)
    cells = space.dofmap.list[: len(stack_mesh.block)]
    marks.array[:] = 0.0
    np.add.at(marks.array, cells[wanted[stack_mesh.block]].ravel(), 1.0)
    marks.scatter_reverse(la.InsertMode.add)
    marks.scatter_forward()
    return np.asarray(marks.array > 0.0)


def _sides(stack_mesh: StackMesh, x: Array) -> tuple[Integers, Array]:
    """Local unknowns along the normals of the sides of a rectangle, and how far out they are (m)."""
    low_x, low_y, high_x, high_y = stack_mesh.stack.outline.bounds
    found, reach = [], []
    for axis, ends in ((0, (low_x, high_x)), (1, (low_y, high_y))):
        for end in ends:
            nodes = np.flatnonzero(np.abs(x[:, axis] - end) < _NEAR * stack_mesh.stack.span)
            found.append(3 * nodes + axis)
            reach.append(x[nodes, axis])
    return np.concatenate(found).astype(np.int32), np.concatenate(reach)
