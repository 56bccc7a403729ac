"""Plates whose materials remember, against differential equations of the free laminate (`laminate_in_time`)."""

import numpy as np
import pytest
import yaml
from mpi4py import MPI

from solver.errors import CaseError
from solver.process import timing
from tests import biaxial_laws as laws
from tests.laminate_in_time import Cure, Layer, Plate
from tests.solving import load_case, solve_case

KELVIN, GAS = 273.15, 8.314462618
EDGE = 2e-3  # of the curvature: the free edge of a plate 100 times as wide as it is thick, and its coarse cells
INCREMENTS = 5e-3  # what the default tolerance of increments allows
TIMES, SHEAR = (10.0, 1000.0), (0.4, 0.3)
ANAND = {"a": 3501.0, "q_over_r": 9320.0, "xi": 4.0, "m": 0.25, "s0": 21e6, "h0": 180e9, "s_hat": 30.2e6, "n": 0.01}
GAROFALO = {"a": 32000.0, "alpha": 0.037e-6, "n": 5.1, "q_over_r": 6524.7}

COMPOUND = {
    "youngs_modulus": "22 GPa",
    "poisson_ratio": 0.3,
    "thermal_expansion": "10 ppm/K",
    "viscoelastic": {
        "times": ["10 s", "1000 s"],
        "shear": list(SHEAR),
        "shift": {"arrhenius": {"reference": "100 degC", "activation_energy": "30 kJ/mol"}},
    },
}
METAL = {"youngs_modulus": "45 GPa", "poisson_ratio": 0.36, "thermal_expansion": "21 ppm/K"}
PLASTIC = METAL | {"plastic": {"yield_stress": "30 MPa", "kinematic": "2 GPa"}}
CREEPING = METAL | {"creep": {"garofalo": {"a": "32000 1/s", "alpha": "0.037 1/MPa", "n": 5.1, "q_over_r": "6524.7 K"}}}
SOLDER = METAL | {
    "anand": {
        "a": "3501 1/s",
        "q_over_r": "9320 K",
        "xi": 4,
        "m": 0.25,
        "s0": "21 MPa",
        "h0": "180 GPa",
        "s_hat": "30.2 MPa",
        "n": 0.01,
        "exponent": 1.78,
    }
}
CYCLE = [
    {"name": "cool", "temperature": "25 degC", "duration": "300 s"},
    {"name": "heat", "temperature": "125 degC", "duration": "300 s"},
    {"name": "hold", "duration": "1000 s"},
]
ENDS = (300.0, 600.0, 1600.0)


def arrhenius(kelvin, degree):
    return np.exp(30e3 / GAS * (1.0 / kelvin - 1.0 / (100.0 + KELVIN)))


RELAXING = laws.Viscoelastic.of_youngs(22e9, 0.3, TIMES, SHEAR, bulk=(), shift=arrhenius)
KNOWN = {
    "viscoelastic": (COMPOUND, Layer(2e-4, RELAXING, 10e-6)),
    "plastic": (PLASTIC, Layer(2e-4, laws.Metal(45e9, 0.36, 30e6, 2e9, duration=ENDS[-1]), 21e-6)),
    "creep": (CREEPING, Layer(2e-4, laws.Metal(45e9, 0.36, creep=laws.garofalo(**GAROFALO)), 21e-6)),
    "anand": (SOLDER, Layer(2e-4, laws.Anand(45e9, 0.36, **ANAND, exponent=1.78), 21e-6)),
}


def sheet(material, steps, more=(), size="60 mm", cell="6 mm", **analysis):
    """A film of the material on silicon."""
    layers = [{"name": "silicon", "thickness": "0.4 mm", "material": "hard"}]
    layers += [{"name": "film", "thickness": "0.2 mm", "material": "film"}]
    return yaml.safe_dump(
        {
            "title": "film on silicon",
            "geometry": {
                "outline": {"shape": "rectangle", "size": [size, size]},
                "symmetry": "quarter",
                "layers": layers + list(more),
            },
            "materials": {
                "hard": {"youngs_modulus": "130 GPa", "poisson_ratio": 0.28, "thermal_expansion": "3 ppm/K"},
                "film": material,
            },
            "mesh": {"in_plane_size": cell},
            "analysis": {"deflection": "small"} | analysis,
            "process": {"stress_free_temperature": "125 degC", "steps": steps},
        },
        sort_keys=False,
    )


SILICON = Layer(4e-4, laws.Elastic(130e9, 0.28), 3e-6)


def oracle(film, ends=ENDS, degrees=(125.0, 25.0, 125.0, 125.0), start=0.0):
    """(steps,) curvature of the free laminate."""
    return Plate([SILICON, film], [start, *ends], np.array(degrees) + KELVIN).run(ends).curvature


def curvatures(case, tmp_path, overrides=()):
    steps = solve_case(case, overrides, tmp_path, MPI.COMM_WORLD)["steps"]
    return np.array([step["curvature_x_per_m"] for step in steps])


