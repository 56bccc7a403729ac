"""Laminates whose materials remember, against differential equations of the free laminate (`laminate_in_time`)."""

import numpy as np
import pytest
import yaml
from mpi4py import MPI

from solver import CaseError, load, solve
from solver.materials import library
from solver.process.laminate_estimate import laminates
from solver.process.laminate_in_time import LaminateInTime
from solver.process.plan import plan
from tests.laminate_in_time import Layer, Plate
from tests.process import test_in_time as plates
from tests.process.test_in_time import COMPOUND, CYCLE, ENDS, INCREMENTS, KELVIN, KNOWN, RELAXING, SILICON
from tests.solving import CASES

pytestmark = pytest.mark.serial

TIGHT = 1e-4
FINE = 5e-4  # of the largest: increments at `TIGHT`, and 16 points of the oracle where a front of yielding passes them
TOP = {"name": "top", "thickness": "0.1 mm", "material": "film"}


def sheet(material, steps, more=(), stress_free="125 degC", **analysis):
    """The plate of `tests/process/test_in_time.py`, as a laminate."""
    case = yaml.safe_load(plates.sheet(material, steps, more))
    del case["geometry"]["symmetry"], case["mesh"]
    case["analysis"] = {"model": "laminate"} | analysis
    case["process"]["stress_free_temperature"] = stress_free
    return case


def steps_of(case, overrides=()):
    return [step.metrics for step in solve(case, comm=MPI.COMM_SELF, overrides=overrides).steps]


def curvatures(steps):
    return np.array([step["curvature_x_per_m"] for step in steps])


def close(known, part):
    return pytest.approx(known, rel=part, abs=part * np.abs(known).max())


@pytest.mark.parametrize(
    "law", [pytest.param(law, marks=pytest.mark.slow if law == "plastic" else ()) for law in KNOWN]
)
@pytest.mark.slow
def test_a_film_that_remembers_bends_its_plate_as_the_differential_equations_say(law):
    material, film = KNOWN[law]
    points = 16 if law == "plastic" else 4
    kelvins = np.array([125.0, 25.0, 125.0, 125.0]) + KELVIN
    known = Plate([SILICON, film], [0.0, *ENDS], kelvins, points=points).run(ENDS).curvature
    for tolerance, part in ((INCREMENTS, INCREMENTS), (TIGHT, FINE)):
        found = steps_of(sheet(material, CYCLE, time_tolerance=tolerance))
        assert curvatures(found) == close(known, part)
        assert [step["time_s"] for step in found] == list(ENDS)
        assert found[0]["curve"][-1]["time_s"] == pytest.approx(ENDS[0])


@pytest.mark.slow
def test_a_compound_that_cures_on_a_plate_bends_it_as_the_differential_equations_say():
    compound, film, glass = plates.curing()
    ends = (600.0, 900.0)
    known = Plate([SILICON, film], [0.0, *ends], np.array([150.0, 150.0, 25.0]) + KELVIN, points=2).run(ends)
    for tolerance, part in ((INCREMENTS, INCREMENTS), (TIGHT, FINE)):
        case = sheet(compound, plates.CURING_STEPS, stress_free="150 degC", time_tolerance=tolerance)
        found = steps_of(case)
        assert curvatures(found) == close(known.curvature, part)
    for step, degree in zip(found, known.degree, strict=True):
        layer = step["layers"]["film"]
        assert layer["degree_of_cure_mean"] == pytest.approx(degree[1], rel=1e-5)
        assert layer["glass_transition_degc"] == pytest.approx(glass(degree[1]) - KELVIN, abs=0.01)
        assert step["curve"][-1]["degree_of_cure_mean"] == pytest.approx(degree[1], rel=1e-5)
        assert "degree_of_cure_mean" not in step["layers"]["silicon"]


@pytest.mark.parametrize("birth", ["stress-free", "flat"])
@pytest.mark.slow
def test_a_film_is_born_on_a_bent_plate_and_remembers_from_there(birth):
    steps = [CYCLE[0], {"name": "hold", "duration": "100 s", "build": ["top"], "birth": birth}, CYCLE[1]]
    late = Layer(1e-4, RELAXING, 10e-6, born=400.0, flat=birth == "flat")
    ends = [300.0, 400.0, 700.0]
    kelvins = np.array([125.0, 25.0, 25.0, 125.0]) + KELVIN
    known = Plate([SILICON, KNOWN["viscoelastic"][1], late], [0.0, *ends], kelvins, points=2).run(ends).curvature
    found = curvatures(steps_of(sheet(COMPOUND, steps, [TOP], time_tolerance=TIGHT)))
    assert found == close(known, FINE)


def test_what_was_released_springs_back_at_once():
    """Stress that relaxed in a flat sandwich does not come back: two layers, and what is left of it."""
    carrier = {"name": "carrier", "thickness": "0.4 mm", "material": "hard"}
    hold, debond = {"name": "hold", "duration": "1000 s"}, {"name": "debond", "duration": "0 s", "remove": ["carrier"]}
    found = curvatures(steps_of(sheet(COMPOUND, [CYCLE[0], hold, debond], [carrier], time_tolerance=TIGHT)))
    kelvins = np.array([125.0, 25.0, 25.0]) + KELVIN
    held = Plate([SILICON, KNOWN["viscoelastic"][1], SILICON], [0.0, 300.0, 1300.0], kelvins, points=2)
    stress = held.run([1300.0]).stress[0, 1].mean()
    assert found[:2] == pytest.approx(0.0, abs=1e-9)
    assert found[2] == pytest.approx(plates.sprung((130e9 / 0.72, 4e-4), (22e9 / 0.7, 2e-4), stress), rel=FINE)


