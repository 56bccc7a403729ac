"""Whole processes at large deflection, beside planish as it was before shapes were followed in fewer iterations.

`git worktree add ../before-nested-paths before-nested-paths` puts that beside the clone, or PLANISH_BEFORE says where
it is; both run the cases as it has them: elastic, without pictures.
"""

import json
import os
from pathlib import Path
from typing import Any

from benchmarks.process import measured
from benchmarks.table import Table, count

TAG = "before-nested-paths"
CASES = {"foplp_panel": 1, "foplp_rdl_first": 2, "foplp_chip_first": 2, "fowlp_wafer": 2}  # ranks
_QUICK, _COARSE = {"foplp_panel": 1}, ["mesh.in_plane_size=20 mm"]
_ROOT = Path(__file__).parents[1]
_RUN = Path(__file__).with_name("paths_run.py")


def measure(directory: Path, quick: bool) -> dict[str, Any]:
    """Each case by both, one after the other."""
    before = Path(os.environ.get("PLANISH_BEFORE", _ROOT.parent / TAG)).resolve()
    if not (before / "solver").is_dir():
        raise RuntimeError(f"{before}: no checkout of {TAG}: git worktree add {before} {TAG}")
    found = {}
    for name, ranks in (_QUICK if quick else CASES).items():
        runs = [_run(tree, before / "cases" / name, ranks, quick, directory) for tree in (before, _ROOT)]
        found[name] = dict(zip(("before", "now"), runs, strict=True)) | {"ranks": ranks}
    return {"cases": found}


def tables(found: dict[str, Any]) -> list[Table]:
    """One row for each case."""
    rows = []
    for name, one in found["cases"].items():
        before, now = one["before"], one["now"]
        pairs = [f"{count(before[key])} -> {count(now[key])}" for key in ("newton", "linear", "factorisations")]
        seconds = [f"{before[key]:.0f} -> {now[key]:.0f}" for key in ("wall", "cpu")]
        ratio = f"{before['wall'] / now['wall']:.1f}"
        rows.append([name, str(one["ranks"]), *pairs, *seconds, ratio, f"{_difference(before, now):.0e}"])
    header = ["case", "ranks", "Newton", "linear", "factorisations", "wall (s)", "processor (s)", "ratio", "difference"]
    note = "The difference is the largest of the steps' warpage, as a part of it."
    return [Table("paths", f"Processes at large deflection, at `{TAG}` and now:", header, rows, note=note)]


def _difference(before: dict[str, Any], now: dict[str, Any]) -> float:
    """Largest difference of warpage of any step, as a part of it."""
    there, here = before["warpage_um"], now["warpage_um"]
    return max(abs(here[name] / value - 1.0) for name, value in there.items() if value)


def _run(tree: Path, case: Path, ranks: int, quick: bool, directory: Path) -> dict[str, Any]:
    command = ["mpirun", "-n", str(ranks), "python3", str(_RUN), str(case), *(_COARSE if quick else [])]
    cost = measured(command, directory, {"PYTHONPATH": str(tree)})
    found: dict[str, Any] = json.loads(cost.output.splitlines()[-1])
    if found["tree"] != str(tree.resolve()):
        raise RuntimeError(f"{found['tree']} was measured, not {tree}")
    return found
