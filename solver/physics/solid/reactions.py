"""What supports carry, and what presses a stack down on them."""

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array
from solver.physics.solid.solid import DeadLoad
from solver.physics.solid.supports import Support


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
    up = forces.sum() + reactions[clamped].sum()
    local = stack_mesh.stack.multiplicity * np.array([up, np.abs(forces[forces < 0.0]).sum()])
    up, down = stack_mesh.comm.allreduce(local, MPI.SUM)
    return float(up), float(down)


def pressing(stack_mesh: StackMesh, space: fem.FunctionSpace, dead_load: DeadLoad | None) -> float:
    """Force with which a dead load presses the whole stack down (N). Collective."""
    if dead_load is None:
        return 0.0
    nodal = fem.assemble_vector(compat.form(dead_load(ufl.TestFunction(space)))).array
    down = stack_mesh.comm.allreduce(-float(nodal[2::3].sum()), MPI.SUM)
    return float(stack_mesh.stack.multiplicity * down)
