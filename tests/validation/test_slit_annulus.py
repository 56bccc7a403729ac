"""Slit annular plate lifted by a line force, from a case file: a fortieth of the load lifts it by 1.305 and 1.789 m.

K. Y. Sze, X. H. Liu, S. H. Lo, Finite Elem. Anal. Des. 40, 1551, 2004: radii 6 and 10, thickness 0.03, E = 21e6,
nu = 0, one side of the slit clamped, at the other a force of 0.8 per length at the end of the course.

The slit is a slot of 0.02 m here, the circles are polygons: the force is 0.8 over 4 m whatever its edge measures.
"""

import pytest

from tests.probing import at, only_step, simulate

INNER, OUTER = 6.0115729, 10.0075464  # m, where the slot meets the polygons
CASE = f"""title: slit annulus
geometry:
  outline:
    shape: disc
    diameter: 20 m
    holes: [{{shape: {{circle: 12 m}}}}, {{shape: {{rectangle: [6 m, 0.02 m]}}, at: [8 m, 0 m]}}]
  layers: [{{name: plate, thickness: 0.03 m, material: sheet}}]
materials: {{sheet: {{youngs_modulus: 21 MPa, poisson_ratio: 0, thermal_expansion: 1 ppm/K, density: 1000 kg/m^3}}}}
mesh: {{in_plane_size: 1 m}}
process:
  stress_free_temperature: 20 degC
  steps:
    - name: lift
      temperature: 20 degC
      support: {{clamp: [[{INNER} m, -0.01 m], [{OUTER} m, -0.01 m]]}}
      loads: [{{end: [[{INNER} m, 0.01 m], [{OUTER} m, 0.01 m]], force: [0 N, 0 N, 0.08 N]}}]
analysis: {{deflection: large}}
"""


def test_a_fortieth_of_the_load_lifts_the_edge_as_shells_do(shared_path, comm):
    outcome = only_step(simulate(CASE, shared_path, comm))
    inner, outer = at(outcome.displacement, [(INNER, 0.01, 0.015), (OUTER, 0.01, 0.015)])[:, 2]
    assert (inner, outer) == pytest.approx((1.305, 1.789), rel=0.01)
