"""What happens on the way of a real flow in time: a bond that softens, a mould that gels, supports that change."""

import pytest
from mpi4py import MPI

from solver.physics.solid.load import Diverged
from solver.physics.solid.stability import _lowest
from tests.solving import solve_case

BONDED = """
title: chips on a carrier, bonded, moulded over and cured on a chuck, released
geometry:
  outline: {shape: rectangle, size: [24 mm, 24 mm]}
  symmetry: quarter
  layers:
    - {name: carrier, thickness: 1 mm, material: glass-borofloat33}
    - {name: adhesive, thickness: 20 um, material: adhesive-temporary-relaxing}
    - name: mould
      thickness: 0.3 mm
      material: emc-granular-curing
      regions:
        - {name: die, shape: {rectangle: [8 mm, 8 mm]}, material: silicon, grid: {count: [2, 2], pitch: [10 mm, 10 mm]}}
mesh: {in_plane_size: 3 mm}
analysis: {solver: columns, deflection: small}
process:
  stress_free_temperature: 150 degC
  steps:
    - {name: mould, duration: 0 s, support: chuck}
    - {name: cure, duration: 10 min, support: chuck}
    - {name: cool, temperature: 25 degC, rate: 10 K/min, support: chuck}
    - {name: shelf, duration: 10 min}
"""


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """By name."""
    found = solve_case(BONDED, (), tmp_path_factory.mktemp("bonded"), MPI.COMM_WORLD)
    return {step["name"]: step for step in found["steps"]}


def test_a_mould_that_gels_gets_10000_times_stiffer_and_is_solved_on(steps):
    assert steps["cure"]["layers"]["mould"]["degree_of_cure_mean"] > 0.9


def test_what_a_support_lets_go_springs_back_in_no_time(steps):
    """No increments of microseconds for it: the shelf is one of slow relaxation."""
    curve = steps["shelf"]["curve"]
    assert len(curve) < 15
    assert abs(curve[0]["warpage_um"]) == pytest.approx(abs(steps["shelf"]["warpage_um"]), rel=0.05)


def test_shapes_of_no_finite_energy_are_left_out():
    """Of an estimate that broke down; with none left the increment is too large."""
    energies = {1.0: float("nan"), 2.0: 3.0, 3.0: 3.0, 4.0: float("inf")}
    assert _lowest(list(energies), energies.__getitem__) == 2.0
    with pytest.raises(Diverged):
        _lowest([1.0, 4.0], energies.__getitem__)
