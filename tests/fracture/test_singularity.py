"""How singular stress is where wedges meet, against published exponents."""

import numpy as np
import pytest

from solver.life.singularity import Fit, Samples, Wedge, dundurs, exponents, intensity
from solver.life.wedges import ANTIPLANE, Junction, OrientedWedge
from solver.materials.elasticity import turned_stiffness

pytestmark = pytest.mark.serial
RIGHT, SILICON, MOULD = np.pi / 2, (131e9, 0.28), (22e9, 0.3)


def test_a_crack_has_a_half_and_a_right_angled_notch_its_exponents():
    """Williams 1952: crack 0.5; material over 270 degrees 0.54448 and 0.90853 (stress r^-0.4555 and r^-0.0915)."""
    assert exponents([Wedge(2 * np.pi, *MOULD)])[0] == pytest.approx(0.5, abs=1e-6)
    opening, sliding = exponents([Wedge(3 * RIGHT, *MOULD)])
    assert opening == pytest.approx(0.54448, abs=1e-5)
    assert sliding == pytest.approx(0.90853, abs=1e-5)


def test_a_straight_edge_and_two_quarters_of_one_material_have_none():
    """Neither a half plane nor its halves bonded to each other are singular."""
    assert exponents([Wedge(2 * RIGHT, *MOULD)]) == []
    assert exponents([Wedge(RIGHT, *MOULD), Wedge(RIGHT, *MOULD)]) == []


@pytest.mark.parametrize("pair", [(SILICON, MOULD), ((117e9, 0.34), (2.5e9, 0.35)), ((400e9, 0.2), (5e9, 0.4))])
def test_bonded_quarter_planes_have_the_exponent_of_the_closed_form(pair):
    """[s^2 - p^2]^2 b^2 + 2 p^2 [s^2 - p^2] a b + p^2 (p^2 - 1) a^2 + sin^2(pi p) / 4 = 0, s = sin(pi p / 2), of
    Dundurs' a and b: D. B. Bogy, J. Appl. Mech. 35 (1968) 460."""
    quarters = [Wedge(RIGHT, *one) for one in pair]
    (found,) = exponents(quarters)
    a, b = dundurs(*quarters)
    p = found.real
    s = np.sin(np.pi * p / 2) ** 2 - p**2
    left = s**2 * b**2 + 2 * p**2 * s * a * b + p**2 * (p**2 - 1) * a**2 + np.sin(np.pi * p) ** 2 / 4
    assert found.imag == 0.0 and 0.5 < p < 1.0
    assert left == pytest.approx(0.0, abs=1e-9)


def test_a_crack_between_two_materials_oscillates():
    """lambda = 1/2 + i e, e = ln((1 - b) / (1 + b)) / (2 pi): M. L. Williams, Bull. Seism. Soc. Am. 49 (1959) 199."""
    halves = [Wedge(2 * RIGHT, *one) for one in (SILICON, MOULD)]
    _, b = dundurs(*halves)
    found = exponents(halves)[0]
    assert found.real == pytest.approx(0.5, abs=1e-8)
    assert found.imag == pytest.approx(abs(np.log((1 - b) / (1 + b)) / (2 * np.pi)), abs=1e-8)


def test_the_intensity_of_a_power_is_found_in_its_window():
    """Of 3 r^-0.3 below a distance from which on stress is even."""
    r = np.geomspace(1e-6, 1e-3, 50)
    stress = np.where(r < 1e-4, -3.0 * r**-0.3, -3.0 * 1e-4**-0.3)
    found = intensity(r, stress, (2e-6, 9e-5))
    assert (found.factor, found.exponent, found.scatter) == pytest.approx((-3.0, 0.7, 0.0), abs=1e-9)
    assert intensity(r, stress, (2e-6, 9e-5), 0.7).factor == pytest.approx(-3.0)
    with pytest.raises(ValueError, match="three places"):
        intensity(r, stress, (1e-2, 2e-2))


@pytest.mark.parametrize("pair", [(SILICON, MOULD), (MOULD, SILICON), ((117e9, 0.34), (2.5e9, 0.35))])
def test_a_corner_bonded_all_around_has_the_exponents_of_the_closed_form(pair):
    """A wedge of 90 degrees in another material, fields symmetric and antisymmetric about its bisector: D. H. Chen,
    H. Nisitani, J. Appl. Mech. 60 (1993) 607."""
    corner, around = Wedge(RIGHT, *pair[0]), Wedge(3 * RIGHT, *pair[1])
    a, b = dundurs(corner, around)

    def determinant(x, sign):
        left = (a - b) ** 2 * x**2 * 2 + (1 - a**2) + (1 - b**2) * -np.cos(2 * np.pi * x)
        left += (a**2 - b**2) * np.cos(np.pi * x)
        near, far = np.sin(x * RIGHT), np.sin(3 * x * RIGHT)
        return left + sign * 2 * x * (a - b) * (near + far + b * (far - near))

    found = exponents([corner, around], closed=True)
    assert found and all(one.imag == 0.0 for one in found)
    for one in found:
        assert min(abs(determinant(one.real, sign)) for sign in (1, -1)) < 1e-9


