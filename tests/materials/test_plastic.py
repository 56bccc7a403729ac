"""Plastic flow against closed forms."""

import numpy as np
import pytest

from tests.materials.metals import CHABOCHE, SECTIONS, STEADY, law
from tests.materials.straining import XX, XY, YY, ZZ, Point

pytestmark = pytest.mark.serial

E, NU = 40e9, 0.36
G = E / 2 / (1 + NU)


def test_voce_and_linear_kinematic_hardening_in_tension():
    """K 84, G 40 GPa, 100 + 100 (1 - exp(-1000 p)) MPa, kinematic 1.5 GPa, uniaxial stress: stress = yield + 1.5 GPa p
    with p = eps - stress / E (solved to the digits below)."""
    k, g = 84e9, 40e9
    elastic = {
        **STEADY,
        "youngs_modulus": f"{9 * k * g / (3 * k + g)} Pa",
        "poisson_ratio": (3 * k - 2 * g) / (6 * k + 2 * g),
    }
    voce = {"saturation": "100 MPa", "rate": 1000}
    point = Point(law(elastic, plastic={"yield_stress": "100 MPa", "voce": voce, "kinematic": "1.5 GPa"}))
    found = [point.go({XX: strain}).stress[0, 0] / 1e6 for strain in (0.005, 0.01, 0.05, 0.1)]
    assert found == pytest.approx([199.957905, 211.895747, 271.073734, 345.002934], abs=2e-6)


def loop(direction, amplitude, cycles=40, increments=1):
    """Stress and plastic strain at the ends of strain cycles in tension (XX) or shear (XY), of the law of Chaboche."""
    point = Point(law(STEADY, plastic=CHABOCHE))
    held = {} if direction == XX else {XX: 0.0, YY: 0.0, ZZ: 0.0}
    ends, at = [], 0.0
    for turn in range(2 * cycles):
        goal = amplitude if turn % 2 == 0 else -amplitude
        for strain in np.linspace(at, goal, increments + 1)[1:]:
            point.go({direction: strain, **held})
        at = goal
        ends.append((point.stress[direction], point.state[0, 10]))
    return ends


@pytest.mark.parametrize(("direction", "factor"), [(XX, 1.0), (XY, np.sqrt(3.0))])
def test_the_saturated_loop_of_armstrong_and_frederick(direction, factor):
    """Amplitude yield + sum c / gamma tanh(gamma dp / 2) + c dp / 2 for the linear one, dp the plastic range; in shear
    of sqrt 3 tau (J. Lemaitre, J. L. Chaboche, Mechanics of Solid Materials (1990), 5.4.4). Exact at one increment a
    branch."""
    for increments in (1, 7):
        (low, before), (high, after) = loop(direction, 0.006, increments=increments)[-2:]
        dp = after - before
        amplitude = 60e6 + 40e9 / 800 * np.tanh(800 * dp / 2) + 3e9 * dp / 2
        assert factor * abs(high) == pytest.approx(amplitude, rel=1e-9)
        assert low == pytest.approx(-high, rel=1e-6)
        assert dp > 0.002


def test_a_table_of_isotropic_hardening_is_followed_and_constant_at_its_end():
    table = {"plastic_strain": [0, 0.001, 0.01], "stress": ["0 MPa", "15 MPa", "30 MPa"]}
    point = Point(law(STEADY, plastic={"yield_stress": "100 MPa", "isotropic": table}))
    for p, rise in ((0.0005, 7.5e6), (0.001, 15e6), (0.0055, 22.5e6), (0.02, 30e6)):
        stress = 100e6 + rise
        assert point.go({XX: p + stress / E}).stress[0, 0] == pytest.approx(stress, rel=1e-9)
        assert point.state[0, 10] == pytest.approx(p, rel=1e-6)


