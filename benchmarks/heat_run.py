"""Solve the heat problem of a case, without files.

mpirun -n 2 python3 -m benchmarks.heat_run CASE [KEY=VALUE ...]     prints one line of JSON
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from mpi4py import MPI

from solver.case.load import load
from solver.parallel import guarded, on_root, peak_memory_gb
from solver.progress import Progress
from solver.simulation import Simulation


def run(path: Path, overrides: Sequence[str], comm: MPI.Intracomm) -> int:
    """Solve and print; collective."""
    loaded = on_root(comm, lambda: load(path, overrides))
    heat = Simulation(loaded, comm, Progress(comm, quiet=True)).heat()
    if heat is None:
        raise ValueError(f"{path} has no heat problem")
    record, memory = heat.solution.record, 1e9 * peak_memory_gb(comm)
    if comm.rank == 0:
        found = {
            "unknowns": record.unknowns,
            "iterations": record.iterations,
            "newton_iterations": heat.solution.newton_iterations,
            "hottest": heat.summary["max_temperature_degc"],
            "balance": heat.solution.balance_error,
            "memory": memory,
            "solver": record.name,
        }
        print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(guarded(MPI.COMM_WORLD, lambda: run(Path(sys.argv[1]), sys.argv[2:], MPI.COMM_WORLD)))
