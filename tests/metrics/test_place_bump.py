"""Bumps in places: forces that equilibrium demands, a film that is pulled by them, what is refused."""

import numpy as np
import pytest

from solver.errors import CaseError
from solver.metrics.place_bump import read
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from tests.probing import parts_of
from tests.solving import load_case, solve_case

G, DENSITY, KELVIN = 9.80665, 2330.0, 298.15
DOWN = "0 m/s^2, 0 m/s^2, -9.80665 m/s^2"
CASE = """
title: a die on two bumps
geometry:
  outline: {shape: rectangle, size: [3.2 mm, 0.8 mm]}
  layers:
    - {name: board, thickness: 0.4 mm, material: board}
    - name: bumps
      thickness: 0.1 mm
      cells: 2
      regions:
        - &bump
          name: bump
          shape: {rectangle: [0.4 mm, 0.4 mm]}
          material: bump
          grid: {count: [2, 1], pitch: [1.6 mm, 1 mm]}
    - {name: film, thickness: 0.1 mm, regions: [*bump]}
    - {name: die, thickness: 0.4 mm, material: die}
materials:
  board: {youngs_modulus: 22 GPa, poisson_ratio: 0.2, thermal_expansion: 3 ppm/K, density: 0.001 kg/m^3}
  bump: {youngs_modulus: 45 GPa, poisson_ratio: 0.3, thermal_expansion: 3 ppm/K, density: 0.001 kg/m^3}
  die: {youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 3 ppm/K, density: 2330 kg/m^3}
mesh: {in_plane_size: 0.1 mm}
analysis: {deflection: small}
process:
  stress_free_temperature: 25 degC
  gravity: [GRAVITY]
  steps: [{name: weighs, temperature: 25 degC, support: chuck}]
submodels:
  - name: corner
    at: [0.8 mm, 0 mm]
    size: [1.2 mm, 0.8 mm]
    mesh: {in_plane_size: 0.1 mm}
    bump: {joint: bumps/bump, film: film/bump, strength: {opening: 2 Pa, shear: 3 Pa}, over: 1 mm}
"""
FORCE = G * DENSITY * 3.2e-3 * 0.8e-3 * 0.4e-3 / 2  # N, half of the weight of the die
PRESSURE = FORCE / 0.4e-3**2


@pytest.mark.parametrize(("gravity", "along"), [("0 m/s^2, 0 m/s^2, 9.80665 m/s^2", 1.0), (DOWN, -1.0)])
@pytest.mark.slow
def test_a_bump_carries_its_half_of_the_die_and_hands_it_to_its_film(shared_path, comm, gravity, along):
    """Equilibrium; the disc is larger than the film, so stress is averaged over all of it."""
    (step,) = solve_case(CASE.replace("GRAVITY", gravity), (), shared_path, comm)["steps"]
    found = step["submodels"]["corner"]["bump"]
    assert found["axial_force_mn"] == pytest.approx(1e3 * along * FORCE, rel=1e-5)
    assert found["axial_mpa"] == pytest.approx(1e-6 * along * PRESSURE, rel=1e-5)
    assert found["film_peel_mpa"] == pytest.approx(1e-6 * along * PRESSURE, rel=1e-5)
    pulled = max(along, 0.0) * PRESSURE / 2.0
    assert found["white_bump_index"] == pytest.approx(np.hypot(pulled, 1e6 * found["film_shear_mpa"] / 3.0), rel=1e-5)
    assert found["film_columns"] == 16


def test_a_stack_in_simple_shear_shears_its_bump_by_its_modulus(shared_path, comm):
    """u = (0.001 z, 0.002 z, 0): stress xz and yz are G times that, everywhere."""
    text = CASE.replace("GRAVITY", DOWN)
    solid = SmallDeflectionSolid(*parts_of(text, KELVIN, shared_path, comm))
    solid.displacement.interpolate(lambda x: np.stack([1e-3 * x[2], 2e-3 * x[2], 0.0 * x[2]]))
    (place,) = load_case(text, (), shared_path, comm).case.submodels
    found = read(place.bump, solid, KELVIN)
    shear = 1e-3 * np.sqrt(5.0) * 45e9 / 2.6  # Pa
    assert found.shear_mpa == pytest.approx(1e-6 * shear, rel=1e-9)
    assert found.shear_force_mn == pytest.approx(1e3 * shear * 0.4e-3**2, rel=1e-9)
    assert found.film.film_shear_mpa == pytest.approx(1e-6 * shear, rel=1e-9)
    assert found.film.white_bump_index == pytest.approx(shear / 3.0, rel=1e-9)
    assert abs(found.axial_mpa) < 1e-9 * found.shear_mpa


@pytest.mark.slow
def test_a_mean_over_few_cells_is_doubtful(shared_path, comm):
    found = solve_case(CASE.replace("GRAVITY", DOWN).replace("over: 1 mm", "over: 10 um"), (), shared_path, comm)
    assert any("averaged over 1 columns of cells within 10 um" in text for text in found["warnings"])


@pytest.mark.slow
def test_a_bump_that_the_place_cuts_is_doubtful(shared_path, comm):
    text = CASE.replace("GRAVITY", DOWN).replace(
        "at: [0.8 mm, 0 mm]\n    size: [1.2", "at: [0.5 mm, 0 mm]\n    size: [0.4"
    )
    found = solve_case(text, (), shared_path, comm)
    assert any("a side of the place cuts 'bumps/bump'" in one for one in found["warnings"])


@pytest.mark.serial
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("joint: bumps/bump", "joint: bumps/bum", "no region 'bumps/bum' in the place"),
        ("film: film/bump", "film: films", "no part 'films' in the place"),
        ("film: film/bump, ", "", "`strength` is that of a `film`"),
    ],
)
def test_parts_of_a_bump_are_those_of_its_place(tmp_path, comm, old, new, rule):
    text = CASE.replace("GRAVITY", DOWN)
    with pytest.raises(CaseError, match=rule):
        load_case(text.replace(old, new), (), tmp_path, comm)
