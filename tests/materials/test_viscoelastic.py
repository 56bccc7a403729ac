"""Branches that relax, against closed forms, and against ordinary differential equations where there is none."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from solver.materials.curve import Curve
from solver.materials.homogeneous import Homogeneous
from solver.materials.inelastic.sections import Inelastic
from solver.materials.inelastic.shift import Arrhenius, Wlf, WlfArrhenius
from solver.materials.inelastic.viscoelastic import Viscoelastic
from solver.materials.laws import maxwell, reduced_time
from solver.materials.laws.viscoelastic import Relaxing
from tests.biaxial_laws import Viscoelastic as Oracle
from tests.laminate_in_time import Layer, Plate
from tests.materials.points import Point

pytestmark = pytest.mark.serial

DAY = 86400.0
TG = 433.15
SHIFT = WlfArrhenius(Wlf(TG, 12.0, 60.0), Arrhenius(TG, 250e3))


def law(youngs, poisson, times, shear, bulk, shift=None, expansion=0.0, reference=300.0, green=False):
    curves = {"youngs_modulus": Curve.constant(youngs), "poisson_ratio": Curve.constant(poisson)}
    alpha = expansion if isinstance(expansion, Curve) else Curve.constant(expansion)
    branches = Viscoelastic(tuple(times), tuple(shear), tuple(bulk), shift)
    material = Homogeneous("polymer", curves | {"thermal_expansion": alpha}, inelastic=Inelastic(branches))
    return Relaxing(material, reference, green)


def bar(youngs, times, parts, **more):
    return law(youngs, 0.0, times, parts, parts, **more)


def along(axis=0):
    return 1e-3 * np.eye(6)[axis]


@pytest.mark.parametrize(("cuts", "error"), [(60, 4e-5), (180, 4.5e-6)])
@pytest.mark.slow
def test_creep_under_uniaxial_stress(cuts, error):
    """Generalised Maxwell of shear and bulk moduli of their own, -25.8 MPa: strain of a concrete over 300 days."""
    k, mu = np.array([3.58873e9, 6.4781e9, 7.51552e9, 5.10283e9]), np.array([3.10474e9, 3.0942e9, 3.16435e9, 3.15347e9])
    bulk, shear = k.sum(), mu.sum()
    youngs, poisson = 9 * bulk * shear / (3 * bulk + shear), (3 * bulk - 2 * shear) / 2 / (3 * bulk + shear)
    point = Point(law(youngs, poisson, [2 * DAY, 20 * DAY, 200 * DAY], mu[1:] / shear, k[1:] / bulk))
    stress = [0.0, 0.0, -25.8e6, 0.0, 0.0, 0.0]
    assert point.loaded(stress, range(6), 0.0)[2] == pytest.approx(-8.1344614e-4, rel=1e-7)
    times = [0.0, 1e5, 1e6, 1e7, 2.592e7]
    known = [-9.2539834e-4, -1.2737506e-3, -2.0375433e-3, -2.5718002e-3]
    for start, end, strain in zip(times, times[1:], known, strict=False):
        # strain under constant stress is not linear in time: the error is that of the increments, which is second order
        edges = start + (end - start) * np.linspace(0.0, 1.0, cuts + 1) ** 2
        found = [point.loaded(stress, range(6), seconds) for seconds in np.diff(edges)][-1]
        assert found[2] == pytest.approx(strain, rel=error)


def test_a_bar_at_fixed_strain_relaxes():
    """E 10 GPa with two branches of a third at 1 and 10 s: MPa at 0, 1, 10 and 100 s, in one increment each."""
    point = Point(bar(10e9, [1.0, 10.0], [1 / 3, 1 / 3]))
    found = [point.strained(along(), seconds)[0] / 1e6 for seconds in (0.0, 1.0, 9.0, 90.0)]
    assert found == pytest.approx([10.0, 7.575723, 4.559750, 3.333485], rel=1e-6)


def test_what_becomes_heat_at_fixed_strain_is_what_the_springs_lose():
    """g E e^2 / 2 (1 - exp(-2 t / tau)) of each branch."""
    point = Point(bar(10e9, [1.0, 10.0], [1 / 3, 1 / 3]))
    point.strained(along(), 0.0)
    assert point.heat == pytest.approx(0.0, abs=1e-9)
    point.strained(along(), 5.0)
    known = 10e9 / 3 * 1e-6 / 2 * (2 - np.exp(-10.0) - np.exp(-1.0))
    assert point.heat == pytest.approx(known, rel=1e-9)


@pytest.mark.parametrize("cuts", [1, 13])
def test_a_ramp_and_a_hold_are_exact_at_any_increment(cuts):
    """Strain eps t / T, then held: E_inf t + lam E_v (1 - exp(-t / lam)), over (1 + nu)(1 - 2 nu) in the plane."""
    eps, ramp, lam, part, nu = 2e-3, 10.0, 3.0, 0.6, 0.3
    point = Point(law(8e9, nu, [lam], [part], [part]))
    strain = np.array([eps, eps, 0.0, 0.0, 0.0, 0.0])
    over = (1 + nu) * (1 - 2 * nu)
    for k in range(cuts):
        t = ramp * (k + 1) / cuts
        found = point.strained(strain * t / ramp, ramp / cuts)[0]
        known = eps / ramp * 8e9 * ((1 - part) * t + lam * part * (1 - np.exp(-t / lam))) / over
        assert found == pytest.approx(known, rel=1e-10)
    found = point.strained(strain, 20.0)[0]
    held = eps * 8e9 * (1 - part + lam * part / ramp * (np.exp(-20.0 / lam) - np.exp(-30.0 / lam))) / over
    assert found == pytest.approx(held, rel=1e-10)


TIMES, SHEAR, BULK = (1e-2, 1.0, 100.0, 1e4), (0.2, 0.3, 0.25, 0.15), (0.05, 0.1, 0.1, 0.05)
STEP = Curve.step(TG, 8e-6, 30e-6)


@pytest.mark.parametrize(("start", "end", "seconds"), [(TG + 20, 298.15, 1800.0), (298.15, TG + 30, 200.0)])
@pytest.mark.slow
def test_one_increment_through_the_glass_transition_is_the_integral(start, end, seconds):
    """Held at its size, 22 GPa: a_T moves by up to fifteen decades within the increment, expansion has a step."""
    film = law(22e9, 0.0, TIMES, SHEAR, SHEAR, SHIFT, STEP, start)
    found = Point(film, start).strained(np.zeros(6), seconds, end)[0]

    def rates(t, stress):
        kelvin = start + (end - start) * t / seconds
        alpha = 8e-6 if kelvin < TG else 30e-6
        slow = np.array(TIMES) * np.exp(SHIFT.log(kelvin))
        gained = -22e9 * np.array(SHEAR) * alpha * (end - start) / seconds
        return np.append(gained - stress[:-1] / slow, -22e9 * (1 - sum(SHEAR)) * alpha * (end - start) / seconds)

    state, at = np.zeros(5), seconds * (TG - start) / (end - start)
    for piece in ((0.0, at), (at, seconds)):
        inside = (piece[0] + 1e-9, piece[1] - 1e-9)
        state = solve_ivp(rates, inside, state, method="Radau", rtol=1e-10, atol=1e-3).y[:, -1]
    assert found == pytest.approx(state.sum(), rel=1e-6)


def test_increments_of_a_ramp_add_up():
    whole, cut = (Point(law(22e9, 0.3, TIMES, SHEAR, BULK, SHIFT, STEP, TG), TG + 20) for _ in range(2))
    strain = np.array([1e-3, -2e-3, 5e-4, 0.0, 1e-3, 2e-3])
    single = whole.strained(strain, 600.0, 400.0)
    for part in np.linspace(0.0, 1.0, 8)[1:]:
        several = cut.strained(part * strain, 600.0 / 7, TG + 20 + part * (400.0 - TG - 20))
    assert several == pytest.approx(single, rel=1e-6)
    assert cut.state == pytest.approx(whole.state, rel=1e-5, abs=1e-10)


def test_a_strip_bends_and_comes_back():
    """0.3 mm elastic of 131 GPa under as much of 1 + 11 (100 s) + 10 GPa (1e4 s), nu 0, free strain -1e-6 per s.

    Curvature over time in 1/mm (coupled relaxation, in closed form), by integrating the law over the strip; its strain
    is not linear in time, so the error is that of the increments: second order.
    """
    known = {100.0: -1.86918893e-4, 1000.0: -1.58315934e-3, 1e4: -1.06294420e-3, 1e6: -2.75847547e-4}
    errors = []
    for cuts in (20, 40):
        found = _strip(known, cuts)
        errors.append(max(abs(a / b - 1) for a, b in zip(found, known.values(), strict=True)))
    assert errors[1] < 2e-4
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.2)


def _strip(times, cuts):
    upper, h = bar(22e9, [100.0, 1e4], [0.5, 10 / 22]), 0.3e-3
    z = h * (0.5 + np.array([-0.5, 0.5]) / np.sqrt(3.0))  # Gauss, of both layers, from the middle up
    state, start, result = upper.initial(2), 0.0, []
    room = np.array([300.0])
    for end in times:
        edges = start + (end - start) * np.linspace(0.0, 1.0, cuts + 1) ** 2
        for t, seconds in zip(edges[1:], np.diff(edges), strict=True):
            free = -1e-6 * min(t, 1000.0)

            def respond(e, kappa, free=free, seconds=seconds, state=state):
                strain = np.zeros((2, 6))
                strain[:, 0] = e + kappa * z - free
                return upper.respond(strain, room, room, seconds, state)

            def resultants(e, kappa, respond=respond):
                lower, film = 131e9 * (e - kappa * z), respond(e, kappa).stress[:, 0]
                return np.array([lower.sum() + film.sum(), (film * z - lower * z).sum()])

            rest = resultants(0.0, 0.0)
            matrix = np.column_stack([resultants(1.0, 0.0) - rest, resultants(0.0, 1e3) - rest])
            e, kappa = np.linalg.solve(matrix, -rest) * [1.0, 1e3]
            state = respond(e, kappa).new
        start = end
        result.append(kappa * 1e-3)
    return result


@pytest.mark.slow
def test_a_clamped_film_agrees_with_differential_equations():
    """Shear and bulk of their own, in the plane of a film that a rigid plate holds, from 180 degC to 25 and back."""
    kelvins, times = [453.15, 298.15, 420.0], [0.0, 900.0, 1800.0]
    expansion = 20e-6
    oracle = Oracle.of_youngs(22e9, 0.3, TIMES, SHEAR, BULK, lambda kelvin, degree: np.exp(SHIFT.log(kelvin)))
    known = Plate([Layer(1e-5, oracle, expansion)], times, kelvins, "rigid", 1).run(times[1:]).stress[:, 0, 0]
    point = Point(law(22e9, 0.3, TIMES, SHEAR, BULK, SHIFT, expansion, 453.15), 453.15)
    found = []
    for end, start in zip(kelvins[1:], kelvins, strict=False):
        for kelvin in np.linspace(start, end, 120)[1:]:
            point.loaded(np.zeros(6), [2, 3, 4, 5], 900.0 / 119, kelvin)
        found.append(point.strained(point.strain[0], 0.0)[0])
    assert found == pytest.approx(known, rel=1e-3)


def test_an_orthotropic_film_relaxes_by_one_curve_for_all_components():
    wood = {
        "youngs_modulus": Curve.constant([11e9, 0.8e9, 0.5e9]),
        "poisson_ratio": Curve.constant([0.4, 0.3, 0.02]),
        "shear_modulus": Curve.constant([0.7e9, 0.1e9, 0.6e9]),
        "thermal_expansion": Curve.constant([4e-6, 30e-6, 40e-6]),
    }
    material = Homogeneous("wood", wood, inelastic=Inelastic(Viscoelastic((10.0,), (0.7,), (0.7,), None)))
    point, strain = Point(Relaxing(material, 300.0)), 1e-3 * np.arange(1.0, 7.0)
    elastic = material.stiffness(300.0) @ strain
    assert point.strained(strain, 0.0) == pytest.approx(elastic)
    assert point.strained(strain, 20.0) == pytest.approx(elastic * (0.3 + 0.7 * np.exp(-2.0)))


def test_a_layer_built_away_from_its_stress_free_temperature_starts_with_the_elastic_stress():
    film = bar(10e9, [10.0], [0.5], expansion=20e-6, reference=400.0)
    point = Point(film, 300.0)
    assert point.strained(np.zeros(6), 0.0)[0] == pytest.approx(10e9 * 20e-6 * 100)
    assert point.strained(np.zeros(6), 1e4)[0] == pytest.approx(5e9 * 20e-6 * 100)


@pytest.mark.parametrize("uniform", [True, False])
@pytest.mark.parametrize("count", [1, 8, 29])
def test_the_kernel_does_what_its_twin_in_numpy_does(uniform, count):
    random = np.random.default_rng(3)
    film = law(22e9, 0.3, TIMES, SHEAR, BULK, SHIFT, STEP, TG, green=True)
    kelvin = np.array([425.0]) if uniform else random.uniform(400.0, 450.0, count)
    by = film.coefficients(kelvin, kelvin + 3.0, 60.0)
    old, strain = 1e-3 * random.normal(size=(count, film.memory)), 1e-3 * random.normal(size=(count, 6))
    for one, other in zip(maxwell.relaxed(by, strain, old), maxwell.relaxed_in_numpy(by, strain, old), strict=True):
        assert one == pytest.approx(other, rel=1e-11, abs=1e-12 * np.abs(other).max())


def test_rows_beyond_the_caches_are_those_within():
    """9 MB and a last block that is not full: what a run of many points writes is what runs of a few of them write."""
    random = np.random.default_rng(5)
    film = law(22e9, 0.3, TIMES, SHEAR, BULK, SHIFT, STEP, TG)
    by = film.coefficients(np.array([425.0]), np.array([428.0]), 60.0)
    count = 9_000_003 // (8 * film.memory)
    old, strain = 1e-3 * random.normal(size=(count, film.memory)), 1e-3 * random.normal(size=(count, 6))
    parts = [maxwell.relaxed(by, strain[at : at + 4000], old[at : at + 4000]) for at in range(0, count, 4000)]
    for whole, pieces in zip(maxwell.relaxed(by, strain, old), zip(*parts, strict=True), strict=True):
        np.testing.assert_allclose(np.concatenate(pieces), whole, rtol=1e-12, atol=1e-15 * np.abs(whole).max())


@pytest.mark.parametrize("count", [1, 16, 37])
def test_what_branches_keep_is_that_of_the_twin_in_numpy(count):
    """a_T within a piece by up to half a decade, times of relaxation from far below to far above it."""
    random = np.random.default_rng(4)
    edge = np.sort(np.concatenate([np.tile([0.0, 1.0], (count, 1)), random.uniform(size=(count, 6))], axis=1), axis=1)
    log = random.uniform(-40.0, 40.0, (count, 7, 1)) + np.cumsum(random.uniform(-0.2, 0.2, (count, 7, 5)), axis=2)
    times = np.logspace(-8.0, 8.0, 9)
    one, other = (relax(edge, log, 100.0, times) for relax in (reduced_time.relax, reduced_time.relax_in_numpy))
    assert one.left == pytest.approx(other.left, rel=1e-9, abs=1e-15)
    assert one.pieces == pytest.approx(other.pieces, rel=1e-8, abs=1e-15)
    assert one.whole == pytest.approx(other.whole, rel=1e-8, abs=1e-15)


def test_ten_branches_are_66_numbers():
    assert bar(1e9, np.logspace(0, 9, 10), [0.09] * 10).memory == 66
