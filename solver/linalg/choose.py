"""Which linear solver a problem gets, and why."""

from dataclasses import dataclass
from typing import Literal

from dolfinx import fem

from meshes.extrude import StackMesh
from meshes.plane import PlaneMesh
from solver.arrays import Integers, Mask
from solver.linalg.algebraic import AlgebraicSolver, has_boomer
from solver.linalg.direct import DirectSolver
from solver.linalg.extruded_cells import Bilinear
from solver.linalg.krylov import KrylovSolver
from solver.linalg.layered import LayeredSolver

Method = Literal["direct", "columns", "algebraic"]
Choice = Literal["auto"] | Method

PADS = "pads may press on their mirror image"
WORDS: dict[Method, str] = {
    "direct": "factorisation",
    "columns": "column multigrid",
    "algebraic": "algebraic multigrid",
}

# measured on blocks and via fields: docs/decisions.md
_SMALL = 10_000  # unknowns below which a factorisation is as fast as anything
_NETS = 150_000  # the same of nets, where thin layers and contacts suit no multigrid
_PRESSED = 200_000  # the same of stacks with faces of cracks that press, where every pair that touches is a solve
_CHUNKY = 0.1  # cells so much narrower than the stack is thick are no columns of a plate
_CHUNKY_SMALL = (
    20_000  # unknowns of such a stack from which an algebraic multigrid takes less time than a factorisation
)


@dataclass(frozen=True)
class Decision:
    """A method and the reason for it."""

    method: Method
    why: str

    def __str__(self) -> str:
        return f"{WORDS[self.method]}, because {self.why}"


def decide(choice: Choice, unknowns: int, plane: PlaneMesh, thickness: float, thin: bool = False) -> Decision:
    """The method for a problem.

    Args:
        choice: a method, or `auto`: by the number of unknowns and the shape of the cells.
        unknowns: of the problem.
        plane: the in-plane mesh.
        thickness: of the stack (m).
        thin: True with cells of interfaces, which are too thin for an algebraic multigrid.
    """
    if choice != "auto":
        return Decision(choice, "the case asks for it")
    ratio = plane.width / thickness
    shape = f"cells are {ratio:.2g} times as wide as the stack is thick"
    if unknowns < (_CHUNKY_SMALL if ratio < _CHUNKY else _SMALL):
        return Decision("direct", f"{f'{shape} and ' if ratio < _CHUNKY else ''}{unknowns} unknowns are few")
    if ratio < _CHUNKY and not thin:
        return Decision("algebraic", f"{shape} and {unknowns} unknowns are many")
    return Decision(
        "columns", "cells of interfaces are too thin for an algebraic multigrid" if ratio < _CHUNKY else shape
    )


def when_pressed(choice: Choice, unknowns: int, what: str = "faces of cracks press on each other") -> Decision | None:
    """The factorisation that contact takes; None where there are too many unknowns for it.

    Args:
        choice: as of `decide`.
        unknowns: as of `decide`.
        what: it is for, in words.
    """
    if choice == "auto" and unknowns < _PRESSED:
        return Decision("direct", what)
    return None


def decide_nets(choice: Choice, unknowns: int, plane: PlaneMesh, thickness: float) -> Decision:
    """The method for nets of conductors, which are thin lines with few neighbours; arguments as of `decide`."""
    if choice == "auto" and unknowns < _NETS:
        return Decision("direct", f"{unknowns} unknowns of nets are soon factorised")
    return decide(choice, unknowns, plane, thickness)


def linear_solver(
    choice: Choice,
    a: Bilinear,
    space: fem.FunctionSpace,
    constrained: Integers,
    stack_mesh: StackMesh,
    shear_compliant: Mask,
    tangent: Bilinear | None = None,
) -> KrylovSolver:
    """Set up a solver.

    Args:
        choice: as of `decide`.
        a: bilinear form, symmetric and positive definite.
        space: its function space.
        constrained: local unknowns held at zero.
        stack_mesh: the mesh.
        shear_compliant: as of `LayeredSolver`.
        tangent: unsymmetric form that is solved with `a` as its preconditioner, None if it is `a`.
    """
    unknowns = space.dofmap.index_map.size_global * space.dofmap.index_map_bs
    thin = any(layer.interface for layer in stack_mesh.stack.layers)
    decision = decide(choice, unknowns, stack_mesh.plane, stack_mesh.top - stack_mesh.bottom, thin)
    solver: KrylovSolver
    if decision.method == "direct":
        solver = DirectSolver(a, space, constrained, tangent)
    elif decision.method == "algebraic":
        solver = AlgebraicSolver(a, space, constrained, tangent)
    else:
        solver = LayeredSolver(a, space, constrained, stack_mesh.column, shear_compliant, tangent)
    solver.why = decision.why
    if decision.method == "algebraic" and space.dofmap.index_map_bs == 1 and not has_boomer():
        solver.why += "; PETSc has no hypre, so aggregation stands in for BoomerAMG"
    return solver
