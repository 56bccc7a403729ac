"""Materials turned in their plane, against the cubic tensor of silicon turned by hand."""

import numpy as np
import pytest

from solver.materials import library
from solver.materials.axes import Axes, stiffness_of_stack
from solver.materials.elasticity import plane_stress
from solver.materials.spec import MaterialSpec

ROOM = 298.15
C11, C12, C44 = 165.7e9, 63.9e9, 79.6e9  # Pa; J. J. Wortman, R. A. Evans, J. Appl. Phys. 36, 153 (1965)


def cubic(axes: list[list[float]]) -> np.ndarray:
    """(6, 6) stiffness along given axes, rows, of unit length or not."""
    a = np.array([np.array(axis) / np.linalg.norm(axis) for axis in axes])
    one = np.eye(3)
    c = C12 * np.einsum("ij,kl->ijkl", one, one)
    c += C44 * (np.einsum("ik,jl->ijkl", one, one) + np.einsum("il,jk->ijkl", one, one))
    for i in range(3):
        c[i, i, i, i] += C11 - C12 - 2 * C44
    c = np.einsum("ia,jb,kc,ld,abcd->ijkl", a, a, a, a, c)
    pairs = [(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]
    return np.array([[c[one + other] for other in pairs] for one in pairs])


def resolved(**changes):
    return library.resolve("m", {"m": MaterialSpec.model_validate(changes)})


def test_a_100_wafer_turned_by_45_deg_has_the_cube_axes_along_x_and_y():
    turned = resolved(base="silicon-cubic-100", orientation="45 deg")
    assert turned.stiffness(ROOM) == pytest.approx(cubic([[1, 0, 0], [0, 1, 0], [0, 0, 1]]), rel=0.01, abs=0.3e9)


def test_a_100_wafer_as_it_is_has_110_along_x_and_y():
    assert resolved(base="silicon-cubic-100").stiffness(ROOM) == pytest.approx(
        cubic([[1, 1, 0], [-1, 1, 0], [0, 0, 1]]), rel=0.01, abs=0.5e9
    )


def test_a_111_wafer_is_alike_in_all_directions_of_its_plane():
    """Exact in plane stress, where no shear across the wafer comes in: E 169 GPa, nu 0.262."""
    exact = plane_stress(cubic([[1, -1, 0], [1, 1, -2], [1, 1, 1]])[None])[0]
    found = plane_stress(library.resolve("silicon-111", {}).stiffness(ROOM)[None])[0]
    assert found == pytest.approx(exact, rel=3e-3, abs=0.2e9)
    assert resolved(base="silicon-111", orientation="17 deg").stiffness(ROOM) == pytest.approx(
        library.resolve("silicon-111", {}).stiffness(ROOM), rel=2e-3, abs=0.3e9
    )


def test_a_quarter_turn_changes_x_and_y():
    weave = {
        "youngs_modulus": ["20 GPa", "10 GPa", "5 GPa"], "poisson_ratio": [0.2, 0.3, 0.1],
        "shear_modulus": ["4 GPa", "3 GPa", "2 GPa"], "thermal_expansion": ["10 ppm/K", "20 ppm/K", "60 ppm/K"],
        "thermal_conductivity": ["0.8 W/m/K", "0.5 W/m/K", "0.3 W/m/K"],
    }  # fmt: skip
    plain, turned = resolved(**weave), resolved(**weave, orientation="90 deg")
    assert turned.axes is None and resolved(**weave, orientation="30 deg").axes == Axes(np.pi / 6)
    order = [1, 0, 2, 4, 3, 5]
    assert turned.stiffness(ROOM) == pytest.approx(plain.stiffness(ROOM)[np.ix_(order, order)], rel=1e-9, abs=1e-3)
    assert turned.thermal_strain(ROOM + 1, ROOM) == pytest.approx([20e-6, 10e-6, 60e-6])
    assert turned.conductivity(ROOM) == pytest.approx([0.5, 0.8, 0.3])


def test_a_100_wafer_between_its_axes_is_that_of_the_cube():
    """Its properties stay along its own axes, 45 deg from those of the cube."""
    turned = resolved(base="silicon-cubic-100", orientation="20 deg")
    c, s = np.cos(np.radians(25)), np.sin(np.radians(25))
    exact = cubic([[c, s, 0], [-s, c, 0], [0, 0, 1]])  # x is 25 deg from <100>, on the other side of it
    stiffness = stiffness_of_stack(turned.stiffness(ROOM)[None], np.array([turned.axes.angle]))[0]
    assert abs(exact[0, 5]) > 5e9
    assert stiffness == pytest.approx(exact, rel=0.01, abs=0.5e9)


def test_a_measured_strain_is_its_own_thermal_strain():
    """A table of dL/L with a kink, as a dilatometer gives it; constant slopes go on outside it."""
    table = {
        "kind": "strain",
        "temperature": ["25 degC", "125 degC", "225 degC"],
        "value": ["0 ppm", "1000 ppm", "0.4 %"],
    }
    material = resolved(thermal_expansion=table)
    at = np.array([25.0, 75.0, 125.0, 175.0, 225.0, 235.0]) + 273.15
    expected = [0.0, 500e-6, 1000e-6, 2500e-6, 4000e-6, 4300e-6]
    assert material.thermal_strain(at, 298.15)[:, 0] == pytest.approx(expected, abs=1e-12)


def test_a_mean_across_the_glass_transition_gives_the_coefficient_above_it():
    """IPC-TM-650 2.4.24: total expansion from 50 to 260 degC; 40 ppm/K up to Tg at 150 degC, 3 % in all."""
    step = {"below_tg": "40 ppm/K", "mean": f"{0.03 / 210!r} 1/K", "from": "50 degC", "to": "260 degC"}
    material = resolved(thermal_expansion=step, glass_transition="150 degC")
    strain = material.thermal_strain(np.array([150.0, 260.0]) + 273.15, 323.15)[:, 0]
    assert strain == pytest.approx([100 * 40e-6, 0.03], rel=1e-12)


def test_ounces_are_those_of_copper_and_a_rate_may_begin_with_its_bar():
    from solver.units import EXPANSION, LENGTH

    assert LENGTH.parse("1 oz") == pytest.approx(34.8e-6)
    assert LENGTH.parse("0.5oz") == pytest.approx(17.4e-6)
    assert LENGTH.parse("62 mil") == pytest.approx(1.5748e-3)
    assert EXPANSION.parse("8e-6/K") == pytest.approx(8e-6)
