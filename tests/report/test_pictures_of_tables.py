"""Pictures drawn from the summary and the tables beside it: every one of a folder of made-up results is drawn."""

from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest

from solver.case.load import load
from solver.output import csv_files
from solver.output.stem import file_stem
from solver.report import pictures
from solver.report.pictures import edge, keep_out, via_landing
from solver.report.pictures.of_steps import OfStep

pytestmark = [pytest.mark.serial, pytest.mark.slow]

CASE = """
title: vias in silicon
geometry:
  outline: {shape: rectangle, size: [60 um, 60 um]}
  layers:
    - name: die
      thickness: 50 um
      material: silicon
      regions: [{name: via, shape: {circle: 5 um}, material: copper-plated, at: [0 um, 0 um]}]
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC}]
"""
TIMES = np.geomspace(1e-4, 1e2, 7)
RISE = 1.0 - np.exp(-TIMES / 0.1)
IMPEDANCE = {
    "power_w": 2.0,
    "time_s": TIMES,
    "mean_k_per_w": RISE,
    "max_k_per_w": 1.2 * RISE,
    "resolved_from_s": 1e-3,
    "transfer_k_per_w": {"other/die": 0.5 * RISE},
    "foster": {"resistance_k_per_w": [0.3, 0.7], "time_constant_s": [0.01, 0.1]},
    "cauer": {"resistance_k_per_w": [0.4, 0.6]},
    "structure": {
        "resistance_k_per_w": [0.4, 1.0],
        "capacitance_j_per_k": [0.05, 0.4],
        "node_resistance_k_per_w": [0.2, 0.7],
        "differential_j_w_per_k2": [0.1, 0.6],
    },
}
HISTORY = {
    "time_s": [0.0, 1.0, 10.0],
    "power_w": [2.0, 2.0, 0.0],
    "boundaries": [{"face": "top", "heat_w": [None, 1.0, 0.5]}],
    "regions": {
        f"die/{name}": {
            "max_temperature_degc": [25.0, 80.0 - name, 40.0],
            "mean_temperature_degc": [25.0, 70.0 - name, 38.0],
            "degree_of_cure_mean": [0.1, 0.5, 0.9],
        }
        for name in range(12)
    },
}
INFLUENCE = {
    "sources": ["die/left", "die/right"],
    "mean_k_per_w": [[2.0, 0.5], [0.5, 2.0]],
    "hottest_k_per_w": [[2.5, 0.6], [0.6, 2.5]],
}
LIFE = {"minimum_degc": -40.0, "maximum_degc": 125.0}
SOLDER = {"part": "balls", "row": "top row", "averaged_over_um": 25.0, "table": "life_balls"}
SOLDER |= {"lives": [{"model": "Syed energy", "cycles": 900.0}]}
COPPER = {"part": "via", "row": "whole", "averaged_over_um": 50.0, "table": "copper_life_via", "model": "IPC-TR-579"}


def crack(step: float, **more: Any) -> dict[str, Any]:
    """The entry of a delamination, which releases more in the second step."""
    return {"energy_release_j_per_m2": 10.0 * step, "at_x_mm": 0.1, "at_y_mm": 0.0, **more}


def sizes(step: float) -> list[dict[str, float]]:
    return [{"factor": k, "energy_release_j_per_m2": step * k, "utilisation": 0.1 * step} for k in (0.5, 1.0, 2.0)]


