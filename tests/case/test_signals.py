"""Numbers that change with time: values, edges and means."""

import numpy as np
import pytest

from solver.case.waveform import Pulse, Waveform
from solver.signals import Product, Sine, Table


def test_a_pulse_train():
    pulse = Pulse(period="2 ms", duty=0.25, low=0.1).signal()
    values = [pulse.at(1e-3 * t) for t in (0.0, 0.4, 0.5, 0.6, 2.0, 2.1, 2.5, 2.6, 200.0, 200.1)]
    assert values == [1.0, 1.0, 1.0, 0.1, 0.1, 1.0, 1.0, 0.1, 0.1, 1.0]
    assert pulse.mean() == pytest.approx(0.25 + 0.75 * 0.1)
    edges, time = [], 0.0
    while time < 4.4e-3:
        time = pulse.next_break(time)
        edges.append(time)
    assert edges == pytest.approx([0.5e-3, 2e-3, 2.5e-3, 4e-3, 4.5e-3], rel=1e-12)


def test_a_table_of_lines_ends_with_its_last_value():
    table = Table(np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 1.0]))
    assert [table.at(t) for t in (-1.0, 0.5, 2.0, 9.0)] == [0.0, 1.0, 1.5, 1.0]
    assert [table.next_break(t) for t in (0.0, 1.0, 3.0)] == [1.0, 3.0, np.inf]
    assert table.mean() == pytest.approx((1.0 + 3.0) / 3.0)


def test_a_table_that_repeats_closes_its_period_with_its_first_value():
    wave = Waveform(time=["0 s", "1 s"], factor=[0.0, 1.0], repeat="2 s").signal()
    assert [wave.at(t) for t in (0.5, 1.5, 2.5, 3.5)] == pytest.approx([0.5, 0.5, 0.5, 0.5])
    assert wave.mean() == pytest.approx(0.5)


def test_edges_of_a_product_are_those_of_both():
    product = Product(Table(np.array([0.0, 1.0]), np.array([1.0, 3.0]), steps=True), Sine(2.0, 1.0, 4.0))
    assert product.at(1.0) == pytest.approx(3.0)
    assert product.at(1.0 + 1e-6) == pytest.approx(9.0, rel=1e-5)
    assert product.next_break(0.5) == 1.0


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"time": ["0 s", "1 s"], "factor": [1.0]}, "one value for each time"),
        ({"time": ["1 s"], "factor": [1.0]}, "start at 0 s"),
        ({"time": ["0 s", "2 s", "1 s"], "factor": [1, 1, 1]}, "ascend"),
        ({"time": ["0 s", "2 s"], "factor": [1, 1], "repeat": "1 s"}, "longer than the time after which it repeats"),
        ({"time": ["0 s"], "factor": [-1.0]}, "not negative"),
        ({}, "give `time` with `factor`, or `pulse`"),
        ({"pulse": {"period": "1 s", "duty": 1.2}}, "duty between 0 and 1"),
    ],
)
def test_a_waveform_that_is_none_is_refused(given, rule):
    with pytest.raises(ValueError, match=rule):
        Waveform.model_validate(given)
