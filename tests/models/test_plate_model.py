"""The plate as a model of a case: the same case as solid, plate and laminate, through births, cuts and contact."""

import re
from typing import Any

import numpy as np
import pytest
import yaml
from mpi4py import MPI

from solver import load, solve
from solver.models.table import model_named
from tests.builders import HIGH, LOW, sheet
from tests.killed import killed_and_resumed
from tests.solving import CASES, stated

COOL = """process:
  stress_free_temperature: 125 degC
  steps:
    - {name: cool, temperature: 105 degC}
report: {warpage_at: [115 degC]}
"""
# two layers on a carrier, debonded, cut and laid on a table: births in bent and in pressed shapes
PROCESS = """process:
  gravity: true
  steps:
    - {name: low, build: [low], temperature: 125 degC, support: chuck}
    - {name: high, build: [high], temperature: 105 degC, birth: stress-free, support: chuck}
    - name: lifted
      temperature: 65 degC
      support: {pins: [[-30 mm, -20 mm], [30 mm, -20 mm], [-30 mm, 20 mm], [30 mm, 20 mm]]}
    - {name: ring, temperature: 45 degC, support: {ring: {width: 10 mm}}}
    - {name: debond, remove: [low], temperature: 60 degC, support: chuck}
    - {name: cut, singulate: {shape: {rectangle: [20 mm, 20 mm]}}, support: chuck}
    - {name: package, temperature: 25 degC, support: table}
report: {warpage_at: [40 degC, 80 degC]}
"""

STAGES = """title: two plies that are built, debonded and cut
geometry:
  outline: {shape: rectangle, size: [120 mm, 80 mm]}
  symmetry: quarter
  layers:
    - {name: low, thickness: 0.7 mm, material: low}
    - {name: high, thickness: 0.4 mm, material: high}
    - {name: top, thickness: 0.2 mm, material: top}
materials:
  low: {youngs_modulus: 73 GPa, poisson_ratio: 0.3, thermal_expansion: 3.8 ppm/K, density: 2500 kg/m^3}
  high: {youngs_modulus: 22 GPa, poisson_ratio: 0.3, thermal_expansion: 8 ppm/K, density: 2000 kg/m^3}
  top: {youngs_modulus: 110 GPa, poisson_ratio: 0.3, thermal_expansion: 17 ppm/K, density: 8900 kg/m^3}
mesh: {in_plane_size: 10 mm}
""" + PROCESS.replace("build: [high]", "build: [high, top]")

pytestmark = pytest.mark.slow


def run(case: dict[str, Any] | str, model: str, *overrides: str) -> list[dict[str, Any]]:
    """Entries of the steps."""
    data = yaml.safe_load(case) if isinstance(case, str) else case
    return [step.metrics for step in solve(data, overrides=(f"analysis.model={model}", *overrides)).steps]


@pytest.fixture(scope="module")
def stages() -> dict[str, list[dict[str, Any]]]:
    return {model: run(STAGES, model) for model in ("solid", "plate")}


def test_a_bilayer_bends_alike_as_solid_plate_and_laminate():
    """100 mm, 20 K: a tenth of the critical curvature. Laminate theory is linear, edges of the solid curl."""
    text = sheet(LOW, HIGH, size=("100 mm", "80 mm"), cell="10 mm", process=COOL)
    found = {model: run(text, model)[0] for model in ("solid", "plate", "laminate")}
    laminate = found["laminate"]
    assert found["plate"]["balance"]["support_force_n"] == found["plate"]["balance"]["pull_n"] == 0.0  # it is free
    for key in ("warpage_um", "signed_warpage_um", "curvature_x_per_m", "curvature_y_per_m"):
        assert found["plate"][key] == pytest.approx(laminate[key], rel=0.01), key
        assert found["plate"][key] == pytest.approx(found["solid"][key], rel=0.02), key
    (at_115,) = (one for one in found["plate"]["curve"] if one["temperature_degc"] == pytest.approx(115.0))
    assert at_115["warpage_um"] == pytest.approx(0.5 * found["plate"]["warpage_um"], rel=0.01)


@pytest.mark.serial
def test_a_panel_past_its_bifurcation_is_the_cylinder_of_its_readme():
    bent, further = run(str((CASES / "bent_panel" / "case.yaml").read_text(encoding="utf-8")), "plate")
    unstable = stated("bent_panel", "thicknesses per side squared,", "degC")
    assert bent["bifurcation_temperature_degc"] == pytest.approx(unstable, abs=0.1)
    corners = [stated("bent_panel", words, "um") for words in ("give the corners", "degC and")]
    assert [step["corner_um"] for step in (bent, further)] == pytest.approx(corners, rel=0.01)
    assert {step["branch"] for step in (bent, further)} <= {"cylinder about x", "cylinder about y"}


