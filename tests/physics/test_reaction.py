"""Heat of reaction in a transient: closed forms, and finite differences in one dimension that share nothing with it."""

from copy import deepcopy
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from meshes.extrude import extrude
from solver.errors import CaseError
from solver.heat import transient_run
from solver.materials.inelastic.kinetics import rate
from solver.materials.library import resolve
from solver.materials.spec import MaterialSpec
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.power import heat_sources
from solver.physics.heat.reaction import ended
from tests.probing import simulate
from tests.solving import load_case

GAS = 8.314462618
RESIN = {
    "thermal_conductivity": "0.4 W/m/K",
    "density": "1200 kg/m^3",
    "specific_heat": "1500 J/kg/K",
    "cure": {
        "kinetics": {"kamal": {"a2": "2e6 1/s", "e2": "65 kJ/mol", "m": 0.5, "n": 1.5}},
        "initial": 0.01,
        "enthalpy": "300 kJ/kg",
    },
}
CASE = """
title: resin that cures
geometry:
  outline: {shape: rectangle, size: [4 mm, 4 mm]}
  symmetry: quarter
  layers: [{name: resin, thickness: 10 mm, material: resin}]
materials: {resin: RESIN}
mesh: {in_plane_size: 1 mm, cells_per_layer: CELLS}
thermal: {boundaries: BOUNDARIES}
analysis: {transient: {duration: DURATION, start: 120 degC, reaction: true, tolerance: TOLERANCE}}
"""
CLOSED = "[{face: top, flux: 0 W/m^2}]"
HELD = "[{face: top, temperature: 120 degC}, {face: bottom, temperature: 120 degC}]"


def case(boundaries, duration, cells=2, tolerance="1e-3", **cure):
    resin = RESIN | {"cure": RESIN["cure"] | cure}
    text = CASE.replace("RESIN", str(resin).replace("'", '"')).replace("BOUNDARIES", boundaries)
    return text.replace("DURATION", duration).replace("CELLS", str(cells)).replace("TOLERANCE", tolerance)


def kamal(degree, kelvin):
    degree = np.clip(degree, 0.0, 1.0)
    return 2e6 * np.exp(-65e3 / GAS / kelvin) * degree**0.5 * (1.0 - degree) ** 1.5


@pytest.mark.serial
@pytest.mark.slow
def test_what_cures_and_loses_no_heat_warms_by_heat_over_capacity(solve):
    """300 kJ/kg x (1 - 0.01) over 1500 J/kg/K: 198 K, whatever the steps."""
    thermal = solve(case(CLOSED, "1e6 s"))["thermal"]
    found = thermal["reaction"]
    degree = found["degree_of_cure_mean"]["resin"]
    assert degree > 0.999
    assert thermal["max_temperature_degc"] == pytest.approx(120.0 + 200.0 * (degree - 0.01), abs=1e-6)
    assert found["heat_of_reaction_j"] == pytest.approx(300e3 * (degree - 0.01) * 1200.0 * 4e-3**2 * 1e-2, rel=1e-9)
    assert thermal["heat_balance_error"] < 1e-6


@pytest.mark.serial
@pytest.mark.slow
def test_an_adiabatic_course_comes_near_its_differential_equation_as_the_tolerance_says(solve):
    """dT/dt = H / cp da/dt runs away after 105 s. When it has cured so far, against Radau; and T by a, to rounding."""
    known = solve_ivp(
        lambda _, a: kamal(a, 393.15 + 200.0 * (a - 0.01)), (0.0, 150.0), [0.01], "Radau", rtol=1e-9, dense_output=True
    )
    fine, passed = np.linspace(0.0, 150.0, 20001), np.array([0.1, 0.3, 0.5, 0.8])
    exact = np.interp(passed, known.sol(fine)[0], fine)
    late = []
    for tolerance in ("1e-3", "1e-4"):
        history = solve(case(CLOSED, "150 s", tolerance=tolerance))["thermal"]["history"]
        resin = history["regions"]["resin"]
        degree, temperature = (np.array(resin[key]) for key in ("degree_of_cure_mean", "mean_temperature_degc"))
        assert temperature == pytest.approx(120.0 + 200.0 * (degree - 0.01), abs=1e-6)
        late.append(np.abs(np.interp(passed, degree, history["time_s"]) / exact - 1.0).max())
    assert late[0] < 3e-3
    assert late[1] < 0.2 * late[0]


def test_few_steps_on_all_ranks_cure_alike_and_lose_no_heat(solve):
    """20 s of it, on any number of ranks: Radau gives a = 0.02179; coarse steps miss 1e-3 of what it gains."""
    thermal = solve(case(CLOSED, "20 s", tolerance="1e-2"))["thermal"]
    exact = solve_ivp(lambda _, a: kamal(a, 393.15 + 200.0 * (a - 0.01)), (0.0, 20.0), [0.01], "Radau", rtol=1e-9)
    found = thermal["reaction"]
    assert found["degree_of_cure_mean"]["resin"] == pytest.approx(exact.y[0, -1], abs=2e-4)
    assert found["degree_of_cure_max"] - found["degree_of_cure_min"] < 1e-9
    gained = found["degree_of_cure_mean"]["resin"] - 0.01
    assert found["heat_of_reaction_j"] == pytest.approx(300e3 * gained * 1200.0 * 4e-3**2 * 1e-2, rel=1e-9)
    assert thermal["max_temperature_degc"] == pytest.approx(120.0 + 200.0 * gained, abs=1e-6)
    assert thermal["heat_balance_error"] < 1e-6


