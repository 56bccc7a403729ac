"""Solve the first step of a case (and its heat problem, if it has one), phase by phase, and count the work.

mpirun -n 2 python3 -m benchmarks.planish_run CASE [KEY=VALUE ...]     prints one line of JSON
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from dolfinx import la
from mpi4py import MPI
from petsc4py import PETSc

import meshes.extrude
import meshes.parts
from benchmarks import traffic
from benchmarks.phases import Clock
from meshes.extrude import extrude
from meshes.parts import kept_on_root
from meshes.plane import PlaneMesh, plane_mesh
from solver.case.load import load
from solver.linalg import estimate
from solver.linalg.coarse import PlateSolver
from solver.linalg.direct import DirectSolver
from solver.linalg.kernels import Kernels
from solver.linalg.kirchhoff import KirchhoffSpace
from solver.linalg.krylov import KrylovSolver
from solver.linalg.layered import LayeredSolver
from solver.linalg.multigrid import ColumnMultigrid
from solver.linalg.operator import FormOperator
from solver.materials import library
from solver.metrics import stress, warpage
from solver.metrics.surface import Surface
from solver.parallel import guarded, on_root
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.process.plan import plan
from solver.progress import Progress
from solver.simulation import Simulation
from solver.stackup.stack import StackUp

ITERATION = "iteration"
_PHASES: tuple[tuple[type, str, str], ...] = (
    (DirectSolver, "__init__", "forms"),
    (DirectSolver, "assemble", "assembly"),
    (DirectSolver, "factorise", "factorisation"),
    (LayeredSolver, "__init__", "set-up"),
    (KrylovSolver, "solve", ITERATION),
)
_PARTS: tuple[tuple[Any, str, Callable[..., str]], ...] = (
    (meshes.parts, "shared_partition", lambda *_: "partition"),
    (meshes.extrude, "part_of", lambda *_: "parts"),
    (Kernels, "call", lambda _, name, *__: name),
    (FormOperator, "product", lambda *_: "operator"),
    (ColumnMultigrid, "apply", lambda *_: "cycle"),
    (PlateSolver, "solve", lambda *_: "plates"),
    (KirchhoffSpace, "solve", lambda *_: "plates"),
    (la.Vector, "scatter_forward", lambda vector, *_: f"forward {vector.block_size}"),
    (la.Vector, "scatter_reverse", lambda vector, *_: f"reverse {vector.block_size}"),
)


def _plane(stack: StackUp) -> tuple[int, PlaneMesh]:
    """The columns of nodes over a plane mesh, and that."""
    plane = plane_mesh(stack)
    return estimate.columns(plane), plane


def run(path: Path, overrides: Sequence[str], comm: MPI.Intracomm) -> dict[str, Any]:
    """Numbers of the first step; collective."""
    clock = Clock(comm)
    seen: dict[type, Any] = {}
    for owner in (KrylovSolver, ColumnMultigrid):
        clock.intercept(owner, "__init__", _remember(seen, owner))
    for owner, method, name in _PHASES:
        clock.watch(owner, method, name)
    for owner, method, part in _PARTS:
        clock.count(owner, method, part)
    PETSc.Log.begin()
    try:
        loaded = on_root(comm, lambda: load(path, overrides))
        step = plan(loaded.case.process, loaded.stack.layers)[0]
        with clock.phase("plane mesh"):
            columns, plane = kept_on_root(comm, lambda: _plane(loaded.stack))
        with clock.phase("mesh"):
            mesh = extrude(comm, loaded.stack, plane, step.end.parts)
        with clock.phase("forms"):
            materials = [library.resolve(block.material, loaded.case.materials) for block in mesh.blocks]
            references = np.array([step.end.references[block.name] for block in mesh.blocks])
            problem = SmallDeflectionSolid(mesh, materials, references, solver=loaded.case.analysis.solver)
        with clock.phase("load, balance"):
            record, balance = problem.solve(step.temperature)
        with clock.phase("results"):
            shape = warpage.evaluate(Surface(mesh, problem.displacement, "bottom"))
            stress.evaluate(mesh, problem.stress(step.temperature), problem.strain_energy())
    finally:
        clock.restore()
    expected = estimate.direct(estimate.Size(record.unknowns, columns))
    numbers = {
        "ranks": comm.size,
        "cells": mesh.cells,
        "plane_cells": mesh.plane.total,
        "unknowns": record.unknowns,
        "columns": columns,
        "iterations": record.iterations,
        "warpage_um": shape.warpage_um,
        "corner_um": shape.corner_um,
        "energy_error": float(balance.energy_error),
        "solver": record.name,
        "algebra_seconds": record.setup_seconds + record.solve_seconds,
        "phases": {name: asdict(phase) for name, phase in clock.phases.items()},
        "total": asdict(clock.total),
        "start_memory": clock.start_memory,
        "replicated_seconds": sum(part.seconds for part in clock.parts.get("mesh", {}).values()),
        "expected": {"memory": expected.memory, "seconds": expected.seconds},
    }
    if ColumnMultigrid in seen:
        numbers["work"] = _work(clock, seen[ColumnMultigrid])
    if isinstance(seen[KrylovSolver], DirectSolver):
        numbers["factor_alone_error"] = _factor_alone_error(seen[KrylovSolver], problem, shape.warpage_um)
    problem.destroy()
    return numbers


def iterations(path: Path, overrides: Sequence[str], comm: MPI.Intracomm) -> list[dict[str, Any]]:
    """Iterations of the heat problem and of every step of a case; collective."""
    loaded = on_root(comm, lambda: load(path, [*overrides, "analysis.deflection=small"]))
    simulation = Simulation(loaded, comm, Progress(comm, quiet=True))
    heat = simulation.heat()
    records = [("heat", heat.solution.record)] if heat is not None else []
    records += [(outcome.step.name, outcome.record) for outcome in simulation.steps(heat)]
    return [
        {"problem": name, **{key: getattr(record, key) for key in ("unknowns", "iterations", "name")}}
        for name, record in records
    ]


def _remember(seen: dict[type, Any], owner: type) -> Callable[..., None]:
    def instead(original: Callable[..., None], self: Any, *args: Any, **kwargs: Any) -> None:
        seen[owner] = self
        original(self, *args, **kwargs)

    return instead


def _work(clock: Clock, multigrid: ColumnMultigrid) -> dict[str, Any]:
    """Sizes of this problem and what the iteration did, each as (largest of a rank, all ranks); collective."""
    space, comm = multigrid.space, clock.comm
    index_map = space.dofmap.index_map
    mine = {
        "owned cells": space.mesh.topology.index_map(3).size_local,
        "columns": multigrid.lines.count,
        "column nodes": len(multigrid.lines.nodes),
        "owned nodes": index_map.size_local,
        "ghost nodes": index_map.num_ghosts,
        "plates": multigrid.plates.count,
        **asdict(traffic.of_space(space)),
    }
    parts = clock.parts.get(ITERATION, {})
    cycles = parts["cycle"].calls
    petsc = {name: PETSc.Log.Event(name).getPerfInfo() for name in ("MatSolve", "VecTDot", "VecDot", "VecNorm")}
    plates = petsc.pop("MatSolve")
    return {
        "sizes": {name: (comm.allreduce(value, MPI.MAX), comm.allreduce(value)) for name, value in mine.items()},
        "most_plates": multigrid.most_plates,
        "cycles": cycles,
        "parts": {name: asdict(part) for name, part in parts.items()},
        "setup_parts": {name: asdict(part) for name, part in clock.parts.get("set-up", {}).items()},
        "setup_seconds": dict(multigrid.seconds),
        "reductions": sum(event["count"] for event in petsc.values()) / cycles,
        # PETSc books two operations for each entry of this rank's factors, for both solves together
        "factor_entries": plates["flops"] / 2 / max(plates["count"], 1),
    }


def _factor_alone_error(solver: DirectSolver, problem: SmallDeflectionSolid, warpage_um: float) -> float:
    """What the factors alone get wrong: they are applied to A u, which is the load to ten digits."""
    owned = solver.operator.owned
    shell = solver.operator.matrix()
    load, answer = shell.createVecs()
    load.array[:] = solver.operator.product(problem.displacement.x.array[:owned])
    load.array[solver.operator.constrained] = 0.0
    solver.factor.apply(load, answer)
    refined = problem.displacement.x.array.copy()
    problem.displacement.x.array[:owned] = answer.array
    problem.displacement.x.scatter_forward()
    alone = warpage.evaluate(Surface(problem.stack_mesh, problem.displacement, "bottom")).warpage_um
    problem.displacement.x.array[:] = refined
    return abs(alone / warpage_um - 1)


def _main(arguments: Sequence[str]) -> int:
    comm = MPI.COMM_WORLD
    work = iterations if "--iterations" in arguments else run
    case, *overrides = [argument for argument in arguments if argument != "--iterations"]
    found = work(Path(case), overrides, comm)
    if comm.rank == 0:
        print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(guarded(MPI.COMM_WORLD, lambda: _main(sys.argv[1:])))
