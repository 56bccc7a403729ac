"""Heat in time against closed forms."""

import numpy as np
import pytest
from scipy.special import erfc

from meshes.extrude import extrude
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.power import heat_sources
from solver.physics.heat.transient import TransientHeat
from solver.units import ZERO_CELSIUS
from tests.probing import at, simulate, solved_heat

CASE = """
title: heat in time
geometry:
  outline: {{shape: rectangle, size: [10 mm, 10 mm]}}
  layers: {layers}
materials:
  metal: {{thermal_conductivity: 400 W/m/K, density: 2000 kg/m^3, specific_heat: 500 J/kg/K}}
  growing: {{thermal_conductivity: 4 W/m/K, density: 1000 kg/m^3,
    specific_heat: {{temperature: [0 degC, 100 degC, 200 degC],
      value: [500 J/kg/K, 700 J/kg/K, 500 J/kg/K]}}}}
  falling: {{thermal_conductivity: {{temperature: [0 degC, 200 degC], value: [20 W/m/K, 5 W/m/K]}},
    density: 1000 kg/m^3, specific_heat: {{temperature: [0 degC, 200 degC], value: [500 J/kg/K, 700 J/kg/K]}}}}
mesh: {{in_plane_size: 5 mm}}
thermal:
  power: {power}
  boundaries: {boundaries}
analysis: {{transient: {transient}}}
"""
PLATE = "[{name: plate, thickness: 1 mm, material: metal}]"
CAPACITY = 2000 * 500 * 1e-3  # J/m^2/K of the plate
BALANCE = 1e-9  # of the heat exchanged; rounding and linear solver


def case(transient: str, layers: str = PLATE, power: str = "[]", boundaries: str = "", **_: str) -> str:
    film = boundaries or "[{face: top, convection: 100 W/m^2/K, ambient: 20 degC}]"
    return CASE.format(layers=layers, power=power, boundaries=film, transient=transient)


def test_a_plate_that_conducts_well_cools_exponentially(solve):
    # Biot number 100 * 1e-3 / 400 = 2.5e-4; its time constant is longer by a third of that
    thermal = solve(case("{duration: 30 s, start: 120 degC}"))["thermal"]
    history = thermal["history"]
    time = np.array(history["time_s"])
    expected = 20 + 100 * np.exp(-time * 100 / CAPACITY / (1 + 2.5e-4 / 3))
    # a step may be off by 1e-3 of the change so far; it takes some 20, whose errors fade
    assert history["regions"]["plate"]["mean_temperature_degc"] == pytest.approx(expected, abs=0.15)
    assert thermal["heat_balance_error"] < BALANCE
    assert thermal["time_steps"] < 60


@pytest.mark.slow
def test_a_tighter_tolerance_is_kept(solve):
    errors = []
    for tolerance in ("1e-3", "1e-4", "1e-5"):
        end = solve(case(f"{{duration: 10 s, start: 120 degC, tolerance: {tolerance}}}"))["thermal"]["regions"]["plate"]
        exact = 20 + 100 * np.exp(-10 * 100 / CAPACITY / (1 + 2.5e-4 / 3))
        errors.append(abs(end["mean_temperature_degc"] - exact))
    assert errors[0] < 0.1
    assert errors[1] < 0.02
    assert errors[2] < 0.004


@pytest.mark.parametrize("steps", [8, 16])
def test_the_error_falls_with_the_square_of_the_step(steps, solve):
    """A plate whose surroundings follow a sine: T' = (A sin wt - T) h / C, from rest."""
    ambient = "{sine: {mean: 0 degC, amplitude: 50 K, period: 20 s}}"
    film = f"[{{face: top, convection: 100 W/m^2/K, ambient: {ambient}}}]"
    rate, w = 100 / CAPACITY / (1 + 2.5e-4 / 3), 2 * np.pi / 20

    def error(count: int) -> float:
        transient = f"{{duration: 16 s, start: 0 degC, first_step: {16 / count} s, largest_step: {16 / count} s}}"
        found = solve(case(transient, boundaries=film))["thermal"]
        assert found["time_steps"] == count
        exact = 50 * rate / (rate**2 + w**2) * (rate * np.sin(w * 16) - w * np.cos(w * 16) + w * np.exp(-rate * 16))
        return abs(found["regions"]["plate"]["mean_temperature_degc"] - exact)

    assert error(steps) / error(2 * steps) == pytest.approx(4.0, rel=0.15)


