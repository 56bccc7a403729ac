"""Classical laminate theory against closed forms."""

import numpy as np
import pytest

from solver.materials.elasticity import compliance, isotropic, plane_stress
from solver.physics.solid.laminate import Ply, dome, free_state, slenderness
from tests.probing import stack_of

pytestmark = pytest.mark.serial


def ply(bottom: float, top: float, young: float, nu: float, alpha: float, temperature: float) -> Ply:
    """An isotropic ply; mm, GPa, ppm/K, K."""
    stiffness = plane_stress(isotropic(1e9 * young / 3 / (1 - 2 * nu), 1e9 * young / 2 / (1 + nu)))
    return Ply(1e-3 * bottom, 1e-3 * top, stiffness, 1e-6 * alpha * temperature * np.array([1.0, 1.0, 0.0]))


# VALIDATION A4: plies, kappa (1/m), stress (MPa) at bottom and top of each
FREE_PLATES = {
    "compound on silicon": (
        [ply(0.0, 0.1, 131, 0.28, 2.8, -150), ply(0.1, 0.2, 22, 0.30, 8, -150)],
        -4.68894, [[34.319, -50.994], [15.706, 0.969]]),
    "compound on glass": (
        [ply(0.0, 1.1, 73, 0.25, 3.8, -125), ply(1.1, 1.6, 22, 0.25, 8, -125)],
        -0.279887, [[11.452, -18.514], [9.820, 5.715]]),
}  # fmt: skip


@pytest.mark.parametrize("plate", FREE_PLATES)
def test_free_plates_have_the_curvature_of_table_a4(plate):
    plies, curvature, _ = FREE_PLATES[plate]
    assert free_state(plies).curvature == pytest.approx([curvature, curvature, 0.0], rel=5e-6, abs=1e-12)


@pytest.mark.parametrize("plate", FREE_PLATES)
def test_free_plates_have_the_stresses_of_table_a4(plate):
    plies, _, stresses = FREE_PLATES[plate]
    for found, expected in zip(free_state(plies).stresses, stresses, strict=True):
        assert 1e-6 * found[:, 0] == pytest.approx(expected, abs=6e-4)
        assert 1e-6 * found[:, 1] == pytest.approx(expected, abs=6e-4)


def test_an_unsymmetric_cross_ply_is_a_saddle_of_6_0566_per_metre():
    # VALIDATION A10: [0_2/90_2], Jones sect. 4.3; E1 181, E2 10.3, G12 7.17 GPa, nu12 0.28, plies 0.125 mm, -155.6 K
    flexible = compliance(
        1e9 * np.array([181, 10.3, 10.3]), np.array([0.28, 0.28, 0.28 * 10.3 / 181]), np.full(3, 7.17e9)
    )
    along = plane_stress(np.linalg.inv(flexible))
    across = along[[1, 0, 2]][:, [1, 0, 2]]
    free = -155.6e-6 * np.array([-0.106, 25.6, 0.0])
    plies = [Ply(0.0, 0.25e-3, along, free), Ply(0.25e-3, 0.5e-3, across, free[[1, 0, 2]])]
    assert np.abs(free_state(plies).curvature) == pytest.approx([6.0566, 6.0566, 0.0], rel=2e-5, abs=1e-9)
    assert free_state(plies).curvature[:2].sum() == pytest.approx(0.0, abs=1e-9)


def test_a_laminate_that_is_symmetric_does_not_bend():
    plies = [ply(0.0, 0.1, 20, 0.3, 10, -100), ply(0.1, 0.3, 130, 0.28, 2.6, -100), ply(0.3, 0.4, 20, 0.3, 10, -100)]
    assert free_state(plies).curvature == pytest.approx([0.0] * 3, abs=1e-12)


@pytest.mark.parametrize("plate", FREE_PLATES)
def test_a_free_laminate_carries_no_force_and_no_moment(plate):
    plies, _, _ = FREE_PLATES[plate]
    state = free_state(plies)
    force = sum((p.top - p.bottom) * s.mean(axis=0) for p, s in zip(plies, state.stresses, strict=True))
    moment = sum(
        (p.top - p.bottom) * (p.bottom * (2 * s[0] + s[1]) + p.top * (s[0] + 2 * s[1])) / 6
        for p, s in zip(plies, state.stresses, strict=True)
    )
    assert force == pytest.approx([0.0] * 3, abs=1e-9 * 1e3)
    assert moment == pytest.approx([0.0] * 3, abs=1e-9)


def test_where_a_ply_is_cut_makes_no_difference():
    whole = [ply(0.0, 0.1, 131, 0.28, 2.8, -150), ply(0.1, 0.2, 22, 0.30, 8, -150)]
    cut = [ply(0.0, 0.03, 131, 0.28, 2.8, -150), ply(0.03, 0.1, 131, 0.28, 2.8, -150), whole[1]]
    assert free_state(cut).curvature == pytest.approx(free_state(whole).curvature, rel=1e-12, abs=1e-12)


def test_a_single_layer_has_its_own_thickness_as_the_effective_one():
    assert free_state([ply(0.0, 0.7, 73, 0.25, 3.8, -100)]).effective_thickness == pytest.approx(0.7e-3, rel=1e-12)


def test_the_dome_of_a_square_is_a_quarter_of_curvature_times_side_squared(tmp_path):
    stack = stack_of(
        """
title: square
geometry:
  outline: {shape: rectangle, size: [36 mm, 36 mm]}
  layers: [{name: plate, thickness: 1 mm, material: silicon}]
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC}]
""",
        tmp_path,
    )
    assert dome(stack, np.array([0.3, 0.3, 0.0])) == pytest.approx(0.3 * 0.036**2 / 4, rel=1e-9)
    # of a saddle, between the middles of the sides: the edge is sampled at 200 points
    assert dome(stack, np.array([0.3, -0.3, 0.0])) == pytest.approx(0.3 * 0.036**2 / 4, rel=1e-4)


@pytest.mark.parametrize(
    ("outline", "nu", "overestimate"),
    [
        ("{shape: disc, diameter: 100 mm}", 0.0, 17 / 192 * 0.8**2),
        ("{shape: rectangle, size: [100 mm, 100 mm]}", 0.3, 0.00456 * 0.16 * 20),
        ("{shape: rectangle, size: [100 mm, 4 mm]}", 0.0, 0.0),
    ],
    ids=["disc", "square", "strip"],
)
def test_slenderness_estimates_what_stretching_takes_from_the_warpage(tmp_path, outline, nu, overestimate):
    """A disc of curvature 0.8 h / R^2 by hand (tests/process/test_decision.py); a square of nu 0.3 by the third term of
    its solution, 0.00456 (kappa L^2 / h)^2; a strip bends without stretching. Within 15 %."""
    stack = stack_of(
        f"title: plate\ngeometry: {{outline: {outline}, layers: [{{name: a, thickness: 1 mm, material: silicon}}]}}\n"
        "process: {stress_free_temperature: 150 degC, steps: [{name: cool, temperature: 25 degC}]}\n",
        tmp_path,
    )
    curvature = 0.8 * 1e-3 / 0.05**2 if "disc" in outline else np.sqrt(0.16 * 20) * 1e-3 / 0.1**2
    found = slenderness(stack, curvature * np.array([1.0, 1.0, 0.0]), free_state([ply(0.0, 1.0, 100, nu, 3, -100)]))
    root = np.real(np.roots([overestimate, 0, 1, -1])[-1])
    assert found.overestimate == pytest.approx(1 / root - 1, rel=0.15, abs=1e-4)
