"""Strong scaling in seconds on the cores there are; weak scaling beyond them in iterations and counted work.

Ranks that share a core say nothing about time; what they compute, send and wait for is the same as on cores of their
own.
"""

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import planish_process
from benchmarks.problem import write_case
from benchmarks.table import Table, count

STRONG, STRONG_QUICK = 120, 8
WEAK, WEAK_QUICK = 30, 6  # cells along an edge for one rank
WEAK_RANKS, WEAK_RANKS_QUICK = (1, 2, 4, 8), (1, 2)
_OVERRIDES = ("analysis.solver=columns",)

Numbers = dict[str, Any]


def measure(directory: Path, quick: bool) -> Numbers:
    """The panel on 1 and 2 ranks; then panels with a fixed number of cells per rank."""
    case = write_case(directory, STRONG_QUICK if quick else STRONG)
    strong = [planish_process.solve(case, _OVERRIDES, ranks, directory) for ranks in (1, 2)]
    weak = []
    for ranks in WEAK_RANKS_QUICK if quick else WEAK_RANKS:
        n = round((WEAK_QUICK if quick else WEAK) * np.sqrt(ranks))
        weak.append(planish_process.solve(write_case(directory, n), _OVERRIDES, ranks, directory))
    return {"strong": strong, "weak": weak}


def tables(found: Numbers) -> list[Table]:
    """Phases of strong scaling; work and traffic of weak scaling."""
    return [_strong(found["strong"]), _weak(found["weak"]), _traffic(found["weak"])]


def _strong(runs: list[Numbers]) -> Table:
    one, two = runs
    rows = []
    for name in one["phases"]:
        a, b = (run["phases"][name]["wall"] for run in runs)
        rows.append([name, f"{a:.2f}", f"{b:.2f}", f"{a / b:.2f}"])
    outside = [run["wall"] - run["total"]["wall"] for run in runs]
    rows.append(["start-up and end", *(f"{seconds:.2f}" for seconds in outside), f"{outside[0] / outside[1]:.2f}"])
    rows.append(["process", f"{one['wall']:.2f}", f"{two['wall']:.2f}", f"{one['wall'] / two['wall']:.2f}"])
    title = f"Strong scaling, panel of {count(one['unknowns'])} unknowns, wall s:"
    return Table("strong", title, ["phase", "1 rank", "2 ranks", "times as fast"], rows)


def _weak(runs: list[Numbers]) -> Table:
    rows = []
    for run in runs:
        sizes, parts = run["work"]["sizes"], run["work"]["parts"]
        cycles = run["work"]["cycles"]
        applied = max(parts.get(name, {"calls": 0})["calls"] for name in ("operator", "apply")) / cycles
        rows.append(
            [
                str(run["ranks"]),
                count(run["unknowns"] / run["ranks"]),
                str(run["iterations"]),
                count(applied * sizes["owned cells"][0]),
                count(parts["solve"]["calls"] / cycles * sizes["columns"][0]),
                count(sizes["plates"][0]),
                f"{run['ranks'] * sizes['owned cells'][0] / sizes['owned cells'][1]:.2f}",
                f"{run['ranks'] * sizes['column nodes'][0] / (run['unknowns'] / 3):.2f}",
            ]
        )
    header = ["ranks", "unknowns per rank", "iterations", "cells applied", "columns solved", "plates"]
    header += ["cells: largest to mean", "columns: work to work on one rank"]
    title = "Weak scaling, work of the busiest rank per iteration:"
    return Table("weak", title, header, rows)


def _traffic(runs: list[Numbers]) -> Table:
    rows = []
    for run in runs:
        sent = per_iteration(run)
        ghosts = run["work"]["sizes"]["ghost nodes"]
        rows.append(
            [
                str(run["ranks"]),
                f"{ghosts[0] / run['work']['sizes']['owned nodes'][0]:.2f}",
                f"{run['work']['sizes']['forward_messages'][0]}",
                f"{sent['scatters']:.1f}",
                f"{sent['messages']:.0f}",
                f"{sent['bytes'] / 1e3:.0f}",
                f"{run['work']['reductions']:.1f}",
            ]
        )
    header = ["ranks", "ghost to owned nodes", "neighbours", "scatters", "messages", "kB sent", "reductions"]
    title = "Weak scaling, what the busiest rank sends per iteration (the plate problem's own messages not counted):"
    return Table("traffic", title, header, rows)


def per_iteration(run: Numbers) -> dict[str, float]:
    """Scatters, messages and bytes the busiest rank sends in one iteration, from calls and the index map."""
    sizes, cycles = run["work"]["sizes"], run["work"]["cycles"]
    total = {"scatters": 0.0, "messages": 0.0, "bytes": 0.0}
    for name, part in run["work"]["parts"].items():
        direction, _, width = name.partition(" ")
        if direction in ("forward", "reverse"):
            calls = part["calls"] / cycles
            total["scatters"] += calls
            total["messages"] += calls * sizes[f"{direction}_messages"][0]
            total["bytes"] += calls * int(width) * sizes[f"{direction}_bytes"][0]
    return total
