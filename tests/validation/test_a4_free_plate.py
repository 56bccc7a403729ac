"""A4, free layered plates in an equibiaxial state: classical laminate theory, here met by the 3-D solution mid-panel.

Q = E/(1 - nu); kappa = (A M - B N)/(A D - B^2) with the thermal N and M.
"""

import pytest

from tests.probing import corner_stress, lift, only_step, simulate


def case(lower: str, upper: str, thicknesses: tuple[float, float], cooling: float, side: float) -> str:
    return f"""
title: free plate
geometry:
  outline: {{shape: rectangle, size: [{side} mm, {side} mm]}}
  symmetry: quarter
  layers:
    - {{name: lower, thickness: {thicknesses[0]} mm, material: lower, cells: 2}}
    - {{name: upper, thickness: {thicknesses[1]} mm, material: upper, cells: 2}}
materials:
  lower: {{{lower}}}
  upper: {{{upper}}}
mesh: {{in_plane_size: {side / 20} mm}}
analysis: {{deflection: small}}  # as the theory; at large deflection compound on silicon is 6 % stiffer
process:
  stress_free_temperature: {25 + cooling} degC
  steps: [{{name: cool, temperature: 25 degC}}]
"""


SILICON = "youngs_modulus: 131 GPa, poisson_ratio: 0.28, thermal_expansion: 2.8 ppm/K"
COMPOUND = "youngs_modulus: 22 GPa, poisson_ratio: 0.30, thermal_expansion: 8 ppm/K"
GLASS = "youngs_modulus: 73 GPa, poisson_ratio: 0.25, thermal_expansion: 3.8 ppm/K"
PANEL_COMPOUND = "youngs_modulus: 22 GPa, poisson_ratio: 0.25, thermal_expansion: 8 ppm/K"

# case, thicknesses (mm), kappa (1/m), stress (MPa) at bottom and top of the lower and of the upper layer
STACKS = {
    "compound on silicon": (
        case(SILICON, COMPOUND, (0.1, 0.1), 150, 10.0),
        10.0, (0.1, 0.1), -4.68894, (34.319, -50.994, 15.706, 0.969)),
    "compound on glass": (
        case(GLASS, PANEL_COMPOUND, (1.1, 0.5), 125, 60.0),
        60.0, (1.1, 0.5), -0.279887, (11.452, -18.514, 9.820, 5.715)),
}  # fmt: skip

# 40 thicknesses across: what the free edge leaves mid-panel is far below the five digits of the reference
LAMINATE_THEORY = 1e-3


@pytest.mark.parametrize("stack", STACKS)
def test_the_middle_of_a_free_plate_has_the_laminate_curvature(stack, shared_path, comm):
    text, side, _, curvature, _ = STACKS[stack]
    outcome = only_step(simulate(text, shared_path, comm))
    distance = side * 1e-3 / 10
    for place in ((distance, 0.0), (0.0, distance)):
        assert -2 * lift(outcome, place) / distance**2 == pytest.approx(curvature, rel=LAMINATE_THEORY)


@pytest.mark.parametrize("stack", STACKS)
def test_the_middle_of_a_free_plate_has_the_laminate_stresses(stack, shared_path, comm):
    text, _, (lower, upper), _, stresses = STACKS[stack]
    outcome = only_step(simulate(text, shared_path, comm))
    heights = (("lower", 0.0), ("lower", lower), ("upper", lower), ("upper", lower + upper))
    for (layer, z), expected in zip(heights, stresses, strict=True):
        sigma = corner_stress(outcome, (0.0, 0.0, 1e-3 * z), layer)
        assert sigma[:2] == pytest.approx([expected] * 2, rel=LAMINATE_THEORY, abs=0.01), (layer, z)
        assert sigma[2:] == pytest.approx([0.0] * 4, abs=0.01), (layer, z)
