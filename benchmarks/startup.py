"""Where the seconds before the first line of the solver go."""

import json
from pathlib import Path
from typing import Any

from benchmarks.process import measured
from benchmarks.table import Table

_REPEATS = 3


def measure(directory: Path, quick: bool) -> dict[str, Any]:
    """The fastest of some starts on two ranks; the first fills the caches."""
    command = ["mpirun", "-n", "2", "python3", "-m", "benchmarks.startup_run"]
    starts = []
    for _ in range(2 if quick else _REPEATS):
        cost = measured(command, directory)
        starts.append({**json.loads(cost.output.splitlines()[-1]), "wall": cost.wall})
    return min(starts[1:], key=lambda start: float(start["wall"]))


def tables(found: dict[str, Any]) -> list[Table]:
    """One row a step, in the order of the start."""
    rows = [[name, f"{seconds:.2f}"] for name, seconds in found["seconds"].items()]
    rest = found["wall"] - sum(found["seconds"].values())
    rows += [["mpirun, end of Python and MPI", f"{rest:.2f}"], ["together", f"{found['wall']:.2f}"]]
    return [Table("startup", f"A cold start on {found['ranks']} ranks, wall s:", ["step", "s"], rows)]
