"""The settled cycle of a solder film between stiff plates, against one point of Anand's law integrated finely.

The point is that of `tests.biaxial_laws`, an ordinary differential equation in equibiaxial plane stress that knows
nothing of the solver, through a dozen cycles; the solver goes through four, with the rest extrapolated.
"""

import numpy as np
import pytest
from mpi4py import MPI
from scipy.integrate import solve_ivp

from tests.biaxial_laws import Anand, Moment
from tests.solving import solve_case

SOLDER = {"a": 3501.0, "q_over_r": 9320.0, "xi": 4.0, "m": 0.25, "s0": 21e6}
SOLDER |= {"h0": 180e9, "s_hat": 30.2e6, "n": 0.01, "exponent": 1.78}
LOW, HIGH, RAMP, DWELL = 298.15, 398.15, 600.0, 600.0
MISMATCH = 16e-6  # 1/K
CASE = """
title: solder between stiff plates
geometry:
  outline: {shape: rectangle, size: [2 mm, 2 mm]}
  symmetry: quarter
  layers:
    - {name: base, thickness: 1 mm, material: stiff}
    - {name: film, thickness: 10 um, material: solder}
    - {name: cap, thickness: 1 mm, material: stiff}
materials:
  stiff: {youngs_modulus: 1900 GPa, poisson_ratio: 0.2, thermal_expansion: 6 ppm/K}
  solder:
    youngs_modulus: 45 GPa
    poisson_ratio: 0.36
    thermal_expansion: 22 ppm/K
    anand:
      {a: 3501 1/s, q_over_r: 9320 K, xi: 4, m: 0.25, s0: 21 MPa, h0: 180 GPa, s_hat: 30.2 MPa, n: 0.01, exponent: 1.78}
mesh: {in_plane_size: 0.5 mm}
analysis: {deflection: small}
process:
  stress_free_temperature: 25 degC
  steps:
    - repeat:
        times: 4
        steps:
          - {name: heat, temperature: 125 degC, duration: 10 min}
          - {name: hot, duration: 10 min}
          - {name: cool, temperature: 25 degC, duration: 10 min}
          - {name: cold, duration: 10 min}
life:
  joints: [{part: film, alloy: SnAgCu}]
  extrapolate: true
"""


def cycles(count: int) -> np.ndarray:
    """(count, 2) inelastic work (J/m^3) and path of strain of every cycle of the point."""
    law = Anand(45e9, 0.36, **SOLDER)
    modulus = 45e9 / (1 - 0.36)
    state, found = np.array([0.0, 1.0, 0.0, 0.0]), []
    segments = [(LOW, HIGH, RAMP), (HIGH, HIGH, DWELL), (HIGH, LOW, RAMP), (LOW, LOW, DWELL)]
    for _ in range(count):
        before = state[2:]
        for start, end, seconds in segments:

            def rates(time, y, start=start, end=end, seconds=seconds):
                kelvin = start + (end - start) * time / seconds
                stress = np.array([modulus * (-MISMATCH * (kelvin - LOW) - 0.5 * y[0])])
                flow, hardening = law.rates(y[None, :2], None, stress, Moment(kelvin))[0]
                return [flow, hardening, abs(stress[0] * flow), abs(flow)]

            scale = [1e-9, 1e-8, 1.0, 1e-9]
            state = solve_ivp(rates, (0.0, seconds), state, method="LSODA", rtol=1e-8, atol=scale).y[:, -1]
        found.append(state[2:] - before)
    return np.array(found)


def test_four_cycles_and_the_rest_extrapolated_are_the_settled_cycle_of_the_point(tmp_path):
    """To 1 %: increments of time are good to 0.5 %, stiff plates give by a few parts in ten thousand."""
    comm = MPI.COMM_WORLD
    (part,) = solve_case(CASE, (), comm.bcast(tmp_path), comm)["steps"][-1]["life"]["parts"]
    fine = cycles(12)
    assert fine[-1] == pytest.approx(fine[-2], rel=1e-3)  # it has settled
    assert 1e6 * part["work_per_cycle_mpa"] == pytest.approx(fine[-1, 0], rel=0.01)
    assert part["strain_per_cycle"] == pytest.approx(fine[-1, 1], rel=0.01)