@pytest.mark.serial
def test_layers_have_the_stress_of_the_laminate():
    """At 1 K, where membrane stress is none: what is left of it is 1e-4."""
    text = sheet(LOW, HIGH, size=("100 mm", "80 mm"), cell="20 mm", process=COOL.replace("105 degC", "124 degC"))
    (plate,), (laminate,) = run(text, "plate"), run(text, "laminate")
    for name, ply in laminate["blocks"].items():
        for key in ("max_von_mises_mpa", "max_principal_mpa", "min_principal_mpa"):
            assert plate["blocks"][name][key] == pytest.approx(ply[key], rel=5e-3, abs=1e-4), (name, key)


@pytest.mark.serial
def test_a_process_goes_through_the_plate_as_through_the_solid(stages):
    """Births flat, in a bent and in a pressed shape, removal, cut, pins, ring, chuck and table."""
    for plate, solid in zip(stages["plate"], stages["solid"], strict=True):
        assert plate["name"] == solid["name"] and plate["singulated"] is solid["singulated"]
        # a held ring clamps the edges of a plate, those of the solid give by a thousandth of its free warpage
        assert plate["warpage_um"] == pytest.approx(solid["warpage_um"], rel=0.02, abs=2.0), plate["name"]
        for key in ("curvature_x_per_m", "curvature_y_per_m"):
            assert plate[key] == pytest.approx(solid[key], rel=0.02, abs=2e-3), (plate["name"], key)
        assert plate["in_plane"]["scale_x_ppm"] == pytest.approx(solid["in_plane"]["scale_x_ppm"], rel=0.02, abs=2.0)
        assert [one["parts"] for one in plate["births"]] == [one["parts"] for one in solid["births"]]


@pytest.mark.serial
def test_supports_carry_the_weight_of_a_plate(stages):
    for plate, solid in zip(stages["plate"], stages["solid"], strict=True):
        dead = plate["balance"]["dead_force_n"]
        assert dead == pytest.approx(solid["balance"]["dead_force_n"], rel=1e-9, abs=1e-12)
        assert plate["balance"]["support_force_n"] == pytest.approx(dead, rel=1e-6, abs=1e-12)
        if plate["name"] in ("lifted", "package"):  # on pins and on a table nothing pulls
            assert plate["balance"]["pull_n"] < 1e-3 * dead
    on_table = stages["plate"][-1]["contact"]
    assert on_table["weight_n"] == pytest.approx(stages["solid"][-1]["contact"]["weight_n"], rel=1e-9)
    assert on_table["max_gap_um"] == pytest.approx(stages["plate"][-1]["warpage_um"], rel=0.1)


@pytest.mark.serial
def test_large_dies_move_with_a_plate_as_with_a_solid():
    """Dies 65 times as long as the stack is thick, far past where small deflection holds: within 2 %."""
    text = (CASES / "foplp_panel" / "case.yaml").read_text(encoding="utf-8")
    case = yaml.safe_load(text)
    case["geometry"]["outline"]["size"] = ["450 mm", "300 mm"]
    (die,) = case["geometry"]["layers"][2]["regions"]
    die |= {"shape": {"rectangle": ["100 mm", "100 mm"]}, "grid": {"count": [3, 2], "pitch": ["150 mm", "150 mm"]}}
    case["mesh"]["in_plane_size"] = "30 mm"
    case["process"]["steps"] = [{"name": "cool", "temperature": "100 degC"}]
    case["report"] = {}
    (plate,), (solid,) = run(case, "plate"), run(case, "solid", "analysis.deflection=large")
    for key in ("warpage_um", "curvature_x_per_m", "curvature_y_per_m"):
        assert plate[key] == pytest.approx(solid[key], rel=0.02), key
    for key in ("max_shift_um", "mean_magnification_ppm"):
        assert plate["die_shift"][key] == pytest.approx(solid["die_shift"][key], rel=0.02), key


@pytest.mark.serial
def test_where_a_plate_is_no_model_the_run_says_so():
    """Dies five times as long as the stack is thick; a lid above air."""
    text = (CASES / "foplp_panel" / "case.yaml").read_text(encoding="utf-8")
    case = yaml.safe_load(text)
    case["geometry"]["outline"]["size"] = ["30 mm", "30 mm"]
    case["geometry"]["layers"][2]["regions"][0]["grid"]["count"] = [3, 3]
    case["geometry"]["layers"] += [
        {
            "name": "gap",
            "thickness": "0.1 mm",
            "regions": [{"name": "post", "shape": {"rectangle": ["10 mm", "10 mm"]}, "material": "silicon"}],
        },
        {"name": "lid", "thickness": "0.1 mm", "material": "copper"},
    ]
    case["mesh"]["in_plane_size"] = "5 mm"
    case["report"] = {}
    warnings = solve(case, overrides=("analysis.model=plate",)).warnings
    (die,) = (text for text in warnings if "'mould/die' is 8 mm long in a stack of 1.73 mm" in text)
    assert re.search(r"off by up to 12 %; model `solid` has it", die)
    (air,) = (text for text in warnings if "on 89 % of the area there is air between layers" in text)
    # a lid of 0.1 mm of copper 0.1 mm above 1.53 mm: E t d^2 of it more than the panel's E t^3 / 12
    assert re.search(r"it is up to 2\.\d+ times as stiff there", air)


