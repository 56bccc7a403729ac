"""The panel with its die grid, refined to ten million unknowns: does the cost per unknown stay what it was?"""

from pathlib import Path
from typing import Any

from benchmarks import planish_process
from benchmarks.table import Table, count

CASE = Path(__file__).parents[1] / "cases/foplp_panel/case.yaml"
SIZES, QUICK = ("10 mm", "3 mm", "1.5 mm", "0.86 mm"), ("10 mm",)
OVERRIDES = ("analysis.solver=columns",)


def measure(directory: Path, quick: bool) -> dict[str, Any]:
    """One run on two ranks for each size of cells."""
    found = []
    for size in QUICK if quick else SIZES:
        run = planish_process.solve(CASE, [*OVERRIDES, f"mesh.in_plane_size={size}"], 2, directory)
        found.append({"size": size, **run})
    return {"runs": found}


def tables(found: dict[str, Any]) -> list[Table]:
    """Seconds and bytes per unknown; algebra is set-up and iteration."""
    runs = found["runs"]
    first = {key: runs[0][key] / runs[0]["unknowns"] for key in ("wall", "algebra_seconds")}
    rows = []
    for run in runs:
        unknowns, phases = run["unknowns"], run["phases"]
        above = run["memory"] - run["start_memory"]
        rows.append(
            [
                run["size"],
                count(unknowns),
                str(run["iterations"]),
                f"{run['wall']:.1f}",
                f"{phases['set-up']['wall']:.1f}",
                f"{phases['iteration']['wall']:.1f}",
                f"{1e6 * run['wall'] / unknowns:.1f}",
                *(f"{run[key] / unknowns / value:.2f}" for key, value in first.items()),
                f"{run['memory'] / 1e9:.2f}",
                f"{run['memory'] / unknowns / 1e3:.2f}",
                f"{above / unknowns / 1e3:.2f}",
                f"{run['warpage_um']:.1f}",
            ]
        )
    header = ["cells", "unknowns", "iterations", "wall s", "set-up s", "iteration s", "us per unknown"]
    header += ["to the first", "of it algebra"]
    header += ["GB", "kB per unknown", "without start-up", "warpage um"]
    return [Table("refinement", "`cases/foplp_panel`, column multigrid on 2 ranks:", header, rows)]
