"""`model: plate` from a cold start to its files: the RDL-first panel up to the debonding, and the recipe in time."""

import json
from pathlib import Path
from typing import Any

import yaml

from benchmarks.process import measured
from benchmarks.table import Table, count

CASES = Path(__file__).parents[1] / "cases/foplp_rdl_first"
_FIRST_CUT = "singulate"  # the step before which the panel ends
_DRAWN, _SMEARED = "panel, 2401 dies drawn", "panel, homogenised"
_IN_TIME, _SMEARED_IN_TIME = "recipe in time", "recipe in time, homogenised"
_SMALL = ["mesh.homogenise_below=9 mm"]
RUNS = {_DRAWN: ["mesh.in_plane_size=2.5 mm"], _SMEARED: _SMALL, _IN_TIME: [], _SMEARED_IN_TIME: _SMALL}
RANKS = (1, 2)
_QUICK = {_SMEARED: [*_SMALL, "mesh.in_plane_size=20 mm"]}


def measure(directory: Path, quick: bool) -> dict[str, Any]:
    """Each on 1 and on 2 ranks, one after the other, without pictures."""
    panel, runs = _panel(directory), {}
    for name, sets in (_QUICK if quick else RUNS).items():
        case = CASES / "case.yaml" if name in (_IN_TIME, _SMEARED_IN_TIME) else panel
        runs[name] = {str(ranks): _run(case, sets, ranks, directory) for ranks in RANKS}
    return {"runs": runs}


def tables(found: dict[str, Any]) -> list[Table]:
    """One row for each run."""
    rows = []
    for name, by_ranks in found["runs"].items():
        for ranks, run in by_ranks.items():
            counted = [count(run[key]) for key in ("unknowns", "increments", "newton")]
            rows.append([name, ranks, *counted, f"{run['wall']:.1f}", f"{run['cpu']:.1f}"])
    header = ["`foplp_rdl_first` as a plate", "ranks", "unknowns", "increments", "Newton", "wall, s", "processor, s"]
    return [Table("plates", "Plates from a cold start to the files, no pictures:", header, rows)]


def _panel(directory: Path) -> Path:
    """The elastic case up to the debonding."""
    case = yaml.safe_load((CASES / "elastic.yaml").read_text(encoding="utf-8"))
    steps = case["process"]["steps"]
    case["process"]["steps"] = steps[: [step["name"] for step in steps].index(_FIRST_CUT)]
    path = directory / "panel.yaml"
    path.write_text(yaml.safe_dump(case, sort_keys=False), encoding="utf-8")
    return path


def _run(case: Path, sets: list[str], ranks: int, directory: Path) -> dict[str, Any]:
    results = directory / "results"
    command = ["mpirun", "-n", str(ranks), "python3", "-m", "solver", "run", str(case), "--no-pictures"]
    command += ["-o", str(results), *(word for one in ("analysis.model=plate", *sets) for word in ("--set", one))]
    cost = measured(command, directory)
    found = json.loads((results / "summary.json").read_text(encoding="utf-8"))
    steps = found["steps"]
    return {
        "wall": cost.wall,
        "cpu": cost.cpu,
        "unknowns": found["unknowns"],
        "increments": sum(step["increments"] for step in steps),
        "newton": sum(step["newton_iterations"] for step in steps),
        "warpage_um": {step["name"]: step["warpage_um"] for step in steps},
    }
