"""Unit cells against multipole series, exact relations of composites and published moduli."""

import math

import numpy as np
import pytest
from mpi4py import MPI

from solver.homogenise import bump
from solver.homogenise.bump import Bump
from solver.homogenise.problem import conductivity, elasticity, thermal_stress
from solver.homogenise.section import Bar, Via
from solver.materials.elasticity import engineering_constants, isotropic
from solver.materials.mix import fibre, laminate
from solver.materials.mix.fibre import HillModuli
from solver.materials.mix.phases import Phases
from tests.solving import solve_case

FOUR_DIGITS = 5e-5
HEXAGONAL = math.sqrt(3)


def elastic(youngs: float, nu: float) -> np.ndarray:
    """Isotropic stiffness of GPa."""
    return isotropic(np.array(1e9 * youngs / 3 / (1 - 2 * nu)), np.array(1e9 * youngs / 2 / (1 + nu)))


COPPER, RESIN, SILICON, OXIDE = elastic(110, 0.35), elastic(3.5, 0.3), elastic(130, 0.28), elastic(70, 0.17)


def via(fraction: float, staggered: bool = False, ratio: float = 1.0) -> Via:
    """Solid vias at a pitch of 1 mm; `ratio` of the sides of the cell."""
    radius = 1e-3 * math.sqrt(fraction * ratio / math.pi / (1 + staggered))
    return Via((1e-3, 1e-3 * ratio), (radius,), staggered)


def multipoles(contrast: float, fraction: float, sides: int, order: int = 40) -> float:
    """Conductivity across a square (4) or hexagonal (6) array of cylinders over that of the matrix.

    Lord Rayleigh, Phil. Mag. 34 (1892) 481, to any order: W. T. Perrins, D. R. McKenzie, R. C. McPhedran, Proc. R.
    Soc. A 369 (1979) 207. Lattice of unit pitch; S_n is the sum of z^-n over it.
    """
    step = np.exp(2j * np.pi / sides) if sides == 6 else 1j
    i, j = np.meshgrid(np.arange(-300, 301), np.arange(-300, 301))
    z = (i + j * step).ravel()
    z = z[(np.abs(z) > 0) & (np.abs(z) < 250)]
    area = step.imag
    sums = {n: float(np.sum(z**-n).real) for n in range(sides, 2 * order + 1, sides)}
    sums[2] = math.pi / area
    square = fraction * area / math.pi  # radius squared
    odd = np.arange(1, order, 2)
    matrix, load = np.eye(len(odd)), np.zeros(len(odd))
    for row, n in enumerate(odd):
        for column, m in enumerate(odd):
            # B_n = -b a^2n A_n with A_n = E - sum_m binomial(n + m - 1, n) S_(n+m) B_m, scaled by a^n
            coupling = math.comb(n + m - 1, n) * sums.get(n + m, 0.0) * math.sqrt(square) ** (n + m)
            matrix[row, column] -= contrast * coupling
    load[0] = -contrast
    first = np.linalg.solve(matrix, load)[0] * square
    return 1.0 - 2.0 * math.pi * first / area


@pytest.mark.parametrize(("staggered", "ratio", "sides"), [(False, 1.0, 4), (True, HEXAGONAL, 6)])
@pytest.mark.parametrize("fraction", [0.0707, 0.3, 0.6, 0.7])
@pytest.mark.parametrize(("inner", "outer"), [(385.0, 0.3), (390.0, 130.0), (0.2, 148.0)])
def test_conductivity_has_four_digits_of_the_multipole_series(staggered, ratio, sides, fraction, inner, outer):
    cell = via(fraction, staggered, ratio)
    found = np.diag(conductivity(cell, [np.full(3, inner), np.full(3, outer)]).tensor)
    expected = outer * multipoles((inner - outer) / (inner + outer), fraction, sides)
    assert found[:2] == pytest.approx([expected] * 2, rel=FOUR_DIGITS)
    assert found[2] == pytest.approx(fraction * inner + (1 - fraction) * outer, rel=FOUR_DIGITS)


