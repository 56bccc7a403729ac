"""Memory and bytes of the plane mesh in parts, and work of the splines' multigrid, on ranks that share the cores."""

import json
from pathlib import Path
from typing import Any

from benchmarks.problem import write_case
from benchmarks.process import measured
from benchmarks.table import Table, count

RANKS, RANKS_QUICK = (1, 2, 4, 8), (1, 2)
CELLS, CELLS_QUICK = 500, 8  # along an edge: a plane alone
SOLVED, SOLVED_QUICK = 80, 50  # along an edge: a panel that is solved, its splines by their multigrid

Numbers = dict[str, Any]


def measure(directory: Path, quick: bool) -> Numbers:
    """One plane, and one panel, on more and more ranks."""
    ranks = RANKS_QUICK if quick else RANKS
    plane = [_run("plane", CELLS_QUICK if quick else CELLS, one, directory) for one in ranks]
    return {
        "plane": plane,
        "splines": [_run("splines", SOLVED_QUICK if quick else SOLVED, n, directory) for n in ranks],
    }


def _run(what: str, cells: int, ranks: int, directory: Path) -> Numbers:
    case = write_case(directory, cells)
    arguments = ["mpirun", "-n", str(ranks), "python3", "-m", "benchmarks.plane_run", what, str(case.resolve())]
    found: Numbers = json.loads(measured(arguments, directory).output.splitlines()[-1])
    return found


def tables(found: Numbers) -> list[Table]:
    """The plane per rank, and the splines."""
    return [_plane(found["plane"]), _splines(found["splines"])]


def _plane(runs: list[Numbers]) -> Table:
    rows = []
    for run in runs:
        rows.append(
            [
                str(run["ranks"]),
                *(count(max(run[name][1:] or run[name])) for name in ("own", "around")),
                f"{max(run['bytes'][1:] or run['bytes']) / 1e6:.1f}",
                f"{run['bytes'][0] / 1e6:.1f} + {run['whole'] / 1e6:.1f}",
                f"{run['sent'] / 1e6:.1f}",
                f"{max(run['grown'][1:] or run['grown']) / 1e6:.0f}",
                f"{run['grown'][0] / 1e6:.0f}",
            ]
        )
    header = ["ranks", "own plane cells", "around them", "MB of a part", "of rank 0: part + whole", "MB sent in all"]
    header += ["peak of others over start, MB", "of rank 0"]
    seconds = ", ".join(
        f"{1e6 * value / runs[1]['total']:.2f} us to {name}" for name, value in runs[1]["seconds"].items()
    )
    note = f"Rank 0 takes {seconds} a cell, for two ranks (cpu time)."
    title = f"A plane of {count(runs[0]['total'])} cells; of the ranks beside rank 0 the one with most:"
    return Table("plane", title, header, rows, note=note)


def _splines(runs: list[Numbers]) -> Table:
    rows = [
        [
            str(run["ranks"]),
            str(run["iterations"]),
            *(f"{max(run[name]) / 1e6:.2f}" for name in ("setup", "solve")),
            *(f"{sum(run[name]) / sum(runs[0][name]):.2f}" for name in ("setup", "solve")),
            f"{max(run['messages']):.0f}",
            f"{max(run['bytes']) / 1e3:.0f}",
            f"{max(run['entries']) / 1e6:.2f}",
        ]
        for run in runs
    ]
    header = ["ranks", "iterations", "set-up, Mflop", "a solve, Mflop", "set-up: all to one", "a solve: all to one"]
    header += ["messages of a solve", "kB sent", "million entries"]
    title = f"Splines of {count(runs[0]['unknowns'])} unknowns by their multigrid, the busiest rank:"
    entries = runs[0]["factor_entries"] / 1e6
    note = f"Factors instead: {runs[0]['factors'] / 1e6:.0f} Mflop and {entries:.2f} million entries."
    return Table("splines", title, header, rows, note=note)