def test_a_wedge_that_is_cut_in_two_is_the_same_wedge():
    """Bonded parts of one material, with their stiffness as a material with axes has it."""
    whole = exponents([Wedge(RIGHT, *SILICON), Wedge(3 * RIGHT, *MOULD)], closed=True)
    soft = Wedge(RIGHT, *MOULD).stiffness
    parts = exponents([Wedge(RIGHT, *SILICON), Wedge(2 * RIGHT, *MOULD), OrientedWedge(RIGHT, soft)], closed=True)
    assert np.array(parts) == pytest.approx(np.array(whole), abs=1e-8)


def test_a_stiffness_turned_by_a_right_angle_has_its_axes_exchanged():
    """(100) silicon turned by 45 degrees about z has the moduli along <110>: c11' = (c11 + c12) / 2 + c44."""
    c = np.diag([165.7e9] * 3 + [79.6e9] * 3)
    c[:3, :3] += 63.9e9 * (1 - np.eye(3))
    half = np.sqrt(0.5)
    turned = turned_stiffness(c, np.array([[half, half, 0.0], [-half, half, 0.0], [0.0, 0.0, 1.0]]))
    assert turned[0, 0] == pytest.approx((165.7e9 + 63.9e9) / 2 + 79.6e9)
    assert turned[5, 5] == pytest.approx((165.7e9 - 63.9e9) / 2)
    assert np.array(turned[2]) == pytest.approx(c[2], abs=1.0)


def test_a_field_of_known_intensity_is_found_among_its_samples():
    """Stress of the second field of a corner beside its even stress, at scattered points."""
    junction = Junction([Wedge(RIGHT, *SILICON), Wedge(3 * RIGHT, *MOULD)], closed=True)
    free = np.array([[1e-4, 1e-4, 0.0, 1e-4], [3e-4, 3e-4, 0.0, 3e-4]])
    rng = np.random.default_rng(3)
    r, theta = rng.uniform(1e-5, 1e-4, 60), rng.uniform(0.0, 2 * np.pi, 60)
    wedge = np.where(theta < RIGHT, 0, 1)
    second = junction.modes[1]
    unit = junction.stress(second, np.zeros(1), np.zeros(1, dtype=int))[0].real
    field = junction.stress(second, theta, wedge).real * r[:, None] ** (second.exponent.real - 1.0) * 7e4 / unit[1]
    even = junction.stress(junction.even(free, 2e-4), theta, wedge, free, 2e-4).real
    fit = Fit(junction, free, 2e-4, Samples(r, theta, wedge, field + even))
    first, found = fit.at_unit(0.0, 0, 1.0)
    assert found[1] == pytest.approx(7e4, rel=1e-8)
    assert abs(first[1]) < 1e-6 * 7e4
    assert fit.misfit < 1e-9


def test_shear_along_a_notch_and_along_a_corner_has_the_exponents_of_laplace():
    """A notch of 270 degrees: 2/3, a crack 1/2. Of a wedge a in another material, in fields even or odd about its
    bisector: g tan(x a / 2) = -G tan(x (pi - a / 2)), and the same with the moduli exchanged (separation of variables
    of Laplace's equation). A straight free edge of two quarters is not singular."""
    assert exponents([Wedge(2 * np.pi, *MOULD)], kind=ANTIPLANE)[0] == pytest.approx(0.5, abs=1e-8)
    assert exponents([Wedge(3 * RIGHT, *MOULD)], kind=ANTIPLANE)[0] == pytest.approx(2 / 3, abs=1e-8)
    assert exponents([Wedge(RIGHT, *SILICON), Wedge(RIGHT, *MOULD)], kind=ANTIPLANE) == []
    for one, other in ((SILICON, MOULD), (MOULD, SILICON)):
        (x,) = (found.real for found in exponents([Wedge(RIGHT, *one), Wedge(3 * RIGHT, *other)], True, ANTIPLANE))
        near, far = (e / (2 * (1 + nu)) for e, nu in (one, other))
        even = near * np.tan(x * RIGHT / 2) + far * np.tan(x * 3 * RIGHT / 2)
        odd = far * np.tan(x * RIGHT / 2) + near * np.tan(x * 3 * RIGHT / 2)
        assert min(abs(even), abs(odd)) < 1e-8 * max(near, far)


def test_shear_along_the_line_of_known_intensity_is_found_among_its_samples():
    """Beside an even one and one of r^0.8, at scattered points; the field of a crack is K r^-1/2 ahead of it."""
    junction = Junction([Wedge(2 * np.pi, *MOULD)], start=-np.pi, kind=ANTIPLANE)
    rng = np.random.default_rng(5)
    r, theta = rng.uniform(1e-5, 1e-4, 40), rng.uniform(-np.pi, np.pi, 40)
    half = 3e3 * r[:, None] ** -0.5 * np.stack([-np.sin(theta / 2), np.cos(theta / 2)], axis=1)
    even = np.tile([2e5, 0.0], (len(r), 1))  # along the faces
    fit = Fit(junction, None, 0.0, Samples(r, theta, np.zeros(len(r), dtype=int), half + even))
    (found,) = fit.at_unit(0.0, 0, 1.0)
    assert found[1] == pytest.approx(3e3, rel=1e-6)
    assert fit.misfit < 1e-8
