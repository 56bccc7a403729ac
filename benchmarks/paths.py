"""Whole processes at large deflection, beside planish as it was before shapes were followed in fewer iterations.

`git worktree add ../before-nested-paths before-nested-paths` puts that beside the clone, or PLANISH_BEFORE says where
it is; both run the cases as it has them: elastic, without pictures. Each run is kept when it ends; it is stopped after
half an hour, or as many seconds as PLANISH_LIMIT says, and the steps it has solved until then are compared.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.process import StoppedError, measured
from benchmarks.table import Table, count

TAG = "before-nested-paths"
CASES = {"foplp_panel": 1, "foplp_rdl_first": 2, "foplp_chip_first": 2, "fowlp_wafer": 2}  # ranks
_QUICK, _COARSE = {"foplp_panel": 1}, ["mesh.in_plane_size=20 mm"]
_ROOT = Path(__file__).parents[1]
_RUN = Path(__file__).with_name("paths_run.py")
_LIMIT = 1800.0  # s


def measure(directory: Path, quick: bool) -> Iterator[dict[str, Any]]:
    """Each case by both, one after the other; all numbers so far after every run."""
    before = Path(os.environ.get("PLANISH_BEFORE", _ROOT.parent / TAG)).resolve()
    limit = float(os.environ.get("PLANISH_LIMIT", _LIMIT))
    if not (before / "solver").is_dir():
        raise RuntimeError(f"{before}: no checkout of {TAG}: git worktree add {before} {TAG}")
    found = dict[str, dict[str, Any]]()
    for name, ranks in (_QUICK if quick else CASES).items():
        found[name] = {"ranks": ranks}
        for when, tree in (("now", _ROOT), ("before", before)):
            found[name][when] = _run(tree, before / "cases" / name, ranks, quick, directory, limit)
            yield {"cases": found}


def tables(found: dict[str, Any]) -> list[Table]:
    """One row for each case."""
    header = ["case", "ranks", "Newton", "linear", "factorisations", "wall (s)", "processor (s)", "ratio", "difference"]
    note = (
        "The difference is the largest of the steps' warpage, as a part of it. What was stopped has the numbers of the "
        "steps it solved, and is compared in these."
    )
    rows = [_row(name, one) for name, one in found["cases"].items()]
    return [Table("paths", f"Processes at large deflection, at `{TAG}` and now:", header, rows, note=note)]


def _row(name: str, one: dict[str, Any]) -> list[str]:
    runs = [one[when] for when in ("before", "now") if when in one]
    counts = [" -> ".join(count(run[key]) for run in runs) for key in ("newton", "linear", "factorisations")]
    wall, cpu = (" -> ".join(_seconds(run, key) for run in runs) for key in ("wall", "cpu"))
    if len(runs) < 2 or "stopped" in runs[1]:
        return [name, str(one["ranks"]), *counts, wall, cpu, "", ""]
    before, now = runs
    ratio = f"{'> ' if 'stopped' in before else ''}{before['wall'] / now['wall']:.1f}"
    return [name, str(one["ranks"]), *counts, wall, cpu, ratio, f"{_difference(before, now):.0e}"]


def _seconds(run: dict[str, Any], key: str) -> str:
    solved = f" ({len(run['warpage_um'])} of {run['of']} steps)"
    if key == "wall" and "stopped" in run:
        return f"stopped after {run['stopped']:.0f}{solved if run['of'] else ' (no step)'}"
    return f"{run[key]:.0f}"


def _difference(before: dict[str, Any], now: dict[str, Any]) -> float:
    """Largest difference of warpage of any step of both, as a part of it."""
    there, here = before["warpage_um"], now["warpage_um"]
    return max((abs(here[name] / value - 1.0) for name, value in there.items() if value), default=0.0)


def _run(tree: Path, case: Path, ranks: int, quick: bool, directory: Path, limit: float) -> dict[str, Any]:
    """Numbers of a run, of the steps it had solved if it was stopped."""
    command = ["mpirun", "-n", str(ranks), "python3", str(_RUN), str(case), *(_COARSE if quick else [])]
    try:
        found = _last(measured(command, directory, {"PYTHONPATH": str(tree)}, limit).output, tree)
    except StoppedError as error:
        found = _last(error.output, tree) | {"wall": error.seconds, "stopped": error.seconds}
    return found


def _last(output: str, tree: Path) -> dict[str, Any]:
    """What a run printed last; nothing solved if it printed nothing."""
    lines = [line for line in output.splitlines() if line.startswith("{") and line.endswith("}")]
    if not lines:
        counted = dict.fromkeys(("of", "wall", "cpu", "newton", "linear", "factorisations"), 0)
        return {**counted, "warpage_um": {}, "branch": {}}
    found: dict[str, Any] = json.loads(lines[-1])
    if found["tree"] != str(tree.resolve()):
        raise RuntimeError(f"{found['tree']} was measured, not {tree}")
    return found
