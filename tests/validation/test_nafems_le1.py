"""NAFEMS LE1, elliptic membrane: sigma_yy = 92.7 MPa at D = (2, 0) m, from a case file.

NAFEMS, The Standard NAFEMS Benchmarks, TNSB Rev. 3 (1990). Quarter of a plate 0.1 m thick between two ellipses of
semi-axes 2 and 1 m, 3.25 and 2.75 m, pulled outwards at its rim with 10 MPa; symmetric at x = 0 and y = 0.

The ellipses are polygons of the same area here, with corners too blunt to show on these cells (half of them: 93.1 MPa).
"""

import numpy as np
import pytest
from mpi4py import MPI

from tests.probing import corner_stress, only_step, simulate

CASE = """title: NAFEMS LE1
geometry:
  outline: {shape: ellipse, size: [6.5 m, 5.5 m], holes: [{shape: {ellipse: [4 m, 2 m]}}]}
  symmetry: quarter
  layers: [{name: plate, thickness: 0.1 m, material: steel}]
materials:
  steel: {youngs_modulus: 210 GPa, poisson_ratio: 0.3, thermal_expansion: 12 ppm/K, density: 7800 kg/m^3}
mesh: {in_plane_size: 0.08 m}
process:
  stress_free_temperature: 20 degC
  steps: [{name: pull, temperature: 20 degC, loads: [{end: rim, pressure: -10 MPa}]}]
analysis: {deflection: small}
"""
SIGMA_YY_AT_D = 92.7  # MPa


def test_sigma_yy_at_d_is_92_7_mpa(shared_path, comm):
    outcome = only_step(simulate(CASE, shared_path, comm))
    points = outcome.stack_mesh.plane.points
    local = points[np.abs(points[:, 1]) < 1e-9, 0].min(initial=np.inf)
    d = comm.allreduce(local, MPI.MIN)  # the corner of the polygon on the x axis
    assert d == pytest.approx(2.0, rel=1e-3)
    assert corner_stress(outcome, (d, 0.0, 0.1), "plate")[1] == pytest.approx(SIGMA_YY_AT_D, rel=0.02)