@pytest.mark.parametrize(
    "law", [next(iter(KNOWN)), *(pytest.param(law, marks=pytest.mark.serial) for law in list(KNOWN)[1:])]
)
@pytest.mark.slow
def test_a_film_that_remembers_bends_its_plate_as_the_differential_equations_say(tmp_path, law):
    material, film = KNOWN[law]
    known = oracle(film)
    found = curvatures(sheet(material, CYCLE), tmp_path)
    assert found == pytest.approx(known, rel=EDGE + INCREMENTS, abs=INCREMENTS * np.abs(known).max())


@pytest.mark.serial
@pytest.mark.slow
def test_increments_follow_the_tolerance_and_their_error_falls_with_its_square(tmp_path):
    """Second order: an increment half as long spoils a quarter; what the tolerance allows is never exceeded."""
    exact = curvatures(sheet(COMPOUND, CYCLE[:1], time_tolerance=1e-5), tmp_path)[0]
    found = {}
    for tolerance in (0.005, 0.0005):
        case = sheet(COMPOUND, CYCLE[:1], time_tolerance=tolerance)
        step = solve_case(case, (), tmp_path, MPI.COMM_WORLD)["steps"][0]
        found[tolerance] = len(step["curve"]), abs(step["curvature_x_per_m"] / exact - 1.0)
    for tolerance, (_, error) in found.items():
        assert error < tolerance
    (few, rough), (many, fine) = found[0.005], found[0.0005]
    assert fine < 2.0 * rough * (few / many) ** 2


@pytest.mark.slow
def test_a_film_is_born_on_a_bent_plate_and_remembers_from_there(tmp_path):
    """Born at 25 degC without stress; the film that is there since 125 degC relaxes before and after."""
    steps = [CYCLE[0], {"name": "hold", "duration": "100 s", "build": ["top"], "birth": "stress-free"}, CYCLE[1]]
    top = {"name": "top", "thickness": "0.1 mm", "material": "film"}
    known = Plate(
        [SILICON, KNOWN["viscoelastic"][1], Layer(1e-4, RELAXING, 10e-6, born=400.0)],
        [0.0, 300.0, 400.0, 700.0],
        np.array([125.0, 25.0, 25.0, 125.0]) + KELVIN,
    ).run([300.0, 400.0, 700.0])
    found = curvatures(sheet(COMPOUND, steps, more=[top]), tmp_path)
    assert found == pytest.approx(
        known.curvature, rel=EDGE + INCREMENTS, abs=INCREMENTS * np.abs(known.curvature).max()
    )


@pytest.mark.serial
@pytest.mark.slow
def test_what_was_released_springs_back_at_once_and_creeps_on(tmp_path):
    """A film between a carrier and silicon relaxes for 1000 s; the carrier goes, and it is a two-layer plate again.

    Against the same history in which the carrier is there, flat, so long: stress that has relaxed does not come back.
    """
    carrier = [{"name": "carrier", "thickness": "0.4 mm", "material": "hard"}]
    steps = [
        *CYCLE[:1],
        {"name": "hold", "duration": "1000 s"},
        {"name": "debond", "duration": "0 s", "remove": ["carrier"]},
    ]
    sandwich = sheet(COMPOUND, steps, more=carrier)
    found = curvatures(sandwich, tmp_path)
    held = Plate(
        [SILICON, KNOWN["viscoelastic"][1], SILICON], [0.0, 300.0, 1300.0], np.array([125.0, 25.0, 25.0]) + KELVIN
    )
    stress = held.run([1300.0]).stress[0, 1].mean()
    modulus = 22e9 / 0.7  # biaxial, in no time
    plate, film = (130e9 / 0.72, 4e-4), (modulus, 2e-4)
    assert found[:2] == pytest.approx(0.0, abs=1e-6)
    assert found[2] == pytest.approx(sprung(plate, film, stress), rel=EDGE + INCREMENTS)


def sprung(plate, film, stress):
    """Curvature of two layers, of biaxial moduli and thicknesses, once the upper one's stress is let go."""
    (e1, h1), (e2, h2) = plate, film
    z = np.array([0.5 * h1, h1 + 0.5 * h2])
    e, h = np.array([e1, e2]), np.array([h1, h2])
    a, b = (e * h).sum(), (e * h * z).sum()
    d = (e * (h * z**2 + h**3 / 12.0)).sum()
    n = stress * h2 - 0.5 * stress * h2  # each plate of the sandwich bore half of the film's force
    m = stress * h2 * z[1] - 0.5 * stress * h2 * z[0]
    return -np.linalg.solve([[a, b], [b, d]], [n, m])[1]


@pytest.mark.serial
@pytest.mark.slow
def test_small_and_large_deflection_agree_where_little_bends(tmp_path):
    """20 times as narrow: large deflection changes the warpage by less than the increments do."""
    case = sheet(PLASTIC, CYCLE[:2], size="3 mm", cell="0.5 mm")
    small = curvatures(case, tmp_path)
    large = curvatures(case, tmp_path, ["analysis.deflection=large"])
    assert large == pytest.approx(small, rel=INCREMENTS, abs=INCREMENTS * np.abs(small).max())