@pytest.mark.serial
def test_a_thick_stack_bends_less_than_a_plate_by_twice_the_square_of_its_thickness_over_its_width():
    """Silicon below a resin: edges of a plate, a thickness wide, are as curved as its middle, those of a solid less."""
    text = sheet(LOW, HIGH, size=("5.5 mm", "5.5 mm"), cell="0.5 mm", process=COOL)
    case = yaml.safe_load(text) | {"report": {}}
    low, high = case["geometry"]["layers"]
    low |= {"material": "rigid"}
    high |= {"material": "gum"}
    case["materials"] = {
        "rigid": {"youngs_modulus": "170 GPa", "poisson_ratio": 0.28, "thermal_expansion": "2.6 ppm/K"},
        "gum": {"youngs_modulus": "1 GPa", "poisson_ratio": 0.35, "thermal_expansion": "60 ppm/K"},
    }
    plate = solve(case, overrides=("analysis.model=plate",))
    (solid,) = run(case, "solid")
    ratio = 0.2  # 1.1 mm of 5.5
    assert any(f"be off by up to {200 * ratio**2:.0f} %" in text for text in plate.warnings)
    over = plate.steps[0].metrics["warpage_um"] / solid["warpage_um"] - 1.0
    assert over == pytest.approx(2.0 * ratio**2, rel=0.2)


@pytest.mark.serial
@pytest.mark.parametrize("kept", [4, 14])
def test_a_run_that_was_killed_goes_on_to_the_same_numbers(kept, stages, shared_path, comm):
    """In a ramp, before a step, on the table; every position is read back on this number of ranks."""
    loaded = load(yaml.safe_load(STAGES), overrides=("analysis.model=plate",))
    found = killed_and_resumed(loaded, comm, shared_path, kept)
    assert [step["name"] for step in found] == [step["name"] for step in stages["plate"]]
    for one, whole in zip(found, stages["plate"], strict=True):
        assert one["warpage_um"] == pytest.approx(whole["warpage_um"], rel=1e-6, abs=1e-6), one["name"]
        assert len(one["curve"]) == len(whole["curve"]), one["name"]
        for layer, stress in one["layers"].items():
            assert stress["max_von_mises_mpa"] == pytest.approx(whole["layers"][layer]["max_von_mises_mpa"], rel=1e-5)


@pytest.mark.parallel
def test_the_numbers_are_those_of_one_rank(comm):
    """Born on a bent plate, debonded and cut: what is born, moved and cut goes from rank to rank."""
    case = yaml.safe_load(STAGES)
    chosen = ("low", "high", "lifted", "debond", "cut")
    case["process"]["steps"] = [step for step in case["process"]["steps"] if step["name"] in chosen]
    case["process"]["steps"][-1]["support"] = "table"
    case["mesh"]["in_plane_size"] = "20 mm"
    found, alone = (solve(case, comm=one, overrides=("analysis.model=plate",)).steps for one in (comm, MPI.COMM_SELF))
    for one, other in zip(found, alone, strict=True):
        for key in ("warpage_um", "corner_um", "curvature_x_per_m", "curvature_y_per_m"):
            assert one.metrics[key] == pytest.approx(other.metrics[key], rel=1e-6, abs=1e-9), (one.name, key)
        for name, stress in other.metrics["blocks"].items():
            assert one.metrics["blocks"][name]["max_von_mises_mpa"] == pytest.approx(
                stress["max_von_mises_mpa"], rel=1e-6
            )
            assert one.metrics["blocks"][name]["strain_energy_mj"] == pytest.approx(
                stress["strain_energy_mj"], rel=1e-6
            )


@pytest.mark.serial
def test_an_initial_bow_is_the_shape_of_a_plate_without_load():
    text = sheet(LOW, size=("100 mm", "80 mm"), cell="10 mm", process=COOL)
    case = yaml.safe_load(text)
    case["geometry"]["initial_bow"] = "200 um"
    (plate,), (solid,) = run(case, "plate"), run(case, "solid", "analysis.deflection=large")
    assert plate["warpage_um"] == pytest.approx(solid["warpage_um"], rel=0.01)
    assert np.sign(plate["signed_warpage_um"]) == np.sign(solid["signed_warpage_um"])


@pytest.mark.serial
def test_the_plate_says_what_it_takes():
    found = model_named("plate").forecast(load(yaml.safe_load(STAGES), overrides=("analysis.model=plate",)), 1)
    assert found is not None
    assert found.fits and found.problems[0].what == "step 'low' as a plate"
    assert found.problems[-1].contact