def test_the_series_itself_has_the_published_values():
    """Perfect conductors in a square array, Perrins et al. (1979), table 1."""
    for fraction, value in ((0.1, 1.222), (0.3, 1.860), (0.5, 3.080), (0.7, 7.433)):
        assert multipoles(1.0, fraction, 4) == pytest.approx(value, abs=6e-4)


def test_arrays_of_validation_d5():
    """Solid via 0.3 mm at 1 mm in FR-4; copper via of 10 um at 40 um in silicon."""
    board = conductivity(Via((1e-3, 1e-3), (0.15e-3,)), [np.full(3, 385.0), np.full(3, 0.3)]).tensor
    assert np.diag(board) == pytest.approx([0.345561, 0.345561, 27.493], rel=FOUR_DIGITS)
    tsv = conductivity(Via((40e-6, 40e-6), (5e-6,)), [np.full(3, 390.0), np.full(3, 130.0)]).tensor
    assert np.diag(tsv) == pytest.approx([136.542, 136.542, 142.763], rel=FOUR_DIGITS)


@pytest.mark.parametrize("core", [None, np.full(3, 1e-9)])
def test_a_plated_barrel_conducts_8_594_along(core):
    """VALIDATION D5: wall 25 um; an empty core is left out of the mesh."""
    cell = Via((1e-3, 1e-3), (0.125e-3, 0.15e-3))
    found = np.diag(conductivity(cell, [core, np.full(3, 385.0), np.full(3, 0.3)]).tensor)
    assert found[2] == pytest.approx(8.594, rel=FOUR_DIGITS)


def test_a_barrel_conducts_across_as_the_solid_cylinder_it_is_equivalent_to():
    """Outside, a wall k about a core k_c is a cylinder of k (1 + b c) / (1 - b c), c = (r / R)^2, b of the core."""
    b, c = (0.3 - 385) / (0.3 + 385), (125 / 150) ** 2
    same = 385 * (1 + b * c) / (1 - b * c)
    barrel = conductivity(Via((1e-3, 1e-3), (0.125e-3, 0.15e-3)), [np.full(3, k) for k in (0.3, 385.0, 0.3)])
    solid = conductivity(Via((1e-3, 1e-3), (0.15e-3,)), [np.full(3, same), np.full(3, 0.3)])
    assert barrel.tensor[0, 0] == pytest.approx(solid.tensor[0, 0], rel=FOUR_DIGITS)


def test_boron_in_aluminium_has_the_published_moduli():
    """C. T. Sun, R. S. Vaidya, Compos. Sci. Technol. 56 (1996) 171: 215, 144 and 45.9 GPa, 0.19, square, 47 %.

    The digits of the table are the tolerance. Their axial shear modulus, 57.2 GPa, is of other conditions at the sides.
    """
    c = elasticity(via(0.47), [elastic(379.3, 0.1), elastic(68.3, 0.3)]).tensor
    youngs, poisson, shear = engineering_constants(c)
    assert youngs[[2, 0]] / 1e9 == pytest.approx([215, 144], abs=0.5)
    assert shear[0] / 1e9 == pytest.approx(45.9, abs=0.1)
    assert poisson[2] == pytest.approx(0.19, abs=0.005)


def test_axial_shear_is_the_conduction_problem():
    shear = COPPER[3, 3], RESIN[3, 3]
    c = elasticity(via(0.4), [COPPER, RESIN]).tensor
    expected = shear[1] * multipoles((shear[0] - shear[1]) / (shear[0] + shear[1]), 0.4, 4)
    assert c[[3, 4], [3, 4]] == pytest.approx([expected] * 2, rel=FOUR_DIGITS)


@pytest.mark.parametrize("cell", [via(0.2), via(0.5), via(0.3, True, HEXAGONAL)])
@pytest.mark.parametrize("phases", [(COPPER, RESIN), (COPPER, SILICON)])
def test_universal_relations_of_hill(cell, phases):
    """E, nu and k of any two-phase fibre composite hang together: R. Hill, J. Mech. Phys. Solids 12 (1964) 199."""
    fraction = cell.fractions[0]
    found = HillModuli.of(elasticity(cell, phases).tensor)
    f, m = (HillModuli.of(c) for c in phases)
    average = lambda a, b: fraction * a + (1 - fraction) * b  # noqa: E731
    ratio = (f.nu - m.nu) / (1 / f.k - 1 / m.k)
    bend = average(1 / f.k, 1 / m.k) - 1 / found.k
    assert found.axial == pytest.approx(average(f.axial, m.axial) + 4 * ratio**2 * bend, rel=FOUR_DIGITS)
    assert found.nu == pytest.approx(average(f.nu, m.nu) - ratio * bend, rel=FOUR_DIGITS)


