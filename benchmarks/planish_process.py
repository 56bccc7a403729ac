"""planish as a process of its own, under mpirun."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.process import measured


def solve(case: Path, overrides: Sequence[str], ranks: int, directory: Path) -> dict[str, Any]:
    """Numbers of one run of `benchmarks.planish_run`, with wall and cpu seconds from a cold start to the end."""
    found, cost = _run([str(case.resolve()), *overrides], ranks, directory)
    return {**found, "wall": cost.wall, "cpu": cost.cpu, "memory": found["total"]["memory"]}


def iterations(case: Path, overrides: Sequence[str], ranks: int, directory: Path) -> list[dict[str, Any]]:
    """Iterations of the heat problem and of every step of a case."""
    return _run([str(case.resolve()), *overrides, "--iterations"], ranks, directory)[0]


def _run(arguments: Sequence[str], ranks: int, directory: Path) -> Any:
    cost = measured(["mpirun", "-n", str(ranks), "python3", "-m", "benchmarks.planish_run", *arguments], directory)
    return json.loads(cost.output.splitlines()[-1]), cost
