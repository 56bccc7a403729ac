"""Where the solution is smooth the energy converges as h^4: degree 2 in the plane and through the thickness.

The energy that a Galerkin solution lacks is the square of its error in the energy norm, of order h^2 for degree 2
(G. Strang, G. Fix, An Analysis of the Finite Element Method, sect. 3.2), on parallelograms and on any quadrilateral
(D. Arnold, D. Boffi, R. Falk, Math. Comp. 71, 909, 2002). Plane cells are split in four and layers in two, so meshes
are nested.
"""

import numpy as np
import pytest
import ufl
from dolfinx import fem

from meshes.extrude import StackMesh, extrude
from meshes.plane import PlaneMesh, plane_mesh
from solver import compat
from solver.case.files import SideFiles
from solver.materials import library
from solver.parallel import on_root
from solver.physics.coefficients import DX
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.power import heat_sources
from solver.physics.solid.kinematics import strain, stress
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.units import ZERO_CELSIUS
from tests.solving import load_case

pytestmark = pytest.mark.slow

CASE = """
title: smooth
geometry:
  outline: {{shape: rectangle, size: [4 mm, 3 mm]}}
  layers:
    - {{name: block, thickness: 2 mm, material: block, cells: {cells}, regions: {regions}}}
materials:
  block: {{youngs_modulus: [140 GPa, 60 GPa, 90 GPa], poisson_ratio: [0.3, 0.2, 0.25],
    shear_modulus: [30 GPa, 40 GPa, 25 GPa], thermal_expansion: {expansion},
    thermal_conductivity: [20 W/m/K, 10 W/m/K, 15 W/m/K]}}
mesh: {{in_plane_size: 2 mm}}
process: {{stress_free_temperature: 20 degC, steps: [{{name: heat, temperature: 70 degC}}]}}
thermal:
  power: [{{layer: block, density: 1e9 W/m^3}}]
  boundaries:
    - {{face: sides, temperature: 0 degC}}
    - {{face: bottom, temperature: 0 degC}}
    - {{face: top, temperature: 0 degC}}
"""
VOLUME = 24e-9  # m^3
WAVE = 800.0  # 1/m, of the temperature: half a period across the block
# a region of the same material makes cells of all shapes
MESHES = {
    "tensor": "[]",
    "distorted": (
        "[{name: kite, shape: {polygon: [[-1 mm, -1 mm], [1.2 mm, -0.7 mm], [0.4 mm, 1 mm]]}, material: block}]"
    ),
}


def refined(plane: PlaneMesh) -> PlaneMesh:
    """Every quadrilateral split into four at the middles of its sides."""
    corners, count = plane.quads, len(plane.points)
    after = np.roll(corners, -1, axis=1)
    sides, side = np.unique(
        np.sort(np.stack([corners, after], axis=2), axis=2).reshape(-1, 2), axis=0, return_inverse=True
    )
    side = count + side.reshape(-1, 4)
    middle = np.broadcast_to((count + len(sides) + np.arange(len(corners)))[:, None], side.shape)
    points = np.concatenate([plane.points, plane.points[sides].mean(axis=1), plane.points[corners].mean(axis=1)])
    quads = np.stack([corners, side, middle, np.roll(side, 1, axis=1)], axis=2).reshape(-1, 4)
    return PlaneMesh(points, quads, np.repeat(plane.region, 4, axis=1))


def block(shape: str, times: int, cells: int, directory, comm, expansion: str = "10 ppm/K"):
    """Mesh of the block, its materials and its case.

    Args:
        shape: of the plane mesh, one of MESHES.
        times: the plane is refined, from cells of about 1 to 2 mm.
        cells: through the thickness.
        directory, comm: where to write the case, and who takes part.
        expansion: of the material.
    """
    text = CASE.format(cells=cells, regions=MESHES[shape], expansion=expansion)
    loaded = load_case(text, (), directory, comm)
    plane = on_root(comm, lambda: plane_mesh(loaded.stack))
    for _ in range(times):
        plane = refined(plane)
    mesh = extrude(comm, loaded.stack, plane)
    return mesh, [library.resolve("block", loaded.case.materials)] * len(mesh.blocks), loaded.case


def integral(mesh: StackMesh, form: ufl.Form) -> float:
    return mesh.comm.allreduce(fem.assemble_scalar(compat.form(form)))