def finite_differences(seconds, cells=100):
    """Temperature and degree over a half of the slab, its face held at 120 degC, by the method of lines."""
    h, diffusivity = 5e-3 / cells, 0.4 / 1200.0 / 1500.0

    def slopes(_, state):
        t, a = state[:cells], state[cells:]
        speed = kamal(a, t)
        flux = np.concatenate([[2.0 * (t[0] - 393.15) / h], np.diff(t) / h, [0.0]])
        return np.concatenate([diffusivity * np.diff(flux) / h + 200.0 * speed, speed])

    start = np.concatenate([np.full(cells, 393.15), np.full(cells, 0.01)])
    found = solve_ivp(slopes, (0.0, seconds[-1]), start, "BDF", rtol=1e-7, atol=1e-9, t_eval=seconds)
    return found.y[:cells], found.y[cells:]


@pytest.mark.serial
@pytest.mark.slow
def test_a_thick_slab_overshoots_and_cures_as_finite_differences_say(solve):
    """100 cells over half of the slab are off by less than 1e-4 of the overshoot; here 8 over all of it, of order 2."""
    found = solve(case(HELD, "900 s", cells=8, tolerance="2e-4"))["thermal"]["history"]
    time = np.array(found["time_s"])
    temperatures, degrees = finite_differences(time)
    hottest = np.array(found["max_temperature_degc"])
    overshoot = temperatures[-1].max() - 393.15
    assert overshoot > 20.0
    assert hottest.max() - 120.0 == pytest.approx(overshoot, rel=5e-3)
    assert hottest == pytest.approx(temperatures[-1] - 273.15, abs=0.01 * overshoot)
    assert found["regions"]["resin"]["degree_of_cure_mean"] == pytest.approx(degrees.mean(axis=0), abs=2e-3)


def test_a_run_goes_on_from_what_was_kept_as_if_it_had_not_stopped(shared_path, comm):
    simulation = simulate(case(CLOSED, "20 s", tolerance="1e-2"), shared_path, comm)
    mesh, settings = extrude(comm, simulation.loaded.stack, simulation.plane), simulation.case.analysis.transient
    thermal = simulation.case.thermal

    def course(saved=None, keep=None):
        sources = heat_sources(mesh, thermal.power, simulation.loaded.files)
        problem = HeatProblem(mesh, simulation.materials(mesh), thermal, sources, transient=True, cures=True)
        return transient_run.run(problem, settings, lambda *_: None, keep, saved).summary

    kept = []
    whole = course(keep=lambda make, last: kept.append(deepcopy(make())))
    position, cells = kept[len(kept) // 2]
    saved = SimpleNamespace(position=position, values=lambda name, keys: cells[name][1])
    again = course(saved=saved)
    assert again.time_steps == whole.time_steps
    assert again.reaction.degree_of_cure_mean["resin"] == pytest.approx(whole.reaction.degree_of_cure_mean["resin"])
    assert again.reaction.heat_of_reaction_j == pytest.approx(whole.reaction.heat_of_reaction_j, rel=1e-9)
    assert again.history.regions["resin"].degree_of_cure_mean == pytest.approx(
        whole.history.regions["resin"].degree_of_cure_mean
    )


@pytest.mark.serial
@pytest.mark.parametrize(
    "kinetics",
    [
        {"nth_order": {"a": "1e6 1/s", "e": "60 kJ/mol", "n": 0.6}},
        {"kamal": {"a2": "2e6 1/s", "e2": "65 kJ/mol", "m": 0.9, "n": 1.3}},
        {"kamal": {"a1": "1e4 1/s", "e1": "60 kJ/mol", "a2": "2e6 1/s", "e2": "65 kJ/mol", "m": 0.4, "n": 2}},
    ],
)
@pytest.mark.parametrize("seconds", [0.1, 10.0, 1e4])
def test_a_stage_ends_where_its_equation_says_with_the_slope_of_differences(kinetics, seconds):
    cure = resolve("resin", {"resin": MaterialSpec.model_validate({"cure": {"kinetics": kinetics}})}).inelastic.cure
    kelvin, base = np.linspace(350.0, 450.0, 9), np.full(9, 0.05)
    v, slope = ended(cure, base, seconds, kelvin)
    p = cure.kinetics.power
    degree = (1.0 - np.exp(-v)) ** (1.0 / p)
    inner = v < 20.0  # beyond, nothing is left to cure
    grown = seconds * p * degree ** (p - 1.0) * rate(cure.kinetics, degree, kelvin) * np.exp(v)
    assert v[inner] == pytest.approx((base + grown)[inner], rel=1e-6)
    around = [ended(cure, base, seconds, kelvin * (1.0 + d))[0] for d in (-1e-6, 1e-6)]
    known = (around[1] - around[0]) / (2e-6 * kelvin)
    assert slope[inner] == pytest.approx(known[inner], rel=1e-2, abs=1e-4 * np.abs(known[inner]).max(initial=1e-9))


@pytest.mark.serial
def test_a_stack_in_which_nothing_reacts_is_refused(tmp_path, comm):
    text = case(CLOSED, "1 s").replace('"enthalpy": "300 kJ/kg"', '"gel": 0.6')
    with pytest.raises(CaseError, match="no material of the stack has a heat of reaction"):
        load_case(text, (), tmp_path, comm)


def test_a_transient_that_leaves_the_heat_out_says_so(solve):
    found = solve(case(CLOSED, "1 s"), "analysis.transient.reaction=false")
    assert any("resin gives off heat as it cures, which is left out" in text for text in found["warnings"])
    assert "reaction" not in found["thermal"]
