"""What happens on the way of a real flow in time: a bond that softens, a mould that gels, supports that change."""

from types import SimpleNamespace

import numpy as np
import pytest
from mpi4py import MPI

from solver.physics.solid.load import Diverged
from solver.physics.solid.soft_expansion import lowest
from solver.process.time_control import TimeControl
from solver.process.time_path import Leg, march
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


@pytest.mark.slow
def test_a_mould_that_gels_gets_10000_times_stiffer_and_is_solved_on(steps):
    assert steps["cure"]["layers"]["mould"]["degree_of_cure_mean"] > 0.9


@pytest.mark.slow
def test_what_a_support_lets_go_springs_back_in_no_time(steps):
    """No increments of microseconds for it: the shelf is one of slow relaxation."""
    curve = steps["shelf"]["curve"]
    assert len(curve) < 15
    assert abs(curve[0]["warpage_um"]) == pytest.approx(abs(steps["shelf"]["warpage_um"]), rel=0.05)


def test_shapes_of_no_finite_energy_are_left_out():
    """Of an estimate that broke down; with none left the increment is too large."""
    energies = {1.0: float("nan"), 2.0: 3.0, 3.0: 3.0, 4.0: float("inf")}
    assert lowest(list(energies), energies.__getitem__) == 2.0
    with pytest.raises(Diverged):
        lowest([1.0, 4.0], energies.__getitem__)


def test_an_increment_after_a_refused_one_is_judged_from_where_the_stack_was():
    """What is followed stays at the refused end: an even way of 1 m/s seemed to turn back there, again and again."""
    followed = SimpleNamespace(x=SimpleNamespace(array=np.zeros(3)))
    memory = SimpleNamespace(spoilt=0.0)
    does_nothing = {"confirm": lambda: None, "accept": lambda: None}
    problem = SimpleNamespace(state=None, displacement=followed, memory=memory, **does_nothing)
    control, tried = TimeControl(MPI.COMM_SELF, 0.005, 1.0, 1.0), []
    control.begin(64.0)

    def attempt(_, seconds):
        tried.append(seconds)
        end = control.now + seconds
        followed.x.array[:] = end
        memory.spoilt = 1.0 if len(tried) == 3 else 0.0
        return None, False

    for _ in march(problem, control, Leg(300.0, 300.0, 64.0), attempt, lambda: None, followed):
        pass
    assert len(tried) == 8  # 1, 1, 3 s refused and cut to a fifth, then three times as long each
