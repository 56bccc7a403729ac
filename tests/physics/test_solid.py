"""Both kinematics answer the same questions, at any point of a cell."""

from dataclasses import replace

import basix
import numpy as np
import pytest

from solver.physics.solid.constitutive import strain_at
from solver.physics.solid.kinematics import strain
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.solid import Solid
from tests.bending import COOL, large_deflection, panel

KELVIN = 397.15
ORTHOTROPIC = f"""title: bilayer panel
geometry:
  outline: {{shape: rectangle, size: [600 mm, 600 mm]}}
  symmetry: quarter
  layers:
    - {{name: low, thickness: 0.7 mm, material: low}}
    - {{name: high, thickness: 0.4 mm, material: high}}
materials:
  low: {{youngs_modulus: 73 GPa, poisson_ratio: 0.3, thermal_expansion: 3.8 ppm/K}}
  high: {{youngs_modulus: [22 GPa, 15 GPa, 9 GPa], poisson_ratio: [0.1, 0.2, 0.15],
    shear_modulus: [6 GPa, 4 GPa, 3 GPa], thermal_expansion: 8 ppm/K}}
mesh: {{in_plane_size: 75 mm}}
{COOL}"""


@pytest.fixture(params=["small", "large"])
def cooled(request, shared_path, comm) -> Solid:
    """A square bilayer that cooled by 1 K."""
    large = panel(shared_path, comm, 4)
    if request.param == "large":
        large.follow(large.load_at(KELVIN))
        return large
    small = SmallDeflectionSolid(large.stack_mesh, large.materials, large.references)
    small.solve(KELVIN)
    return small


def test_it_is_a_solid_in_balance(cooled: Solid):
    assert isinstance(cooled, Solid)
    balance = cooled.balance()
    assert balance.pin_reaction < 1e-6
    assert balance.energy_error < 1e-5
    cooled.destroy()


def test_stress_at_the_corners_is_that_without_points(cooled: Solid):
    corners = basix.geometry(cooled.stack_mesh.mesh.basix_cell())
    assert np.array_equal(cooled.stress(KELVIN, corners), cooled.stress(KELVIN))


def test_energies_are_integrals_of_stress_by_strain_at_gauss_points(cooled: Solid, comm):
    """Isotropic: sigma : S : sigma / 2 at the points of a rule that is exact for it."""
    points, weights = basix.make_quadrature(cooled.stack_mesh.mesh.basix_cell(), 5)
    sigma, mesh = cooled.stress(KELVIN, points), cooled.stack_mesh
    assert sigma.shape == (len(mesh.block), len(points), 6)
    flexibility = np.array([np.linalg.inv(material.stiffness(KELVIN)) for material in cooled.materials])[mesh.block]
    density = 0.5 * np.einsum("cpi,cij,cpj->cp", sigma, flexibility, sigma)
    energy = (density @ weights) * mesh.sizes**2 * mesh.heights
    assert cooled.strain_energy() == pytest.approx(energy, rel=1e-9)


def test_a_state_is_gone_back_to(cooled: Solid):
    before = cooled.state
    stress, energy = cooled.stress(KELVIN), cooled.strain_energy()
    cooled.state = replace(before, displacement=2.0 * before.displacement)
    assert not np.allclose(cooled.strain_energy(), energy, rtol=0.1)
    cooled.state = before
    assert np.array_equal(cooled.stress(KELVIN), stress)
    assert np.array_equal(cooled.strain_energy(), energy)


def test_kernels_and_forms_are_the_fast_path_of_the_elastic_law(shared_path, comm):
    """u . K u by the kernels in C and by UFL is the integral of law(eps(u)) : eps(u), for orthotropic materials."""
    large = large_deflection(ORTHOTROPIC, shared_path, comm)
    mesh = large.stack_mesh
    solid = SmallDeflectionSolid(mesh, large.materials, np.full(2, KELVIN))  # no thermal strain there
    solid.solve(KELVIN)
    owned = solid.solver.operator.owned
    u = np.sin(np.arange(1.0, owned + 1.0)) * 1e-6
    u[solid.support.unknowns[solid.support.unknowns < owned]] = 0.0
    solid.displacement.x.array[:owned] = u
    solid.displacement.x.scatter_forward()
    points, weights = basix.make_quadrature(mesh.mesh.basix_cell(), 5)
    epsilon = strain_at(mesh, strain(solid.displacement), points)
    density = (solid.stress(KELVIN, points) * epsilon).sum(axis=2) @ weights
    work = density * mesh.sizes**2 * mesh.heights
    assert 2.0 * solid.strain_energy() == pytest.approx(work, rel=1e-12)
    by_kernels = comm.allreduce(float(u @ solid.solver.operator.product(u)))
    assert by_kernels == pytest.approx(comm.allreduce(work.sum()), rel=1e-12)
