"""Which linear solver a problem gets, and why."""

from typing import Literal

import numpy as np
import ufl
from dolfinx import fem

from meshes.extrude import StackMesh
from meshes.plane import PlaneMesh
from solver.arrays import Integers, Mask
from solver.linalg.direct import DirectSolver
from solver.linalg.krylov import KrylovSolver
from solver.linalg.layered import LayeredSolver
from solver.linalg.upright import Bilinear

Choice = Literal["auto", "direct", "columns"]

_SMALL = 10_000  # unknowns below which a factorisation is as fast as anything
_CHUNKY = 0.1  # cells so much smaller than the stack is thick are no columns of a plate
_LARGE = 300_000  # unknowns up to which a chunky stack is factorised


def factorises(choice: Choice, unknowns: int, plane: PlaneMesh, thickness: float) -> bool:
    """True if the problem is factorised: asked for, small, or no stack of plates and not large.

    Args:
        choice: as of `linear_solver`.
        unknowns: of the problem.
        plane: the in-plane mesh.
        thickness: of the stack (m).
    """
    chunky = np.sqrt(plane.areas.mean()) < _CHUNKY * thickness
    return choice == "direct" or (choice == "auto" and (unknowns < _SMALL or bool(chunky and unknowns < _LARGE)))


def linear_solver(
    choice: Choice,
    a: Bilinear,
    space: fem.FunctionSpace,
    constrained: Integers,
    stack_mesh: StackMesh,
    soft: Mask,
    tangent: ufl.Form | None = None,
) -> KrylovSolver:
    """Set up a solver.

    Args:
        choice: `direct`, `columns`, or `auto` (see `factorises`).
        a, space, constrained, tangent: as of `KrylovSolver`.
        stack_mesh: the mesh.
        soft: as of `LayeredSolver`.
    """
    unknowns = space.dofmap.index_map.size_global * space.dofmap.index_map_bs
    if factorises(choice, unknowns, stack_mesh.plane, stack_mesh.top - stack_mesh.bottom):
        return DirectSolver(a, space, constrained, tangent)
    return LayeredSolver(a, space, constrained, stack_mesh.column, soft, tangent)