def of_step(number: float) -> dict[str, Any]:
    """What the summary has of one of two steps."""
    return {
        "name": f"cycle {number:.0f}",
        "temperature_degc": 25.0,
        "warpage_um": 3.0,
        "delaminations": {
            "over size": crack(number, over_size=sizes(number)),
            "over steps": crack(number, critical={"toughness_j_per_m2": 30.0}),
        },
        "cohesive": {"name": "bond", "dissipated_uj": number, "fracture_energy_uj": 0.9 * number},
        "life": LIFE | {"parts": [SOLDER]},
        "copper_life": LIFE | {"parts": [COPPER]},
    }


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder with the tables of two steps."""
    (tmp_path / "case.yaml").write_text(CASE, encoding="utf-8")
    place = tmp_path / "results"
    (place / "pictures").mkdir(parents=True)
    x, y = np.stack(np.meshgrid(np.linspace(0.0, 1.0, 5), np.linspace(0.0, 1.0, 4)), axis=-1).reshape(-1, 2).T
    for stem in (file_stem(number, f"cycle {number}") for number in (1, 2)):
        front = {"x_mm": x, "y_mm": y, "energy_release_j_per_m2": 1.0 + x, "growth_um": np.full(len(x), 50.0)}
        for name in ("over-size", "over-steps"):
            csv_files.write(place / f"crack_1_{name}_{stem}.csv", front)
        csv_files.write(place / f"cohesive_{stem}.csv", {"x_mm": x, "y_mm": 0.1 * y, "parted": x})
        number = np.arange(1, len(x) + 1)
        lives = {"x_mm": 0.05 * x, "y_mm": 0.05 * y}
        csv_files.write(
            place / f"life_balls_{stem}.csv", {"joint": number, **lives, "cycles Syed energy": 900.0 * number**2}
        )
        csv_files.write(
            place / f"copper_life_via_{stem}.csv", {"piece": number, **lives, "cycles IPC-TR-579": 900.0 + number}
        )
    return place


def drawn(path: Path) -> None:
    image = matplotlib.image.imread(path)
    assert image.shape[1] == 1600
    assert image[..., :3].std() > 0.02  # not blank


def test_all_that_results_hold_is_drawn(results):
    thermal = {"impedance": IMPEDANCE, "history": HISTORY, "influence": INFLUENCE}
    summary = {"thermal": thermal, "steps": [of_step(1.0), of_step(2.0)]}

    made, problems = pictures.draw(load(results.parent), summary, results)

    assert not problems
    assert {path.stem for path in made} >= {
        "stack",
        "thermal_history",
        "influence",
        "impedance",
        "structure",
        "joint_life_balls",
        "joint_copper_life_via",
        "crack_over-size",
        "crack_over-steps",
        "crack_cohesive",
    }
    for path in made:
        drawn(path)


def test_a_cohesive_interface_with_a_load_is_drawn_over_its_load(results):
    steps = [of_step(number) for number in (1.0, 2.0)]
    for number, step in enumerate(steps):
        step["cohesive"]["load_n"] = 0.1 * number

    known = pictures.pictures(load(results.parent), {"steps": steps}, results)
    (made,) = next(one for one in known if one.shows == "cohesive interface").draw()

    drawn(made)


def test_keep_out_zones_are_drawn_with_their_vias(results):
    x, y = np.stack(np.meshgrid(*[np.linspace(-30.0, 30.0, 21)] * 2), axis=-1).reshape(-1, 2).T
    radius = np.maximum(np.hypot(x, y), 5.0)
    devices = {
        name: {"carriers": "electrons", "channel": "<110>", "angle_deg": 0.0, "radius_um": 9.0, "area_um2": 200.0}
        for name in ("nMOS", "pMOS", "turned")
    }
    columns = {f"change_percent {name}": 1e3 * (x**2 - y**2) / radius**4 for name in devices}
    csv_files.write(results / "keep_out.csv", {"x_um": x, "y_um": y, **columns})
    step = {"name": "cool", "temperature_degc": 25.0, "keep_out": {"limit_percent": 10.0, "devices": devices}}
    stack = load(results.parent).stack

    drawn(keep_out.draw(results / "keep_out.csv", "die/via", step, stack, results / "keep_out.png"))


def test_the_stress_along_a_ray_from_an_edge_is_drawn_of_the_step_with_most(results):
    """Beside what is fitted to it: a field that grows as r^-0.4."""
    r = np.geomspace(1.0, 100.0, 15)
    columns = {f"{kind}{rest}_mpa": r**-0.4 for kind in ("peel", "shear") for rest in ("", "_fitted")}
    csv_files.write(results / "edge.csv", {"distance_um": r, **columns})
    entry = {"exponent": 0.6, "window_um": [3.0, 30.0], "wedges": [["die", 90.0], ["mould", 180.0]]}
    steps = [
        OfStep(name, 25.0, {**entry, "peel_intensity": size, "shear_intensity": 1.0}, results / f"{name}.csv")
        for name, size in (("little", 1.0), ("edge", -9.0))
    ]

    drawn(edge.draw("die edge", steps, results / "edge.png"))


@pytest.mark.parametrize("judged", ["none", "panel", "die"])
def test_vias_are_drawn_on_their_pads(results, judged):
    x, y = np.stack(np.meshgrid(*[np.linspace(-25.0, 25.0, 11)] * 2), axis=-1).reshape(-1, 2).T
    off = np.hypot(x, y) / 10.0
    csv_files.write(
        results / "via_landing.csv", {"x_mm": 1e-3 * x, "y_mm": 1e-3 * y, "misalignment_um": off, "ring_um": 3.0 - off}
    )
    corrections = {
        name: {"vias": len(x), "pad_for_all_um": pad} for name, pad in (("none", 16.0), ("panel", 12.0), ("die", 11.0))
    }
    found = {"via_um": 5.0, "pad_um": 13.0, "annular_ring_um": 1.0, "correction": judged, "corrections": corrections}
    found |= {"known_max_um": 3.5, "random_um": 2.2, "share_landing": 0.6, "vias": len(x)}
    step = {"name": "cool", "temperature_degc": 25.0, "via_landing": {"via 1": found}}
    stack = load(results.parent).stack

    drawn(via_landing.draw(results / "via_landing.csv", "via 1", step, stack, results / "via_landing.png"))