GRADED = ", ".join(f"{{name: l{i}, thickness: {4 * 1.6**i} um, material: metal}}" for i in reversed(range(18)))
GRADED = f"[{GRADED}]"
DIFFUSIVITY = 400 / (2000 * 500)


def test_a_half_space_warms_with_the_root_of_time_over_five_decades(solve):
    # H. S. Carslaw, J. C. Jaeger, Conduction of Heat in Solids, 2nd ed., sect. 2.9: constant flux
    boundaries = "[{face: top, flux: 1e6 W/m^2}, {face: bottom, temperature: 20 degC}]"
    thermal = solve(case("{duration: 10 ms, start: 20 degC, first_step: 10 ns}", GRADED, "[]", boundaries))["thermal"]
    history = thermal["history"]
    time, rise = np.array(history["time_s"]), np.array(history["max_temperature_degc"]) - 20
    late = time > 1e-6  # diffusion has passed the first cell, of 4 um
    assert rise[late] == pytest.approx(2e6 / 400 * np.sqrt(DIFFUSIVITY * time[late] / np.pi), rel=0.01)
    assert late.sum() < 60
    assert thermal["heat_balance_error"] < BALANCE


def test_a_half_space_whose_surface_jumps_has_an_error_function(shared_path, comm):
    boundaries = "[{face: top, temperature: 100 degC}, {face: bottom, temperature: 20 degC}]"
    text = case("{duration: 2 ms, start: 20 degC, first_step: 1 us}", GRADED, "[]", boundaries)
    heat = solved_heat(simulate(text, shared_path, comm))
    top = heat.stack_mesh.top
    depth = np.array([0.1e-3, 0.5e-3, 1e-3, 2e-3])
    points = np.column_stack([np.zeros((4, 2)), top - depth])
    found = at(heat.solution.temperature, points)[:, 0] - ZERO_CELSIUS
    assert found == pytest.approx(20 + 80 * erfc(depth / 2 / np.sqrt(DIFFUSIVITY * 2e-3)), abs=0.3)


@pytest.mark.slow
def test_heat_made_without_a_way_out_is_all_stored_whatever_the_capacity(solve):
    """Enthalpy of a table with a kink: 10 W in 0.1 g for long enough to pass it."""
    power = "[{layer: plate, total: 10 W}]"
    layers = "[{name: plate, thickness: 1 mm, material: growing}]"
    film = "[{face: top, convection: 1e-9 W/m^2/K, ambient: 20 degC}]"
    thermal = solve(case("{duration: 0.6 s, start: 0 degC}", layers, power, film))["thermal"]
    # 6 J into 0.1 g: 60 kJ/kg, up to the kink
    assert thermal["regions"]["plate"]["mean_temperature_degc"] == pytest.approx(100.0, abs=1e-6)
    further = solve(case("{duration: 1 s, start: 0 degC}", layers, power, film))["thermal"]
    # 100 kJ/kg: 40 more from 700 J/kg/K, falling by 2 J/kg/K^2
    expected = 100 + (700 - np.sqrt(700**2 - 4 * 40e3)) / 2
    assert further["regions"]["plate"]["mean_temperature_degc"] == pytest.approx(expected, abs=1e-6)
    assert further["heat_balance_error"] < 1e-7


def test_steps_too_long_to_be_exact_are_a_warning(solve):
    film = "[{face: top, convection: 1e4 W/m^2/K, ambient: 20 degC}]"  # a time constant of 0.1 s
    coarse = solve(case("{duration: 2 s, start: 120 degC, first_step: 0.2 s}", boundaries=film))
    assert any("smaller `first_step`" in text for text in coarse["warnings"])
    assert solve(case("{duration: 2 s, start: 120 degC}", boundaries=film))["warnings"] == []


