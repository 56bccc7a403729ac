"""The RDL-first recipe on two ranks with everything in time, beside the same flow of elastic materials."""

import json
from pathlib import Path
from typing import Any

from benchmarks.process import measured
from benchmarks.table import Table, count

CASES = Path(__file__).parents[1] / "cases/foplp_rdl_first"
KINDS = {"elastic": "elastic.yaml", "in time": "case.yaml"}
_QUICK = (  # a part of one die, held where the pins of the lift are not
    "mesh.in_plane_size=6 mm",
    "geometry.outline={shape: rectangle, size: [12 mm, 12 mm]}",
    "geometry.layers.bumps.regions.joints.grid={count: [1, 1], pitch: [10 mm, 10 mm]}",
    "geometry.layers.mould.regions.die.grid={count: [1, 1], pitch: [10 mm, 10 mm]}",
    "process.steps.singulate.singulate.in_plane_size=5 mm",
    "process.steps.RDL at room temperature.support=chuck",
    "process.steps.moulded panel.support=chuck",
)


def measure(directory: Path, quick: bool) -> dict[str, Any]:
    """Both, one after the other, from a cold start to the end."""
    runs = {}
    for kind, name in KINDS.items():
        command = ["mpirun", "-n", "2", "python3", "-m", "benchmarks.recipe_run", str(CASES / name)]
        cost = measured([*command, *(_QUICK if quick else ())], directory)
        runs[kind] = {**json.loads(cost.output.splitlines()[-1]), "wall": cost.wall, "cpu": cost.cpu}
    return runs


def tables(found: dict[str, Any]) -> list[Table]:
    """One row for each kind, with its cost over that of elastic materials."""
    rows = []
    for kind, run in found.items():
        ratio = run["cpu"] / found["elastic"]["cpu"]
        numbers = (count(run["unknowns"]), *(str(run[key]) for key in ("increments", "newton", "linear")))
        rows.append([kind, *numbers, f"{run['wall']:.0f}", f"{run['cpu']:.0f}", f"{ratio:.1f}", f"{run['memory']:.2f}"])
    header = ["materials", "unknowns", "increments", "Newton", "linear", "wall, s", "cpu, s", "to elastic", "peak GB"]
    return [Table("recipes", "`cases/foplp_rdl_first`, all steps, 2 ranks, no files:", header, rows)]
