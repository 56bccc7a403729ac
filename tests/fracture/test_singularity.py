"""How singular stress is where wedges meet, against published exponents."""

import numpy as np
import pytest

from solver.life.singularity import Wedge, dundurs, exponents, intensity

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
