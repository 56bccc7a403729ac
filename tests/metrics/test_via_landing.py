"""Vias and pads: what corrections leave of known motions, how errors add to it, and which vias land."""

from types import SimpleNamespace

import numpy as np
import pytest
from mpi4py import MPI

from solver.case.via_landing import ViaLanding
from solver.errors import CaseError
from solver.metrics.reading import SolvedStep
from solver.metrics.reading_via_landing import ViaLandingReading
from solver.metrics.via_landing import Landing, Pads
from tests.metrics.imposed import impose
from tests.metrics.test_die_shift import case
from tests.solving import load_case

VIAS = "{name: v1, via: 5 um, pad: 20 um, points: 3%s}"
FIELDS = "lithography: {field: [20 mm, 12 mm]}, "


def vias(**given):
    return ViaLanding.model_validate({"name": "v1", "via": "5 um", "pad": "20 um", **given})


def test_known_errors_add_as_they_are_and_independent_ones_by_their_squares():
    # 3 and 4 make 5, or 7; die by die the placement error of 3 is measured and corrected
    given = {"placement_error": "3 um", "overlay": "4 um"}
    assert vias(**given).random("panel") == pytest.approx(5e-6)
    assert vias(**given, combine="worst").random("panel") == pytest.approx(7e-6)
    assert vias(**given).random("die") == pytest.approx(4e-6)
    assert vias(**given, pads="fields").random("panel") == pytest.approx(4e-6)


def test_a_via_lands_where_the_pad_reaches_past_it_with_its_ring():
    # room (20 - 5) / 2 - 0.5 = 7 um, less 5 um of errors: 2 um of known misalignment are borne, 2.01 are not
    wanted = vias(placement_error="3 um", overlay="4 um", annular_ring="0.5 um")
    found = Landing(1e-6 * np.array([[0.0, 0.0], [1.2, 1.6], [0.0, 2.01], [np.nan, np.nan]]), 5e-6, wanted)
    assert found.lands.tolist() == [True, True, False, False]
    entry = found.summary()
    assert (entry["vias"], entry["not_exposed"]) == (3, 1)
    assert entry["share_landing"] == pytest.approx(2 / 3)
    assert entry["misalignment_max_um"] == pytest.approx(7.01)
    assert entry["least_ring_um"] == pytest.approx(0.49)
    assert entry["pad_for_all_um"] == pytest.approx(5 + 2 * 7.51)


def test_normal_errors_leave_a_via_on_its_pad_as_rayleigh_and_rice_say():
    # without known misalignment 1 - exp(-a^2 / 2 sigma^2); with it the mean over draws (seeded), to their error
    wanted, sigma, room = vias(overlay="12 um"), 4e-6, 7.5e-6
    (centred,) = (Landing(np.zeros((1, 2)), 12e-6, wanted).summary()["probability_of_landing"],)
    assert centred == pytest.approx(1 - np.exp(-(room**2) / (2 * sigma**2)), rel=1e-9)
    drawn = np.random.default_rng(0).normal([6e-6, 0.0], sigma, (200_000, 2))
    found = Landing(np.array([[6e-6, 0.0]]), 12e-6, wanted).summary()["probability_of_landing"]
    assert found == pytest.approx((np.hypot(*drawn.T) < room).mean(), abs=4e-3)


def test_each_correction_takes_what_is_linear_in_its_pattern():
    # u = k (x^2, 0): of a die of width a about its middle k (x - x0)^2 is left, of mean k a^2 / 6 with three columns
    x0, a, k = np.array([-20e-3, 0.0, 20e-3]), 6e-3, 0.01
    x = (x0[:, None] + np.array([-a / 2, 0.0, a / 2])).ravel()
    xy = np.array([(one, y) for one in x for y in (-1e-3, 0.0, 1e-3)])
    u = np.column_stack([k * xy[:, 0] ** 2, np.zeros(len(xy))])
    die = np.repeat(np.arange(3), 9)
    pads = Pads(xy, u, {"panel": np.zeros(27, dtype=int), "die": die, "field": np.where(die == 2, -1, die)})
    left = pads.left("die", vias())
    assert np.ptp(left[:9, 0]) == pytest.approx(k * a**2 / 4)
    assert np.abs(left[:9, 0]).max() == pytest.approx(k * a**2 / 6)
    assert np.abs(pads.left("panel", vias())[:, 0]).max() == pytest.approx(k * (2 / 3 * 20e-3**2 + a**2 / 6))
    assert np.array_equal(pads.left("none", vias()), u)
    assert np.isnan(pads.left("field", vias())[18:]).all()


