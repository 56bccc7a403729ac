"""NAFEMS T3, one-dimensional transient conduction: 36.60 degC at 0.08 m after 32 s.

NAFEMS, The Standard NAFEMS Benchmarks, TNSB Rev. 3 (1990). Bar of 0.1 m, k 35 W/m/K, rho 7200 kg/m^3, c 440.5 J/kg/K,
at 0 degC; one end stays at 0 degC, the other follows 100 sin(pi t / 40 s) degC.
"""

import pytest

from solver.units import ZERO_CELSIUS
from tests.probing import at, simulate, solved_heat

CASE = """
title: bar with a warm end
geometry:
  outline: {shape: rectangle, size: [20 mm, 20 mm]}
  layers: [{name: bar, thickness: 0.1 m, material: bar, cells: 10}]
materials:
  bar: {thermal_conductivity: 35 W/m/K, density: 7200 kg/m^3, specific_heat: 440.5 J/kg/K}
mesh: {in_plane_size: 10 mm}
thermal:
  boundaries:
    - {face: bottom, temperature: 0 degC}
    - {face: top, temperature: {sine: {mean: 0 degC, amplitude: 100 K, period: 80 s}}}
analysis: {transient: {duration: 32 s, start: 0 degC}}
"""
FOUR_DIGITS = 0.02  # K, of the reference and of steps of 1e-3


def test_the_bar_has_36_60_celsius_at_a_fifth_from_its_warm_end(shared_path, comm):
    heat = solved_heat(simulate(CASE, shared_path, comm))
    assert at(heat.solution.temperature, [(0.0, 0.0, 0.08)])[0, 0] - ZERO_CELSIUS == pytest.approx(
        36.60, abs=FOUR_DIGITS
    )
    assert heat.summary["heat_balance_error"] < 1e-8
