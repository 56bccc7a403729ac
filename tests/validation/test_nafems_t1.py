"""NAFEMS T1, membrane with a hot spot: sigma_yy = 50 MPa just outside the spot.

NAFEMS, The Standard NAFEMS Benchmarks, TNSB Rev. 3 (1990). Square membrane 20 x 20 mm, spot of radius 1 mm in its
middle 100 K hotter than the rest, E 100 GPa, nu 0.3, alpha 1e-5 1/K. In an infinite membrane the stress is -E alpha
dT / 2 in the spot, and at r outside it -+ E alpha dT / 2 (a/r)^2 along and across r.

The spot is a polygon of 64 sides, of the area of the circle, with the middle of a side on each axis: at its corners
the stress has a weak singularity, in the middle of a side it has not. The membrane's plane stress is made exact in
3-D by materials that neither contract nor expand across the plane.
"""

import numpy as np
import pytest

from tests.probing import corner_stress, solved_step

MEMBRANE = """youngs_modulus: [100 GPa, 100 GPa, 100 GPa], poisson_ratio: [0.3, 0, 0],
    shear_modulus: [38.461538 GPa, 50 GPa, 50 GPa]"""
SIDES, RADIUS = 64, 1.0  # mm
ANGLE = 2 * np.pi / SIDES
CIRCUMRADIUS = RADIUS * np.sqrt(ANGLE / np.sin(ANGLE))
CORNERS = ", ".join(
    f"[{CIRCUMRADIUS * np.cos(phi):.12f} mm, {CIRCUMRADIUS * np.sin(phi):.12f} mm]"
    for phi in (np.arange(SIDES) + 0.5) * ANGLE
)
EDGE = CIRCUMRADIUS * np.cos(ANGLE / 2) * 1e-3  # m, of the spot on the x axis
CASE = f"""
title: hot spot
geometry:
  outline: {{shape: rectangle, size: [20 mm, 20 mm]}}
  symmetry: quarter
  layers:
    - name: membrane
      thickness: 0.2 mm
      material: cold
      regions: [{{name: spot, shape: {{polygon: [{CORNERS}]}}, material: hot}}]
materials:
  cold: {{{MEMBRANE}, thermal_expansion: 0 ppm/K}}
  hot: {{{MEMBRANE}, thermal_expansion: [10 ppm/K, 10 ppm/K, 0 ppm/K]}}
mesh: {{in_plane_size: 0.4 mm}}
process:
  stress_free_temperature: 0 degC
  steps: [{{name: heat, temperature: 100 degC}}]
"""

NAFEMS = 0.02


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    return solved_step(CASE, tmp_path_factory)


def test_sigma_yy_outside_the_spot_is_50_mpa(outcome):
    assert corner_stress(outcome, (EDGE, 0.0, 0.0), "membrane")[1] == pytest.approx(50.0, rel=NAFEMS)


def test_the_spot_itself_is_squeezed_by_50_mpa(outcome):
    assert corner_stress(outcome, (0.0, 0.0, 0.0), "membrane/spot")[:2] == pytest.approx([-50.0, -50.0], rel=NAFEMS)


def test_a_membrane_has_no_stress_across(outcome):
    largest = outcome.stack_mesh.comm.allreduce(np.abs(outcome.sigma[..., 2:5]).max(initial=0.0), op=max)
    assert 1e-6 * largest < 1e-6
