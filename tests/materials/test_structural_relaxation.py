"""Expansion across the glass transition over time, against closed forms of the model of Tool and Narayanaswamy."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.integrate import solve_ivp

from solver.materials import MaterialSpec, resolve
from solver.materials.inelastic.structural import stretched
from solver.materials.laws.table import law_of
from solver.materials.material import MaterialError
from tests.materials.points import Point

pytestmark = pytest.mark.serial

TG, R = 433.15, 8.314462618
GLASS = {
    "youngs_modulus": "20 GPa",
    "poisson_ratio": 0.3,
    "thermal_expansion": {"below_tg": "8 ppm/K", "above_tg": "30 ppm/K"},
    "glass_transition": "160 degC",
}
LINEAR = {"reference": "160 degC", "activation_energy": "400 kJ/mol", "nonlinearity": 1.0, "time": "100 s", "beta": 1.0}


def point(at: float, **section: Any) -> Point:
    spec = MaterialSpec.model_validate({**GLASS, "structural_relaxation": {**LINEAR, **section}})
    return Point(law_of(resolve(spec, name="glass"), at), at)


def length(one: Point, seconds: float, kelvin: float) -> float:
    """Change of length of a free point after an increment."""
    return float(one.loaded(np.zeros(6), range(6), seconds, kelvin)[0])


def tau(kelvin: float, fictive: float, x: float, energy: float = 400e3) -> float:
    return float(100.0 * np.exp(energy / R * (x / kelvin + (1.0 - x) / fictive - 1.0 / TG)))


def test_slow_cooling_is_a_liquid_and_fast_cooling_a_glass() -> None:
    assert length(point(TG + 30.0), 1e9, TG + 10.0) == pytest.approx(-30e-6 * 20, rel=1e-6)
    assert length(point(TG + 30.0), 1e-6, TG - 100.0) == pytest.approx(-8e-6 * 130, rel=1e-3)


def test_after_a_quench_one_exponential_brings_the_rest() -> None:
    one = point(TG)
    assert length(one, 0.0, TG - 10.0) == pytest.approx(-8e-6 * 10, rel=1e-9)
    slow = tau(TG - 10.0, TG - 10.0, 1.0)
    for seconds in (0.3 * slow, 1.2 * slow):
        length(one, seconds, TG - 10.0)
    assert one.strain[0, 0] == pytest.approx(-10 * (8e-6 + 22e-6 * (1.0 - np.exp(-1.5))), rel=1e-9)


@pytest.mark.parametrize("beta", [0.3, 0.5, 0.8])
def test_after_a_quench_a_stretched_exponential_brings_the_rest(beta: float) -> None:
    slow = tau(TG - 10.0, TG - 10.0, 1.0)
    for times in (0.05, 1.0, 4.0):
        one = point(TG, beta=beta)
        length(one, 0.0, TG - 10.0)
        rest = 1.0 - np.exp(-(times**beta))
        assert length(one, times * slow, TG - 10.0) == pytest.approx(-10 * (8e-6 + 22e-6 * rest), rel=5e-3)


@pytest.mark.parametrize("jump", [-15.0, 15.0])
def test_a_jump_up_is_slow_first_and_a_jump_down_is_fast_first(jump: float) -> None:
    """A. J. Kovacs' asymmetry: dTf/dt = (T - Tf) / tau(T, Tf), here by an implicit method."""
    one, at, x = point(TG, nonlinearity=0.3), TG + jump, 0.3
    if jump > 0.0:  # from a glass that is in equilibrium at Tg
        one.kelvin = np.array([TG])
    length(one, 0.0, at)
    seconds = 0.7 * tau(at, at, x)
    known = solve_ivp(lambda t, f: (at - f) / tau(at, float(f[0]), x), (0.0, seconds), [TG], method="Radau", rtol=1e-9)
    for _ in range(60):
        found = length(one, seconds / 60, at)
    assert found == pytest.approx(8e-6 * jump + 22e-6 * (known.y[0, -1] - TG), rel=1e-3)
    linear = 1.0 - np.exp(-0.7)
    assert ((known.y[0, -1] - TG) / jump > linear) == (jump < 0.0)


def test_the_glass_transition_moves_with_the_rate_of_cooling_by_the_activation_energy() -> None:
    """d ln |q| / d (1 / Tf) = -H / R of the fictive temperature Tf a glass is left with.

    C. T. Moynihan et al., J. Phys. Chem. 78, 2673 (1974), for rates of 1 / T: those of T have a factor Tf^2.
    """
    frozen = []
    for rate in (0.1, 10.0):
        one = point(TG + 60.0, nonlinearity=0.5, beta=0.6)
        found = length(one, 160.0 / rate, TG - 100.0)
        frozen.append(TG + 60.0 + (found + 160 * 8e-6) / 22e-6)
    slope = (np.log(100.0) - 2.0 * np.log(frozen[1] / frozen[0])) / (1.0 / frozen[1] - 1.0 / frozen[0])
    assert slope == pytest.approx(-400e3 / R, rel=3e-3)
    assert frozen[0] < frozen[1]


def test_one_increment_or_many_are_the_same_ramp() -> None:
    whole, cut = point(TG + 30.0, nonlinearity=0.4, beta=0.5), point(TG + 30.0, nonlinearity=0.4, beta=0.5)
    single = length(whole, 600.0, TG - 70.0)
    for kelvin in np.linspace(TG + 30.0, TG - 70.0, 21)[1:]:
        several = length(cut, 30.0, kelvin)
    assert several == pytest.approx(single, rel=2e-4)


def test_a_layer_that_is_built_cold_starts_as_a_glass_of_its_transition() -> None:
    one = point(300.0)
    assert length(one, 1e-3, 320.0) == pytest.approx(8e-6 * 20, rel=1e-9)
    assert length(one, 1e9, 320.0) == pytest.approx(8e-6 * 20, rel=1e-3)


@pytest.mark.parametrize("beta", [0.2, 0.35, 0.5, 0.65, 0.8, 0.95])
def test_exponentials_add_up_to_a_stretched_one(beta: float) -> None:
    times, weights = stretched(beta)
    t = np.logspace(-3.0 / beta, 1.0 / beta, 500)
    assert np.exp(-t[:, None] / np.array(times)) @ np.array(weights) == pytest.approx(np.exp(-(t**beta)), abs=6e-3)
    assert sum(weights) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"beta": 0.1}, "beta = 0.1 does not lie in 0.2 to 1"),
        ({"nonlinearity": 0.0}, "does not lie in 0 to 1"),
        ({"activation_energy": "-1 kJ/mol"}, "activation energy is positive"),
        ({"times": ["1 s"], "weights": [1.0]}, "either 'time'"),
        ({"time": None, "times": ["1 s", "2 s"], "weights": [0.5, 0.4]}, "add up to 1, not 0.9"),
        ({"time": None, "times": ["1 s", "2 s"], "weights": [1.0]}, "1 weights for 2 times"),
    ],
)
def test_a_wrong_section_gets_one_line(section: dict[str, Any], words: str) -> None:
    with pytest.raises((ValidationError, MaterialError), match=words):
        point(TG, **section)


def test_it_needs_a_step_of_expansion_at_the_glass_transition() -> None:
    plain = {**GLASS, "structural_relaxation": LINEAR, "thermal_expansion": "8 ppm/K"}
    without = {key: value for key, value in plain.items() if key != "glass_transition"}
    for data, words in ((plain, "expands no more above its glass"), (without, "needs the key 'glass_transition'")):
        spec = MaterialSpec.model_validate(data)
        with pytest.raises(MaterialError, match=words):
            resolve(spec, name="glass")
