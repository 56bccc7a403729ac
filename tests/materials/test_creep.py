"""Creep against closed forms, and how its error falls and is estimated."""

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from solver.materials.laws.activation import activated
from tests.materials.metals import DOUBLE, GAROFALO, SOLDER, STEADY, law
from tests.materials.straining import XX, XY, YY, ZZ, Point

pytestmark = pytest.mark.serial

STEEL = {"youngs_modulus": "200 GPa", "poisson_ratio": 0.3, "thermal_expansion": "12 ppm/K"}
NAFEMS = {"norton": {"a": f"{3.125e-14 / 3600} 1/s", "reference_stress": "1 MPa", "n": 5, "q_over_r": "0 K"}}


@pytest.mark.slow
def test_relaxation_of_a_bar():
    """A. A. Becker, T. H. Hyde, NAFEMS R0027 (1993): 200 GPa, 3.125e-14 sigma^5 per h; from 200 MPa at fixed strain
    sigma = (sigma0^-4 + 4 E A t)^(-1/4): 79.0377, 44.6935, 25.1471, 14.1420 MPa after 1, 10, 100, 1000 h."""
    for increments, within in ((25, 0.004), (50, 0.001), (100, 0.00025)):  # second order
        point = Point(law(STEEL, creep=NAFEMS))
        point.go({XX: 1e-3}, seconds=0.0)
        assert point.stress[0] == pytest.approx(200e6)
        at, found = 0.0, {}
        for time in np.concatenate([np.geomspace(0.01, 1.0, increments), *3 * [[]]]).tolist() + [
            t for decade in (1.0, 10.0, 100.0) for t in np.geomspace(decade, 10 * decade, increments + 1)[1:]
        ]:
            point.go({XX: 1e-3}, seconds=3600 * (time - at))
            at = time
            found[round(time, 6)] = point.stress[0] / 1e6
        assert [found[hour] for hour in (1.0, 10.0, 100.0, 1000.0)] == pytest.approx(
            [79.0377, 44.6935, 25.1471, 14.1420], rel=within
        )


def test_norton_rate_and_its_gas_constant():
    """a 1e-15 1/s at 1 Pa, n 4, 300 kJ/mol, 1000 K, 10 MPa: 2.13603e-3 1/s with R = 8.3143, that is 300000 / 8.3143 K;
    with the R of 2018 0.07 % more."""
    found = []
    for energy in ({"q_over_r": f"{300000 / 8.3143} K"}, {"activation_energy": "300 kJ/mol"}):
        norton = {"a": "1e-15 1/s", "reference_stress": "1 Pa", "n": 4, **energy}
        point = Point(law(STEEL, reference=1000.0, creep={"norton": norton}), kelvin=1000.0)
        point.go({}, seconds=0.0, stress={XX: 10e6})
        before = point.state[0, 11]
        point.go({}, seconds=1e-3, stress={XX: 10e6})
        found.append((point.state[0, 11] - before) / 1e-3)
    assert found[0] == pytest.approx(2.13603e-3, rel=3e-6)
    assert found[1] == pytest.approx(1e13 * np.exp(-300000 / 8.314462618e3), rel=1e-9)


@pytest.mark.parametrize(("creep", "rate"), [
    (GAROFALO, lambda s, t: 32000 * np.sinh(0.037 * s) ** 5.1 * np.exp(-6524.7 / t)),
    (DOUBLE, lambda s, t: 4e-7 * s**3 * np.exp(-3223 / t) + 1e-12 * s**12 * np.exp(-7348 / t)),
])  # fmt: skip
def test_rates_in_tension_and_shear(creep, rate):
    """In shear sqrt 3 tau is the equivalent stress, gamma / sqrt 3 the equivalent strain."""
    for direction, factor in ((XX, 1.0), (XY, np.sqrt(3.0))):
        point = Point(law(SOLDER, creep=creep), kelvin=398.15)
        point.go({}, seconds=0.0, stress={direction: 12e6 / factor})
        before = point.strain[direction]
        point.go({}, seconds=10.0, stress={direction: 12e6 / factor})
        found = (point.strain[direction] - before) / 10.0 / factor
        assert found == pytest.approx(rate(12.0, 398.15), rel=1e-6)


