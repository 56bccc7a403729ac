"""Look into the fields of a solved case at points; the answers are the same on every rank."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from dolfinx import fem, geometry
from mpi4py import MPI
from numpy.typing import ArrayLike, NDArray

from meshes.extrude import StackMesh, extrude
from meshes.plane import plane_mesh
from solver import compat
from solver.heat.heat_run import Heat
from solver.materials import library
from solver.materials.material import Material
from solver.parallel import on_root
from solver.progress import Progress
from solver.simulation import Simulation, StepOutcome
from solver.stackup.stack import StackUp
from tests.solving import load_case

Array = NDArray[np.float64]


def simulate(case: str, directory: Path, comm: MPI.Intracomm, *overrides: str) -> Simulation:
    """A simulation of an example (by name) or of YAML text."""
    return Simulation(load_case(case, overrides, directory, comm), comm, Progress(comm, quiet=True))


def solved_step(case: str, tmp_path_factory: pytest.TempPathFactory, *overrides: str) -> StepOutcome:
    """The only step of a case, for fixtures that several tests share."""
    comm = MPI.COMM_WORLD
    return only_step(simulate(case, comm.bcast(tmp_path_factory.mktemp("case")), comm, *overrides))


def mesh_of(case: str, directory: Path, comm: MPI.Intracomm, *overrides: str) -> StackMesh:
    """The mesh of the whole stack of a case."""
    stack = load_case(case, overrides, directory, comm).stack
    return extrude(comm, stack, on_root(comm, lambda: plane_mesh(stack)))


Parts = tuple[StackMesh, list[Material], Array]


def parts_of(case: str, free: float, directory: Path, comm: MPI.Intracomm, *overrides: str) -> Parts:
    """What problems take of a case: mesh, materials, and the temperature all blocks are free of stress at (K)."""
    loaded = load_case(case, overrides, directory, comm)
    mesh = extrude(comm, loaded.stack, on_root(comm, lambda: plane_mesh(loaded.stack)))
    materials = [library.resolve(block.material, loaded.case.materials) for block in mesh.blocks]
    return mesh, materials, np.full(len(materials), free)


def stack_of(case: str, directory: Path, comm: MPI.Intracomm = MPI.COMM_SELF) -> StackUp:
    """The stack-up of a case."""
    return load_case(case, (), directory, comm).stack


def solved_heat(simulation: Simulation) -> Heat:
    """The heat solution of a case that has a thermal section."""
    heat = simulation.heat()
    assert heat is not None
    return heat


def only_step(simulation: Simulation, heat: Heat | None = None) -> StepOutcome:
    """The outcome of a process of one step, its factorisation freed."""
    (outcome,) = simulation.steps(heat)
    return outcome


def at(field: fem.Function, points: ArrayLike) -> Array:
    """Values of a field at points (n, 3) in m, shape (n, components). Collective.

    A point that no rank has in its cells gives inf.
    """
    domain, places = field.function_space.mesh, np.atleast_2d(np.asarray(points, dtype=np.float64))
    size = np.ptp(domain.geometry.x, axis=0).max()
    tree = geometry.bb_tree(domain, 3, padding=1e-9 * size)
    found = geometry.compute_colliding_cells(domain, geometry.compute_collisions_points(tree, places), places)
    values = np.full((len(places), field.function_space.dofmap.index_map_bs), np.inf)
    for index, place in enumerate(places):
        if len(cells := found.links(index)):
            values[index] = field.eval(place, cells[:1])
    result = np.empty_like(values)
    domain.comm.Allreduce(values, result, MPI.MIN)
    return result


def corner_stress(outcome: StepOutcome, point: Sequence[float], block: str) -> Array:
    """Stress (6,) in MPa at a mesh vertex: mean of the cells of a block (`layer`, `layer/region`) there. Collective."""
    mesh = outcome.stack_mesh
    number = [entry.name for entry in mesh.blocks].index(block)
    corners = mesh.mesh.geometry.x[compat.geometry_nodes(mesh.mesh)[: len(mesh.block)]]
    here = np.linalg.norm(corners - np.asarray(point), axis=2) < 1e-7 * mesh.stack.span
    here &= (mesh.block == number)[:, None]
    total = mesh.comm.allreduce(np.append(outcome.sigma[here].sum(axis=0), here.sum()), MPI.SUM)
    assert total[-1] > 0, f"no corner of {block} at {point}"
    return np.asarray(1e-6 * total[:-1] / total[-1])


def lift(outcome: StepOutcome, place: Sequence[float], z: float = 0.0) -> float:
    """Deflection (m) of a point (x, y) relative to the origin, at height z."""
    w = at(outcome.displacement, [(*place, z), (0.0, 0.0, z)])[:, 2]
    return float(w[0] - w[1])
