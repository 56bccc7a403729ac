"""The reduced model of the lidded package: how exact it is at films that had no part in it, and how fast."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from mpi4py import MPI

from benchmarks.table import Table, count
from solver.case.load import load
from solver.progress import Progress
from solver.simulation import Simulation
from solver.studies.reduce import ReducedModel
from solver.studies.reduce.study import study

CASE = Path(__file__).parents[1] / "cases/fcbga_lidded/elastic.yaml"
SIZE, QUICK = "1 mm", "10 mm"
FILMS = ((10.0, 10.0), (10.0, 1e4), (1e4, 10.0), (1e4, 1e4), (37.0, 2100.0), (640.0, 83.0), (4200.0, 25.0))
CHIP = {
    "base": "silicon",
    "thermal_conductivity": "110 W/m/K",
    "specific_heat": "750 J/kg/K",
}  # linear, as the model is
STEPS, STEPS_QUICK = 1000, 20


def measure(directory: Path, quick: bool) -> dict[str, Any]:
    """Reduce the package, compare steady states of some films, take steps."""
    case = yaml.safe_load(CASE.read_text(encoding="utf-8"))
    case["mesh"]["in_plane_size"] = QUICK if quick else SIZE
    case["materials"] = {"silicon": CHIP}
    case["thermal"]["power"][0]["total"] = "1 W"
    del case["process"]
    directory.mkdir(exist_ok=True)
    (directory / "case.yaml").write_text(yaml.safe_dump(case), encoding="utf-8")
    start = time.perf_counter()
    known = study(directory, [], MPI.COMM_WORLD)
    seconds = time.perf_counter() - start
    model = ReducedModel.load(directory / "results/reduced/reduced.npz")
    films, steps = (FILMS[:2], STEPS_QUICK) if quick else (FILMS, STEPS)
    return {
        "unknowns": known["unknowns"],
        "order": known["order"],
        "seconds": seconds,
        "held_out_error": known["held_out_error"],
        "step_error": known["step_error"],
        "steady": [_steady(directory, model, top, bottom) for top, bottom in films],
        "step_seconds": _steps(model, steps, change=False),
        "changing_step_seconds": _steps(model, steps, change=True),
    }


def _steady(directory: Path, model: ReducedModel, top: float, bottom: float) -> dict[str, float]:
    """Hottest point by both, and the time of the full solve without its mesh."""
    overrides = [
        f"thermal.boundaries.{number}.convection={value} W/m^2/K" for number, value in enumerate((top, bottom))
    ]
    progress = Progress(MPI.COMM_WORLD, quiet=True)
    heat = Simulation(load(directory, overrides), MPI.COMM_WORLD, progress).heat()
    assert heat is not None
    found = model.steady(films=[top, bottom])["bump field hottest"]
    expected = heat.summary["max_temperature_degc"]
    rise = expected - float(model.ambient_degc[0])
    return {
        "top": top,
        "bottom": bottom,
        "full_k_per_w": rise,
        "reduced_k_per_w": found - float(model.ambient_degc[0]),
        "error": abs(found - expected) / rise,
        "full_seconds": progress.seconds["solve"],
    }


def _steps(model: ReducedModel, steps: int, change: bool) -> float:
    """Seconds of a step, with other powers at every step, and other films too if they change."""
    course = model.start()
    films = np.geomspace(10.0, 1e4, steps)
    start = time.perf_counter()
    for number in range(steps):
        course.step(0.01, 50.0 + number % 7, films=[films[number], 20.0] if change else None)
    return (time.perf_counter() - start) / steps


def tables(found: dict[str, Any]) -> list[Table]:
    """The model, and one row for each pair of films."""
    rows = [
        [f"{one['top']:g}", f"{one['bottom']:g}", f"{one['full_k_per_w']:.4f}", f"{one['reduced_k_per_w']:.4f}",
         f"{100 * one['error']:.2g} %", f"{one['full_seconds']:.1f}"]
        for one in found["steady"]
    ]  # fmt: skip
    header = ["top (W/m2K)", "bottom (W/m2K)", "full (K/W)", "reduced (K/W)", "error", "full solve (s)"]
    text = (
        f"`cases/fcbga_lidded/elastic.yaml`, {count(found['unknowns'])} unknowns reduced to {found['order']} states in "
        f"{found['seconds']:.0f} s; {100 * found['held_out_error']:.2g} % at points at random, "
        f"{100 * found['step_error']:.2g} % in a step of power; a step in time takes "
        f"{1e6 * found['step_seconds']:.0f} us, {1e6 * found['changing_step_seconds']:.0f} us if films change:"
    )
    return [Table("reduced", text, header, rows, texts=0)]
