"""Cure: its kinetics against closed forms, gel, shrinkage and the glass transition that follows."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.integrate import solve_ivp

from solver.materials import MaterialSpec, resolve
from solver.materials.inelastic.kinetics import rate
from solver.materials.laws.degree import course
from solver.materials.laws.table import law_of
from solver.materials.material import MaterialError
from tests.biaxial_laws import Viscoelastic as Oracle
from tests.laminate_in_time import Cure as OracleCure
from tests.laminate_in_time import Layer, Plate
from tests.materials.points import Point

pytestmark = pytest.mark.serial

RESIN = {"youngs_modulus": "20 GPa", "poisson_ratio": 0.3, "thermal_expansion": "10 ppm/K", "density": "2000 kg/m^3"}
FIRST = {"nth_order": {"a": "0.01 1/s", "e": "0 kJ/mol", "n": 1}}
KAMAL = {"kamal": {"a2": "2.1e5 1/s", "e2": "65 kJ/mol", "m": 0.5, "n": 1.5}}
GLASS = {"dibenedetto": {"uncured": "-20 degC", "cured": "165 degC", "lambda": 0.4}}


def material(cure: dict[str, Any], **changes: Any) -> Any:
    return resolve(MaterialSpec.model_validate({**RESIN, **changes, "cure": cure}), name="mine")


def cured(
    kinetics: dict[str, Any], seconds: float, start: float, end: float | None = None, initial: float = 0.0
) -> float:
    """Degree after one increment."""
    section = material({"kinetics": kinetics, "initial": initial}).inelastic.cure
    before, after = np.array([start]), np.array([start if end is None else end])
    return float(course(section.kinetics, np.array([initial]), before, after, seconds).end[0])


def message(**cure: Any) -> str:
    with pytest.raises((ValidationError, MaterialError)) as caught:
        material({"kinetics": FIRST, **cure})
    return str(caught.value)


def test_lee_loos_at_116_degc() -> None:
    """Hercules 3501-6: a = 0.3 after 79.9313 min, 0.426034 after 120; constants for R = 8.3143 J/mol/K."""
    ours = 8.314462618 / 8.3143
    energies = {f"e{i}": f"{e * ours!r} kJ/mol" for i, e in ((1, 80.7), (2, 77.8), (3, 56.6))}
    factors = {"a1": "2.101e9 1/min", "a2": "-2.014e9 1/min", "a3": "1.960e5 1/min"}
    lee = {"lee_loos": {**factors, **energies}}
    assert cured(lee, 79.9313 * 60, 389.15) == pytest.approx(0.3, abs=2e-6)
    assert cured(lee, 120 * 60, 389.15) == pytest.approx(0.426034, abs=2e-6)


def test_an_activation_energy_is_of_the_gas_constant_of_today() -> None:
    """8.314463 and 8.3143 J/mol/K differ by 2e-5, which is 5e-4 of a rate at 25 times R T."""
    k = material({"kinetics": {"nth_order": {"a": "1 1/s", "e": "80 kJ/mol", "n": 1}}}).inelastic.cure.kinetics
    assert rate(k, 0.0, 389.15) == pytest.approx(np.exp(-80e3 / 8.314462618 / 389.15), rel=1e-12)


@pytest.mark.parametrize("n", [0.5, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("seconds", [1.0, 150.0, 1e6])
def test_nth_order_cures_as_its_closed_form(n: float, seconds: float) -> None:
    """(1 - a)^(1 - n) = 1 + (n - 1) k t."""
    k = {"nth_order": {"a": "0.01 1/s", "e": "0 kJ/mol", "n": n}}
    known = np.exp(-0.01 * seconds) if n == 1.0 else max(1.0 + (n - 1.0) * 0.01 * seconds, 0.0) ** (1.0 / (1.0 - n))
    assert 1.0 - cured(k, seconds, 400.0) == pytest.approx(known, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(
    ("start", "end", "seconds"), [(300.0, 450.0, 600.0), (450.0, 450.0, 3600.0), (420.0, 480.0, 60.0)]
)
def test_kamal_along_a_ramp_agrees_with_an_implicit_method(start: float, end: float, seconds: float) -> None:
    k = material({"kinetics": KAMAL}).inelastic.cure.kinetics
    known = solve_ivp(
        lambda t, a: rate(k, np.clip(a, 0.0, 1.0), start + (end - start) * t / seconds),
        (0.0, seconds), [1e-3], method="Radau", rtol=1e-10, atol=1e-13,
    )  # fmt: skip
    assert cured(KAMAL, seconds, start, end, 1e-3) == pytest.approx(known.y[0, -1], abs=2e-8)


def test_a_reaction_that_drives_itself_starts_from_nothing() -> None:
    """da/dt = k a^m: a = ((1 - m) k t)^(1 / (1 - m)) at first, not 0 for ever."""
    k = 2.1e5 * np.exp(-65e3 / 8.314462618 / 450.0)
    assert cured(KAMAL, 0.1, 450.0) == pytest.approx((0.5 * k * 0.1) ** 2, rel=1e-5)


def test_increments_of_a_cure_add_up() -> None:
    whole = cured(KAMAL, 600.0, 400.0, 460.0)
    part = 0.0
    for i in range(6):
        part = cured(KAMAL, 100.0, 400.0 + 10 * i, 410.0 + 10 * i, part)
    assert part == pytest.approx(whole, abs=1e-7)


def test_a_table_of_degrees_is_followed_whatever_the_temperature() -> None:
    table = {"table": {"time": ["0 s", "100 s", "300 s"], "degree": [0.0, 0.5, 0.9]}}
    assert cured(table, 200.0, 300.0, 400.0) == pytest.approx(0.7, abs=1e-7)
    assert cured(table, 50.0, 300.0, initial=0.5) == pytest.approx(0.6, abs=1e-7)
    assert cured(table, 1e4, 300.0) == pytest.approx(0.9, abs=1e-7)


def test_the_glass_transition_rises_with_cure() -> None:
    """DiBenedetto -20, 220 degC, lambda 0.5: 60 degC at a = 0.5, 176.364 degC at 0.9."""
    glass = {"dibenedetto": {"uncured": "-20 degC", "cured": "220 degC", "lambda": 0.5}}
    found = material({"kinetics": FIRST, "glass_transition": glass}).inelastic.cure
    assert found.glass_transition(np.array([0.5, 0.9])) - 273.15 == pytest.approx([60.0, 176.364], abs=1e-3)
    assert found.below(np.array([1.0])) == pytest.approx(0.0)


def test_heat_of_reaction_is_per_mass_or_per_volume() -> None:
    per_mass = material({"kinetics": FIRST, "enthalpy": "40 kJ/kg"}).inelastic.cure
    per_volume = material({"kinetics": FIRST, "enthalpy": "80 MJ/m^3"}).inelastic.cure
    for section in (per_mass, per_volume):
        assert section.heat(np.array([0.25]), np.array([400.0]), 2000.0) == pytest.approx(80e6 * 0.01 * 0.75)
    assert material({"kinetics": FIRST}).inelastic.cure.heat(np.array([0.25]), np.array([400.0]), 2000.0) == 0.0


def test_what_has_not_gelled_bears_next_to_nothing_and_is_born_in_the_shape_it_has() -> None:
    """First order, k = 0.01 per s: gels after ln(2.5) / k = 91.6 s; strain from there on is stress."""
    point = Point(law_of(material({"kinetics": FIRST, "gel": 0.6, "shrinkage": 0.0}), 400.0), 400.0)
    strain = np.array([3e-3, -1e-3, 2e-3, 1e-3, 0.0, 4e-3])
    assert np.abs(point.strained(strain, 50.0)).max() < 1e3
    found = point.strained(3.0 * strain, 100.0)
    since = (150.0 - 100.0 * np.log(2.5)) / 100.0  # part of the increment
    known = material({"kinetics": FIRST}).stiffness(400.0) @ (2.0 * since * strain)
    assert found == pytest.approx(known, rel=1e-4)
    assert point.law.readings(point.state)["degree_of_cure"] == pytest.approx(1.0 - np.exp(-1.5), abs=1e-8)
    again = point.strained(4.0 * strain, 1.0)
    assert again - found == pytest.approx(material({"kinetics": FIRST}).stiffness(400.0) @ strain, rel=3e-5)


def test_shrinkage_pulls_from_gel_on_a_third_along_each_axis() -> None:
    point = Point(law_of(material({"kinetics": FIRST, "gel": 0.6, "shrinkage": "0.6 %"}), 400.0), 400.0)
    bulk = 20e9 / 3 / 0.4
    for seconds in (50.0, 100.0, 800.0, 1e5):
        found = point.strained(np.zeros(6), seconds)
    assert found[:3] == pytest.approx(np.full(3, bulk * 0.006 * 0.4), rel=1e-6)
    assert found[3:] == pytest.approx(np.zeros(3), abs=1.0)


def test_a_resin_that_is_born_cured_is_elastic() -> None:
    point = Point(law_of(material({"kinetics": FIRST, "initial": 1.0, "gel": 0.6}), 400.0), 420.0)
    strain = 1e-3 * np.arange(1.0, 7.0)
    free = np.array([20 * 10e-6] * 3 + [0.0] * 3)
    known = material({"kinetics": FIRST}).stiffness(400.0) @ (strain - free)
    assert point.strained(strain, 10.0) == pytest.approx(known, rel=1e-9)


def test_expansion_follows_the_glass_transition_of_the_degree() -> None:
    """Tg 165 degC of full cure, 8 and 30 ppm/K; at a = 0.7, where nothing cures any more, the step is at Tg(0.7)."""
    stopped = {"table": {"time": ["0 s", "1 s"], "degree": [0.0, 0.7]}}
    step = {"below_tg": "8 ppm/K", "above_tg": "30 ppm/K"}
    section = {"kinetics": stopped, "initial": 0.7, "gel": 0.3, "glass_transition": GLASS}
    mine = material(section, thermal_expansion=step, glass_transition="165 degC")
    glass = -20.0 + 185.0 * 0.4 * 0.7 / (1.0 - 0.6 * 0.7)
    law = law_of(mine, 273.15 + 20.0)
    point = Point(law, 273.15 + 20.0)
    strain = point.loaded(np.zeros(6), range(6), 100.0, 273.15 + 140.0)
    assert strain[:3] == pytest.approx(np.full(3, 8e-6 * (glass - 20.0) + 30e-6 * (140.0 - glass)), rel=1e-6)
    assert law.readings(point.state)["glass_transition"] == pytest.approx(273.15 + glass)


def test_a_ramp_passes_the_glass_transition_of_the_degree_and_a_hold_does_not() -> None:
    """At a = 0.7, where nothing cures any more, Tg is 49.1 degC; heated while it cures a resin passes it twice."""
    stopped = {"table": {"time": ["0 s", "1 s"], "degree": [0.0, 0.7]}}
    more = {"thermal_expansion": {"below_tg": "8 ppm/K", "above_tg": "30 ppm/K"}, "glass_transition": "165 degC"}
    section = {"kinetics": stopped, "initial": 0.7, "gel": 0.3, "glass_transition": GLASS}
    glass = -20.0 + 185.0 * 0.4 * 0.7 / (1.0 - 0.6 * 0.7)
    law = law_of(material(section, **more), 300.0)
    cool, warm, old = np.array([293.15]), np.array([413.15]), law.initial(1)
    times = law.moments(warm, cool, 60.0, old)[0]
    assert times == pytest.approx([0.0, (glass - 20.0) / 2.0, (glass - 20.0) / 2.0], abs=1e-6)
    assert law.moments(cool, warm, 60.0, old)[0, 1] == pytest.approx((140.0 - glass) / 2.0, abs=1e-6)
    assert np.isinf(law.moments(warm, warm, 60.0, old)[0, 1:]).all()

    first_order = material({"kinetics": FIRST, "gel": 0.3, "glass_transition": GLASS}, **more)  # k = 0.01 per s
    law = law_of(first_order, 300.0)
    start, end, seconds = 273.15, 443.15, 300.0
    first, last = law.moments(np.array([end]), np.array([start]), seconds, law.initial(1))[0, 1:]
    assert 0.0 < first < last < seconds
    for time in (first, last):
        degree = 1.0 - np.exp(-0.01 * time)
        tg = 253.15 + 185.0 * 0.4 * degree / (1.0 - 0.6 * degree)
        assert start + (end - start) * time / seconds == pytest.approx(tg, abs=1e-4)


def test_relaxation_follows_the_glass_transition_of_the_degree() -> None:
    """Half cured the same resin relaxes at T as fully cured at T + Tg(1) - Tg(a)."""
    branches = {"times": ["10 s"], "youngs": [0.8], "shift": {"wlf": {"reference": "165 degC", "c1": 12, "c2": "60 K"}}}
    stopped = {"table": {"time": ["0 s", "1 s"], "degree": [0.0, 0.7]}}
    section = {"kinetics": stopped, "gel": 0.3, "glass_transition": GLASS}
    lower = 165.0 - (-20.0 + 185.0 * 0.4 * 0.7 / (1.0 - 0.6 * 0.7))
    found = []
    for initial, kelvin in ((0.7, 438.15 - lower), (1.0, 438.15)):
        mine = material({**section, "initial": initial}, viscoelastic=branches)
        point = Point(law_of(mine, kelvin), kelvin)
        point.strained(1e-3 * np.eye(6)[0], 0.0)
        found.append(point.strained(1e-3 * np.eye(6)[0], 20.0))
    assert found[0] == pytest.approx(found[1], rel=1e-9)
    assert found[1][0] == pytest.approx(1e-3 * mine.stiffness(400.0)[0, 0] * (0.2 + 0.8 * np.exp(-2.0)), rel=1e-9)


@pytest.mark.slow
def test_a_film_that_cures_relaxes_and_cools_agrees_with_differential_equations() -> None:
    """Held by a rigid plate: moulded at 175 degC, cured for 600 s, cooled to 25 degC; shear and bulk of their own."""
    times, shear, bulk = ["1 s", "100 s", "1e4 s"], [0.3, 0.3, 0.2], [0.1, 0.1, 0.1]
    shift = {"wlf_arrhenius": {"reference": "165 degC", "c1": 12, "c2": "60 K", "activation_energy": "250 kJ/mol"}}
    kinetics = {"nth_order": {"a": "2.1e5 1/s", "e": "65 kJ/mol", "n": 1.3}}
    mine = material(
        {"kinetics": kinetics, "gel": 0.5, "shrinkage": "0.6 %", "glass_transition": GLASS},
        thermal_expansion={"below_tg": "8 ppm/K", "above_tg": "30 ppm/K"}, glass_transition="165 degC",
        viscoelastic={"times": times, "shear": shear, "bulk": bulk, "shift": shift},
    )  # fmt: skip
    section, seconds = mine.inelastic.cure, [0.0, 600.0, 1800.0]
    kelvins = [448.15, 448.15, 298.15]
    log = mine.inelastic.viscoelastic.shift.log

    def below(degree):
        return float(section.below(np.array(degree)))

    oracle = Oracle.of_youngs(
        20e9, 0.3, [1.0, 100.0, 1e4], shear, bulk, lambda kelvin, degree: float(np.exp(log(kelvin - below(degree))))
    )

    def expansion(kelvin, degree):
        return 8e-6 if kelvin - below(degree) < 438.15 else 30e-6

    curing = OracleCure(lambda a, kelvin: float(rate(section.kinetics, min(max(a, 0.0), 1.0), kelvin)), 0.0, 0.5, 0.002)
    layer = Layer(1e-5, oracle, expansion, cure=curing)
    known = Plate([layer], seconds, kelvins, "rigid", 1).run(seconds[1:])
    point, found = Point(law_of(mine, 448.15), 448.15), []
    for (start, end), (cold, hot) in zip(pairwise(seconds), pairwise(kelvins), strict=True):
        for part in np.linspace(0.0, 1.0, 61)[1:]:
            point.loaded(np.zeros(6), [2, 3, 4, 5], (end - start) / 60, cold + (hot - cold) * part)
        found.append(point.strained(point.strain[0], 0.0)[0])
    assert point.law.readings(point.state)["degree_of_cure"] == pytest.approx(known.degree[-1], abs=1e-6)
    assert found == pytest.approx(known.stress[:, 0, 0], rel=2e-3)


@pytest.mark.parametrize(
    ("cure", "words"),
    [
        ({"gel": 1.2}, "degree at gel lies between 0 and 1"),
        ({"initial": -0.1}, "lies between 0 and 1, not -0.1"),
        ({"shrinkage": "60 %"}, "between 0 and 20 %"),
        ({"kinetics": {"kamal": {"a2": "2e5 1/s", "e2": "65 kJ/mol", "m": 1.2, "n": 1}}}, "never starts from 0"),
        ({"kinetics": {"kamal": {"a2": "-1 1/s", "e2": "65 kJ/mol", "m": 0.5, "n": 1}}}, "does not go back"),
        ({"kinetics": {"kamal": {"a2": "1 1/s", "e2": "65 kJ/mol", "m": 0.5, "n": 20}}}, "n = 20 does not lie"),
        ({"kinetics": {**KAMAL, **FIRST}}, "exactly one of kamal, nth_order, lee_loos, table"),
        ({"kinetics": {"kamel": {}}}, "did you mean 'kamal'"),
        ({"kinetics": {"nth_order": {"a": "0.01", "e": "0 kJ/mol", "n": 1}}}, "needs a unit"),
        ({"kinetics": {"table": {"time": ["0 s", "1 s"], "degree": [0.5, 0.2]}}}, "degrees of a table must ascend"),
        ({"glass_transition": {"dibenedetto": {"uncured": "165 degC", "cured": "-20 degC", "lambda": 0.4}}}, "rises"),
        ({"glass_transition": {"dibenedetto": {"uncured": "0 degC", "cured": "99 degC", "lambda": 4}}}, "lambda = 4"),
        ({"enthalpy": "40 W/kg"}, "not a unit of heat per mass"),
    ],
)
def test_a_wrong_section_gets_one_line(cure: dict[str, Any], words: str) -> None:
    assert words in message(**cure)
