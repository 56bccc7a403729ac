"""What `planish check` predicts beside what runs take: one line per case, solver and number of ranks.

    ./planish exec python3 benchmarks/calibrate.py [--ranks 1 2] [--only TEXT]

Every run is a process of its own; memory is the peak of all ranks together, seconds are processor seconds of mesh,
set-ups and solves, the mean of the ranks: other jobs on the machine hardly matter. Change the constants of
`solver/linalg/estimate.py` and `solver/models/solid` where a ratio leaves 0.67 to 1.5.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from mpi4py import MPI

from meshes.plane import plane_mesh
from solver.case.load import load
from solver.models.solid.forecast import problems as problems_of
from solver.parallel import on_root
from solver.progress import Progress
from solver.simulation import Simulation

CASES = Path(__file__).parents[1] / "cases"
SMALL, LARGE = "analysis.deflection=small", "analysis.deflection=large"
RUNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("foplp_panel", (SMALL, "mesh.in_plane_size=10mm")),
    ("foplp_panel", (SMALL, "mesh.in_plane_size=5mm")),
    ("foplp_panel", (SMALL, "mesh.in_plane_size=1.5mm")),
    ("foplp_panel", (SMALL, "mesh.in_plane_size=15mm", "analysis.solver=direct")),
    ("moulded_wafer", (SMALL, "mesh.in_plane_size=8mm")),
    ("moulded_wafer", (SMALL,)),
    ("fcbga_lidded/elastic.yaml", ()),
    ("fcbga_lidded/elastic.yaml", ("mesh.in_plane_size=0.6mm",)),
    ("fcbga_lidded/elastic.yaml", ("analysis.solver=direct",)),
    ("fcbga_lidded/elastic.yaml", ("analysis.solver=algebraic", "mesh.in_plane_size=2mm")),
    ("stack_3dice", ()),
    ("foplp_panel", (LARGE, "mesh.in_plane_size=10mm")),
    ("foplp_panel", (LARGE, "mesh.in_plane_size=5mm")),
    ("moulded_wafer", (LARGE, "mesh.in_plane_size=8mm")),
    ("bent_panel", ()),
    ("bimetal_strip", ()),
    ("wafer_stoney", ()),
)


def measure(case: str, overrides: list[str]) -> None:
    """Solve a case without output; rank 0 prints peak memory (bytes) and processor seconds as JSON."""
    comm = MPI.COMM_WORLD
    loaded = on_root(comm, lambda: load(CASES / case, overrides))
    simulation, start = Simulation(loaded, comm, Progress(comm, quiet=True)), time.process_time()
    heat = simulation.heat()
    for _ in simulation.steps(heat):
        pass
    seconds = comm.allreduce(time.process_time() - start) / comm.size
    memory = 1024.0 * comm.allreduce(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    if comm.rank == 0:
        print(json.dumps({"memory": memory, "seconds": seconds}))


def compare(case: str, overrides: tuple[str, ...], ranks: int) -> str:
    """One line of the table."""
    loaded = load(CASES / case, overrides)
    problems = problems_of(loaded, plane_mesh(loaded.stack), ranks)
    memory = max(problem.cost.memory for problem in problems)
    seconds = sum(problem.seconds for problem in problems)
    command = [sys.executable, __file__, "--measure", case, *overrides]
    launch = ["mpirun", "-n", str(ranks), *command] if ranks > 1 else command
    done = subprocess.run(launch, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return (
        f"| {case} {' '.join(overrides)} | {ranks} | {max(problem.size.unknowns for problem in problems)} "
        f"| {found['memory'] / 1e9:.2f} | {memory / 1e9:.2f} | {found['memory'] / memory:.2f} "
        f"| {found['seconds']:.1f} | {seconds:.1f} | {found['seconds'] / seconds:.2f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ranks", type=int, nargs="+", default=[1])
    parser.add_argument("--only", default="", help="runs whose case and settings hold this text")
    parser.add_argument("--measure", nargs="+", metavar="CASE [PATH=VALUE]", help="solve one case, print its cost")
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.measure[0], arguments.measure[1:])
        return
    print("| case | ranks | unknowns | GB | predicted | ratio | cpu s | predicted | ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    for case, overrides in (run for run in RUNS if arguments.only in " ".join((run[0], *run[1]))):
        for ranks in arguments.ranks:
            print(compare(case, overrides, ranks), flush=True)


if __name__ == "__main__":
    main()
