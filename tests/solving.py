"""Solve a case in a test: the numbers of summary.json, without files."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from mpi4py import MPI

from solver.case.load import load
from solver.case.loaded import LoadedCase
from solver.output.summary import plain
from solver.parallel import on_root
from solver.progress import Progress
from solver.simulation import Simulation

CASES = Path(__file__).parents[1] / "cases"


def load_case(case: str, overrides: Sequence[str], directory: Path, comm: MPI.Intracomm) -> LoadedCase:
    """Load an example by name, or a case from YAML text written to `directory`."""

    def work() -> LoadedCase:
        if "\n" not in case:
            return load(CASES / case, overrides)
        (directory / "case.yaml").write_text(case, encoding="utf-8")
        return load(directory, overrides)

    return on_root(comm, work)


def solve_case(case: str, overrides: Sequence[str], directory: Path, comm: MPI.Intracomm) -> dict[str, Any]:
    """`thermal`, `steps` and `warnings` as `planish run` would put them into summary.json."""
    progress = Progress(comm, quiet=True)
    simulation = Simulation(load_case(case, overrides, directory, comm), comm, progress)
    heat = simulation.heat()
    current = simulation.current(heat)
    steps = [outcome.summary for outcome in simulation.steps(heat)]
    found = {"thermal": heat.summary if heat else None, "steps": steps, "warnings": progress.warnings}
    return plain(found | ({"electric": current.summary} if current else {}))


def stated(case: str, before: str, unit: str) -> float:
    """The number that stands in the README of an example between some words and a unit: what its test asserts."""
    text = " ".join((CASES / case / "README.md").read_text(encoding="utf-8").split())
    found = re.findall(rf"{re.escape(before)} (\d+(?:\.\d+)?) {re.escape(unit)}", text)
    assert len(found) == 1, f"{case}: '{before} ... {unit}' stands {len(found)} times in its README"
    return float(found[0])


def run_case(case: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results directory of a case from YAML text, for fixtures that several tests share. Collective."""
    from solver.run import run

    comm = MPI.COMM_WORLD
    directory: Path = comm.bcast(tmp_path_factory.mktemp("case"))
    on_root(comm, lambda: (directory / "case.yaml").write_text(case, encoding="utf-8"))
    results = run(directory, (), comm)
    comm.barrier()
    return results
