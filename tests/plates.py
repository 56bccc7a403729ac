"""Layered plates, for tests: the problem of a case given as YAML text."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from meshes.plane import PlaneMesh, plane_mesh
from meshes.plate import PlateMesh, plate_mesh
from solver.arrays import Array
from solver.materials import library
from solver.parallel import on_root
from solver.physics.plate.problem import PlateProblem
from tests.bending import REFERENCE
from tests.solving import load_case


def plate(
    text: str,
    directory: Path,
    comm: MPI.Intracomm,
    moved: Callable[[PlaneMesh], PlaneMesh] = lambda plane: plane,
    kind: type[PlateProblem] = PlateProblem,
    on: PlateMesh | None = None,
    **options: Any,
) -> PlateProblem:
    """The problem of a case (YAML text), whatever its process.

    Args:
        text: of the case.
        directory: for its files.
        comm: communicator.
        moved: changes the plane mesh.
        kind: of problem.
        on: mesh of another one.
        options: as of `PlateProblem`.
    """
    loaded = load_case(text, [], directory, comm)
    plane = on_root(comm, lambda: moved(plane_mesh(loaded.stack)))
    mesh = plate_mesh(comm, loaded.stack, plane) if on is None else on
    materials = [library.resolve(block.material, loaded.case.materials) for block in mesh.blocks]
    return kind(mesh, materials, np.full(len(materials), REFERENCE), **options)


def deflections(problem: PlateProblem) -> tuple[Array, Array]:
    """Places (n, 2) (m) of all nodes and u_x, u_y, w (n, 3) there (m), on every rank."""
    owned = problem.space.dofmap.index_map.size_local
    x = problem.space.tabulate_dof_coordinates()[:owned, :2]
    u = problem.displacement.x.array.reshape(-1, 3)[:owned]
    both = np.concatenate(problem.plate.comm.allgather(np.column_stack([x, u])))
    return both[:, :2], both[:, 2:]


def lift(problem: PlateProblem, place: tuple[float, float], base: tuple[float, float] = (0.0, 0.0)) -> float:
    """Deflection (m) of the node nearest to a place, relative to that nearest to another."""
    x, u = deflections(problem)
    found = [u[np.linalg.norm(x - at, axis=1).argmin(), 2] for at in (place, base)]
    return float(found[0] - found[1])
