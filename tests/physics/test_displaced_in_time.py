"""Places that are displaced of materials that remember: bars pulled and held, against the equation of one point."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.killed import Killed, killed_at
from tests.solving import solve_case

L, B, H = 40e-3, 4e-3, 4e-3  # thin, it would buckle as it creeps
PULL, HOLD, END = 100.0, 400.0, 40e-6  # s, s, m
RATE = END / L / PULL
INCREMENTS = 5e-3  # what the default tolerance of increments allows
E, A, ALPHA, N = 45e9, 1e-2, 0.037e-6, 5.0
TIMES, PARTS = (20.0, 300.0), (0.5, 0.3)
MATERIALS = {
    "relaxing": "{youngs_modulus: 20 GPa, poisson_ratio: 0, thermal_expansion: 10 ppm/K, "
    "viscoelastic: {times: [20 s, 300 s], shear: [0.5, 0.3], bulk: [0.5, 0.3]}}",
    "creeping": "{youngs_modulus: 45 GPa, poisson_ratio: 0.36, thermal_expansion: 10 ppm/K, "
    "creep: {garofalo: {a: 0.01 1/s, alpha: 0.037 1/MPa, n: 5, q_over_r: 0 K}}}",
}
BAR = """
title: bar
geometry:
  outline: {shape: rectangle, size: [40 mm, 4 mm]}
  layers: [{name: bar, thickness: 4 mm, material: bar}]
materials: {bar: %s}
mesh: {in_plane_size: 4 mm}
analysis: {deflection: %s}
process:
  stress_free_temperature: 25 degC
  steps:
    - {name: pull, duration: 100 s, support: {displaced: [{end: -x, x: 0 um}, {end: +x, x: 40 um}]}}
    - {name: hold, duration: 400 s, support: {displaced: [{end: -x, x: 0 um}, {end: +x, x: 40 um}]}}
    - {name: back, duration: 100 s, support: {displaced: [{end: -x, x: 0 um}, {end: +x, x: 0 um}]}}
"""


def relaxing():
    """Stress (Pa) at the ends of the steps: a sum over Maxwell elements, in closed form."""
    sums = np.zeros(len(TIMES))
    found = []
    for rate, seconds in ((RATE, PULL), (0.0, HOLD), (-RATE, PULL)):
        for i, (time, part) in enumerate(zip(TIMES, PARTS, strict=True)):
            left = np.exp(-seconds / time)
            sums[i] = sums[i] * left + 20e9 * part * rate * time * (1.0 - left)
        strain = END / L if len(found) < 2 else 0.0
        found.append(20e9 * (1.0 - sum(PARTS)) * strain + sums.sum())
    return np.array(found)


def creeping():
    """The same of a solder under one stress, its law integrated to 1e-10."""
    stress, found = 0.0, []
    for rate, seconds in ((RATE, PULL), (0.0, HOLD), (-RATE, PULL)):

        def slope(_, s, rate=rate):
            return E * (rate - np.sign(s) * A * np.sinh(ALPHA * np.abs(s)) ** N)

        stress = solve_ivp(slope, (0.0, seconds), [stress], method="LSODA", rtol=1e-10, atol=1e-3).y[0, -1]
        found.append(stress)
    return np.array(found)


@pytest.mark.parametrize("deflection", ["small", pytest.param("large", marks=pytest.mark.slow)])
@pytest.mark.parametrize("law", ["relaxing", "creeping"])
def test_a_bar_is_pulled_evenly_held_and_pushed_back(law, deflection, shared_path, comm):
    # at large deflection S = S(e + e^2/2) and F = S (1 + e) B H: 1.5 e = 1.5e-3 more, which the tolerance has room for
    steps = solve_case(BAR % (MATERIALS[law], deflection), (), shared_path, comm)["steps"]
    forces = np.array([step["prescribed"][1]["force_n"][0] for step in steps])
    expected = B * H * (relaxing if law == "relaxing" else creeping)()
    large = 1.5 * END / L if deflection == "large" else 0.0
    assert forces == pytest.approx(expected, abs=(INCREMENTS + large) * np.abs(expected).max())
    assert [step["prescribed"][1]["displacement_um"][0] for step in steps] == pytest.approx([40.0, 40.0, 0.0])


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_run_killed_while_it_pulls_goes_on_from_where_it_was(deflection, tmp_path, comm, monkeypatch):
    results = killed_at(BAR % (MATERIALS["creeping"], deflection), tmp_path, comm, monkeypatch)
    whole, made = results(None, output="whole")
    for most in {max(1, len(made) // 4), max(1, len(made) - 2)}:
        with pytest.raises(Killed):
            results(most)
        found, _ = results(None, resume=True)
        forces = [[step["prescribed"][1]["force_n"][0] for step in one["steps"]] for one in (found, whole)]
        assert forces[0] == pytest.approx(forces[1], rel=1e-6)
