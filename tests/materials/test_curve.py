"""A curve is linear between its points, constant outside, and its integral is exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from solver.materials.curve import Curve, tangent_from_secant

RAMP = Curve(np.array([300.0, 400.0, 450.0]), np.array([[2.0], [4.0], [1.0]]))


@pytest.mark.parametrize(
    ("t", "value"), [(200.0, 2.0), (300.0, 2.0), (350.0, 3.0), (425.0, 2.5), (450.0, 1.0), (500.0, 1.0)]
)
def test_values(t: float, value: float) -> None:
    assert RAMP(t)[0] == pytest.approx(value)


def test_shapes_follow_the_temperature() -> None:
    three = Curve.constant([1.0, 2.0, 3.0])
    assert RAMP(np.zeros((4, 5)) + 300.0).shape == (4, 5, 1)
    assert three(np.full(7, 300.0)).shape == (7, 3)
    assert three(300.0).shape == (3,)
    assert RAMP.slope(np.full(7, 350.0)) == pytest.approx(np.full((7, 1), 0.02))


def test_slope_is_zero_outside() -> None:
    assert RAMP.slope([250.0, 460.0]) == pytest.approx(np.zeros((2, 1)))


@given(start=st.floats(200.0, 600.0), end=st.floats(200.0, 600.0))
def test_integral_is_the_area(start: float, end: float) -> None:
    area = quad(lambda t: RAMP(t)[0], start, end, points=[300.0, 400.0, 450.0], limit=200)[0] if start != end else 0.0
    assert RAMP.integral(start, end)[0] == pytest.approx(area, abs=1e-6)


@given(a=st.floats(200.0, 600.0), b=st.floats(200.0, 600.0), c=st.floats(200.0, 600.0))
def test_integral_is_additive(a: float, b: float, c: float) -> None:
    assert RAMP.integral(a, b) + RAMP.integral(b, c) == pytest.approx(RAMP.integral(a, c), abs=1e-9)


def test_step_has_the_value_above_at_the_jump() -> None:
    step = Curve.step(423.15, 8e-6, 30e-6)
    assert [float(step(t)[0]) for t in (423.0, 423.15, 424.0)] == [8e-6, 30e-6, 30e-6]
    assert step.integral(298.15, 443.15)[0] == pytest.approx(8e-6 * 125 + 30e-6 * 20, rel=1e-14)
    assert step.integral(443.15, 298.15)[0] == pytest.approx(-(8e-6 * 125 + 30e-6 * 20), rel=1e-14)


def test_secant_table_becomes_the_tangent_whose_strain_it_is() -> None:
    """Strain from the reference to T is mean(T) (T - reference) at every T, also between and outside the points."""
    mean = Curve(np.array([373.15, 533.15, 644.15]), np.array([[1.3e-6], [4.18e-6], [7.6e-6]]))
    reference = 298.15
    tangent = tangent_from_secant(mean, reference)
    for t in (250.0, 298.15, 350.0, 373.15, 450.0, 533.15, 600.0, 644.15, 700.0):
        assert tangent.integral(reference, t)[0] == pytest.approx(mean(t)[0] * (t - reference), rel=1e-12, abs=1e-18)
