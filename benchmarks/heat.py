"""A package of 360 000 temperatures from a cold start to its hottest point, beside finite volumes and CalculiX."""

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import heat_calculix
from benchmarks.heat_problem import write_case
from benchmarks.process import measured
from benchmarks.table import Table, count

SIZE, QUICK = 0.5, 2.0  # mm, of planish's cells
_FINE = 4  # finite volumes of a finer grid say what the hottest point is
LIDDED = Path(__file__).parents[1] / "cases/fcbga_lidded"
_LIDDED_SIZE, _LIDDED_QUICK = "0.3mm", "2mm"
RANKS = 2


def measure(directory: Path, quick: bool) -> dict[str, Any]:
    """planish, finite volumes and CalculiX on the package of constant conductivities; planish on `fcbga_lidded`."""
    size = QUICK if quick else SIZE
    runs = [_planish(write_case(directory, size), (), directory)]
    for width in (size / 2, size / _FINE):
        runs.append(_volumes(width, directory))
    try:
        hottest, nodes, cost = heat_calculix.solve(directory / "case.yaml", directory)
        runs.append(_row(f"CalculiX, C3D20, {heat_calculix.THREADS} threads", nodes, hottest, cost.wall, cost.memory))
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
    only_heat = ("process=null", f"mesh.in_plane_size={_LIDDED_QUICK if quick else _LIDDED_SIZE}")
    return {"package": runs, "lidded": _planish(LIDDED / "elastic.yaml", only_heat, directory)}


def tables(found: dict[str, Any]) -> list[Table]:
    """One row for each program; then the example."""
    lidded = found["lidded"]
    header = ["program", "unknowns", "iterations", "wall s", "GB", "hottest degC"]
    return [
        Table("heat", "A lidded package at 100 W, from a cold start to the end:", header, _rows(found["package"])),
        Table("heat lidded", "`cases/fcbga_lidded/elastic.yaml`, its heat problem alone:", header, _rows([lidded])),
    ]


def _rows(runs: list[dict[str, Any]]) -> list[list[str]]:
    return [
        [
            run["name"],
            count(run["unknowns"]),
            str(run.get("iterations", "")),
            f"{run['wall']:.1f}",
            f"{run['memory'] / 1e9:.2f}",
            f"{run['hottest']:.2f}",
        ]
        for run in runs
    ]


def _planish(case: Path, overrides: tuple[str, ...], directory: Path) -> dict[str, Any]:
    command = ["mpirun", "-n", str(RANKS), sys.executable, "-m", "benchmarks.heat_run", str(case.resolve()), *overrides]
    cost = measured(command, directory)
    found = json.loads(cost.output.splitlines()[-1])
    name = f"planish, {found['solver']}, {RANKS} ranks"
    return {**_row(name, found["unknowns"], found["hottest"], cost.wall, found["memory"]), **found, "name": name}


def _volumes(width: float, directory: Path) -> dict[str, Any]:
    cost = measured([sys.executable, "-m", "benchmarks.finite_volume", str(width)], directory)
    found = json.loads(cost.output.splitlines()[-1])
    name = f"finite volumes, boxes of {width:g} mm, 1 core"
    run = _row(name, found["unknowns"], found["hottest"], cost.wall, cost.memory)
    return {**run, "iterations": found["iterations"]}


def _row(name: str, unknowns: int, hottest: float, wall: float, memory: float) -> dict[str, Any]:
    return {"name": name, "unknowns": unknowns, "hottest": hottest, "wall": wall, "memory": memory}
