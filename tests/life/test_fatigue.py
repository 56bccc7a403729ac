"""Fatigue of solder and copper, acceleration, populations and missions, against numbers worked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from solver.life import acceleration, copper, fatigue, missions, population
from solver.life.acceleration import ThermalCycle
from solver.life.fatigue import INCH, MODELS, PSI, Darveaux, JointCycle
from solver.life.settled import settle, unsettled

pytestmark = pytest.mark.serial
MPA, ZERO = 1e6, 273.15


def joint(work=0.1 * MPA, strain=0.01, crack=0.4e-3, slab=25.4e-6, alloy="SnAgCu"):
    return JointCycle(np.array([work]), np.array([strain]), np.array([crack]), slab, alloy)


@pytest.mark.parametrize(
    ("model", "cycles"),
    [
        ("syed-2004-work", 5263.2),  # 1 / (0.0019 x 0.1 MPa)
        ("syed-2004-work-double-power", 6666.7),
        ("syed-2004-strain", 1949.3),
        ("syed-2004-strain-double-power", 2136.8),
        ("schubert-2003-work", 3612.6),  # 345 x 0.1^-1.02
        ("schubert-2003-strain", 4.5 * 0.01**-1.295),
    ],
)
def test_a_cycle_of_known_work_and_strain_has_the_published_life(model, cycles):
    assert MODELS[model].cycles(joint())[0] == pytest.approx(cycles, rel=1e-4)


def test_what_does_not_flow_lasts_for_ever():
    for model in MODELS.values():
        assert np.isinf(model.cycles(joint(work=0.0, strain=0.0)))[0]


def test_darveaux_gives_the_same_life_in_psi_and_inch_as_in_megapascal_and_millimetre():
    law = MODELS["darveaux-2000"].cycles
    assert isinstance(law, Darveaux)
    metric = law.converted(MPA, 1e-3)
    assert metric.k1 != pytest.approx(law.k1)
    assert metric(joint()) == pytest.approx(law(joint()), rel=1e-12)


def test_darveaux_is_initiation_and_growth_by_hand():
    w, a = 0.1 * MPA / PSI, 0.4e-3 / INCH  # 14.504 psi, 0.015748 inch
    by_hand = 48300.0 * w**-1.64 + a / (3.80e-7 * w**1.04)
    assert MODELS["darveaux-2000"].cycles(joint())[0] == pytest.approx(by_hand, rel=1e-12)


def test_constants_say_where_they_do_not_hold():
    said = list(MODELS["darveaux-2000"].doubts(joint(slab=150e-6, alloy="SnAgCu")))
    assert said[0] == "it was fitted to SnPb, not SnAgCu"
    assert said[1] == "its constants hold for a layer of 25.4 um, here 150 um"
    assert not list(MODELS["schubert-2003-work"].doubts(joint()))
    assert "outside of the tests" in next(MODELS["syed-2004-work"].doubts(joint(work=1e3)))


def test_strains_by_another_creep_law_are_doubted_and_get_models_of_their_own():
    power = replace(joint(), law="power-law creep")
    (said,) = MODELS["syed-2004-work"].doubts(power)
    assert said == "its constants hold for hyperbolic-sine creep or Anand's law, here it flows by power-law creep"
    assert fatigue.usual("SnAgCu", fatigue.DOUBLE_POWER) == (
        "syed-2004-strain-double-power",
        "syed-2004-work-double-power",
    )
    assert fatigue.usual("SnAgCu", "power-law creep") == fatigue.usual("SnAgCu", fatigue.ANAND)
    assert len(fatigue.usual("SnPb", fatigue.ANAND)) == 3


def test_norris_and_landzberg_of_a_test_and_a_field():
    """0 to 100 degC held 10 min against 20 to 60 degC held 60 min, constants of Pan et al. 2005."""
    law = acceleration.ACCELERATIONS["norris-landzberg-pan-2005"]
    test, field = ThermalCycle(ZERO, ZERO + 100, 600.0), ThermalCycle(ZERO + 20, ZERO + 60, 3600.0)
    assert law.factor(test, field) == pytest.approx(17.949, rel=1e-4)
    assert law.factor(test, test) == pytest.approx(1.0)
    other = acceleration.ACCELERATIONS["norris-landzberg-lall-2012"]  # 2.5^2.3 6^-0.3 exp(4562 x 3.2176e-4)
    assert other.factor(test, field) == pytest.approx(8.2274 * 0.58419 * 4.3400, rel=1e-3)
    assert acceleration.usual("SnAgCu") == "norris-landzberg-pan-2005"
    with pytest.raises(ValueError, match="field cycle needs a swing"):
        law.factor(test, ThermalCycle(300.0, 300.0, 60.0))


def test_the_first_of_a_thousand_equal_joints_fails_long_before_one_does():
    """Weakest link: eta of n equal joints is eta / n^(1/beta)."""
    one, many = np.full(1, 2000.0), np.full(1000, 2000.0)
    share = 1.0 - np.exp(-1.0)
    assert population.first_failure(one, 6.0, share) == pytest.approx(2000.0)
    assert population.first_failure(many, 6.0, share) == pytest.approx(2000.0 / 1000 ** (1 / 6))
    assert population.characteristic(np.array([2000.0]), "mean", 1.0) == pytest.approx(2000.0)  # Gamma(2) = 1


def test_miner_sums_cycles_over_lives():
    assert missions.damage([100.0, 20.0], [1000.0, 80.0]) == pytest.approx(0.35)


def test_named_tests_have_their_temperatures():
    (one,) = missions.MISSIONS["jesd22-a104-g"].cycles
    assert (one.cycle.minimum - ZERO, one.cycle.maximum - ZERO) == pytest.approx((-40.0, 125.0))
    (use,) = missions.MISSIONS["aec-q100-use"].cycles  # 54 750 starts in 15 years of 12 000 hours of running
    assert (use.per_year, use.cycle.swing) == (3650.0, pytest.approx(76.0))
    assert use.cycle.dwell * 54_750 == pytest.approx(12_000 * 3600.0)
    (grade,) = missions.MISSIONS["aec-q100-grade-0"].cycles
    assert (grade.cycle.swing, grade.per_year) == pytest.approx((205.0, 2000.0))
    assert all(one.cycle.swing > 0 for mission in missions.MISSIONS.values() for one in mission.cycles)


def test_a_geometric_approach_is_extrapolated_to_its_limit():
    """w_n = 2 - 0.5^n: exact by Aitken."""
    cycles = np.array([[1.5, 3.0], [1.75, 3.0], [1.875, 3.0]])
    found = settle(cycles, extrapolate=True)
    assert found.value == pytest.approx([2.0, 3.0])
    assert found.change == pytest.approx(0.125 / 1.875)
    assert found.error == pytest.approx(0.125 / 1.875)
    assert settle(cycles).value == pytest.approx([1.875, 3.0])
    assert settle(cycles[:1]).change is None


def test_a_slow_approach_is_not_taken_for_a_settled_one():
    """w_n = 2 - 0.95^n: what is left, 0.95^n, is 20 changes; it is not extrapolated, and said to be to go."""
    cycles = 2.0 - 0.95 ** np.arange(58.0, 61.0)[:, None]
    found = settle(cycles, extrapolate=True)
    assert (found.change, found.error) == (pytest.approx(0.0012, rel=0.05), 0.0)
    assert found.remaining == pytest.approx(0.95**60 / cycles[-1, 0] * 0.95 / 0.95, rel=1e-6)
    assert "2.4 % to go" in (unsettled(found.change, found.remaining, 0.0, "work", 60) or "")


def test_what_has_died_out_has_settled():
    """Plastic strain that shakes down: 1e-4, 1e-9, 1e-12 beside an elastic range of 1e-3."""
    cycles = np.array([[1e-4], [1e-9], [1e-12]])
    found = settle(cycles, least=1e-3)
    assert unsettled(found.change, found.remaining, found.error, "strain", 3) is None
    assert unsettled(settle(cycles).change, None, 0.0, "strain", 3) is not None


def test_a_steep_fall_is_not_extrapolated_through_nothing():
    """1, 0.7, 0.445: its limit by Aitken is -1, and less than no work is none."""
    found = settle(np.array([[1.0], [0.7], [0.445]]), extrapolate=True)
    assert found.value == pytest.approx([0.445])
    assert found.remaining > 1.0


def test_a_barrel_of_known_life_has_the_strain_of_the_formula():
    """IPC-TR-579: put the strain of N = 1000 in, get 1000 out; by hand 1.58e-2^... of its two terms."""
    cycles, d, s, e = 1000.0, 0.30, 276e6, 83e9
    strain = cycles**-0.6 * d**0.75 + 0.9 * s / e * (np.exp(d) / 0.36) ** (0.1785 * np.log10(1e5 / cycles))
    assert copper.barrel_cycles(strain) == pytest.approx(cycles, rel=1e-6)
    assert copper.barrel_cycles(0.0) == np.inf


def test_coffin_manson_basquin_solves_for_the_life():
    found = copper.coffin_manson_basquin(np.array([0.01, 0.0]), 564e6, 121e9, -0.1, 0.475, -0.6)
    n = 2.0 * found[0]
    assert 564e6 / 121e9 * n**-0.1 + 0.475 * n**-0.6 == pytest.approx(0.005, rel=1e-9)
    assert found[1] == np.inf


@pytest.mark.parametrize(("name", "alloy"), [("sac305-anand", "SnAgCu"), ("snpb", "SnPb"), ("copper", "")])
def test_a_solder_is_known_by_its_name(name, alloy):
    assert fatigue.alloy_of(name) == alloy