def test_heat_that_comes_in_and_cannot_leave_is_stored(solve):
    thermal = solve(case("{duration: 5 s, start: 20 degC}", boundaries="[{face: top, flux: 1e4 W/m^2}]"))["thermal"]
    assert thermal["regions"]["plate"]["mean_temperature_degc"] == pytest.approx(20 + 5e4 / CAPACITY, abs=1e-6)
    assert thermal["heat_balance_error"] < BALANCE


@pytest.mark.slow
def test_a_transient_ends_in_the_steady_state(solve):
    boundaries = "[{face: bottom, temperature: 20 degC}, {face: top, convection: 300 W/m^2/K, ambient: 30 degC}]"
    layers = "[{name: plate, thickness: 2 mm, material: falling, cells: 2}]"
    power = "[{layer: plate, total: 30 W}]"
    text = case("{duration: 20 s, start: 20 degC}", layers, power, boundaries)
    end = solve(text)["thermal"]
    steady = solve(text, "analysis={steady: true}")["thermal"]
    assert end["max_temperature_degc"] == pytest.approx(steady["max_temperature_degc"], abs=1e-3)
    assert end["boundaries"][0]["heat_w"] == pytest.approx(steady["boundaries"][0]["heat_w"], rel=1e-4)
    assert steady["heat_balance_error"] < 1e-8
    assert end["heat_balance_error"] < 1e-7


def test_a_steady_state_stays_one(solve):
    power = "[{layer: plate, total: 3 W}]"
    thermal = solve(case("{duration: 100 s, start: steady}", power=power))["thermal"]
    history = thermal["history"]["max_temperature_degc"]
    assert history == pytest.approx([history[0]] * len(history), abs=1e-7)


def test_pulses_are_met_at_their_edges(solve):
    power = "[{layer: plate, total: 8 W, waveform: {pulse: {period: 3 s, duty: 0.25, low: 0.5}}}]"
    film = "[{face: top, convection: 1e-9 W/m^2/K, ambient: 20 degC}]"
    thermal = solve(case("{duration: 6 s, start: 20 degC}", power=power, boundaries=film))["thermal"]
    time = thermal["history"]["time_s"]
    for edge in (0.75, 3.0, 3.75):
        assert min(abs(t - edge) for t in time) < 1e-12
    # 8 W for 1.5 s and 4 W for 4.5 s into 0.1 J/K: exact, as power is constant in every step
    assert thermal["max_temperature_degc"] == pytest.approx(20 + 30 / (CAPACITY * 1e-4), abs=1e-4)


