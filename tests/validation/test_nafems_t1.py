"""NAFEMS T1, membrane with a hot spot: sigma_yy = 50 MPa just outside the spot.

NAFEMS, The Standard NAFEMS Benchmarks, TNSB Rev. 3 (1990). Square membrane 20 x 20 mm, spot of radius 1 mm in its middle
100 K hotter than the rest, E 100 GPa, nu 0.3, alpha 1e-5 1/K. In an infinite membrane the stress is -E alpha dT / 2 in the
spot, and at r outside it -+ E alpha dT / 2 (a/r)^2 along and across r.

The membrane's plane stress is made exact in 3-D by materials that neither contract nor expand across the plane.
"""

import numpy as np
import pytest

from tests.probing import corner_stress, only_step, simulate

MEMBRANE = "youngs_modulus: [100 GPa, 100 GPa, 100 GPa], poisson_ratio: [0.3, 0, 0], shear_modulus: [38.461538 GPa, 50 GPa, 50 GPa]"
CASE = f"""
title: hot spot
geometry:
  outline: {{shape: rectangle, size: [20 mm, 20 mm]}}
  symmetry: quarter
  layers:
    - name: membrane
      thickness: 0.2 mm
      material: cold
      regions: [{{name: spot, shape: {{circle: 2 mm}}, material: hot}}]
materials:
  cold: {{{MEMBRANE}, thermal_expansion: 0 ppm/K}}
  hot: {{{MEMBRANE}, thermal_expansion: [10 ppm/K, 10 ppm/K, 0 ppm/K]}}
mesh: {{in_plane_size: 0.8 mm, edge_refinement: {{size: 0.1 mm, distance: 3 mm}}}}
process:
  stress_free_temperature: 0 degC
  steps: [{{name: heat, temperature: 100 degC}}]
"""

NAFEMS = 0.02


@pytest.fixture
def outcome(shared_path, comm):
    return only_step(simulate(CASE, shared_path, comm))


def radius(outcome) -> float:
    """Of the corner of the meshed spot on the x axis: the polygon has the area of the circle."""
    corners = np.asarray(outcome.stack_mesh.stack.layers[0].regions[0].polygons[0].exterior.coords)
    return float(corners[:, 0].max())


def test_sigma_yy_outside_the_spot_is_50_mpa(outcome):
    assert corner_stress(outcome, (radius(outcome), 0.0, 0.0), "membrane")[1] == pytest.approx(50.0, rel=NAFEMS)


def test_the_spot_itself_is_squeezed_by_50_mpa(outcome):
    assert corner_stress(outcome, (0.0, 0.0, 0.0), "membrane/spot")[:2] == pytest.approx([-50.0, -50.0], rel=NAFEMS)


def test_a_membrane_has_no_stress_across(outcome):
    largest = outcome.stack_mesh.comm.allreduce(np.abs(outcome.sigma[..., 2:5]).max(initial=0.0), op=max)
    assert 1e-6 * largest < 1e-6
