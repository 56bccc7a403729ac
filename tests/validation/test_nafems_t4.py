"""NAFEMS T4, two-dimensional conduction with convection: 18.25 degC at (0.6, 0.2) m.

NAFEMS, The Standard NAFEMS Benchmarks, TNSB Rev. 3 (1990). 0.6 x 1.0 m, k 52 W/m/K; 100 degC at the bottom, insulated
left, 750 W/m^2/K to 0 degC at the right and on the top.

The section stands upright at y = 0 of a long bar: its left side is the mirror plane x = 0, and the ends of the bar,
which also convect, are 2.5 m away, where the slowest mode exp(-3.8 y/m) has left 1e-4.
"""

import pytest

from solver.units import ZERO_CELSIUS
from tests.probing import at, simulate, solved_heat

CASE = """
title: convecting section
geometry:
  outline: {shape: rectangle, size: [1.2 m, 5 m]}
  symmetry: quarter
  layers:
    - {name: low, thickness: 0.2 m, material: section, cells: 4}
    - {name: high, thickness: 0.8 m, material: section, cells: 6}
materials:
  section: {thermal_conductivity: 52 W/m/K}
mesh: {in_plane_size: 0.25 m, edge_refinement: {size: 0.03 m, distance: 0.2 m}}
thermal:
  boundaries:
    - {face: bottom, temperature: 100 degC}
    - {face: low.sides, convection: 750 W/m^2/K, ambient: 0 degC}
    - {face: high.sides, convection: 750 W/m^2/K, ambient: 0 degC}
    - {face: top, convection: 750 W/m^2/K, ambient: 0 degC}
"""
NAFEMS = 0.02


def test_the_right_side_is_at_18_25_celsius_a_fifth_up(shared_path, comm):
    heat = solved_heat(simulate(CASE, shared_path, comm))
    temperature = at(heat.solution.temperature, [(0.6, 0.0, 0.2)])[0, 0]
    assert temperature - ZERO_CELSIUS == pytest.approx(18.25, rel=NAFEMS)
