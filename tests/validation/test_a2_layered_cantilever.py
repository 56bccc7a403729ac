"""A2, layered cantilever, closed form. L 10 in, two layers of 0.05 in, E 30e6 psi, nu 0, alpha 1e-5 / 2e-5, 100 K.

A free strip of twice the length is, from its mirror plane on, the cantilever with a clamp that lets width and
thickness breathe.
"""

import pytest

from tests.probing import corner_stress, lift, solved_step

INCH, PSI = 0.0254, 6894.757293168
CASE = """
title: layered cantilever
geometry:
  outline: {shape: rectangle, size: [20 inch, 1 inch]}
  symmetry: quarter
  layers:
    - {name: lower, thickness: 0.05 inch, material: lower}
    - {name: upper, thickness: 0.05 inch, material: upper}
materials:
  lower: {youngs_modulus: 30e6 psi, poisson_ratio: 0, thermal_expansion: 1e-5 1/K}
  upper: {youngs_modulus: 30e6 psi, poisson_ratio: 0, thermal_expansion: 2e-5 1/K}
mesh: {in_plane_size: 0.25 inch}
process:
  stress_free_temperature: 20 degC
  steps: [{name: heat, temperature: 120 degC}]
"""

# the boundary layer at the free end, 0.1 in of 10 in
BEAM_THEORY = 0.005


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    return solved_step(CASE, tmp_path_factory)


def test_the_tip_moves_by_0_750_inch(outcome):
    assert lift(outcome, (10 * INCH, 0.0)) / INCH == pytest.approx(-0.750, rel=BEAM_THEORY)


def test_outer_fibres_carry_7500_psi_and_the_interface_15000_psi(outcome):
    heights = {("lower", 0.0): -7500, ("lower", 0.05): 15000, ("upper", 0.05): -15000, ("upper", 0.1): 7500}
    for (layer, z), expected in heights.items():
        sigma_x = corner_stress(outcome, (0.0, 0.0, z * INCH), layer)[0] * 1e6 / PSI
        assert sigma_x == pytest.approx(expected, rel=BEAM_THEORY), (layer, z)