def test_activation_over_an_increment_that_crosses_decades():
    """The integral of the rate from 480 to 220 K, a factor of 1e7, to 0.3 %; over a ramp of 20 K to 2e-6."""
    term = law(SOLDER, creep=GAROFALO).terms[0]
    for before, after, within in ((480.0, 220.0, 3e-3), (300.0, 320.0, 2e-6), (350.0, 350.0, 1e-12)):
        found = activated((term,), np.array([after]), np.array([before]), 50.0)[0, 0]
        exact = quad(lambda s, b=before, a=after: np.exp(-term.activation / (b + s * (a - b))), 0, 1, epsrel=1e-12)[0]
        ends = [np.exp(-term.activation / kelvin) for kelvin in (before, after, 0.5 * (before + after))]
        assert np.exp(found - term.log_a) == pytest.approx(50.0 * np.array([*ends, exact]), rel=within)


def reference(strain, kelvin, seconds):
    """Stress (Pa) in shear whose strain and temperature follow functions of time, by an ODE solver; E 40 GPa."""
    g = 40e9 / 2 / 1.36

    def rate(time, tau):
        q = np.sqrt(3.0) * tau[0] / 1e6
        flow = 32000 * np.sinh(0.037 * abs(q)) ** 5.1 * np.exp(-6524.7 / kelvin(time)) * np.sign(q)
        return [g * ((strain(time + 0.5) - strain(time - 0.5)) - np.sqrt(3.0) * flow)]

    return solve_ivp(rate, (0.0, seconds), [0.0], method="LSODA", rtol=1e-9, atol=1.0, max_step=seconds / 50).y[0, -1]


RAMPS = {  # shear strain and temperature over 600 s
    "loading": (lambda t: 2e-5 * t, lambda t: 350.0),
    "heating under strain": (lambda t: 5e-6 * t, lambda t: 250.0 + 0.3 * t),
    "cooling under strain": (lambda t: 2e-5 * t, lambda t: 430.0 - 0.3 * t),
}


def run(name, increments):
    """Shear stress at the end."""
    strain, kelvin = RAMPS[name]
    held = {**STEADY, "thermal_expansion": "0 ppm/K"}
    point = Point(law(held, creep=GAROFALO), kelvin=kelvin(0.0))
    for time in np.linspace(0.0, 600.0, increments + 1)[1:]:
        zero = {XX: 0.0, YY: 0.0, ZZ: 0.0}
        point.go({XY: strain(time), **zero}, seconds=600.0 / increments, kelvin=kelvin(time))
    return point.stress[XY]


@pytest.mark.parametrize("name", RAMPS)
def test_second_order(name):
    """Loading ends in a steady flow, which is exact at once; the others end on the way."""
    exact = reference(*RAMPS[name], 600.0)
    errors = {count: abs(run(name, count) - exact) / exact for count in (20, 40, 80)}
    assert errors[80] < 1e-4
    assert errors[80] < 0.3 * errors[40] + 1e-9
    assert errors[40] < 0.3 * errors[20] + 1e-9


def test_ten_years_in_one_increment_are_no_trouble():
    """L-stable: the stress of a held bar goes down, never through zero."""
    point = Point(law(STEADY, creep=GAROFALO), kelvin=400.0)
    point.go({XY: 0.003, XX: 0.0, YY: 0.0, ZZ: 0.0}, seconds=0.0, kelvin=400.0)
    stresses = []
    for _ in range(4):
        point.go({XY: 0.003}, seconds=3e8)
        stresses.append(point.stress[XY])
    assert stresses == sorted(stresses, reverse=True)
    assert 0.0 < stresses[-1] < 0.5e6


def test_creep_and_yield_in_one_law():
    """Pulled fast a bar flows at its yield stress of 15 MPa; held, it creeps below."""
    point = Point(law(STEADY, creep=GAROFALO, plastic={"yield_stress": "15 MPa"}), kelvin=300.0)
    assert point.go({XX: 2e-3}, seconds=1e-3).stress[0, 0] == pytest.approx(15e6, rel=1e-6)
    assert point.state[0, 10] == pytest.approx(2e-3 - 15e6 / 40e9, rel=1e-4)
    assert point.go({XX: 2e-3}, seconds=3600.0).stress[0, 0] < 14e6
    assert point.state[0, 11] > point.state[0, 10]