@pytest.mark.parametrize("birth", ["stress-free", "flat", "pressed"])
def test_elastic_layers_go_through_time_as_they_stand_in_closed_form(birth):
    """Turned plies, a bow, a film that is born with a stress, births of each kind and a removal, to round-off."""
    ply = {"youngs_modulus": ["140 GPa", "10 GPa", "10 GPa"], "poisson_ratio": [0.3, 0.4, 0.0214]}
    ply |= {"shear_modulus": ["5 GPa", "3 GPa", "5 GPa"], "thermal_expansion": ["1 ppm/K", "25 ppm/K", "25 ppm/K"]}
    ply |= {"orientation": "30 deg"}
    build = {"name": "build", "temperature": "80 degC", "build": ["top"], "birth": birth}
    peel = {"name": "peel", "temperature": "25 degC", "remove": ["silicon"]}
    raw = sheet(ply, [CYCLE[0], build, CYCLE[0] | {"name": "again"}, peel], [TOP])
    raw["geometry"]["initial_bow"] = ["100 um", "-50 um"]
    raw["geometry"]["layers"][0]["stress"] = "20 MPa"
    case = load(raw)
    steps = plan(case.case.process, case.stack.layers)

    def material_of(choice):
        return library.resolve(choice, case.case.materials)

    way = LaminateInTime(case.stack, steps, material_of, 0.1)
    for step, stages in zip(steps, laminates(case.stack, steps, material_of), strict=True):
        for _ in way.go(step):
            pass
        known = stages[-1].at(step.temperature)
        assert way.state.curvature == pytest.approx(known.curvature, rel=1e-9, abs=1e-9)
        assert way.state.strain == pytest.approx(known.strain, rel=1e-9, abs=1e-12)
        faces = [one.faces(way.state.plies[name]) for name, one in way.plies.items()]
        assert np.array(faces) == pytest.approx(np.array(known.stresses), rel=1e-6, abs=1.0)


@pytest.mark.slow
def test_the_laminate_and_the_solid_agree_within_the_edge_of_the_plate(tmp_path):
    """Inelastic strain, its work and means of stress too: the curve of both has the same keys."""
    material, steps = KNOWN["plastic"][0], CYCLE[:1]
    solid = plates.solve_case(plates.sheet(material, steps), (), tmp_path, MPI.COMM_SELF)["steps"][0]
    found = steps_of(sheet(material, steps))[0]
    part = plates.EDGE + INCREMENTS
    assert found["curvature_x_per_m"] == pytest.approx(solid["curvature_x_per_m"], rel=part)
    mine, other = found["layers"]["film"], solid["layers"]["film"]
    for key in ("equivalent_inelastic_strain_mean", "inelastic_work_mean_mpa", "inelastic_work_step_mpa"):
        assert mine[key] == pytest.approx(other[key], rel=0.02)  # its edge is 3 % of the plate, without stress
    stress = found["curve"][-1]["block_means"]["film"]["stress_mpa"]
    assert stress[:2] == pytest.approx(solid["curve"][-1]["block_means"]["film"]["stress_mpa"][:2], rel=0.02)


def test_looks_aside_leave_no_trace_and_stand_in_the_curve():
    case = sheet(COMPOUND, CYCLE)
    without, aside = steps_of(case), steps_of(case, ["report.warpage_at=[60 degC, 150 degC]"])
    assert curvatures(aside) == pytest.approx(curvatures(without), rel=1e-12)
    last = aside[0]["curve"][-2:]
    assert [point["temperature_degc"] for point in last] == pytest.approx([60.0, 150.0])
    assert "time_s" not in last[0]


def test_a_step_that_does_not_say_how_long_it_takes_is_refused_by_name():
    case = sheet(COMPOUND, [{"name": "cool", "temperature": "25 degC"}])
    with pytest.raises(CaseError, match=r"give a `duration` or a `rate`: 'film' is of 'film', which remembers"):
        solve(case, comm=MPI.COMM_SELF)


def test_a_wide_plate_says_at_which_increment_its_symmetric_shape_becomes_unstable():
    """VALIDATION of uniform squares: critical curvature times L^2 / h is 19.191 with nu = 0.3."""
    case = sheet(COMPOUND, CYCLE[:1], time_tolerance=TIGHT)
    case["geometry"]["outline"]["size"] = ["300 mm", "300 mm"]
    step = steps_of(case)[0]
    ratio = step["laminate"]["slenderness"]["ratio"]
    curve = step["curve"]
    assert ratio > 2.0
    critical = step["curvature_x_per_m"] / ratio
    known = np.interp(-critical, [-p["curvature_x_per_m"] for p in curve], [p["temperature_degc"] for p in curve])
    assert step["bifurcation_temperature_degc"] == pytest.approx(known, abs=0.1)


@pytest.mark.slow
def test_the_default_keeps_what_freezes_in_where_a_compound_is_cooled_fast():
    """120 K/min: what an increment misses on the way to Tg stays; the reference is a tenth of the tolerance."""
    case = yaml.safe_load((CASES / "moulded_strip" / "case.yaml").read_text(encoding="utf-8"))
    del case["geometry"]["symmetry"], case["mesh"]
    found, fine = (
        curvatures(steps_of(case | {"analysis": {"model": "laminate"} | more}))
        for more in ({}, {"time_tolerance": 5e-4})
    )
    assert found == pytest.approx(fine, abs=5e-3 * np.abs(fine).max())
