"""Strain energy of cells and layers against closed forms."""

import numpy as np
import pytest

from solver.physics.solid.constitutive import moduli_of
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from tests.bending import panel
from tests.probing import parts_of

YOUNG, NU = 50e9, 0.3
PLATE = """
title: bilayer plate
geometry:
  outline: {{shape: rectangle, size: [60 mm, 60 mm]}}
  symmetry: {symmetry}
  layers:
    - {{name: lower, thickness: 1.1 mm, material: lower, cells: 2}}
    - {{name: upper, thickness: 0.5 mm, material: {upper}}}
materials:
  lower: {{youngs_modulus: 73 GPa, poisson_ratio: 0.25, thermal_expansion: 3.8 ppm/K}}
  upper: {{youngs_modulus: 22 GPa, poisson_ratio: 0.25, thermal_expansion: 8 ppm/K}}
  even: {{youngs_modulus: 50 GPa, poisson_ratio: 0.3, thermal_expansion: 8 ppm/K}}
mesh: {{in_plane_size: 3 mm}}
process:
  stress_free_temperature: 150 degC
  steps: [{{name: cool, temperature: 25 degC}}]
analysis: {{deflection: {deflection}}}
"""


def case(symmetry: str = "quarter", upper: str = "upper", deflection: str = "small") -> str:
    """The plate."""
    return PLATE.format(symmetry=symmetry, upper=upper, deflection=deflection)


def problem(text: str, directory, comm) -> SmallDeflectionSolid:
    """Its problem, stress-free at 150 degC."""
    return SmallDeflectionSolid(*parts_of(text, 423.15, directory, comm))


@pytest.mark.parametrize(
    ("motion", "density"),
    [
        (lambda x: 1e-3 * x, 4.5e-6 * YOUNG / (3 * (1 - 2 * NU))),  # 9 K e^2 / 2
        (lambda x: np.stack([1e-3 * x[1], 0 * x[1], 0 * x[1]]), 0.5e-6 * YOUNG / (2 * (1 + NU))),  # G gamma^2 / 2
    ],
)
def test_a_uniform_strain_stores_its_density_in_every_cell(motion, density, shared_path, comm) -> None:
    stack = problem(case().replace("material: lower", "material: even").replace("material: upper", "material: even"),
                    shared_path, comm)  # fmt: skip
    stack.coefficients.fill(stack.moduli, moduli_of, 298.15)
    stack.displacement.interpolate(motion)
    mesh = stack.stack_mesh
    assert stack.strain_energy() == pytest.approx(density * mesh.sizes**2 * mesh.heights, rel=1e-9)


def test_layers_in_the_middle_of_a_plate_store_what_laminate_theory_says(shared_path, comm) -> None:
    """A4 of the validation cases: equibiaxial stress, linear in every layer; density (1 - nu) sigma^2 / E."""
    stack = problem(case(), shared_path, comm)
    stack.solve(298.15)
    mesh = stack.stack_mesh
    energy, volume = stack.strain_energy(), mesh.sizes**2 * mesh.heights
    middle = np.linalg.norm(mesh.plane.points[mesh.plane.quads[mesh.column]].mean(axis=1), axis=1) < 5e-3
    for layer, (young, bottom, top) in enumerate(((73e9, 11.452e6, -18.514e6), (22e9, 9.820e6, 5.715e6))):
        mine = middle & (mesh.layer_of == layer)
        total, cubic = comm.allreduce(np.array([energy[mine].sum(), volume[mine].sum()]))
        square = (bottom**2 + bottom * top + top**2) / 3  # mean of the square of a linear stress
        assert total / cubic == pytest.approx(0.75 * square / young, rel=1e-3)


def test_the_energies_of_the_layers_make_the_whole_at_any_deflection(shared_path, comm) -> None:
    bent = panel(shared_path, comm)
    bent.follow(bent.load_at(388.15))
    assert comm.allreduce(bent.strain_energy().sum()) == pytest.approx(bent.energy(), rel=1e-9)


@pytest.mark.slow
def test_the_energy_is_that_of_the_whole_stack_whatever_the_symmetry(solve) -> None:
    quarter, whole, large = (
        solve(case(symmetry, deflection=deflection))["steps"][0]["layers"]
        for symmetry, deflection in (("quarter", "small"), ("none", "small"), ("quarter", "large"))
    )
    for layer in ("lower", "upper"):
        for key in ("strain_energy_mj", "strain_energy_density_kj_per_m3"):
            assert quarter[layer][key] == pytest.approx(whole[layer][key], rel=1e-6)
            assert quarter[layer][key] == pytest.approx(large[layer][key], rel=5e-3)  # it hardly bends
    volume = 60e-3**2 * 1.1e-3
    assert quarter["lower"]["strain_energy_mj"] == pytest.approx(
        1e6 * volume * quarter["lower"]["strain_energy_density_kj_per_m3"]
    )


def test_a_stack_of_one_material_stores_nothing(solve) -> None:
    layers = solve(case(upper="lower"))["steps"][0]["layers"]
    assert all(layer["strain_energy_density_kj_per_m3"] < 1e-12 for layer in layers.values())
