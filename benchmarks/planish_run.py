"""Solve the first step of a case, phase by phase.

mpirun -n 2 python3 -m benchmarks.planish_run CASE [KEY=VALUE ...]     prints one line of JSON
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from dolfinx import fem
from mpi4py import MPI
from petsc4py import PETSc

from benchmarks.phases import Clock
from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver.case.load import load
from solver.linalg import estimate
from solver.linalg.direct import DirectSolver
from solver.linalg.krylov import KrylovSolver
from solver.linalg.layered import LayeredSolver
from solver.materials import library
from solver.parallel import on_root
from solver.physics.elasticity import ThermoElasticity
from solver.process.plan import plan
from solver.results import stress, warpage
from solver.results.surface import Surface

_WATCHED: tuple[tuple[type, str, str], ...] = (
    (DirectSolver, "__init__", "forms"),
    (DirectSolver, "assemble", "assembly"),
    (DirectSolver, "factorise", "factorisation"),
    (LayeredSolver, "__init__", "multigrid"),
    (KrylovSolver, "solve", "refinement"),
)


def run(path: Path, overrides: Sequence[str], comm: MPI.Intracomm) -> dict[str, Any]:
    """Numbers of the run; collective."""
    clock = Clock(comm)
    solvers: list[KrylovSolver] = []
    original = [(owner, method, getattr(owner, method)) for owner, method, _ in _WATCHED]
    for owner, method, name in _WATCHED:
        clock.watch(owner, method, name)
    _remember(solvers)
    PETSc.Log.begin()
    try:
        loaded = on_root(comm, lambda: load(path, overrides))
        step = plan(loaded.case.process, [layer.name for layer in loaded.stack.layers])[0]
        with clock.phase("mesh"):
            plane = on_root(comm, lambda: plane_mesh(loaded.stack))
            mesh = extrude(comm, loaded.stack, plane, step.layers)
        with clock.phase("forms"):
            materials = [library.resolve(block.material, loaded.case.materials) for block in mesh.blocks]
            references = np.array([step.references[block.layer] for block in mesh.blocks])
            problem = ThermoElasticity(mesh, materials, references, solver=loaded.case.analysis.solver)
        with clock.phase("load, balance"):
            record, balance = problem.solve(step.temperature)
        with clock.phase("results"):
            shape = warpage.evaluate(Surface(mesh, problem.displacement, "bottom"))
            stress.by_layer(mesh, problem.stress(step.temperature))
    finally:
        for owner, name, method in original:
            setattr(owner, name, method)
    total = clock.total
    expected = estimate.direct(record.unknowns, estimate.columns(plane))
    numbers = {
        "ranks": comm.size,
        "cells": mesh.cells,
        "unknowns": record.unknowns,
        "columns": estimate.columns(plane),
        "iterations": record.iterations,
        "warpage_um": shape.warpage_um,
        "corner_um": shape.corner_um,
        "energy_error": float(balance.energy_error),
        "solver": record.name,
        "phases": {name: asdict(phase) for name, phase in clock.phases.items()},
        "total": asdict(total),
        "expected": {"memory": expected.memory, "seconds": expected.seconds},
    }
    if isinstance(solvers[0], DirectSolver):
        alone = warpage.evaluate(Surface(mesh, _factor_alone(solvers[0], problem.displacement), "bottom"))
        factor = solvers[0].factor.getFactorMatrix()
        numbers |= {
            "factor_alone_error": abs(alone.warpage_um / shape.warpage_um - 1),
            "ordering_seconds": PETSc.Log.Event("MatCholFctrSym").getPerfInfo()["time"],
            "factor_entries": _large(factor.getMumpsInfog(29)),
            "factor_flops": factor.getMumpsRinfog(3),
        }
    problem.destroy()
    return numbers


def _remember(solvers: list[KrylovSolver]) -> None:
    """Keep every solver that solves; its `solve` is restored with the watched methods."""
    watched = KrylovSolver.solve

    def solve(self: KrylovSolver, *args: Any) -> Any:
        solvers.append(self)
        return watched(self, *args)

    KrylovSolver.solve = solve  # type: ignore[method-assign]


def _factor_alone(solver: DirectSolver, displacement: fem.Function) -> fem.Function:
    """The answer without refinement: the factors applied to A u, which is the load to ten digits."""
    owned = solver.operator.owned
    shell = solver.operator.matrix()
    load, answer = shell.createVecs()
    load.array[:] = solver.operator.product(displacement.x.array[:owned])
    load.array[solver.operator.constrained] = 0.0
    solver.factor.apply(load, answer)
    result = fem.Function(solver.space)
    result.x.array[:owned] = answer.array
    result.x.scatter_forward()
    return result


def _large(count: int) -> float:
    """MUMPS gives counts above 2^31 as negative millions."""
    return float(count) if count >= 0 else -1e6 * count


if __name__ == "__main__":
    found = run(Path(sys.argv[1]), sys.argv[2:], MPI.COMM_WORLD)
    if MPI.COMM_WORLD.rank == 0:
        print(json.dumps(found), flush=True)
