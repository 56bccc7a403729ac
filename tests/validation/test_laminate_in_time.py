"""The oracle of plates in time (`tests/laminate_in_time.py`) against closed forms of every law it has."""

import numpy as np
import pytest

from tests.biaxial_laws import Anand, Elastic, Incremental, Metal, Viscoelastic, garofalo, norton
from tests.laminate_in_time import Cure, Layer, Plate

SILICON = Layer(0.7e-3, Elastic(130e9, 0.28), 2.6e-6)
ROOM, HOT = 298.15, 423.15


def clamped(law, times, kelvins, asked, **layer):
    """Stress (Pa) over time of a film that a rigid plate holds."""
    return Plate([Layer(1e-5, law, **layer)], times, kelvins, "rigid", 1).run(asked).stress[:, 0, 0]


def test_a_bilayer_bends_as_timoshenko_says():
    lower, upper = (70e9, 0.25, 0.5e-3, 5e-6), (20e9, 0.3, 0.2e-3, 12e-6)
    plate = Plate([Layer(h, Elastic(e, nu), a) for e, nu, h, a in (lower, upper)], [0.0, 1.0], [HOT, ROOM])
    b1, b2 = lower[0] / 0.75, upper[0] / 0.7
    h1, h2 = 0.5e-3, 0.2e-3
    m, n = h2 / h1, b2 / b1  # S. Timoshenko, J. Opt. Soc. Am. 11 (1925) 233, with biaxial moduli
    rule = 6 * 7e-6 * 125 * (1 + m) ** 2 / ((h1 + h2) * (3 * (1 + m) ** 2 + (1 + m * n) * (m**2 + 1 / (m * n))))
    assert plate.run([1.0]).curvature[0] == pytest.approx(-rule, rel=1e-9)


def test_a_relaxing_strip_on_an_elastic_one_bends_and_comes_back():
    """Elastic 131 GPa under E = 1 + 11 (100 s) + 10 GPa (1e4 s), nu 0: coupled relaxation in closed form."""
    film = Viscoelastic.of_youngs(22e9, 0.0, [100.0, 1e4], [11 / 22, 10 / 22])
    upper = Layer(0.3e-3, film, swelling=lambda time: -1e-6 if time < 1000 else 0.0)
    plate = Plate([Layer(0.3e-3, Elastic(131e9)), upper], [0.0, 1000.0, 1e6], [300.0] * 3, points=2)
    found = plate.run([100.0, 500.0, 1000.0, 2000.0, 1e4, 1e6]).curvature
    known = [-1.86918893e-1, -8.31083258e-1, -1.58315934, -1.45388476, -1.06294420, -2.75847547e-1]
    assert found == pytest.approx(known, rel=1e-6)


def test_a_film_that_relaxes_in_shear_alone_relaxes_more_slowly_in_the_plane():
    """18 K G / (3 K + 4 G) with G* = G_inf + G_1 s tau / (1 + s tau): one exponential of another time."""
    k, g, part, tau, strain = 10e9, 4e9, 0.8, 30.0, 1e-3
    law = Viscoelastic(g, k, [tau], [part])
    times = np.array([0.0, 10.0, 50.0, 400.0])
    plane = [18 * k * modulus / (3 * k + 4 * modulus) for modulus in (g, g * (1 - part))]
    slower = tau * (3 * k + 4 * g) / (3 * k + 4 * g * (1 - part))
    known = strain * (plane[1] + (plane[0] - plane[1]) * np.exp(-times / slower))
    assert clamped(law, [0.0, 400.0], [300.0] * 2, times, free=-strain) == pytest.approx(known, rel=1e-7)


def test_creep_relaxes_a_clamped_film():
    """ds/dt = -E / (1 - nu) A s^5 / 2, so s^-4 grows in a straight line."""
    b = 200e9 / 0.7
    law = Metal(200e9, 0.3, creep=lambda s, kelvin: 3.125e-14 / 3600 * (s / 1e6) ** 5)
    hours = np.array([0.0, 1.0, 10.0, 100.0])
    known = (200.0**-4 + 4 * (b / 2e6) * 3.125e-14 * hours) ** -0.25
    found = clamped(law, [0.0, 3.6e5], [300.0] * 2, 3600 * hours, free=-200e6 / b)
    assert 1e-6 * found == pytest.approx(known, rel=1e-6)


def test_creep_laws_have_their_published_rates():
    assert norton(1e-15, 1.0, 4, 300e3, 8.3143)(10e6, 1000.0) == pytest.approx(2.13603e-3, rel=1e-5)
    small = 1e-3 / 0.037e-6  # sinh of a small number is the number
    assert garofalo(32000.0, 0.037e-6, 5.1, 6524.7)(small, ROOM) == pytest.approx(
        32000.0 * 1e-3**5.1 * np.exp(-6524.7 / ROOM), rel=1e-5
    )