@pytest.mark.slow
def test_a_run_goes_on_from_any_state_as_if_it_had_not_stopped(shared_path, comm):
    boundaries = "[{face: bottom, temperature: 20 degC}, {face: top, convection: 300 W/m^2/K, ambient: 30 degC}]"
    power = "[{layer: plate, total: 30 W, waveform: {time: [0 s, 0.02 s, 0.03 s], factor: [0, 1, 0.2]}}]"
    layers = "[{name: plate, thickness: 2 mm, material: falling, cells: 2}]"
    simulation = simulate(case("{duration: 0.1 s, start: 20 degC}", layers, power, boundaries), shared_path, comm)
    mesh = extrude(comm, simulation.loaded.stack, simulation.plane)
    thermal, settings = simulation.case.thermal, simulation.case.analysis.transient

    def run(state=None):
        sources = heat_sources(mesh, thermal.power, simulation.loaded.files)
        problem = HeatProblem(mesh, simulation.materials(mesh), thermal, sources, transient=True)
        heat = TransientHeat(problem, settings)
        states = [step.state for step in heat.run(heat.start() if state is None else state)]
        return states, heat.balance_error(states[-1])

    states, error = run()
    again, error_again = run(states[len(states) // 2])
    assert len(again) == len(states) - len(states) // 2 - 1
    assert again[-1].time == states[-1].time
    assert again[-1].temperature == pytest.approx(states[-1].temperature, abs=1e-6)
    assert max(error, error_again) < 1e-6


def test_a_trace_takes_a_step_for_each_sample_where_nothing_is_fast(solve):
    """Forty samples of a hundredth of the time constant (10 s): T' = (P/A - h (T - 20)) / C, sample by sample."""
    samples = 40
    watts = np.round(2.0 + np.sin(np.arange(samples)), 3)
    factors = ", ".join(f"{value / 2:g}" for value in watts)
    times = ", ".join(f"{0.1 * number:g} s" for number in range(samples))
    power = f"[{{layer: plate, total: 2 W, waveform: {{time: [{times}], factor: [{factors}], between: steps}}}}]"
    found = solve(case("{duration: 4 s, start: 20 degC}", power=power))["thermal"]
    rate = 100 / CAPACITY / (1 + 2.5e-4 / 3)
    rise = 0.0
    for value in watts:
        rise = value / 1e-4 / 100 + (rise - value / 1e-4 / 100) * np.exp(-0.1 * rate)
    assert found["regions"]["plate"]["mean_temperature_degc"] == pytest.approx(20 + rise, rel=1e-4)
    assert found["time_steps"] < samples + 20  # the first ones grow from a millionth of the duration
    assert found["heat_balance_error"] < BALANCE


@pytest.mark.serial
@pytest.mark.slow
def test_samples_of_a_trace_are_tried_with_a_step_that_suited_the_last_one(solve):
    """Twenty samples of half the time constant of a poor conductor: as at a tenth of the error, few tries in vain."""
    samples = 20
    factors = ", ".join(f"{1 + np.sin(number):.3f}" for number in range(samples))
    times = ", ".join(f"{0.2 * number:g} s" for number in range(samples))
    slow = "{name: slow, thickness: 1 mm, material: poor, cells: 2}"
    layers = f"[{{name: base, thickness: 0.01 mm, material: metal}}, {slow}]"
    power = f"[{{layer: base, total: 1 W, waveform: {{time: [{times}], factor: [{factors}], between: steps}}}}]"
    poor = "  poor: {thermal_conductivity: 1 W/m/K, density: 1000 kg/m^3, specific_heat: 1000 J/kg/K}\n"
    text = case("{duration: 4 s, start: 20 degC}", layers, power, "[{face: top, temperature: 20 degC}]")
    text = text.replace("  growing:", f"{poor}  growing:")
    found, fine = solve(text)["thermal"], solve(text, "analysis.transient.tolerance=1e-4")["thermal"]
    assert found["rejected_time_steps"] < 1.5 * samples
    assert found["max_temperature_degc"] == pytest.approx(fine["max_temperature_degc"], abs=0.03)
    peaks = [max(one["history"]["max_temperature_degc"]) for one in (found, fine)]
    assert peaks[0] == pytest.approx(peaks[1], abs=0.03)


@pytest.mark.serial
@pytest.mark.slow
def test_a_trace_is_resolved_where_something_is_fast(solve):
    """A poor conductor heated from below in pulses of its own time constant: as at a hundredth of the error."""
    slow = "{name: slow, thickness: 1 mm, material: poor, cells: 4}"
    layers = f"[{{name: base, thickness: 0.01 mm, material: metal}}, {slow}]"
    power = "[{layer: base, total: 1 W, waveform: {pulse: {period: 2 s, duty: 0.5}}}]"
    film = "[{face: top, temperature: 20 degC}]"
    poor = "  poor: {thermal_conductivity: 1 W/m/K, density: 1000 kg/m^3, specific_heat: 1000 J/kg/K}\n"
    text = case("{duration: 4 s, start: 20 degC}", layers, power, film).replace("  growing:", f"{poor}  growing:")
    coarse, fine = solve(text)["thermal"], solve(text, "analysis.transient.tolerance=1e-5")["thermal"]
    assert coarse["max_temperature_degc"] == pytest.approx(fine["max_temperature_degc"], abs=0.03)
    peaks = [max(found["history"]["max_temperature_degc"]) for found in (coarse, fine)]
    assert peaks[0] == pytest.approx(peaks[1], abs=0.03)
