"""Foster and Cauer networks and structure functions against ladders and rods whose values are known."""

import numpy as np
import pytest

from solver.networks.cauer import Cauer, ladder
from solver.networks.foster import Foster, fit
from solver.networks.structure import structure

FEW_PERCENT = 0.05


def foster_of(resistance, capacitance) -> Foster:
    """Foster network of a ladder, by the eigenvalues of its symmetric matrix."""
    r, c = np.asarray(resistance), np.asarray(capacitance)
    conductance = np.diag(1 / r) + np.diag(np.append(0, 1 / r[:-1]))
    conductance -= np.diag(1 / r[:-1], 1) + np.diag(1 / r[:-1], -1)
    root = 1 / np.sqrt(c)
    rates, modes = np.linalg.eigh(root[:, None] * conductance * root)
    order = np.argsort(1 / rates)
    return Foster((modes[0] ** 2 / c[0] / rates)[order], 1 / rates[order])


LADDER = ([0.2, 0.5, 1.0], [1e-3, 2e-2, 1.0])
TIME = np.geomspace(1e-6, 30, 76)


def test_a_ladder_comes_back_from_its_foster_network():
    found = ladder(foster_of(*LADDER))
    assert found.resistance == pytest.approx(LADDER[0], rel=1e-12)
    assert found.capacitance == pytest.approx(LADDER[1], rel=1e-12)


def test_a_ladder_of_forty_sections_over_ten_decades_comes_back():
    resistance, capacitance = np.geomspace(1e-3, 1, 40), np.geomspace(1e-7, 1e3, 40)
    found = ladder(foster_of(resistance, capacitance))
    # the eigenvalues are good to 1e-16 of the largest, the slowest of 1e-10 of it to 1e-6
    assert found.capacitance[:20] == pytest.approx(capacitance[:20], rel=1e-5)
    assert found.resistance.sum() == pytest.approx(resistance.sum(), rel=1e-5)


def test_foster_and_cauer_networks_have_the_same_impedance_at_any_frequency():
    foster = Foster(np.array([0.1, 0.3, 0.02, 1.0]), np.array([1e-5, 3e-4, 2e-2, 7.0]))
    cauer = ladder(foster)
    assert np.all(cauer.resistance > 0)
    assert np.all(cauer.capacitance > 0)
    for s in (0.0, 1e-2j, 5.0j, 1e3 + 2e3j, 1e7j):
        seen = 0.0
        for r, c in zip(cauer.resistance[::-1], cauer.capacitance[::-1], strict=True):
            seen = 1 / (s * c + 1 / (r + seen))
        assert seen == pytest.approx((foster.resistance / (1 + s * foster.time_constant)).sum(), rel=1e-10)


def test_a_fit_finds_the_constants_of_a_ladder():
    exact = foster_of(*LADDER)
    found = fit(TIME, exact.impedance(TIME))
    assert found.resistance == pytest.approx(exact.resistance, rel=1e-6)
    assert found.time_constant == pytest.approx(exact.time_constant, rel=1e-6)


def test_a_fit_to_noise_of_a_ten_thousandth_finds_them_to_a_thousandth():
    exact = foster_of(*LADDER)
    noise = 1 + 1e-4 * np.random.default_rng(1).standard_normal(len(TIME))
    found = ladder(fit(TIME, exact.impedance(TIME) * noise))
    assert found.resistance[:3] == pytest.approx(LADDER[0], rel=1e-3)
    assert found.capacitance[:3] == pytest.approx(LADDER[1], rel=1e-3)


def test_a_uniform_rod_has_a_straight_structure_function():
    # H. S. Carslaw, J. C. Jaeger, Conduction of Heat in Solids, 2nd ed., sect. 3.8: heated at one end, cold at the
    # other; R = 1 K/W, C = 1 J/K
    n = np.arange(1, 400) - 0.5
    rod = Foster(2 / (n * np.pi) ** 2, 1 / (n * np.pi) ** 2)
    time = np.geomspace(1e-5, 10, 61)
    path = structure(ladder(fit(time, rod.impedance(time))))
    # the first sections stand for what is over before the curve begins, the last one for the end of the rod
    inner = (path.resistance > 0.01) & (path.resistance < 0.7)
    assert inner.sum() > 6
    assert path.capacitance[inner] == pytest.approx(path.resistance[inner], rel=FEW_PERCENT)
    inner = (path.node > 0.01) & (path.node < 0.5)
    assert path.density[inner] == pytest.approx(np.ones(inner.sum()), rel=FEW_PERCENT)


def test_two_rods_one_after_the_other_have_a_kink_where_they_meet():
    parts = 300
    resistance = np.repeat([0.3 / parts, 0.7 / parts], parts)
    capacitance = np.repeat([0.05 / parts, 1.0 / parts], parts)
    time = np.geomspace(1e-6, 10, 71)
    path = structure(ladder(fit(time, foster_of(resistance, capacitance).impedance(time))))
    inner = (path.resistance > 0.01) & (path.resistance < 0.8)
    expected = np.interp(path.resistance, [0, 0.3, 1], [0, 0.05, 1.05])
    assert path.capacitance[inner] == pytest.approx(expected[inner], rel=FEW_PERCENT)
    # a slope between two points of such a curve
    assert path.density[(path.node > 0.01) & (path.node < 0.2)].mean() == pytest.approx(0.05 / 0.3, rel=2 * FEW_PERCENT)
    assert path.density[(path.node > 0.35) & (path.node < 0.7)].mean() == pytest.approx(1.0 / 0.7, rel=2 * FEW_PERCENT)
    assert path.capacitance_at(0.2) == pytest.approx(0.2 / 6, rel=FEW_PERCENT)
    assert path.resistance_at(0.2 / 6) == pytest.approx(0.2, rel=FEW_PERCENT)


def test_the_sum_of_a_ladder_is_the_resistance_of_the_network():
    found = ladder(Foster(np.array([1.0, 2.0]), np.array([1e-3, 1e-1])))
    assert isinstance(found, Cauer)
    assert found.resistance.sum() == pytest.approx(3.0, rel=1e-14)
    # at high frequency only the first capacitance is seen: sum R / tau
    assert found.capacitance[0] == pytest.approx(1 / (1e3 + 20), rel=1e-14)
