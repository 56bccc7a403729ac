"""What a watt in one source does to the others: reciprocity, superposition, and slopes at an operating point."""

import numpy as np
import pytest

from solver.case.load import load
from solver.errors import CaseError
from tests.solving import solve_case

RECIPROCAL = 1e-7  # linear solves are to 1e-8 or better

# two dies of different size, height and place on a board that is cooled on one side only; nothing is symmetric
CASE = """
title: two dies
geometry:
  outline: {{shape: rectangle, size: [16 mm, 10 mm]}}
  layers:
    - {{name: board, thickness: 0.8 mm, material: board}}
    - name: low
      thickness: 0.2 mm
      regions:
        - {{name: cpu, shape: {{rectangle: [5 mm, 4 mm]}}, at: [-4 mm, 1 mm], material: die}}
        - {{name: hbm, shape: {{rectangle: [3 mm, 6 mm]}}, at: [5 mm, -1 mm], material: die}}
materials:
  board: {{thermal_conductivity: [20 W/m/K, 12 W/m/K, 1 W/m/K]}}
  die: {{thermal_conductivity: {die}}}
mesh: {{in_plane_size: 2 mm}}
thermal:
  power: [{{region: cpu, total: {cpu} W}}, {{layer: low, region: hbm, total: {hbm} W}}]
  boundaries: {boundaries}
report: {{influence: true}}
"""
FILM = """[{face: board.sides, convection: 2000 W/m^2/K, ambient: 25 degC},
    {face: bottom, convection: 300 W/m^2/K, ambient: 25 degC}]"""
CONSTANT = "130 W/m/K"
FALLING = "{temperature: [0 degC, 200 degC], value: [150 W/m/K, 60 W/m/K]}"


def case(cpu: float = 1.0, hbm: float = 0.5, die: str = CONSTANT, boundaries: str = FILM) -> str:
    return CASE.format(cpu=cpu, hbm=hbm, die=die, boundaries=boundaries)


@pytest.fixture
def thermal(shared_path, comm):
    """The thermal part of the summary of a case."""
    return lambda text, *overrides: solve_case(text, overrides, shared_path, comm)["thermal"]


def rises(found: dict) -> np.ndarray:
    """Mean rise (K) of both dies, whose power is uniform."""
    return np.array([found["regions"][name]["mean_temperature_degc"] - 25 for name in ("low/cpu", "low/hbm")])


def test_influence_is_reciprocal_and_is_that_of_two_full_solves(thermal):
    found = thermal(case())["influence"]
    assert found["sources"] == ["cpu", "low/hbm"]
    assert found["power_w"] == pytest.approx([1.0, 0.5], rel=1e-12)
    matrix = np.array(found["mean_k_per_w"])
    assert found["asymmetry"] < RECIPROCAL
    assert matrix[0, 1] == pytest.approx(matrix[1, 0], rel=RECIPROCAL)
    columns = [rises(thermal(case(*power))) for power in ((1.0, 0.0), (0.0, 1.0))]
    assert matrix == pytest.approx(np.array(columns).T, rel=1e-7)


def test_hottest_places_are_sums_over_the_sources(thermal):
    found = thermal(case(3.0, 2.0))
    rise = np.array(found["influence"]["hottest_k_per_w"]) @ [3.0, 2.0]
    hottest = [found["regions"][name]["max_temperature_degc"] - 25 for name in ("low/cpu", "low/hbm")]
    assert rise == pytest.approx(hottest, rel=1e-7)
    assert np.all(rise >= np.array(found["influence"]["mean_k_per_w"]) @ [3.0, 2.0])


def test_with_conductivities_as_they_are_influences_add_up_to_the_temperatures(thermal):
    found = thermal(case(6.0, 4.0, FALLING))
    assert rises(found) == pytest.approx(np.array(found["influence"]["mean_k_per_w"]) @ [6.0, 4.0], rel=1e-7)
    assert found["influence"]["asymmetry"] < RECIPROCAL


def test_with_radiation_influences_are_the_slopes_at_the_operating_point(thermal):
    radiating = "[{face: board.sides, convection: 500 W/m^2/K, emissivity: 0.9, ambient: 25 degC}]"
    step = 1e-2
    matrix = np.array(thermal(case(3.0, 2.0, boundaries=radiating))["influence"]["mean_k_per_w"])
    more, less = (rises(thermal(case(3.0 + way * step, 2.0, boundaries=radiating))) for way in (1, -1))
    # central difference
    assert matrix[:, 0] == pytest.approx((more - less) / (2 * step), rel=1e-5)
    assert matrix[0, 1] == pytest.approx(matrix[1, 0], rel=RECIPROCAL)


