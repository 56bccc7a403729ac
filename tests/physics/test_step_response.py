"""Thermal impedance of a rod and of a package against closed forms, its own steady state, and its structure."""

import numpy as np
import pytest

from solver.case.load import load
from solver.errors import CaseError

# a rod that is heated at its top, in two materials of different capacity; graded towards the heat
LAYERS = [(0.4, "slow"), (0.4, "slow"), (0.2, "fast"), (0.1, "fast"), (0.05, "fast"), (0.025, "fast"), (0.0125, "fast"),
          (0.0075, "fast"), (0.003, "fast"), (0.002, "fast")]  # fmt: skip
CASE = """
title: rod
geometry:
  outline: {{shape: rectangle, size: [2 mm, 1 mm]}}
  layers: [{layers}, {{name: junction, thickness: 0.1 um, material: fast}}]
materials:
  fast: {{thermal_conductivity: 100 W/m/K, density: 2000 kg/m^3, specific_heat: 800 J/kg/K}}
  slow: {{thermal_conductivity: 100 W/m/K, density: 2000 kg/m^3, specific_heat: {slow} J/kg/K}}
mesh: {{in_plane_size: 1 mm}}
thermal:
  power: [{{layer: junction, total: 2 W}}]
  boundaries: [{{name: plate, face: bottom, temperature: 25 degC}}]
analysis: {{impedance: {{start: 1 us, end: 1 s}}}}
"""
AREA = 2e-6


def case(slow: float = 800) -> str:
    names = reversed([f"{{name: l{i}, thickness: {t} mm, material: {m}}}" for i, (t, m) in enumerate(LAYERS[::-1])])
    return CASE.format(layers=", ".join(names), slow=slow)


@pytest.fixture
def rod(solve):
    return solve(case())


def series(time: np.ndarray, length: float) -> np.ndarray:
    """Impedance of a uniform rod of 100 W/m/K and 1.6e6 J/m^3/K (Carslaw, Jaeger, 2nd ed., sect. 3.8)."""
    n = (np.arange(1, 3000) - 0.5) * np.pi
    resistance, tau = length / 100 / AREA, length**2 * 1.6e6 / 100
    return resistance * (2 / n**2 * -np.expm1(-np.outer(time / tau, n**2))).sum(axis=1)


def test_the_impedance_of_a_rod_is_its_series_over_six_decades(rod):
    found = rod["thermal"]["impedance"]
    time = np.array(found["time_s"])
    assert len(time) == 61
    assert found["power_w"] == pytest.approx(2.0, rel=1e-12)
    # tolerance of the steps, and of the first cells at the earliest times
    assert np.array(found["mean_k_per_w"]) == pytest.approx(series(time, 1.2e-3), rel=2e-3)
    assert np.array(found["max_k_per_w"]) == pytest.approx(series(time, 1.2e-3), rel=5e-3)
    assert found["resolved_from_s"] < 1e-6
    assert found["fit_error"] < 1e-3
    assert rod["warnings"] == []


def test_the_networks_of_a_rod_have_its_resistance_and_its_capacity(rod):
    found = rod["thermal"]["impedance"]
    resistance = 1.2e-3 / 100 / AREA
    for kind in ("foster", "cauer"):
        values = found[kind]["resistance_k_per_w"]
        assert min(values) > 0
        assert sum(values) == pytest.approx(resistance, rel=2e-3)
    path = found["structure"]
    inner = np.array(path["resistance_k_per_w"]) > 0.02 * resistance
    inner &= np.array(path["resistance_k_per_w"]) < 0.7 * resistance
    expected = np.array(path["resistance_k_per_w"])[inner] * 100 * 1.6e6 * AREA**2  # C = c k A^2 R
    assert np.array(path["capacitance_j_per_k"])[inner] == pytest.approx(expected, rel=0.06)


def test_a_piece_of_more_capacity_is_a_kink_in_the_structure_function(solve):
    path = solve(case(slow=8000))["thermal"]["impedance"]["structure"]
    node, density = np.array(path["node_resistance_k_per_w"]), np.array(path["differential_j_w_per_k2"])
    unit = 100 * 1.6e6 * AREA**2  # c k A^2 of the fast piece, which has a third of the resistance of 6 K/W
    # slopes between two points of a curve that is good to some per cent
    assert density[(node > 0.1) & (node < 1.3)] == pytest.approx(unit, rel=0.15)
    assert density[(node > 2.6) & (node < 4.5)].mean() == pytest.approx(10 * unit, rel=0.1)


