"""What supports carry, and what presses a stack down on them."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array
from solver.parallel import combined
from solver.physics.solid.solid import DeadLoad
from solver.physics.solid.supports import Support

Imbalance: TypeAlias = Callable[[Array], float]

_NOTHING = 1e-9  # of all nodal forces: loads that add up to less cancel


def carried_by(stack_mesh: StackMesh, support: Support, reactions: Array) -> tuple[float, float]:
    """What supports push up with, together, and what some of them pull down with (N), of the whole stack.

    Args:
        stack_mesh: the mesh.
        support: with unknowns that rest or touch.
        reactions: (owned unknowns,) forces on the stack (N).
    """
    carrying = np.union1d(support.rests, support.touches)
    forces = reactions[carrying[carrying < len(reactions)]]
    clamped = support.clamped[(support.clamped % 3 == 2) & (support.clamped < len(reactions))]
    facing = np.empty(0, np.int32) if support.facing is None else support.facing.unknowns
    up = forces.sum() + reactions[clamped].sum() + reactions[facing[facing < len(reactions)]].sum()
    local = stack_mesh.stack.multiplicity * np.array([up, np.abs(forces[forces < 0.0]).sum()])
    up, down = combined(stack_mesh.comm, local, MPI.SUM)
    return float(up), float(down)


def pressing(stack_mesh: StackMesh, space: fem.FunctionSpace, dead_load: DeadLoad | None) -> float:
    """Force with which a dead load presses the whole stack down (N). Collective."""
    if dead_load is None:
        return 0.0
    nodal = fem.assemble_vector(compat.form(dead_load(ufl.TestFunction(space)))).array
    down = combined(stack_mesh.comm, -float(nodal[2::3].sum()), MPI.SUM)
    return float(stack_mesh.stack.multiplicity * down)


def carries(stack_mesh: StackMesh, support: Support) -> bool:
    """True if a support carries the whole stack. Collective."""
    count = len(support.rests) + len(support.touches) + len(support.clamped)
    return bool(stack_mesh.comm.allreduce(count))


def imbalance(stack_mesh: StackMesh, support: Support, pressed: float) -> Imbalance | None:
    """What forces out of balance take from, or add to, what the supports carry, as a part of the load; None of none.

    The forces inside a stack add up to nothing, so what is left at free nodes is missing at the supports: little beside
    the thermal forces, which a solve is exact to parts of, may be much of the weight.

    Args:
        stack_mesh: the mesh.
        support: of the stack.
        pressed: force that presses the whole stack down (N).

    Returns:
        A function of the (owned unknowns,) forces out of balance (N), zero where the stack is held. Collective.
    """
    if pressed <= 0.0 or not carries(stack_mesh, support):
        return None
    share = stack_mesh.stack.multiplicity / pressed
    return lambda out: abs(share * combined(stack_mesh.comm, float(out[2::3].sum()), MPI.SUM))


def force_error(carried: tuple[float, float], pressed: float, thermal: float) -> float | None:
    """What supports carry less the load, as a part of it or, if that is more, of all forces of the supports.

    None where nothing is carried, and where what presses is nothing beside the thermal forces.

    Args:
        carried: as of `carried_by` (N).
        pressed: as of `pressing` (N).
        thermal: sum of all nodal forces (N).
    """
    up, down = carried
    acting = up + 2.0 * down
    if acting == 0.0 or pressed <= _NOTHING * thermal:
        return None
    return abs(up - pressed) / max(pressed, acting)
