"""The panel in planish (column multigrid and MUMPS), CalculiX and NGSolve: time, memory, and whether they agree."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from benchmarks import peer_calculix, peer_ngsolve, planish_process
from benchmarks.problem import LAYERS, write_case
from benchmarks.table import Table, count

SIZES, QUICK = (30, 60, 90, 120), (8,)
THICKNESSES, LAYERS_AT, LAYERS_QUICK = (0.03, 0.003, 0.0003), 60, 8
_LONGEST = 100.0  # seconds a factorisation may be expected to take; longer ones are left out
_MEMORY = 0.85  # part of the memory they may be expected to take
_TIME_GROWTH, _MEMORY_GROWTH = 3.0, 2.4  # exponents of n: nested dissection in the plane, n^3 and n^2 log n

Numbers = dict[str, Any]


def measure(directory: Path, quick: bool) -> Numbers:
    """Every program on every size it can afford, each process alone."""
    programs = _programs()
    last: dict[str, Numbers] = {}
    runs, left_out = [], []
    for n in QUICK if quick else SIZES:
        case = write_case(directory, n)
        for name, solve in programs.items():
            reason = _too_much(n, last.get(name))
            if reason and not name.startswith("planish, column"):
                left_out.append({"n": n, "program": name, "reason": reason})
                continue
            try:
                last[name] = {"n": n, "program": name, **solve(case, directory)}
            except FileNotFoundError as missing:
                left_out.append({"n": n, "program": name, "reason": str(missing)})
                continue
            runs.append(last[name])
    return {"runs": runs, "left_out": left_out, "layers": _layers(directory, quick)}


def tables(found: Numbers) -> list[Table]:
    """Programs side by side, the ratios, and thin layers."""
    return [_programs_table(found), _ratios(found), _layers_table(found)]


def _programs() -> dict[str, Callable[[Path, Path], Numbers]]:
    def planish(solver: str, ranks: int) -> Callable[[Path, Path], Numbers]:
        return lambda case, directory: planish_process.solve(case, [f"analysis.solver={solver}"], ranks, directory)

    return {
        "planish, column multigrid, 1 rank": planish("columns", 1),
        "planish, column multigrid, 2 ranks": planish("columns", 2),
        "planish, MUMPS, 2 ranks": planish("direct", 2),
        "CalculiX, 2 threads": lambda case, directory: asdict(peer_calculix.solve(case, directory)),
        "NGSolve, 2 threads": lambda case, directory: asdict(peer_ngsolve.solve(case, directory)),
    }


def _too_much(n: int, smaller: Numbers | None) -> str:
    """Why a factorisation of this size is not tried, by the growth from the last one; empty if it is."""
    if smaller is None:
        return ""
    seconds = smaller["wall"] * (n / smaller["n"]) ** _TIME_GROWTH
    memory = smaller["memory"] * (n / smaller["n"]) ** _MEMORY_GROWTH
    if seconds > _LONGEST or memory > _MEMORY * psutil.virtual_memory().total:
        return f"it would take about {seconds:.0f} s and {memory / 1e9:.0f} GB"
    return ""


def _layers(directory: Path, quick: bool) -> list[Numbers]:
    n = LAYERS_QUICK if quick else LAYERS_AT
    found = []
    for thickness in THICKNESSES:
        case = write_case(directory, n, thickness)
        run = planish_process.solve(case, ["analysis.solver=columns"], 2, directory)
        found.append({"n": n, "thickness": thickness, **run})
    return found


def _reference(found: Numbers, n: int) -> Numbers | None:
    """The column multigrid on two ranks, which the others are compared with."""
    name = "planish, column multigrid, 2 ranks"
    return next((run for run in found["runs"] if run["n"] == n and run["program"] == name), None)


def _programs_table(found: Numbers) -> Table:
    rows, previous = [], None
    for run in found["runs"]:
        reference = _reference(found, run["n"])
        differs = run["corner_um"] / reference["corner_um"] - 1 if reference else float("nan")
        rows.append(
            [
                str(run["n"]) if run["n"] != previous else "",
                run["program"],
                count(run["unknowns"]),
                f"{run['wall']:.1f}",
                _seconds(run.get("algebra_seconds")),
                f"{run['memory'] / 1e9:.2f}",
                str(run.get("iterations", "")),
                f"{differs:+.1e}",
            ]
        )
        previous = run["n"]
    reasons = "; ".join(f"n = {one['n']}: {one['program']} ({one['reason']})" for one in found["left_out"])
    header = ["n", "program", "unknowns", "wall s", "of it algebra s", "GB", "iterations", "warpage differs"]
    title = "A quarter of the panel, n x n x 3 cells:"
    return Table("panel", title, header, rows, texts=2, note=f"Not run: {reasons}." if reasons else "")


def _ratios(found: Numbers) -> Table:
    rows = []
    for n in dict.fromkeys(run["n"] for run in found["runs"]):
        mine = _reference(found, n)
        others = [run for run in found["runs"] if run["n"] == n and not run["program"].startswith("planish, column")]
        if mine is None or not others:
            continue
        cells = []
        for key in ("wall", "algebra_seconds", "memory"):
            best = min((run for run in others if run.get(key)), key=lambda run: float(run[key]), default=None)
            cells.append(f"{best[key] / mine[key]:.1f} ({best['program'].rsplit(',', 1)[0]})" if best else "")
        rows.append([str(n), *cells])
    title = "The best of the others over the column multigrid on 2 ranks (larger is better for the multigrid):"
    return Table("panel ratios", title, ["n", "wall", "algebra", "memory"], rows)


def _layers_table(found: Numbers) -> Table:
    rows = [
        [f"{run['thickness']:g}", str(run["iterations"]), f"{run['warpage_um']:.3f}", f"{run['energy_error']:.0e}"]
        for run in found["layers"]
    ]
    title = f"A thinner {LAYERS[1].name.upper()} on {found['layers'][0]['n']} x {found['layers'][0]['n']} x 3 cells:"
    return Table("layers", title, ["thickness mm", "iterations", "warpage um", "energy error"], rows)


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