def test_a_linear_kinematic_loop_keeps_its_elastic_range():
    """Bauschinger: after 0.4 % plastic strain it yields backwards 200 MPa below the stress it was left at."""
    point = Point(law(STEADY, plastic={"yield_stress": "100 MPa", "kinematic": "5 GPa"}))
    top = 100e6 + 5e9 * 0.004
    assert point.go({XX: 0.004 + top / E}).stress[0, 0] == pytest.approx(top)
    point.go({XX: 0.004 + (top - 199e6) / E})
    assert point.state[0, 10] == pytest.approx(0.004)
    point.go({XX: 0.004 + (top - 230e6) / E})
    assert point.stress[0] == pytest.approx(top - 200e6 - 30e6 * 5 / 45, rel=1e-6)  # tangent E H / (E + H), E 40 GPa


def test_yield_follows_temperature_and_heat_alone_can_make_it_flow():
    """A bar at 110 MPa, below its yield stress of 120 MPa at 250 K, warmed to 450 K without expansion, has 80 MPa."""
    elastic = {**STEADY, "thermal_expansion": "0 ppm/K"}
    yields = {"temperature": ["250 K", "450 K"], "value": ["120 MPa", "80 MPa"]}
    point = Point(law(elastic, reference=250.0, plastic={"yield_stress": yields}), kelvin=250.0)
    assert point.go({XX: 110e6 / E}).stress[0, 0] == pytest.approx(110e6)
    assert point.go({XX: 110e6 / E}, kelvin=450.0).stress[0, 0] == pytest.approx(80e6)
    assert point.state[0, 10] == pytest.approx(30e6 / E, rel=1e-6)


def test_work_is_the_area_of_the_stress_over_plastic_strain():
    """Along 1 % of plastic strain at 100 MPa + 5 GPa p: 1.25 MJ/m^3, of which a linear back stress keeps 0.25."""
    point = Point(law(STEADY, plastic={"yield_stress": "100 MPa", "kinematic": "5 GPa"}))
    heat = 0.0
    for p in np.linspace(0.0, 0.01, 5):
        heat += point.go({XX: p + (100e6 + 5e9 * p) / E}).dissipated[0]
    assert point.law.readings(point.state)["inelastic_work"] == pytest.approx(1.25e6, rel=1e-6)
    assert heat == pytest.approx(1.0e6, rel=1e-6)


def test_the_error_of_a_turning_way_is_seen():
    """Shear around a circle beyond yield: from one increment to two, the stress changes by about what was estimated."""
    made = law(STEADY, plastic={"yield_stress": "100 MPa"})
    start = np.array([[0.0, 0.0, 0.0, 0.005, 0.0, 0.0]])
    kelvin = np.array([300.0])
    old = made.respond(start, kelvin, kelvin, 1.0, made.initial(1)).new

    def run(increments, angle=0.4):
        state, error = old, 0.0
        for at in np.linspace(0.0, angle, increments + 1)[1:]:
            strain = 0.005 * np.array([[0.0, 0.0, 0.0, np.cos(at), np.sin(at), 0.0]])
            found = made.respond(strain, kelvin, kelvin, 1.0, state)
            state, error = found.new, error + found.error[0]
        return found.stress[0], error

    exact = run(400)[0]
    for increments in (1, 2, 4):
        stress, error = run(increments)
        true = np.sqrt(3.0) * np.linalg.norm(stress - exact)
        assert 0.3 < error / true < 5.0


def test_a_straight_way_is_exact_and_says_so():
    made = law(STEADY, plastic=SECTIONS["linear kinematic"]["plastic"])
    way = np.array([[0.004, -0.001, -0.002, 0.003, 0.001, 0.002]])
    kelvin = np.array([300.0])
    once = made.respond(way, kelvin, kelvin, 1.0, made.initial(1))
    half = made.respond(0.4 * way, kelvin, kelvin, 1.0, made.initial(1))
    twice = made.respond(way, kelvin, kelvin, 1.0, half.new)
    assert twice.stress == pytest.approx(once.stress, rel=1e-9)
    assert once.error[0] < 1.0