PACKAGE = """
title: two dies
geometry:
  outline: {shape: rectangle, size: [12 mm, 8 mm]}
  layers:
    - {name: board, thickness: 0.8 mm, material: fr4}
    - name: dies
      thickness: 0.3 mm
      regions:
        - {name: one, shape: {rectangle: [4 mm, 4 mm]}, at: [-3 mm, 0 mm], material: silicon}
        - {name: two, shape: {rectangle: [3 mm, 3 mm]}, at: [3 mm, 1 mm], material: silicon}
mesh: {in_plane_size: 2 mm}
thermal:
  power: [{region: one, total: 0.5 W}, {region: two, total: 0.3 W}]
  boundaries:
    - {face: top, convection: 500 W/m^2/K, ambient: 25 degC}
    - {face: bottom, convection: 50 W/m^2/K, ambient: 35 degC}
  interfaces: [{between: [board, one], resistance: 20 mm^2 K/W}]
analysis: {impedance: {start: 1 ms, end: 300 s, per_decade: 5, source: two}}
report: {influence: true}
"""


@pytest.mark.serial
@pytest.mark.slow
def test_the_impedance_of_one_of_two_dies_ends_at_its_own_influence(solve):
    found = solve(PACKAGE)["thermal"]
    impedance, influence = found["impedance"], found["influence"]
    assert impedance["power_w"] == pytest.approx(0.3, rel=1e-12)
    # silicon conducts a few per cent less when all is warm
    assert impedance["mean_k_per_w"][-1] == pytest.approx(influence["mean_k_per_w"][1][1], rel=5e-3)
    assert np.all(np.diff(impedance["mean_k_per_w"]) > 0)
    assert sum(impedance["foster"]["resistance_k_per_w"]) == pytest.approx(impedance["mean_k_per_w"][-1], rel=2e-3)


@pytest.mark.serial
@pytest.mark.slow
def test_what_one_die_does_to_the_other_is_what_the_other_does_to_it(solve):
    constant = ("geometry.layers.dies.regions.one.material=die", "geometry.layers.dies.regions.two.material=die")
    die = "materials={die: {thermal_conductivity: 130 W/m/K, density: 2330 kg/m^3, specific_heat: 700 J/kg/K}}"
    of_two, of_one = (
        solve(PACKAGE, *constant, die, f"analysis.impedance.source={name}")["thermal"] for name in ("two", "one")
    )
    there = np.array(of_two["impedance"]["transfer_k_per_w"]["one"])
    back = np.array(of_one["impedance"]["transfer_k_per_w"]["two"])
    # both by steps in time of their own
    assert there == pytest.approx(back, abs=3e-3 * there[-1])
    assert there[-1] == pytest.approx(of_two["influence"]["mean_k_per_w"][0][1], rel=1e-3)


@pytest.mark.serial
@pytest.mark.slow
def test_a_curve_that_is_too_early_or_too_short_is_a_warning(solve):
    warnings = solve(PACKAGE, "analysis.impedance.start=1 us", "analysis.impedance.end=1 s")["warnings"]
    assert any("too high for what happens before" in text for text in warnings)
    assert any("still to come after 1 s" in text for text in warnings)


def test_resistances_that_follow_the_mechanics_have_no_step_response(tmp_path):
    (tmp_path / "case.yaml").write_text(PACKAGE, encoding="utf-8")
    process = "process={stress_free_temperature: 150 degC, steps: [{name: hot, temperature: thermal}]}"
    with pytest.raises(CaseError, match="follow the mechanics"):
        load(tmp_path, [process, "thermal.bond_lines=[board]"])


def test_a_step_that_cannot_be_is_refused(tmp_path):
    for override, words in (
        ("analysis.impedance.source=tow", "did you mean 'two'"),
        ("analysis.impedance.end=1 us", "the end comes after the start"),
        ("thermal.boundaries.0.ambient={sine: {mean: 25 degC, amplitude: 5 K, period: 9 s}}", "hide the step"),
        ("thermal.power=[]", "needs a `thermal` section with `power`"),
        ("thermal.power.0.leakage={reference: 1 W, at: 60 degC, exponent: 0.02 1/K}", "leakage follows"),
    ):
        (tmp_path / "case.yaml").write_text(PACKAGE, encoding="utf-8")
        with pytest.raises(CaseError) as error:
            load(tmp_path, [override, "report.influence=false", "analysis.transient={duration: 1 s, start: 25 degC}"])
        assert words in str(error.value)
