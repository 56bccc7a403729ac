"""Metrics of imposed shapes: names, signs, diagonals, bow and twist, zones, holes, all in closed form."""

import numpy as np
import pytest

from solver import library
from solver.case.models import Report
from solver.case.report import Zone
from solver.metrics.evaluated import Evaluated
from solver.metrics.sign import SignedShape, in_words, sense, signed_or_size
from solver.metrics.surface import Surface
from solver.metrics.warpage import evaluate
from solver.stackup.zone import measuring_zone
from tests.metrics.imposed import impose
from tests.solving import load_case

K = 2.0  # 1/m
HALF, WIDTH = 20e-3, 15e-3  # m

PLATE = """
title: plate
geometry:
  outline: {shape: rectangle, size: [40 mm, 30 mm]}
  layers: [{name: plate, thickness: 0.5 mm, material: fr4}]
mesh: {in_plane_size: 5 mm}
process: {stress_free_temperature: 125 degC, steps: [{name: cool, temperature: 25 degC}]}
"""
SQUARE = PLATE.replace("40 mm, 30 mm", "40 mm, 40 mm")


def shape_of(case, path, comm, height, face="bottom", zone=None):
    stack_mesh, u = impose(case, path, comm, lambda x: (0.0, 0.0, height(*x[:2]) + 1e-3 + 0.02 * x[0] - 0.01 * x[1]))
    return evaluate(Surface(stack_mesh, u, face, zone))


def _zone(**lengths):
    """A zone of lengths in m."""
    texts = {key: np.char.add((1e3 * np.array(value)).astype(str), " mm").tolist() for key, value in lengths.items()}
    return Zone.model_validate(texts)


