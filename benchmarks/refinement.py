"""The panel with its die grid, refined to ten million unknowns: does the cost per unknown stay what it was?"""

from pathlib import Path
from typing import Any

from benchmarks import planish_process
from benchmarks.table import Table, count

CASE = Path(__file__).parents[1] / "cases/foplp_panel/case.yaml"
SIZES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("10 mm, 2 in the carrier", ("geometry.layers.carrier.cells=2", "mesh.in_plane_size=10mm")),
    ("3 mm", ("mesh.in_plane_size=3mm",)),
    ("1.5 mm", ("mesh.in_plane_size=1.5mm",)),
    ("0.86 mm", ("mesh.in_plane_size=0.86mm",)),
)
OVERRIDES = ("analysis.solver=columns",)


def measure(directory: Path, quick: bool) -> dict[str, Any]:
    """One run on two ranks for each size of cells."""
    found = []
    for size, overrides in SIZES[:1] if quick else SIZES:
        run = planish_process.solve(CASE, [*OVERRIDES, *overrides], 2, directory)
        found.append({"size": size, **run})
    return {"runs": found}


def tables(found: dict[str, Any]) -> list[Table]:
    """Seconds and bytes per unknown, and how much they spread."""
    runs = found["runs"]
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
                *(f"{1e6 * seconds / unknowns:.1f}" for seconds in _seconds(run).values()),
                f"{run['memory'] / 1e9:.2f}",
                f"{run['memory'] / unknowns / 1e3:.2f}",
                f"{above / unknowns / 1e3:.2f}",
                f"{run['warpage_um']:.1f}",
            ]
        )
    header = ["cells", "unknowns", "iterations", "wall s", "set-up s", "iteration s"]
    header += [f"us per unknown, {what}" for what in _seconds(runs[0])]
    header += ["GB", "kB per unknown", "without start-up", "warpage um"]
    title = "`cases/foplp_panel`, column multigrid on 2 ranks:"
    return [Table("refinement", title, header, rows, note=f"Dearest over cheapest unknown: {_spread(runs)}.")]


def _seconds(run: dict[str, Any]) -> dict[str, float]:
    """Of the whole process, of its work, and of the algebra in that."""
    return {
        "process": run["wall"],
        "without start-up": run["total"]["wall"],
        "set-up and iteration": run["algebra_seconds"],
    }


def _spread(runs: list[dict[str, Any]]) -> str:
    found = []
    for what in _seconds(runs[0]):
        each = [_seconds(run)[what] / run["unknowns"] for run in runs]
        found.append(f"{what} {max(each) / min(each):.2f}")
    return ", ".join(found)
