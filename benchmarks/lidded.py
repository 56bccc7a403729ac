"""Iterations of the lidded package: soft layers, empty space beside the die, several plates per column."""

from pathlib import Path
from typing import Any

from benchmarks import planish_process
from benchmarks.table import Table, count

CASE = Path(__file__).parents[1] / "cases/fcbga_lidded/elastic.yaml"
SIZES, QUICK = ("1 mm", "0.5 mm"), ("2 mm",)


def measure(directory: Path, quick: bool) -> dict[str, Any]:
    """Heat, then both steps, for each size of cells."""
    found = []
    for size in QUICK if quick else SIZES:
        overrides = ["analysis.solver=columns", "report.warpage_at=[]", f"mesh.in_plane_size={size}"]
        found += [{"size": size, **solve} for solve in planish_process.iterations(CASE, overrides, 2, directory)]
    return {"solves": found}


def tables(found: dict[str, Any]) -> list[Table]:
    """One row for each solve."""
    rows = [
        [one["problem"], one["name"].rsplit(", ", 1)[-1], one["size"], count(one["unknowns"]), str(one["iterations"])]
        for one in found["solves"]
    ]
    header = ["problem", "coarse space", "cells", "unknowns", "iterations"]
    return [Table("lidded", "`cases/fcbga_lidded/elastic.yaml`, column multigrid on 2 ranks:", header, rows, texts=3)]