NAMED = {
    "dome": (lambda x, y: -K * (x**2 + y**2) / 2, 1),
    "bowl": (lambda x, y: K * (x**2 + y**2) / 2, -1),
    "cylinder": (lambda x, y: -K * (0.8 * x + 0.6 * y) ** 2 / 2, 1),
    "saddle": (lambda x, y: K * (x**2 - y**2) / 2, None),
    "twist": (lambda x, y: K * x * y, None),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_pure_shape_has_its_name_and_sign(shared_path, comm, name):
    height, sign = NAMED[name]
    found = shape_of(SQUARE, shared_path, comm, height)
    assert found.shape == name
    assert found.shape_confidence == pytest.approx(1.0, abs=1e-9)
    assert (found.sign_jedec, found.sign_jeita) == (sign, sign)
    assert found.signed_warpage_um == (None if sign is None else pytest.approx(sign * found.warpage_um))


@pytest.mark.parametrize("name", ["saddle", "twist"])
@pytest.mark.parametrize("noise", [1e-3, -1e-3])
def test_noise_gives_no_sign_to_a_shape_without_one(shared_path, comm, name, noise):
    """The same plate is not convex below and concave above."""
    height = NAMED[name][0]
    found = shape_of(SQUARE, shared_path, comm, lambda x, y: height(x, y) + noise * K * (x**2 + y**2))
    assert (found.shape, found.signed_warpage_um, found.sign_jeita) == (name, None, None)


def test_half_way_between_dome_and_cylinder_either_name_explains_as_much(shared_path, comm):
    """At k2 / k1 = tan(pi / 8) both explain (1 + t)^2 / 2 / (1 + t^2) = 0.854 of a square (shape index 3/4)."""
    t = np.tan(np.pi / 8)
    names = [
        shape_of(SQUARE, shared_path, comm, lambda x, y, r=ratio: -K * (x**2 + r * y**2))
        for ratio in (0.99 * t, 1.01 * t)
    ]
    assert [one.shape for one in names] == ["cylinder", "dome"]
    assert [one.shape_confidence for one in names] == pytest.approx(2 * [(1 + t) ** 2 / 2 / (1 + t**2)], rel=0.01)


def test_ripples_are_wavy_and_nothing_is_flat(shared_path, comm):
    wavy = shape_of(SQUARE, shared_path, comm, lambda x, y: 1e-5 * np.cos(2 * np.pi * x / HALF))
    assert wavy.shape == "wavy"
    assert wavy.shape_confidence > 0.5
    flat = shape_of(SQUARE, shared_path, comm, lambda x, y: 0.0 * x)
    assert (flat.shape, flat.sign_jedec, flat.sign_jeita) == ("flat", None, None)
    assert flat.signed_warpage_um == pytest.approx(0.0, abs=1e-6)


def test_extremes_of_a_dome_along_the_diagonals(shared_path, comm):
    """w = -k r^2 / 2 on 2a x 2b has its top k (a^2 + b^2) / 6 above the mean plane, its corners twice as much below."""
    found = shape_of(PLATE, shared_path, comm, NAMED["dome"][0])
    top, low = 1e6 * K * (HALF**2 + WIDTH**2) * np.array([1 / 6, -1 / 3])
    for line in ("ab", "cd"):
        assert getattr(found, f"diagonal_{line}_max_um") == pytest.approx(top, rel=1e-9)
        assert getattr(found, f"diagonal_{line}_min_um") == pytest.approx(low, rel=1e-9)
    assert found.corner_um == pytest.approx(-1e6 * K * (HALF**2 + WIDTH**2) / 2)


def test_a_twist_lifts_one_diagonal_and_lowers_the_other(shared_path, comm):
    found = shape_of(PLATE, shared_path, comm, NAMED["twist"][0])
    corner = 1e6 * K * HALF * WIDTH
    assert found.diagonal_ab_max_um == pytest.approx(corner)
    assert found.diagonal_cd_min_um == pytest.approx(-corner)
    assert found.twist_per_m == pytest.approx(-K)


def test_bow_and_twist_of_a_board_in_per_cent(shared_path, comm):
    """IPC-TM-650 2.4.22: a cylinder bows by k L^2 / 8 over L; a twisted corner is off by 4 k a b over two diagonals."""
    bowed = shape_of(PLATE, shared_path, comm, lambda x, y: -K * x**2 / 2)
    assert bowed.bow_percent == pytest.approx(100 * K * (2 * HALF) / 8)
    assert bowed.twist_percent == pytest.approx(0.0, abs=1e-9)
    twisted = shape_of(PLATE, shared_path, comm, NAMED["twist"][0])
    assert twisted.bow_percent == pytest.approx(0.0, abs=1e-9)
    assert twisted.twist_percent == pytest.approx(100 * 4 * K * HALF * WIDTH / (2 * 2 * np.hypot(HALF, WIDTH)))


@pytest.mark.parametrize("case", [PLATE, PLATE.replace("30 mm]}", "30 mm]}\n  symmetry: quarter", 1)])
def test_a_zone_cuts_cells_and_a_mirror_plane_changes_nothing(shared_path, comm, case):
    """In a box of 2 p x 2 q (it crosses cells) a saddle spans k (p^2 + q^2) / 2."""
    p, q = 11.3e-3, 7.7e-3
    stack_mesh, u = impose(case, shared_path, comm, lambda x: (0.0, 0.0, K * (x[0] ** 2 - x[1] ** 2) / 2))
    stack = stack_mesh.stack
    zone = measuring_zone(stack, _zone(rectangle=(2 * p, 2 * q)), "bottom")
    surface = Surface(stack_mesh, u, "bottom", zone)
    assert surface.area * stack.multiplicity == pytest.approx(4 * p * q, rel=1e-12)
    found = evaluate(surface)
    assert found.warpage_um == pytest.approx(1e6 * K * (p**2 + q**2) / 2, rel=1e-9)
    assert (found.curvature_x_per_m, found.curvature_y_per_m) == pytest.approx((-K, K))


def test_a_round_zone_has_no_corners(shared_path, comm):
    stack = impose(PLATE, shared_path, comm, lambda x: (0.0, 0.0, 0.0 * x[0]))[0].stack
    zone = measuring_zone(stack, _zone(circle=20e-3), "bottom")
    found = shape_of(PLATE, shared_path, comm, NAMED["bowl"][0], zone=zone)
    assert found.warpage_um == pytest.approx(1e6 * K * 0.01**2 / 2, rel=2e-3)  # a circle of 64 x 4 sides
    assert (found.corner_um, found.sign_jeita, found.sign_jedec) == (None, None, -1)


FRAME = PLATE.replace(
    "material: fr4}",
    "regions: [{name: f, shape: {rectangle: [40 mm, 30 mm], hole: [20 mm, 10 mm]}, material: fr4}]}",
)


def test_a_hole_in_the_centre_is_replaced_by_its_nearest_edge_and_says_so(shared_path, comm):
    """The nearest places are the middles of the long sides of the hole, 5 mm away."""
    found = shape_of(FRAME, shared_path, comm, NAMED["bowl"][0])
    short, long = (K * (far**2 + half**2 / 3) / 2 for far, half in ((HALF, WIDTH), (WIDTH, HALF)))  # means of the sides
    rim = (WIDTH * short + HALF * long) / (WIDTH + HALF)
    assert found.bow_um == pytest.approx(1e6 * (K * 5e-3**2 / 2 - rim), rel=2e-3)
    assert found.landmarks_instead == "centre: is off the surface, taken up to 5 mm away"
    assert found.sign_jedec == -1


BALLS = """
title: package on balls
geometry:
  outline: {shape: rectangle, size: [12 mm, 12 mm]}
  layers:
    - name: balls
      thickness: 0.3 mm
      regions:
        - {name: ball, shape: {rectangle: [0.5 mm, 0.5 mm]}, material: fr4, grid: {count: [4, 4], pitch: [1 mm, 1 mm]}}
    - {name: substrate, thickness: 0.3 mm, material: bt-core}
mesh: {in_plane_size: 1.5 mm}
process: {stress_free_temperature: 175 degC, steps: [{name: cool, temperature: 25 degC}]}
"""


@pytest.mark.parametrize(
    ("overrides", "zone", "reach"),
    [
        ({"surface": "bottom"}, None, 6e-3),
        ({"surface": "balls.bottom"}, "outermost centres of balls", 1.5e-3),
        ({"surface": "balls.bottom", "zone": "all"}, None, 1.75e-3),
        ({"surface": "substrate.bottom", "zone": "balls"}, "outermost centres of balls", 1.5e-3),
        ({"surface": "bottom", "zone": {"edge_exclusion": "1 mm"}}, "without 1 mm at the edge", 5e-3),
    ],
)
def test_terminals_are_measured_inside_their_outermost_centres(shared_path, comm, overrides, zone, reach):
    """JEITA ED-7306; a dome of curvature k spans k (reach^2 - inner^2), inner: the place nearest to the centre."""
    stack_mesh, u = impose(BALLS, shared_path, comm, lambda x: (0.0, 0.0, -K * (x[0] ** 2 + x[1] ** 2) / 2))
    evaluated = Evaluated(stack_mesh, Report.model_validate(overrides))
    inner = 0.25e-3 if overrides["surface"] == "balls.bottom" else 0.0
    found = evaluate(evaluated.of(u))
    assert evaluated.summary(u).zone == zone
    assert found.warpage_um == pytest.approx(1e6 * K * (reach**2 - inner**2), rel=1e-9)
    assert found.shape == "dome"
    assert (found.sign_jedec, found.sign_jeita) == (1, 1)


def test_words_for_a_shape():
    assert in_words(SignedShape(12.0, -12.0, "bowl")) == "-12 um (bowl, concave)"
    assert sense(SignedShape(12.0, None, "saddle")) == "saddle, no sign"
    assert signed_or_size(SignedShape.of({"warpage_um": 12.0, "signed_warpage_um": None})) == 12.0


CROSS_PLY = """
title: two plies whose expansions cross
geometry:
  outline: {shape: rectangle, size: [40 mm, 40 mm]}
  layers:
    - {name: low, thickness: 0.5 mm, material: along}
    - {name: high, thickness: 0.5 mm, material: across}
materials:
  along: {youngs_modulus: 50 GPa, poisson_ratio: 0.3, thermal_expansion: [12 ppm/K, 4 ppm/K, 8 ppm/K]}
  across: {youngs_modulus: 50 GPa, poisson_ratio: 0.3, thermal_expansion: [4 ppm/K, 12 ppm/K, 8 ppm/K]}
mesh: {in_plane_size: 10 mm}
process: {stress_free_temperature: 125 degC, steps: [{name: cool, temperature: 25 degC}]}
analysis: {deflection: small}
"""


def test_a_cross_ply_is_a_saddle_without_a_sign_seen_from_below_and_above_and_as_a_laminate(shared_path, comm, solve):
    """kappa_x = -kappa_y: what decides the sign of a solved field is rounding and the mesh, and counts as neither."""
    seen = [solve(CROSS_PLY, f"report.surface={side}")["steps"][0] for side in ("bottom", "top")]
    case = load_case(CROSS_PLY, ("analysis.model=laminate",), shared_path, comm)
    laminate = library.solve(case, comm=comm).steps[0].metrics
    for step in (*seen, laminate):
        assert (step["shape"], step["signed_warpage_um"], step["sign_jedec"]) == ("saddle", None, None)
        assert step["shape_confidence"] == pytest.approx(1.0, abs=0.02)
        assert step["curvature_x_per_m"] == pytest.approx(-step["curvature_y_per_m"], rel=1e-6)
    assert [step["sign_jeita"] for step in seen] == [None, None]
    assert seen[0]["warpage_um"] == pytest.approx(laminate["warpage_um"], rel=0.03)