def test_few_vias_are_those_of_the_composite_cylinder_assemblage():
    """Neighbours matter by the square of the fraction: Z. Hashin, J. Appl. Mech. 46 (1979) 543."""
    fraction = 0.01
    found = HillModuli.of(elasticity(via(fraction), [COPPER, RESIN]).tensor)
    cylinders = HillModuli.of(fibre.stiffness(Phases(COPPER, RESIN, fraction)))
    for key in ("k", "m", "p", "axial", "nu"):
        assert getattr(found, key) == pytest.approx(getattr(cylinders, key), rel=fraction**2), key


def test_a_hexagonal_array_is_isotropic_in_its_plane():
    c = elasticity(via(0.4, True, HEXAGONAL), [COPPER, RESIN]).tensor
    assert c[0, 0] == pytest.approx(c[1, 1], rel=2e-4)
    assert c[5, 5] == pytest.approx((c[0, 0] - c[0, 1]) / 2, rel=2e-4)


@pytest.mark.parametrize(
    "cell", [Via((40e-6, 50e-6), (4e-6, 5e-6, 6e-6), True), Via((40e-6, 40e-6), (4e-6, 5e-6, 6e-6))]
)
@pytest.mark.parametrize("core", [COPPER / 10, None])
def test_levin_and_the_thermo_elastic_problem_agree_for_four_phases(cell, core):
    phases, strains = [core, COPPER, OXIDE, SILICON], 1e-4 * np.array([[1, 1, 1], [17, 17, 17], [0.5] * 3, [2, 3, 4]])
    found = elasticity(cell, phases)
    direct = -np.linalg.solve(found.tensor, thermal_stress(cell, phases, strains))
    assert found.free_strain(strains) == pytest.approx(direct[:3], rel=1e-9)
    assert direct[3:] == pytest.approx(0.0, abs=1e-12)


def test_expansion_of_two_phases_is_that_of_rosen_and_hashin():
    """alpha follows from the stiffness alone: B. W. Rosen, Z. Hashin, Int. J. Eng. Sci. 8 (1970) 157."""
    from solver.materials.mix.expansion import rosen_hashin

    strains = np.array([[17e-6] * 3, [35e-6] * 3])
    found = elasticity(via(0.3), [COPPER, RESIN])
    exact = rosen_hashin(Phases(COPPER, RESIN, via(0.3).fractions[0]), found.tensor, *strains)
    assert found.free_strain(strains) == pytest.approx(exact, rel=FOUR_DIGITS)


def test_bars_as_high_as_the_layer_are_a_laminate():
    """Sheets with normal x instead of z: exact."""
    turn = [2, 1, 0, 5, 4, 3]  # x <-> z
    found = elasticity(Bar((10e-6, 4e-6), (3e-6, 4e-6)), [COPPER, RESIN]).tensor
    sheets = laminate.stiffness(Phases(COPPER, RESIN, 0.3))[turn][:, turn]
    assert found == pytest.approx(sheets, rel=FOUR_DIGITS, abs=1e3)
    k = np.diag(conductivity(Bar((10e-6, 4e-6), (3e-6, 4e-6)), [np.full(3, 390.0), np.full(3, 0.3)]).tensor)
    parallel, series = 0.3 * 390 + 0.7 * 0.3, 1 / (0.3 / 390 + 0.7 / 0.3)
    assert k == pytest.approx([series, parallel, parallel], rel=FOUR_DIGITS)


