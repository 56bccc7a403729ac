"""Go through a whole case and count: mpirun -n 2 python3 -m benchmarks.recipe_run CASE [KEY=VALUE ...] prints JSON."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mpi4py import MPI

from solver.case.load import load
from solver.parallel import guarded, on_root, peak_memory_gb
from solver.progress import Progress
from solver.simulation import Simulation


def run(path: Path, overrides: Sequence[str], comm: MPI.Intracomm) -> dict[str, Any]:
    """Unknowns, increments, iterations and warpage of all steps, and memory; collective."""
    simulation = Simulation(on_root(comm, lambda: load(path, overrides)), comm, Progress(comm, quiet=True))
    steps, unknowns = [], 0
    for outcome in simulation.steps(None):
        unknowns = max(unknowns, outcome.record.unknowns)
        steps.append(outcome.summary)
    return {
        "ranks": comm.size,
        "unknowns": unknowns,
        "increments": sum(max(len(step["curve"]), 1) for step in steps),
        "newton": sum(step.get("newton_iterations") or 0 for step in steps),
        "linear": sum(step.get("linear_iterations") or 0 for step in steps),
        "memory": peak_memory_gb(comm),
        "warpage_um": {step["name"]: step["signed_warpage_um"] for step in steps},
    }


def _main(arguments: Sequence[str]) -> int:
    comm, (path, *overrides) = MPI.COMM_WORLD, arguments
    found = run(Path(path), overrides, comm)
    if comm.rank == 0:
        print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(guarded(MPI.COMM_WORLD, lambda: _main(sys.argv[1:])))
