"""The process of a case at large deflection, and what it took: Newton and linear iterations, factorisations, seconds.

mpirun -n 2 python3 benchmarks/paths_run.py CASE [KEY=VALUE ...]     prints a line of JSON after each step

It asks only for what the planish of the tag has as well (`benchmarks.paths`): PYTHONPATH says which one is run.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mpi4py import MPI

import solver
from solver.case.load import load
from solver.linalg.tangent import TangentSolver
from solver.parallel import guarded, on_root
from solver.progress import Progress
from solver.simulation import Simulation


def run(path: Path, overrides: Sequence[str], comm: MPI.Intracomm) -> Iterator[dict[str, Any]]:
    """Numbers of the steps so far, after each of them; collective."""
    factorisations = [0]
    refresh = TangentSolver.refresh

    def counted(self: TangentSolver) -> None:
        factorisations[0] += 1
        refresh(self)

    TangentSolver.refresh = counted  # type: ignore[method-assign]
    loaded = on_root(comm, lambda: load(path, overrides))
    wall, cpu = time.perf_counter(), time.process_time()
    simulation = Simulation(loaded, comm, Progress(comm, quiet=True))
    process, steps = loaded.case.process, list[dict[str, Any]]()
    assert process is not None
    for outcome in simulation.steps(simulation.heat()):
        steps.append(outcome.summary)
        yield {
            "tree": str(Path(solver.__file__).resolve().parents[1]),
            "of": len(process.steps),
            "wall": time.perf_counter() - wall,
            "cpu": comm.allreduce(time.process_time() - cpu),
            "factorisations": factorisations[0],
            "newton": sum(step.get("newton_iterations", 0) for step in steps),
            "linear": sum(step.get("linear_iterations", 0) for step in steps),
            "warpage_um": {step["name"]: step["warpage_um"] for step in steps},
            "branch": {step["name"]: step.get("branch", "") for step in steps},
        }


def _main(arguments: Sequence[str]) -> int:
    for found in run(Path(arguments[0]), arguments[1:], MPI.COMM_WORLD):
        if MPI.COMM_WORLD.rank == 0:
            print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(guarded(MPI.COMM_WORLD, lambda: _main(sys.argv[1:])))