def test_half_a_package_has_the_influences_of_the_whole(thermal):
    moved = ("geometry.layers.low.regions.cpu.at=[-4 mm, 0 mm]", "geometry.layers.low.regions.hbm.at=[5 mm, 0 mm]")
    whole, half = (
        thermal(case(), *moved, f"geometry.symmetry={symmetry}")["influence"] for symmetry in ("none", "half-y")
    )
    assert np.array(half["mean_k_per_w"]) == pytest.approx(np.array(whole["mean_k_per_w"]), rel=1e-7)
    assert np.array(half["hottest_k_per_w"]) == pytest.approx(np.array(whole["hottest_k_per_w"]), rel=1e-7)


def test_the_margin_is_used_up_at_the_power_it_says(thermal):
    limits = "report.limits=[{region: cpu, temperature: 85 degC}, {region: low/hbm, temperature: 70 degC}]"
    found = thermal(case(1.0, 0.8), limits)
    cpu, hbm = found["margins"]
    for one, name, limit in ((cpu, "low/cpu", 85), (hbm, "low/hbm", 70)):
        hottest = found["regions"][name]["max_temperature_degc"]
        assert one["temperature_degc"] == pytest.approx(hottest, abs=1e-9)
        assert one["margin_k"] == pytest.approx(limit - hottest, abs=1e-9)
    assert sorted([cpu["limiting"], hbm["limiting"]]) == [False, True]
    first = cpu if cpu["limiting"] else hbm
    assert first["power_at_limit_w"] == min(cpu["power_at_limit_w"], hbm["power_at_limit_w"])
    for one, name in ((cpu, "low/cpu"), (hbm, "low/hbm")):
        factor = one["power_at_limit_w"] / 1.8
        there = thermal(case(factor, 0.8 * factor), limits)
        # constant conductivities: the estimate is exact
        assert there["regions"][name]["max_temperature_degc"] == pytest.approx(one["limit_degc"], abs=1e-5)


def test_a_limit_that_is_passed_is_a_warning(solve):
    found = solve(case(), "report.limits=[{region: cpu, temperature: 26 degC}]")
    assert found["thermal"]["margins"][0]["margin_k"] < 0
    assert any("above its limit of 26 degC" in text for text in found["warnings"])
    below_ambient = solve(case(), "report.limits=[{region: cpu, temperature: 20 degC}]")["thermal"]["margins"][0]
    assert below_ambient["power_at_limit_w"] is None


def test_leakage_raises_influence_as_it_grows_with_the_temperature(thermal):
    leak = "{reference: 0.2 W, at: 60 degC, exponent: 0.02 1/K}"
    plain = thermal(case())["influence"]
    leaking = thermal(case(), f"thermal.power.0.leakage={leak}")["influence"]
    assert leaking["sources"] == plain["sources"]
    assert leaking["asymmetry"] < RECIPROCAL
    assert np.all(np.array(leaking["mean_k_per_w"]) > 1.001 * np.array(plain["mean_k_per_w"]))


@pytest.mark.slow
def test_in_time_the_margin_is_that_of_the_hottest_instant(solve):
    stored = "density: 2000 kg/m^3, specific_heat: 800 J/kg/K"
    text = case().replace("1 W/m/K]}", f"1 W/m/K], {stored}}}").replace(CONSTANT + "}", f"{CONSTANT}, {stored}}}")
    pulse = "{pulse: {period: 20 s, duty: 0.1}}"
    found = solve(
        text,
        "report={limits: [{region: cpu, temperature: 85 degC}, {region: hbm, temperature: 29 degC}]}",
        "analysis={transient: {duration: 10 s, start: 25 degC, first_step: 1 ms, tolerance: 0.01}}",
        f"thermal.power.0.waveform={pulse}",
        f"thermal.power.1.waveform={pulse}",
    )
    cpu, hbm = found["thermal"]["margins"]
    peak = max(found["thermal"]["history"]["regions"]["low/cpu"]["max_temperature_degc"])
    assert peak > found["thermal"]["regions"]["low/cpu"]["max_temperature_degc"] + 1
    assert cpu["temperature_degc"] == peak
    assert cpu["margin_k"] == pytest.approx(85 - peak)
    assert cpu["power_at_limit_w"] is None
    assert (cpu["limiting"], hbm["limiting"]) == (False, True)


def test_figures_that_cannot_be_are_refused(tmp_path):
    for override, words in (
        ("report.limits=[{region: gpu, temperature: 85 degC}]", "did you mean 'cpu'"),
        ("report.resistances=[{kind: theta_jb, point: board}]", "there are no `report.points`"),
        ("report.points=[{name: p, face: lo.top}]", "did you mean 'low.top'"),
        ("report.points=[{name: p, face: low.top, at: [0 mm, 0 mm]}]", "layer 'low' has nothing at (0, 0) mm"),
    ):
        (tmp_path / "case.yaml").write_text(case(), encoding="utf-8")
        with pytest.raises(CaseError) as error:
            load(tmp_path, [override])
        assert words in str(error.value)
