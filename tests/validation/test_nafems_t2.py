"""NAFEMS T2, one-dimensional conduction with radiation: 927.0 K at the radiating end.

NAFEMS, The Standard NAFEMS Benchmarks, TNSB Rev. 3 (1990). Bar of 0.1 m, k 55.6 W/m/K, 1000 K at one end, emissivity
0.98 to 300 K at the other, insulated sides.
"""

import pytest

from solver.units import ZERO_CELSIUS

CASE = """
title: radiating bar
geometry:
  outline: {shape: rectangle, size: [20 mm, 20 mm]}
  layers: [{name: bar, thickness: 0.1 m, material: bar, cells: 4}]
materials:
  bar: {thermal_conductivity: 55.6 W/m/K}
mesh: {in_plane_size: 10 mm}
thermal:
  boundaries:
    - {face: bottom, temperature: 1000 K}
    - {face: top, emissivity: 0.98, ambient: 300 K}
"""
AREA, SIGMA = 4e-4, 5.670374419e-8
THREE_DECIMALS = 0.05  # K, of the reference
BAR = "bar"


def test_the_radiating_end_is_at_927_0_kelvin(solve):
    heat = solve(CASE)["thermal"]["boundaries"][1]["heat_w"]
    end = (heat / AREA / 0.98 / SIGMA + 300**4) ** 0.25
    assert end == pytest.approx(927.0, abs=THREE_DECIMALS)


def test_the_bar_conducts_what_its_end_radiates(solve):
    thermal = solve(CASE)["thermal"]
    into, out = (face["heat_w"] for face in thermal["boundaries"])
    assert out == pytest.approx(-into, rel=1e-9)
    mean = thermal["regions"][BAR]["mean_temperature_degc"] + ZERO_CELSIUS
    assert out == pytest.approx(55.6 * AREA * 2 * (1000 - mean) / 0.1, rel=1e-9)
