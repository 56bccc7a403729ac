"""Exposure fields: layout, overlay and flatness of imposed shapes, on any number of ranks and any symmetry."""

import numpy as np
import pytest

from solver.case.exposure import field_centres
from solver.case.load import load
from solver.case.models import Report
from solver.errors import CaseError
from solver.metrics import alignment, lithography, plausibility
from solver.metrics.frame import frame
from tests.metrics.imposed import impose
from tests.probing import stack_of

CASE = """
title: plate under a stepper
geometry:
  outline: {outline}
  symmetry: {symmetry}
  layers:
    - {{name: carrier, thickness: 0.5 mm, material: even}}
    - {{name: rdl, thickness: 0.1 mm, material: even}}
materials:
  even: {{youngs_modulus: 50 GPa, poisson_ratio: 0.3, thermal_expansion: 8 ppm/K}}
mesh: {{in_plane_size: 8 mm}}
process:
  stress_free_temperature: 125 degC
  steps: [{{name: cool, temperature: 25 degC}}, {{name: heat, temperature: 225 degC}}]
analysis: {{deflection: small}}
report: {{lithography: {{field: [26 mm, 33 mm]{wanted}}}}}
"""
PLATE = "{shape: rectangle, size: [120 mm, 100 mm]}"


def case(wanted: str = "", outline: str = PLATE, symmetry: str = "none") -> str:
    """The plate and its fields."""
    return CASE.format(outline=outline, symmetry=symmetry, wanted=wanted)


def spec(**keys):
    """The section with these keys."""
    return Report.model_validate({"lithography": {"field": ["26 mm", "33 mm"], **keys}}).lithography


def expose(directory, comm, motion, symmetry="none", outline=PLATE, **keys):
    """All fields under an imposed displacement."""
    stack_mesh, u = impose(case(outline=outline, symmetry=symmetry), directory, comm, motion)
    wanted = spec(**keys)
    sites = lithography.measure(stack_mesh, u, frame(stack_mesh, u, "bottom"), wanted)
    return lithography.evaluate(sites, wanted.correction, wanted.depth_of_focus)


@pytest.mark.serial
@pytest.mark.parametrize(
    ("keys", "count"),
    [
        ({}, 12),  # 4 x 26 mm in 120 mm, 3 x 33 mm in 100 mm
        ({"origin": ["0 mm", "0 mm"]}, 9),  # 3 x 3 around a field in the middle
        ({"edge_exclusion": "8.1 mm"}, 6),  # 103.8 x 83.8 mm left: 3 x 2
        ({"pitch": ["30 mm", "50 mm"]}, 8),  # 4 x 2
        ({"part_inside": "40 %", "origin": ["0 mm", "0 mm"]}, 15),  # 21 of 26 mm of the outer columns count too
    ],
)
def test_fields_are_laid_out_as_asked(tmp_path, keys, count) -> None:
    assert len(field_centres(stack_of(case(), tmp_path).outline, spec(**keys))) == count


@pytest.mark.serial
def test_whole_fields_of_a_wafer_lie_inside_its_circle(tmp_path) -> None:
    stack = stack_of(case(outline="{shape: disc, diameter: 300 mm}"), tmp_path)
    found = field_centres(stack.outline, spec(edge_exclusion="3 mm"))
    counts = []
    for half_x, half_y in ((0, 0), (0, 1), (1, 0), (1, 1)):
        x, y = np.meshgrid(26 * (np.arange(-7, 7) + half_x / 2), 33 * (np.arange(-7, 7) + half_y / 2))
        counts.append(int((np.hypot(np.abs(x) + 13, np.abs(y) + 16.5) <= 147).sum()))
    assert len(found) == max(counts)
    far = np.hypot(np.abs(found[:, 0]) + 13e-3, np.abs(found[:, 1]) + 16.5e-3)
    assert far.max() <= 147e-3 * 1.001  # the circle is a polygon of the same area


def test_flatness_of_a_cylinder_and_a_saddle_is_known(shared_path, comm) -> None:
    k = 0.02  # 1/m; k a^2 / 8 in a field of length a, whatever its place, as its plane follows
    cylinder = expose(shared_path, comm, lambda x: (0, 0, 0.5 * k * x[0] ** 2))
    assert [field.flatness for field in cylinder.fields] == pytest.approx(12 * [k * 26e-3**2 / 8], rel=1e-9)
    assert [field.tilt[0] for field in cylinder.fields] == pytest.approx(
        [k * field.centre[0] for field in cylinder.fields], abs=1e-12
    )
    saddle = expose(shared_path, comm, lambda x: (0, 0, k * x[0] * x[1]))
    assert [field.flatness for field in saddle.fields] == pytest.approx(12 * [k * 26e-3 * 33e-3 / 2], rel=1e-9)


def test_fields_over_the_depth_of_focus_are_counted(shared_path, comm) -> None:
    c = 1.0  # 1/m^2: w = c x^3 / 6 bends a field at x0 by c x0, its flatness is near c x0 a^2 / 8
    found = expose(shared_path, comm, lambda x: (0, 0, c * x[0] ** 3 / 6), depth_of_focus="2 um")
    outer = [abs(field.centre[0]) > 30e-3 for field in found.fields]  # 3.3 um; 1.1 um in the inner columns
    assert found.over_budget.tolist() == outer
    entry = found.summary()
    assert entry["fields_over_budget"] == 6
    assert entry["share_over_budget"] == pytest.approx(0.5)
    assert entry["depth_of_focus_um"] == pytest.approx(2.0)
    assert entry["max_flatness_um"] == pytest.approx(1e6 * c * 39e-3 * 26e-3**2 / 8, rel=0.05)