@pytest.mark.slow
def test_equal_phases_are_one_material_and_fill_the_cell():
    for cell in (via(0.3), Bar((10e-6, 8e-6), (3e-6, 4e-6)), Bump((150e-6, 160e-6), 70e-6, 90e-6, 60e-6)):
        found = elasticity(cell, [COPPER, COPPER])
        assert found.tensor == pytest.approx(COPPER, rel=1e-6, abs=1e3)
        parts = conductivity(cell, [np.ones(3), np.ones(3)]).flux[:, 0, 0]
        assert parts == pytest.approx(cell.fractions, rel=1e-4)


def test_a_pillar_conducts_as_its_area():
    k = conductivity(Bump((150e-6, 150e-6), 70e-6, 90e-6, 90e-6), [np.full(3, 58.0), np.full(3, 0.5)]).tensor
    fraction = np.pi * 45**2 / 150**2
    assert k[2, 2] == pytest.approx(58 * fraction + 0.5 * (1 - fraction), rel=FOUR_DIGITS)


def test_a_ball_conducts_between_its_bounds_and_converges(monkeypatch):
    """Isothermal planes give too much, adiabatic tubes too little; cells of half move it by less than 1 %."""
    ball = Bump((150e-6, 150e-6), 70e-6, 90e-6, 60e-6)
    phases = [np.full(3, 58.0), np.full(3, 0.5)]
    found = conductivity(ball, phases).tensor[2, 2]
    z = (np.arange(2000) + 0.5) / 2000
    metal = np.pi * (45**2 - (45**2 - 30**2) * z**2) / 150**2
    planes = 1 / np.mean(1 / (58 * metal + 0.5 * (1 - metal)))
    tubes = np.pi * 30**2 / 150**2 * 58 + 0.5 * (1 - np.pi * 45**2 / 150**2)
    assert tubes < found < planes
    monkeypatch.setattr(bump, "_LEVELS", 8)
    assert conductivity(ball, phases).tensor[2, 2] == pytest.approx(found, rel=1e-2)


@pytest.mark.slow
def test_a_layer_of_balls_between_plates_is_stiffer_than_its_adhesive_and_softer_than_voigt():
    ball = Bump((150e-6, 150e-6), 70e-6, 90e-6, 60e-6)
    solder, fill = elastic(50, 0.36), elastic(8, 0.33)
    c = elasticity(ball, [solder, fill]).tensor
    voigt = ball.fractions[0] * solder + ball.fractions[1] * fill
    assert np.all(np.linalg.eigvalsh(voigt - c) > 0) and np.all(np.linalg.eigvalsh(c - fill) > 0)


@pytest.mark.slow
def test_a_ball_conducts_as_a_stack_of_slices_meshed_by_the_stack_mesher(tmp_path):
    """A second discretisation: twelve cylinders; 0.12 % apart as measured."""
    slices, radii = 6, []
    for number in range(slices):
        z = np.linspace(number, number + 1, 200) / slices
        radii.append(math.sqrt(np.mean(45**2 - (45**2 - 30**2) * z**2)))
    layers = "".join(
        f"    - {{name: s{side}{k}, thickness: {35 / slices} um, material: fill, "
        f"regions: [{{name: ball, shape: {{circle: {2 * radii[k]} um}}, material: solder}}]}}\n"
        for side, order in (("a", range(slices)[::-1]), ("b", range(slices)))
        for k in order
    )
    case = f"""
title: ball
geometry:
  outline: {{shape: rectangle, size: [150 um, 150 um]}}
  symmetry: quarter
  layers:
{layers}materials: {{solder: {{thermal_conductivity: 58 W/m/K}}, fill: {{thermal_conductivity: 0.5 W/m/K}}}}
mesh: {{in_plane_size: 10 um}}
thermal:
  boundaries: [{{face: bottom, temperature: 125 degC}}, {{face: top, temperature: 25 degC}}]
"""
    heat = solve_case(case, (), tmp_path, MPI.COMM_SELF)["thermal"]["boundaries"][1]["heat_w"]
    ball = Bump((150e-6, 150e-6), 70e-6, 90e-6, 60e-6)
    found = conductivity(ball, [np.full(3, 58.0), np.full(3, 0.5)]).tensor[2, 2]
    assert found == pytest.approx(heat / 100 * 70e-6 / (150e-6) ** 2, rel=0.005)
