"""NAFEMS, straight cantilever with an axial end load: it buckles and rolls over itself.

NAFEMS, A Review of Benchmark Problems for Geometric Non-linear Behaviour of 3-D Beams and Shells (R0024), 3DNLG-1: 3.2
x 0.1 x 0.1 m, E 210 GPa, nu 0, Fx -3.844 MN with Fy a thousandth of it: largest tip deflection across -2.58 +- 0.02 m,
at the full load -1.36 +- 0.02 m across and -5.04 +- 0.04 m along. That is a beam of M = E I kappa; the outer fibres of
a solid one are strained by 15 % there, where the law of Saint Venant and Kirchhoff is stiffer in tension than in
compression: refined, the solid goes to -1.333 and -5.086, up to 1.5 % of its length away.
"""

from dataclasses import replace

import numpy as np
import pytest
import ufl
from dolfinx import mesh

from solver.physics.solid.supports import Support
from tests.bending import REFERENCE, large_deflection
from tests.probing import at

TEXT = """title: cantilever that buckles
geometry:
  outline: {shape: rectangle, size: [3200 mm, 100 mm]}
  layers: [{name: beam, thickness: 100 mm, material: steel}]
materials: {steel: {youngs_modulus: 210 GPa, poisson_ratio: 0, thermal_expansion: 1 ppm/K}}
mesh: {in_plane_size: 100 mm}
process: {stress_free_temperature: 125 degC, steps: [{name: load, temperature: 125 degC}]}
"""
HALF, FORCE, AREA = 1.6, (-3.844e6, 0.0, -3.844e3), 0.01  # m, N, m^2
SHARES = (0.08, 0.1, 0.105, 0.11, 0.115, 0.12, 0.13, 0.14, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


def clamped(stack_mesh, space) -> Support:
    nodes = np.flatnonzero(space.tabulate_dof_coordinates()[:, 0] < -0.9999 * HALF)
    held = (3 * nodes[:, None] + np.arange(3)).ravel().astype(np.int32)
    return Support(held, np.empty(0, np.int32))


def end_force(v: ufl.Argument) -> ufl.Form:
    domain = v.ufl_function_space().mesh
    end = mesh.locate_entities_boundary(domain, 2, lambda x: x[0] > 0.9999 * HALF)
    tags = mesh.meshtags(domain, 2, np.sort(end), np.full(len(end), 1, np.int32))
    measure = ufl.Measure("ds", domain, subdomain_data=tags)(1)
    return ufl.inner(ufl.as_vector([part / AREA for part in FORCE]), v) * measure


def test_a_cantilever_rolls_over_itself(shared_path, comm):
    beam = large_deflection(TEXT, shared_path, comm, dead_load=end_force, supports=clamped)
    across = []
    for share in SHARES:
        beam.follow(replace(beam.load_at(REFERENCE), dead=share))
        along, _, up = at(beam.displacement, [(HALF, 0.0, 0.05)])[0]
        across.append(up)
    assert min(across) == pytest.approx(-2.58, abs=0.03)  # seen at a few loads only
    assert across[-1] == pytest.approx(-1.36, abs=0.01 * 3.2)
    assert along == pytest.approx(-5.04, abs=0.015 * 3.2)