def test_a_linear_displacement_is_corrected_and_named(shared_path, comm) -> None:
    gradient = 1e-6 * np.array([[30.0, -14.0], [4.0, -20.0]])
    found = expose(shared_path, comm, lambda x: (*(gradient @ x[:2]), 0 * x[0]))
    for field in found.fields:
        assert field.corrected.magnification_x_ppm == pytest.approx(30.0)
        assert field.corrected.magnification_y_ppm == pytest.approx(-20.0)
        assert field.corrected.orthogonality_urad == pytest.approx(10.0)
        assert field.overlay.max_um < 1e-9


def test_what_a_stepper_cannot_correct_is_left(shared_path, comm) -> None:
    shear = 10e-6

    def motion(x):
        return -0.5 * shear * x[1], -0.5 * shear * x[0], 0

    found = expose(shared_path, comm, motion, correction=["translation", "rotation", "magnification"])
    a, b = 26e-3, 33e-3
    turn = shear / 2 * (b**2 - a**2) / (a**2 + b**2)  # the rotation that takes away most of it
    corner = np.hypot((0.5 * shear - turn) * b / 2, (0.5 * shear + turn) * a / 2)
    assert [field.overlay.max_um for field in found.fields] == pytest.approx(12 * [1e6 * corner], rel=2e-3)


def test_a_quadratic_displacement_leaves_its_known_overlay(shared_path, comm) -> None:
    c = 0.01  # 1/m: u = c x^2 leaves c (s^2 - mean of s^2) in every field, s from -a/2 to a/2
    found = expose(shared_path, comm, lambda x: (c * x[0] ** 2, 0, 0), points=101)
    a = 26e-3
    for field in found.fields:
        assert field.overlay.max_um == pytest.approx(1e6 * c * a**2 / 6, rel=0.03)  # a^2/4 - a^2/12
        assert field.overlay.three_sigma_x_um == pytest.approx(3e6 * c * a**2 / np.sqrt(180), rel=0.03)
        assert field.overlay.three_sigma_y_um < 1e-9
        line = np.linspace(-a / 2, a / 2, 101)
        exact = c * (line**2 - (line**2).mean())  # of the points measured
        assert field.overlay.max_um == pytest.approx(1e6 * exact.max(), rel=1e-9)


def test_a_part_and_the_whole_agree(shared_path, comm) -> None:
    def motion(x):
        return 1e-3 * x[0] + 0.1 * x[0] * x[1] ** 2, 2e-3 * x[1] + 0.02 * x[1] * x[0] ** 2, 1e-2 * x[0] ** 2

    wide = "{shape: rectangle, size: [128 mm, 96 mm]}"  # cells of the parts are those of the whole
    whole = expose(shared_path, comm, motion, outline=wide)
    for symmetry in ("half-x", "half-y", "quarter"):
        part = expose(shared_path, comm, motion, symmetry, outline=wide)
        for name, column in whole.table().items():
            assert part.table()[name] == pytest.approx(column, rel=1e-9, abs=1e-7), name


def test_fields_at_the_rim_are_evaluated_on_the_part_that_is_there(shared_path, comm) -> None:
    k = 0.02
    keys = {"origin": ["0 mm", "0 mm"], "part_inside": "40 %"}
    found = expose(shared_path, comm, lambda x: (0, 0, 0.5 * k * x[0] ** 2), points=53, **keys)
    outer = [field for field in found.fields if abs(field.centre[0]) > 50e-3]
    assert len(found.fields) == 15
    assert [field.flatness for field in outer] == pytest.approx(6 * [k * 21e-3**2 / 8], rel=1e-9)


def test_a_solved_step_is_compared_with_another(solve) -> None:
    steps = solve(case(", reference: cool, correction: [translation], depth_of_focus: 1 um, face: rdl.bottom"))["steps"]
    assert "lithography" not in steps[0]
    found = steps[1]["lithography"]
    assert found["fields"] == 12
    assert found["overlay"]["max_um"] == pytest.approx(8.0 * 0.2 * np.hypot(13.0, 16.5), rel=1e-6)
    assert found["fields_over_budget"] == 0


def test_alignment_needs_points_that_determine_it() -> None:
    xy = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    assert alignment.fit(xy, xy) is None
    assert alignment.fit(xy, xy, ["translation"]) is not None
    assert alignment.fit(np.empty((0, 2)), np.empty((0, 2))) is None


@pytest.mark.serial
@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("face: rld.top", "there is no such face; did you mean 'rdl.top'"),
        ("pitch: [20 mm, 40 mm]", "fields would overlap"),
        ("part_inside: 1 %", "between 10 % and 100 %"),
        ("depth_of_focus: 0 um", "the budget must be positive"),
        ("depth_of_focus: 5", "a length needs a unit"),
        ("edge_exclusion: 45 mm", "no field fits the outline"),
        ("reference: frost", "there is no step 'frost'"),
    ],
)
def test_wrong_values_are_told(tmp_path, wanted, message) -> None:
    (tmp_path / "case.yaml").write_text(case(f", {wanted}"))
    with pytest.raises(CaseError) as error:
        load(tmp_path)
    assert message in str(error.value)
    assert "case.yaml:16" in str(error.value)


@pytest.mark.serial
def test_cells_longer_than_half_a_field_are_told() -> None:
    assert list(plausibility.coarse_fields(10e-3, (26e-3, 33e-3))) == []
    (text,) = plausibility.coarse_fields(15e-3, (26e-3, 33e-3))
    assert "below 13 mm" in text