def test_a_clamped_film_yields_back_and_forth_with_linear_hardening():
    """Strain 4e-3, back to 0: s = b (e - p / 2), |s - H p| = 180 MPa."""
    b, limit, h = 110e9 / 0.66, 180e6, 5e9
    law = Metal(110e9, 0.34, limit, h, duration=2.0)
    found = clamped(law, [0.0, 1.0, 2.0], [ROOM, ROOM - 100, ROOM], [1.0, 2.0], expansion=40e-6)
    forth = (b * 4e-3 - limit) / (b / 2 + h)
    back = (limit + b * 0.0) / (b / 2 + h)  # -b p / 2 - H p = -limit
    assert found == pytest.approx([b * (4e-3 - forth / 2), -b * back / 2], rel=1e-4)


def test_armstrong_and_frederick_saturate_at_c_over_gamma():
    law = Metal(110e9, 0.34, 100e6, chaboche=[(20e9, 500.0)], duration=1.0)
    found = clamped(law, [0.0, 1.0], [ROOM, ROOM - 500], [1.0], expansion=40e-6)
    assert found == pytest.approx([100e6 + 20e9 / 500], rel=1e-3)


def test_anand_saturates_at_its_stress():
    """MATERIALS: 42.0850 MPa at 25 degC and 1e-3 per s, 22.8302 at 125 degC; half the rate in the plane."""
    constants = dict(a=3501.0, q_over_r=9320.0, xi=4.0, m=0.25, s0=21e6, h0=180e9, s_hat=30.2e6, n=0.01, exponent=1.78)
    for kelvin, known in ((ROOM, 42.0850), (398.15, 22.8302)):
        found = clamped(
            Anand(50e9, 0.36, **constants), [0.0, 400.0], [kelvin] * 2, [400.0], swelling=lambda time: -5e-4
        )
        assert 1e-6 * found == pytest.approx([known], rel=1e-4)


def test_a_curing_layer_is_born_where_it_gels():
    """First order, k = 0.01 per s: gels at ln(1 / 0.4) / k, and pulls by what it shrinks from there."""
    cure = Cure(lambda degree, kelvin: 0.01 * (1.0 - degree), gel=0.6, shrinkage=2e-3)
    law = Elastic(10e9, 0.3)
    times = np.array([50.0, 200.0, 2000.0])
    degree = 1.0 - np.exp(-0.01 * times)
    known = 10e9 / 0.7 * 2e-3 * np.maximum(degree - 0.6, 0.0)
    assert clamped(law, [0.0, 2000.0], [400.0] * 2, times, cure=cure) == pytest.approx(known, rel=1e-5)
    plate = Plate([SILICON, Layer(0.1e-3, law, cure=cure)], [0.0, 2000.0], [400.0] * 2)
    assert plate.birth[1] == pytest.approx(np.log(2.5) / 0.01, rel=1e-7)
    assert plate.run(times).degree[:, 1] == pytest.approx(degree, rel=1e-7)


def test_a_layer_born_on_a_bent_plate_is_free_of_stress_unless_it_is_born_flat():
    film = Layer(0.1e-3, Elastic(20e9, 0.3), 12e-6)
    found = {}
    for flat in (False, True):
        late = Layer(0.1e-3, Elastic(5e9, 0.3), 2e-6, born=1.0, flat=flat)
        found[flat] = Plate([SILICON, film, late], [0.0, 1.0, 2.0], [HOT, ROOM, ROOM]).run([0.9, 1.0, 2.0])
    assert found[False].stress[1:, 2] == pytest.approx(np.zeros((2, 4)), abs=1.0)
    assert found[False].curvature[2] == pytest.approx(found[False].curvature[1], rel=1e-9)
    strain = found[True].strain[2] + found[True].curvature[2] * found[True].height[2]
    assert found[True].stress[2, 2] == pytest.approx(5e9 / 0.7 * strain, rel=1e-9)


UNDERFILL = [[25, 75, 100, 115, 130, 150, 200, 260], [9e9, 8e9, 6.5e9, 4e9, 1e9, 0.2e9, 0.12e9, 0.1e9]]


def test_strain_gathered_in_the_rubber_stays_soft_where_stress_grows_by_increments():
    """Underfill of 20 um between thick silicon, 150 to 25 degC: integral of E / (1 - nu) d(alpha T) by hand."""
    youngs = lambda kelvin: np.interp(kelvin - 273.15, *UNDERFILL)  # noqa: E731
    expansion = lambda kelvin, degree: (28e-6 if kelvin < 393.15 else 95e-6) - 2.6e-6  # noqa: E731
    asked, ramp = [0.0, 30.0, 125.0], ([0.0, 30.0, 125.0], [HOT, 393.15, ROOM])
    total, incremental = (
        clamped(law(youngs, 0.33), *ramp, asked, expansion=expansion) for law in (Elastic, Incremental)
    )
    strain = 25.4e-6 * 95 + 92.4e-6 * 30
    assert total[-1] == pytest.approx(9e9 / 0.67 * strain, rel=1e-7)
    below = np.trapezoid(youngs(np.arange(25, 120.01, 0.05) + 273.15), dx=0.05)
    above = np.trapezoid(youngs(np.arange(120, 150.01, 0.05) + 273.15), dx=0.05)
    assert incremental[-1] == pytest.approx((25.4e-6 * below + 92.4e-6 * above) / 0.67, rel=1e-4)
