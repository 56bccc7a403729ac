"""Leakage that grows with temperature, against the lumped solution in closed form.

A part at one temperature with thermal resistance R to surroundings at T_a and P = P_0 exp(b (T - T_0)) has a steady
temperature if R P_0 b exp(b (T_a - T_0)) <= 1/e, T_a - W(-R P_0 b exp(b (T_a - T_0))) / b with Lambert's W; at the
limit R dP/dT = 1.
"""

import numpy as np
import pytest
from scipy.special import lambertw

from solver.errors import NotConvergedError

CASE = """
title: leaking plate
geometry:
  outline: {{shape: rectangle, size: [10 mm, 10 mm]}}
  layers: [{{name: plate, thickness: 1 um, material: plate}}]
materials:
  plate: {{thermal_conductivity: {k}, density: 2000 kg/m^3, specific_heat: 500 J/kg/K}}
mesh: {{in_plane_size: 5 mm}}
thermal:
  power: [{{layer: plate, {total} leakage: {{reference: {reference} W, at: 85 degC, exponent: 0.02 1/K}}}}]
  boundaries: [{{face: top, convection: 1000 W/m^2/K, ambient: 25 degC}}]
{analysis}
"""
CONDUCTOR, WEAKENING = "9e3 W/m/K", "{temperature: [0 degC, 200 degC], value: [9e3 W/m/K, 8e3 W/m/K]}"
RESISTANCE, GROWTH = 1.0 / (1000 * 1e-4), 0.02
LIMIT = np.exp(-1) / RESISTANCE / GROWTH / np.exp(GROWTH * (25 - 85))  # W at 85 degC


def case(part: float, total: str = "", k: str = CONDUCTOR, analysis: str = "") -> str:
    return CASE.format(reference=part * LIMIT, total=total, k=k, analysis=analysis)


@pytest.mark.parametrize("k", [CONDUCTOR, WEAKENING], ids=["constant", "falling"])
@pytest.mark.parametrize("part", [0.1, 0.9, 0.999])
def test_power_and_temperature_find_each_other(part, k, solve):
    thermal = solve(case(part, k=k))["thermal"]
    rise = -lambertw(-part * np.exp(-1)).real / GROWTH
    # the plate is 1e-7 of its resistance away from one temperature, which counts more near the limit
    assert thermal["max_temperature_degc"] == pytest.approx(25 + rise, rel=1e-5)
    assert thermal["power_w"] == pytest.approx(rise / RESISTANCE, rel=1e-5)
    assert thermal["heat_balance_error"] < 1e-8


def test_leakage_comes_on_top_of_the_power(solve):
    thermal = solve(case(0.3, total="total: 2 W,"))["thermal"]
    moved = 0.3 * np.exp(GROWTH * 2 * RESISTANCE)  # as if the surroundings were warmer by 2 W
    rise = 2 * RESISTANCE - lambertw(-moved * np.exp(-1)).real / GROWTH
    assert thermal["max_temperature_degc"] == pytest.approx(25 + rise, rel=1e-5)


@pytest.mark.parametrize("k", [CONDUCTOR, WEAKENING], ids=["constant", "falling"])
@pytest.mark.parametrize("part", [1.001, 3.0])
def test_beyond_the_limit_is_thermal_runaway(part, k, solve):
    with pytest.raises(NotConvergedError, match="thermal runaway"):
        solve(case(part, k=k))


IN_TIME = "analysis: {transient: {duration: %s, start: 25 degC, first_step: 100 us}}"


def test_a_leaking_plate_warms_to_its_steady_state(solve):
    thermal = solve(case(0.5, analysis=IN_TIME % "0.5 s"))["thermal"]
    assert thermal["max_temperature_degc"] == pytest.approx(25 - lambertw(-0.5 * np.exp(-1)).real / GROWTH, rel=1e-3)


@pytest.mark.serial
@pytest.mark.slow
def test_runaway_in_time_is_an_error_that_says_when(solve):
    with pytest.raises(NotConvergedError, match=r"heat at .* s.*thermal runaway"):
        solve(case(3.0, analysis=IN_TIME % "20 s"))
