"""A field of vias meshed one by one against the same field smeared out to one region of its unit cell.

Copper in FR-4 between two copper planes, under a die; heat enters the field over the die only. Smearing is exact for
infinitely fine arrays, so the difference must be small and fall with the pitch at one volume fraction
(E. Sanchez-Palencia, Non-Homogeneous Media and Vibration Theory (1980), ch. 5: first order in the pitch).
"""

import pytest

SIDE = 6.0  # mm, of the field


def case(count: int, shape: str, below: str) -> str:
    step = SIDE / count
    pitch = f"[{step} mm, {step} mm]"
    return f"""
title: via field
geometry:
  outline: {{shape: rectangle, size: [10 mm, 10 mm]}}
  symmetry: quarter
  layers:
    - {{name: bottom plane, thickness: 70 um, material: copper}}
    - name: board
      thickness: 1.6 mm
      cells: 2
      material: board
      regions:
        - {{name: vias, shape: {shape}, material: copper, grid: {{count: [{count}, {count}], pitch: {pitch}}}}}
    - {{name: top plane, thickness: 70 um, material: copper}}
    - {{name: die, thickness: 0.3 mm, regions: [{{name: die, shape: {{rectangle: [4 mm, 4 mm]}}, material: die}}]}}
materials:
  copper: {{thermal_conductivity: 385 W/m/K, youngs_modulus: 110 GPa, poisson_ratio: 0.35, thermal_expansion: 17 ppm/K}}
  board: {{thermal_conductivity: 0.3 W/m/K, youngs_modulus: 20 GPa, poisson_ratio: 0.2, thermal_expansion: 15 ppm/K}}
  die: {{thermal_conductivity: 99 W/m/K, youngs_modulus: 130 GPa, poisson_ratio: 0.3, thermal_expansion: 3 ppm/K}}
mesh: {{in_plane_size: {max(step / 4, 0.25)} mm, {below}}}
analysis: {{solver: direct}}
thermal:
  power: [{{layer: die, total: 1 W}}]
  boundaries: [{{face: bottom, convection: 2000 W/m^2/K, ambient: 25 degC}}]
"""


COOLED = """process:
  stress_free_temperature: 125 degC
  steps: [{name: cool, temperature: 25 degC}]
"""


def circle(count: int) -> str:
    return f"{{circle: {0.3 * SIDE / count} mm}}"


def barrel(count: int) -> str:
    return f"{{circle: {0.4 * SIDE / count} mm, bore: {0.3 * SIDE / count} mm}}"


def square(count: int) -> str:
    return f"{{rectangle: [{0.3 * SIDE / count} mm, {0.2 * SIDE / count} mm]}}"


def both(solve, shape, count: int, more: str = "") -> list[dict]:
    """Outcomes of the field smeared out and of its vias one by one."""
    return [solve(case(count, shape(count), below) + more) for below in ("homogenise_below: 5 mm", "")]


def rise(solve, shape, count: int) -> float:
    """Relative difference of the rise of temperature."""
    smeared, each = (one["thermal"]["max_temperature_degc"] - 25.0 for one in both(solve, shape, count))
    return smeared / each - 1.0


@pytest.mark.parametrize("shape", [circle, barrel, square])
def test_a_smeared_field_is_as_hot_as_its_vias(solve, shape):
    assert rise(solve, shape, 6) == pytest.approx(0.0, abs=0.04)  # 0.063 at 4 vias, 0.006 at 12


def test_the_difference_falls_with_the_pitch(solve):
    coarse, fine = (abs(rise(solve, square, count)) for count in (4, 12))
    assert fine < 0.5 * coarse


def test_a_smeared_field_warps_as_its_pillars(solve):
    smeared, each = (one["steps"][0] for one in both(solve, square, 6, COOLED))
    assert smeared["signed_warpage_um"] == pytest.approx(each["signed_warpage_um"], rel=0.01)
