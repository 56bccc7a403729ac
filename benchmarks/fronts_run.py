"""The energy release rate along the front of a case with one crack, and what it took, in one line of JSON.

mpirun -n 2 python3 benchmarks/fronts_run.py CASE
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from solver.case.load import load
from solver.metrics import reading_crack
from solver.parallel import guarded, on_root
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.progress import Progress
from solver.simulation import Simulation


def run(path: Path, comm: MPI.Intracomm) -> dict[str, Any]:
    """Numbers of its only step; collective."""
    took, read, solved = {"solve": 0.0, "read": 0.0}, reading_crack.energy_release, SmallDeflectionSolid.solve
    kept: dict[str, Any] = {"solves": 0}

    def reading(solid: SmallDeflectionSolid, crack: Any) -> Any:
        start = time.perf_counter()
        kept["front"] = read(solid, crack)
        kept["unknowns"] = 3 * solid.space.dofmap.index_map.size_global
        took["read"] += time.perf_counter() - start
        return kept["front"]

    def solving(self: SmallDeflectionSolid, *given: Any) -> Any:
        start = time.perf_counter()
        found = solved(self, *given)
        took["solve"] += time.perf_counter() - start
        kept["solves"] += 1
        return found

    reading_crack.energy_release, SmallDeflectionSolid.solve = reading, solving  # type: ignore[method-assign]
    try:
        loaded = on_root(comm, lambda: load(path, ()))
        for _ in Simulation(loaded, comm, Progress(comm, quiet=True)).steps(None):
            pass
    finally:
        reading_crack.energy_release, SmallDeflectionSolid.solve = read, solved  # type: ignore[method-assign]
    front = kept.pop("front")
    both = front.clean  # where the domain integral holds
    apart = np.abs(front.total[both] / front.by_domain[both] - 1.0)
    return {
        **kept,
        **took,
        "places": len(front.middle),
        "domain": float(np.median(front.by_domain[both])),
        "closure": float(np.median(front.total[both])),
        "apart": float(apart.max()),
    }


def _main(arguments: Sequence[str]) -> int:
    found = run(Path(arguments[0]), MPI.COMM_WORLD)
    if MPI.COMM_WORLD.rank == 0:
        print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(guarded(MPI.COMM_WORLD, lambda: _main(sys.argv[1:])))
