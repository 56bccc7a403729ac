"""Metals over increments of any length: the estimate of their error, and films against differential equations."""

import numpy as np
import pytest

from tests import biaxial_laws as oracle
from tests.laminate_in_time import Layer, Plate
from tests.materials.metals import ANAND, CHABOCHE, GAROFALO, SECTIONS, STEADY, law

pytestmark = pytest.mark.serial

POINTS, CUTS = 60, 100
HELD = {**STEADY, "thermal_expansion": "0 ppm/K"}


def deviators(random, size):
    found = random.normal(size=(POINTS, 6))
    found[:, :3] -= found[:, :3].mean(axis=1, keepdims=True)
    return size * found


def equivalent(stress):
    s = stress.copy()
    s[:, :3] -= s[:, :3].mean(axis=1, keepdims=True)
    return np.sqrt(1.5 * ((s[:, :3] ** 2).sum(axis=1) + 2.0 * (s[:, 3:] ** 2).sum(axis=1)))


@pytest.mark.parametrize("kelvin", [(350.0, 350.0), (300.0, 320.0), (400.0, 380.0)])
@pytest.mark.parametrize("name", ["garofalo", "norton", "double power", "anand", "anand of tin-lead"])
def test_the_estimated_error_is_that_of_the_increment(name, kelvin):
    """Against the same increment cut a hundredfold, for strains in random directions: in the middle of all points
    within a factor of three of it, and hardly ever less than a tenth."""
    random, made = np.random.default_rng(7), law(HELD, **SECTIONS[name])
    before, after = kelvin
    first, change = deviators(random, 3e-4), deviators(random, 1e-4)
    start = np.array([before])
    old = made.respond(first, start, start, 1.0, made.initial(POINTS)).new
    once = made.respond(first + change, np.array([after]), start, 10.0, old)
    for part in np.arange(1, CUTS + 1) / CUTS:
        ends = (np.array([before + share * (after - before)]) for share in (part, part - 1.0 / CUTS))
        many = made.respond(first + part * change, *ends, 10.0 / CUTS, old)
        old = many.new
    true = equivalent(once.stress - many.stress)
    counts = true > 1e4
    ratio = once.error[counts] / true[counts]
    assert counts.sum() > 10
    assert 1 / 3 < np.median(ratio) < 3.0
    assert np.quantile(ratio, 0.05) > 0.1


ELASTIC = (40e9, 0.36)
FILMS = {
    "anand": (
        {"anand": ANAND},
        oracle.Anand(*ELASTIC, 3501.0, 9320.0, 4.0, 0.25, 21e6, 180e9, 30.2e6, 0.01, 1.78),
        2e-3,
    ),
    "garofalo": (
        {"creep": GAROFALO},
        oracle.Metal(*ELASTIC, creep=oracle.garofalo(32000.0, 0.037e-6, 5.1, 6524.7)),
        2e-3,
    ),
    "chaboche": (
        {"plastic": CHABOCHE},
        oracle.Metal(*ELASTIC, yield_stress=60e6, chaboche=[(40e9, 800.0), (3e9, 0.0)], duration=3600.0),
        2e-5,
    ),
}


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.slow
def test_a_film_on_a_rigid_plate_over_a_thermal_cycle(name):
    """-40 to 125 degC and back, 900 s each with dwells, 22 ppm/K held: equibiaxial stress, in 40 increments a leg."""
    sections, layer, within = FILMS[name]
    times, kelvins = [0.0, 900.0, 1800.0, 2700.0, 3600.0], [398.15, 233.15, 233.15, 398.15, 398.15]
    known = Plate([Layer(1e-4, layer, 22e-6)], times, kelvins, held="rigid", points=1).run(times[1:]).stress[:, 0, 0]
    film = law(STEADY, reference=398.15, **sections)
    state, now, strain, found = film.initial(1), 398.15, 0.0, []
    for goal in kelvins[1:]:
        for kelvin in np.linspace(now, goal, 41)[1:]:
            answer, strain = upright(film, kelvin, now, state, strain)
            state, now = answer.new, kelvin
        found.append(answer.stress[0, 0])
    assert found == pytest.approx(known, rel=within, abs=within * 10e6)


def upright(film, kelvin, before, state, strain, seconds=22.5):
    """The answer in an increment in which the strain across the film finds no stress, and that strain."""
    for _ in range(40):
        asked = np.array([[0.0, 0.0, strain, 0.0, 0.0, 0.0]])
        answer = film.respond(asked, np.array([kelvin]), np.array([before]), seconds, state)
        if abs(answer.stress[0, 2]) < 1.0:
            return answer, strain
        b, v = answer.tangent.softening[0, 0], answer.tangent.softening[0, 3]
        strain -= answer.stress[0, 2] / (answer.tangent.moduli[0, 5] - b * v**2)
    raise AssertionError("no strain was found across the film")


@pytest.mark.slow
def test_work_is_the_area_of_the_loop():
    """Of stress over inelastic strain through a thermal cycle of a held film: to 2 % in 20 increments a leg, of second
    order."""
    works = {}
    for cuts in (20, 60, 400):
        film = law(STEADY, reference=398.15, creep=GAROFALO)
        state, now, strain = film.initial(1), 398.15, 0.0
        for goal in (233.15, 398.15):
            for kelvin in np.linspace(now, goal, cuts + 1)[1:]:
                answer, strain = upright(film, kelvin, now, state, strain, 900.0 / cuts)
                state, now = answer.new, kelvin
        works[cuts] = film.readings(state)["inelastic_work"][0]
    assert works[20] == pytest.approx(works[400], rel=0.02)
    assert abs(works[60] - works[400]) < 0.2 * abs(works[20] - works[400])
