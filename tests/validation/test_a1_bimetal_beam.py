"""A1, bimetal beam: ANSYS VM174 / SimSolid VNL01. Two layers, 10 x 0.5 in, heated by 400 degF; linear part."""

import pytest

from tests.probing import lift, solved_step

INCH = 0.0254
CASE = """
title: bimetal beam
geometry:
  outline: {shape: rectangle, size: [10 inch, 0.5 inch]}
  symmetry: quarter
  layers:
    - {name: lower, thickness: 0.05 inch, material: lower}
    - {name: upper, thickness: 0.05 inch, material: upper}
materials:
  lower: {youngs_modulus: 1e7 psi, poisson_ratio: 0, thermal_expansion: 14.5e-6 1/delta_degF}
  upper: {youngs_modulus: 1e7 psi, poisson_ratio: 0, thermal_expansion: 2.5e-6 1/delta_degF}
mesh: {in_plane_size: 0.125 inch}
process:
  stress_free_temperature: 20 degC
  steps: [{name: heat, temperature: 242.2222222 degC}]
analysis: {deflection: small}
"""

# ends of a free strip: a boundary layer as long as the beam is thick (0.1 in of 10 in) bends a little less
BEAM_THEORY = 0.005


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    return solved_step(CASE, tmp_path_factory)


def test_a_simply_supported_bimetal_beam_sags_by_0_9000_inch(outcome):
    assert lift(outcome, (5 * INCH, 0.0)) / INCH == pytest.approx(0.9000, rel=BEAM_THEORY)


def test_its_curvature_is_0_0720_per_inch(outcome):
    assert outcome.summary["curvature_x_per_m"] * INCH == pytest.approx(-0.0720, rel=BEAM_THEORY)