def entry(text, directory, comm, motion):
    stack_mesh, u = impose(text, directory, comm, motion)
    report = SimpleNamespace(surface="bottom")
    step = SolvedStep("heat", SimpleNamespace(stack_mesh=stack_mesh), u, 298.15, report)
    reading = ViaLandingReading(load_case(text, [], directory, comm).case)
    return reading.read(step)


@pytest.mark.parametrize("symmetry", ["none", "quarter"])
def test_vias_follow_the_dies_of_a_panel_that_grew(symmetry, shared_path, comm):
    # 100 ppm of 30 mm by 22 mm of pads: 1.86 um in the corner, all of it corrected for the panel
    text = case(symmetry, report=f"{{{FIELDS}via_landing: [{VIAS % ', correction: none'}]}}", size="2 mm")
    found = entry(text, shared_path, comm, lambda x: (1e-4 * x[0], 1e-4 * x[1], 0 * x[0]))
    of = found.entry["v1"]["corrections"]
    assert of["none"]["vias"] == 12 * 9
    assert of["none"]["known_max_um"] == pytest.approx(100e-6 * np.hypot(13e3, 11e3), rel=1e-9)
    for correction in ("panel", "field", "die"):
        assert of[correction]["known_max_um"] == pytest.approx(0.0, abs=1e-8)
    assert found.entry["v1"]["misalignment_max_um"] == of["none"]["misalignment_max_um"]


def test_pads_in_fields_move_as_their_face_does(shared_path, comm):
    text = case(report=f"{{{FIELDS}via_landing: [{VIAS % ', pads: fields'}]}}")
    found = entry(text, shared_path, comm, lambda x: (0.01 * x[0] ** 2, 0 * x[0], 0 * x[0]))
    of = found.entry["v1"]["corrections"]
    assert set(of) == {"none", "panel", "field"}
    assert of["field"]["known_max_um"] < 0.5 * of["panel"]["known_max_um"]


def test_what_was_measured_before_is_kept_for_a_run_that_goes_on(shared_path, comm):
    text = case(report=f"{{via_landing: [{VIAS % ', reference: cool'}]}}")
    stack_mesh, u = impose(text, shared_path, comm, lambda x: (1e-4 * x[0], 0 * x[0], 0 * x[0]))
    steps = [
        SolvedStep(name, SimpleNamespace(stack_mesh=stack_mesh), u, 298.15, SimpleNamespace(surface="bottom"))
        for name in ("cool", "heat")
    ]
    loaded = load_case(text, [], shared_path, comm).case
    one, other = ViaLandingReading(loaded), ViaLandingReading(loaded)
    assert one.read(steps[0]) is None
    other.restore(one.reference("cool"))
    assert other.read(steps[1]).entry["v1"]["known_max_um"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (", correction: field", "report: {lithography"),
        (", pads: fields", "report: {lithography"),
        (", pads: fields, correction: die", "corrected by `none`"),
        (", annular_ring: 8 um", "no room"),
        (", overlay: -1 um", "must not be negative"),
        (", reference: hot", "no step 'hot' before others"),
        (", reference: heat", "no step 'heat' before others"),
        (", combine: sum", "'rss' or 'worst'"),
    ],
)
@pytest.mark.serial
def test_vias_that_cannot_be_judged_are_refused(more, message, tmp_path):
    with pytest.raises(CaseError, match=message):
        load_case(case(report=f"{{via_landing: [{VIAS % more}]}}"), [], tmp_path, MPI.COMM_SELF)
