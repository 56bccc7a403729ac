"""E4, Black's equation, n 2, Ea 0.8 eV: 150 degC, 1e4 A/cm2 wear out 54.439 times as fast as 105 degC, 5e3 A/cm2."""

import pytest

from solver.materials.electromigration import Electromigration, LifeTest
from solver.physics.current.electromigration import acceleration, median_life
from solver.units import ZERO_CELSIUS

FAST, SLOW = (1e8, ZERO_CELSIUS + 150), (5e7, ZERO_CELSIUS + 105)  # A/m^2, K


def test_e4_acceleration():
    metal = Electromigration(2.0, 0.8, None, None)
    assert float(acceleration(metal, *FAST, than=SLOW)) == pytest.approx(54.439, abs=0.001)


def test_e4_life_of_a_test_is_scaled():
    metal = Electromigration(2.0, 0.8, LifeTest(3.6e6, *FAST), None)
    assert float(median_life(metal, *SLOW)) == pytest.approx(54.439 * 3.6e6, rel=2e-5)
    assert float(median_life(metal, *FAST)) == pytest.approx(3.6e6, rel=1e-12)
