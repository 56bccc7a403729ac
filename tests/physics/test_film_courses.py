"""Film coefficients over time and over the temperature of the face, against closed forms."""

import numpy as np
import pytest

CASE = """
title: a plate in air
geometry:
  outline: {{shape: rectangle, size: [10 mm, 10 mm]}}
  layers: [{{name: plate, thickness: 1 mm, material: metal}}]
materials: {{metal: {{thermal_conductivity: 400 W/m/K, density: 2000 kg/m^3, specific_heat: 500 J/kg/K}}}}
mesh: {{in_plane_size: 5 mm}}
thermal:
  power: [{{layer: plate, total: {power}}}]
  boundaries: [{{face: top, ambient: 20 degC, convection: {film}}}]
{analysis}
"""
CAPACITY = 2000 * 500 * 1e-3  # J/m^2/K
FREE = "{temperature: [20 degC, 120 degC, 220 degC], value: [5 W/m^2/K, 15 W/m^2/K, 17 W/m^2/K]}"


@pytest.mark.parametrize("watts", [0.05, 0.1, 0.3, 0.6])
@pytest.mark.slow
def test_free_convection_follows_the_face(solve, watts):
    """P = h(T) A (T - Ta), h = 5 + 0.1 (T - Ta) up to 100 K above, then 15 + 0.02 more per kelvin, 17 from 200 K on."""
    found = solve(CASE.format(power=f"{watts} W", film=FREE, analysis=""))["thermal"]
    rises = np.linspace(0, 2000, 2_000_001)
    heat = 1e-4 * np.interp(rises, [0, 100, 200], [5, 15, 17]) * rises
    expected = float(np.interp(watts, heat, rises))
    assert found["max_temperature_degc"] == pytest.approx(
        20 + expected, rel=2e-4
    )  # 0.1 % of a kelvin per kelvin inside
    assert found["heat_balance_error"] < 1e-7


def test_a_fan_that_starts_cools_from_then_on(solve):
    """100 W/m2K for 5 s, 400 after it: exponentials, one after the other; Biot number 1e-3 at most."""
    film = "{time: [0 s, 5 s], value: [100 W/m^2/K, 400 W/m^2/K], steps: true}"
    analysis = "analysis: {transient: {duration: 10 s, start: 120 degC, tolerance: 1e-4}}"
    found = solve(CASE.format(power="0 W", film=film, analysis=analysis))
    time = np.array(found["thermal"]["history"]["time_s"])
    mean = np.array(found["thermal"]["history"]["regions"]["plate"]["mean_temperature_degc"])
    first, second = (h / CAPACITY / (1 + h * 1e-3 / 400 / 3) for h in (100, 400))
    expected = 20 + 100 * np.exp(-first * np.minimum(time, 5) - second * np.maximum(time - 5, 0))
    assert mean == pytest.approx(expected, abs=0.05)
    assert min(abs(time - 5)) < 1e-9
    assert found["thermal"]["heat_balance_error"] < 1e-8
    assert found["warnings"] == []


@pytest.mark.slow
def test_a_ramp_of_a_film_is_its_integral(solve):
    """h from 0 to 400 in 10 s: the rise is exp(-int h dt / C)."""
    film = "{time: [0 s, 10 s], value: [0 W/m^2/K, 400 W/m^2/K]}"
    analysis = "analysis: {transient: {duration: 10 s, start: 120 degC, tolerance: 1e-4}}"
    found = solve(CASE.format(power="0 W", film=film, analysis=analysis))["thermal"]
    expected = 20 + 100 * np.exp(-2000 / CAPACITY)
    assert found["regions"]["plate"]["mean_temperature_degc"] == pytest.approx(expected, abs=0.05)


def test_a_steady_state_has_no_time(solve):
    with pytest.raises(Exception, match="a film that changes with time needs"):
        solve(CASE.format(power="1 W", film="{time: [0 s], value: [100 W/m^2/K]}", analysis=""))