def test_a_step_that_does_not_say_how_long_it_takes_is_refused_by_name(tmp_path):
    loaded = load_case(sheet(COMPOUND, [{"name": "cool", "temperature": "25 degC"}]), (), tmp_path, MPI.COMM_WORLD)
    with pytest.raises(CaseError, match=r"give a `duration` or a `rate`: 'film' is of 'film', which remembers"):
        timing.check(loaded)


@pytest.mark.slow
def test_looks_aside_leave_no_trace(tmp_path):
    """But for the answers that later linear solves begin from, which end at 1e-9 of the residual each."""
    case = sheet(COMPOUND, CYCLE, size="12 mm", cell="3 mm")
    without = curvatures(case, tmp_path)
    aside = curvatures(case, tmp_path, ["report.warpage_at=[60 degC, 150 degC]"])
    assert aside == pytest.approx(without, rel=1e-8)


def test_time_is_counted_in_the_steps_that_say_how_long_they_take(tmp_path):
    """Silicon alone is elastic, and its step need not say; the film that is built in it then has 300 s."""
    first = {"name": "deposit", "temperature": "125 degC", "build": ["film"], "birth": "stress-free"}
    case = sheet(COMPOUND, [first, *CYCLE[:1]], size="6 mm", cell="1 mm").replace(
        "125 degC\n  steps", "25 degC\n  steps"
    )
    steps = solve_case(case, (), tmp_path, MPI.COMM_WORLD)["steps"]
    assert steps[0]["time_s"] is None and steps[1]["time_s"] is None
    assert steps[1]["curve"][-1]["time_s"] == pytest.approx(300.0)


def curing():
    """A compound that cures, the film of it, and its glass transition (K) over the degree of cure."""
    cured, uncured, part = 165.0 + KELVIN, 10.0 + KELVIN, 0.4

    def rate(degree, kelvin):
        a = min(max(degree, 0.0), 1.0)
        return 1.94e6 * np.exp(-65e3 / GAS / kelvin) * a**0.5 * (1.0 - a) ** 1.5

    def glass(degree):
        return uncured + (cured - uncured) * part * degree / (1.0 - (1.0 - part) * degree)

    def shift(kelvin, degree):
        above = kelvin - glass(degree)
        if above >= 0.0:
            return 10.0 ** (-12.0 * above / (60.0 + above))
        return np.exp(250e3 / GAS * (1.0 / (above + cured) - 1.0 / cured))

    compound = COMPOUND | {
        "thermal_expansion": {"below_tg": "8 ppm/K", "above_tg": "30 ppm/K"},
        "glass_transition": "165 degC",
        "viscoelastic": {
            "times": ["0.1 s", "10 s", "1000 s"],
            "shear": [0.4, 0.3, 0.25],
            "bulk": [0.2, 0.1, 0.1],
            "shift": {
                "wlf_arrhenius": {
                    "reference": "165 degC", "c1": 12, "c2": "60 K", "activation_energy": "250 kJ/mol"
                }
            },
        },
        "cure": {
            "kinetics": {"kamal": {"a2": "1.94e6 1/s", "e2": "65 kJ/mol", "m": 0.5, "n": 1.5}},
            "initial": 0.05,
            "gel": 0.5,
            "shrinkage": "0.4 %",
            "glass_transition": {"dibenedetto": {"uncured": "10 degC", "cured": "165 degC", "lambda": part}},
        },
    }  # fmt: skip
    law = laws.Viscoelastic.of_youngs(
        22e9, 0.3, (0.1, 10.0, 1000.0), (0.4, 0.3, 0.25), bulk=(0.2, 0.1, 0.1), shift=shift
    )
    film = Layer(
        2e-4,
        law,
        lambda kelvin, degree: 8e-6 if kelvin < glass(degree) else 30e-6,
        cure=Cure(rate, 0.05, 0.5, 0.004 / 3.0),
    )
    return compound, film, glass


CURING_STEPS = [
    {"name": "cure", "duration": "600 s"},
    {"name": "cool", "temperature": "25 degC", "duration": "300 s"},
]


@pytest.mark.slow
def test_a_compound_that_cures_on_a_plate_bends_it_as_the_differential_equations_say(tmp_path):
    """It gels on the plate, shrinks, gets its glass transition, and is cooled through it."""
    compound, film, glass = curing()
    steps = CURING_STEPS
    ends, degrees = (600.0, 900.0), (150.0, 150.0, 25.0)
    case = sheet(compound, steps).replace("stress_free_temperature: 125 degC", "stress_free_temperature: 150 degC")
    found = solve_case(case, (), tmp_path, MPI.COMM_WORLD)["steps"]
    known = Plate([SILICON, film], [0.0, *ends], np.array(degrees) + KELVIN).run(ends)
    curved = [step["curvature_x_per_m"] for step in found]
    largest = np.abs(known.curvature).max()
    assert curved == pytest.approx(known.curvature, rel=EDGE + INCREMENTS, abs=INCREMENTS * largest)
    for step, degree in zip(found, known.degree, strict=True):
        assert step["layers"]["film"]["degree_of_cure_mean"] == pytest.approx(degree[1], rel=1e-4)
        assert step["layers"]["film"]["glass_transition_degc"] == pytest.approx(glass(degree[1]) - KELVIN, abs=0.05)