def strain_energy_lacking(axis: int, shape: str, times: int, cells: int, directory, comm) -> float:
    """Part of the energy of free expansion along one axis, by a temperature that varies along it, that is missing.

    u_x = integral of eps_x(x) alone fits the strain eps_x(x) without stress: a(u, u) = C_xx times that of eps_x^2.
    """
    expansion = ["0 ppm/K"] * 3
    expansion[axis] = "10 ppm/K"
    mesh, materials, _ = block(shape, times, cells, directory, comm, f"[{', '.join(expansion)}]")
    problem = SmallDeflectionSolid(mesh, materials, np.full(len(materials), 293.15), pointwise=True, solver="direct")
    temperature = fem.Function(fem.functionspace(mesh.mesh, ("Lagrange", 4)))
    temperature.interpolate(lambda x: 293.15 + 50 * np.sin(WAVE * x[axis] + 0.4))
    problem.solve(temperature)
    u = problem.displacement
    energy = integral(mesh, ufl.inner(stress(problem.moduli, strain(u)), strain(u)) * ufl.dx(metadata=DX))
    problem.destroy()
    low, high = ((-2e-3, 2e-3), (-1.5e-3, 1.5e-3), (0.0, 2e-3))[axis]
    sine_squared = (high - low) / 2 - (np.sin(2 * WAVE * high + 0.8) - np.sin(2 * WAVE * low + 0.8)) / 4 / WAVE
    modulus = materials[0].stiffness(293.15)[axis, axis]
    exact = modulus * (10e-6 * 50) ** 2 * sine_squared * VOLUME / (high - low)
    return 1 - energy / exact


def heat_energy_lacking(shape: str, times: int, cells: int, directory, comm) -> float:
    """Part of source times temperature that is missing in the block heated evenly inside and cooled on all faces."""
    mesh, materials, case = block(shape, times, cells, directory, comm)
    sources = heat_sources(mesh, case.thermal.power, SideFiles())
    solution = HeatProblem(mesh, materials, case.thermal, sources).solve()
    return 1 - 1e9 * integral(mesh, (solution.temperature - ZERO_CELSIUS) * ufl.dx) / exact_heat_energy()


def exact_heat_energy() -> float:
    """Source times temperature of the box with cold faces (W K), from its eigenfunctions.

    512 q^2 a b c / pi^6 times the sum over odd l, m, n of 1 / (l^2 m^2 n^2 lambda_lmn), the one over n in closed form
    (H. Carslaw, J. Jaeger, Conduction of Heat in Solids, 2nd ed., sect. 6.2).
    """
    (a, b, c), (kx, ky, kz), q = (4e-3, 3e-3, 2e-3), (20.0, 10.0, 15.0), 1e9
    odd = np.arange(1, 2001, 2.0)
    p = (kx * (odd[:, None] / a) ** 2 + ky * (odd / b) ** 2) * c**2 / kz
    over_n = (np.pi**2 / 8 - np.pi / 4 * np.tanh(np.pi / 2 * np.sqrt(p)) / np.sqrt(p)) / p
    return q**2 * 512 * a * b * c / np.pi**8 * c**2 / kz * float((over_n / (odd[:, None] * odd) ** 2).sum())


def orders(lacking: list[float]) -> np.ndarray:
    """Observed order of what is lacking on meshes of h, h/2, h/4."""
    return -np.diff(np.log2(lacking))


@pytest.mark.parametrize("shape", MESHES)
@pytest.mark.parametrize("axis", [0, 1])
def test_strain_energy_converges_with_the_fourth_power_of_the_plane_cells(axis, shape, shared_path, comm):
    lacking = [strain_energy_lacking(axis, shape, times, 1, shared_path, comm) for times in (0, 1, 2)]
    assert orders(lacking) == pytest.approx([4, 4], abs=0.2)


@pytest.mark.parametrize("shape", MESHES)
def test_strain_energy_converges_with_the_fourth_power_of_the_cells_through_the_thickness(shape, shared_path, comm):
    lacking = [strain_energy_lacking(2, shape, 0, cells, shared_path, comm) for cells in (1, 2, 4)]
    assert orders(lacking) == pytest.approx([4, 4], abs=0.05)


@pytest.mark.parametrize("shape", MESHES)
def test_heat_converges_with_nearly_the_fourth_power_of_the_cells(shape, shared_path, comm):
    """Cold edges of 90 degrees have T = r^2 log r: the logarithm costs part of an order on coarse meshes."""
    lacking = [heat_energy_lacking(shape, times, 2**times, shared_path, comm) for times in (1, 2)]
    assert 3.0 < orders(lacking)[0] < 4.0
