"""Tables of the speed suite for the terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table

_CONSOLE = Console(width=150, highlight=False)

Numbers = dict[str, Any]


def phases(title: str, runs: list[Numbers]) -> None:
    """Wall, processor time and peak memory of each phase, a column for each number of ranks."""
    first = runs[0]
    table = Table(title=f"{title}: {first['unknowns']} unknowns", title_justify="left")
    table.add_column("phase: wall s, cpu s, peak GB")
    for run in runs:
        table.add_column(f"{run['ranks']} rank{'s' if run['ranks'] > 1 else ''}", justify="right")
    for name in first["phases"]:
        table.add_row(name, *(_cost(run["phases"][name]) for run in runs))
    table.add_row("phases together", *(_cost(run["total"]) for run in runs))
    table.add_row("process, start to end", *(_cost(run) for run in runs))
    table.add_row("refinement: iterations", *(str(run["iterations"]) for run in runs))
    table.add_row("warpage um", *(f"{run['warpage_um']:.6f}" for run in runs))
    if "factor_alone_error" in first:
        table.add_row(
            "predicted: s of assembly and factorisation on one core, GB",
            *(f"{r['expected']['seconds']:.1f}, {r['expected']['memory'] / 1e9:.2f}" for r in runs),
        )
        table.add_row("error of MUMPS alone", *(f"{run['factor_alone_error']:.1e}" for run in runs))
    table.add_row("energy error", *(f"{run['energy_error']:.1e}" for run in runs))
    _CONSOLE.print(table)


def peers(runs: list[Numbers], others: list[Numbers]) -> None:
    """Programs side by side; ratios to planish on its largest number of ranks."""
    best = runs[-1]
    table = Table(title="the same mesh in other programs, start to end of the process", title_justify="left")
    for name in ("program", "unknowns", "wall s", "cpu s", "GB", "corner um", "differs", "wall ratio", "cpu ratio"):
        table.add_column(name, justify="left" if name == "program" else "right")
    for run in runs:
        table.add_row(f"planish, 27 nodes, {run['ranks']} rank(s)", *_row(run, best))
    for other in others:
        table.add_row(other["name"], *_row(other, best))
    _CONSOLE.print(table)


def flags(seconds: dict[str, float]) -> None:
    """Assembly by compiler flags."""
    table = Table(title="filling the matrix, cpu s, one rank", title_justify="left")
    table.add_column("flags")
    table.add_column("s", justify="right")
    for name, value in seconds.items():
        table.add_row(name, f"{value:.2f}")
    _CONSOLE.print(table)


def _cost(phase: Numbers) -> str:
    return f"{phase['wall']:.2f}, {phase['cpu']:.2f}, {phase['memory'] / 1e9:.2f}"


def _row(one: Numbers, best: Numbers) -> list[str]:
    return [
        str(one["unknowns"]),
        f"{one['wall']:.1f}",
        f"{one['cpu']:.1f}",
        f"{one['memory'] / 1e9:.2f}",
        f"{one['corner_um']:.3f}",
        f"{one['corner_um'] / best['corner_um'] - 1:+.1e}",
        f"{one['wall'] / best['wall']:.2f}",
        f"{one['cpu'] / best['cpu']:.2f}",
    ]
