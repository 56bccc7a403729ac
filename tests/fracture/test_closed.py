"""Faces of a crack press on each other and do not pass through."""

import pytest

from tests.fracture.strips import FORCE, released
from tests.solving import solve_case

BLOCK = """title: block with a crack inside
geometry:
  outline: {shape: rectangle, size: [4 mm, 4 mm]}
  symmetry: quarter
  layers:
    - {name: lower, thickness: 1 mm, material: resin, cells: 2}
    - {name: upper, thickness: 1 mm, material: resin, cells: 2}
  delaminations: [{name: flaw, between: [lower, upper], shape: {rectangle: [2 mm, 2 mm]}}]
materials: {resin: {youngs_modulus: 10 GPa, poisson_ratio: 0.3, thermal_expansion: 0 ppm/K}}
mesh: {in_plane_size: 0.5 mm}
analysis: {deflection: small}
process:
  stress_free_temperature: 25 degC
  steps:
    - {name: press, temperature: 25 degC, support: chuck, loads: [{face: top, pressure: 10 MPa}]}
    - {name: pull, temperature: 25 degC, support: chuck, loads: [{face: top, pressure: -10 MPa}]}
"""


def test_a_crack_under_pressure_is_as_if_it_were_not_there_and_opens_again(shared_path, comm):
    """No energy of any mode, no overlap, and the height of the block without a crack; pulled, it opens."""
    press, pull = solve_case(BLOCK, (), shared_path, comm)["steps"]
    closed, opened = press["delaminations"]["flaw"], pull["delaminations"]["flaw"]
    whole = opened["energy_release_j_per_m2"]
    assert whole > 0.1 and opened["mode_1_j_per_m2"] == pytest.approx(whole, rel=0.3)
    for mode in (1, 2, 3):
        assert abs(closed[f"mode_{mode}_j_per_m2"]) < 1e-6 * whole
    assert abs(closed["energy_release_j_per_m2"]) < 1e-6 * whole
    assert closed["overlap_um"] < 1e-4
    assert press["balance"]["energy_error"] < 1e-6


@pytest.mark.slow
def test_a_half_pressed_on_the_other_carries_half(shared_path, comm):
    """A split cantilever loaded on its upper half only, and the lower bears on it: G = 9 P^2 (a + 0.42 chi h)^2 /
    (4 E b^2 h^3) as if both were loaded (Y. Wang, J. G. Williams 1992), shear alone."""
    a, b, h, e, p = 10.9e-3, 0.2e-3, 0.5e-3, 100e9, 0.1
    more = f", support: {{clamp: -x}}, loads: [{FORCE.format(face='top', force=-p)}]"
    found = released(comm, shared_path, length="11 mm", at="6.5 mm", fine="0.25 mm", more=more)
    expected = 9 * p**2 * (a + 0.42 * 0.605 * h) ** 2 / (4 * e * b**2 * h**3)
    assert found["mean_j_per_m2"] == pytest.approx(expected, rel=0.03)
    assert found["mode_1_j_per_m2"] < 1e-3 * found["mode_2_j_per_m2"]
    assert found["overlap_um"] < 1e-3
