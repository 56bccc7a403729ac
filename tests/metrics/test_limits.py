"""Limits of warpage while the solder is soft: the table of JEITA ED-7306, verdicts, lines in the curve."""

import matplotlib.image
import pytest

from solver.case.load import load
from solver.case.report import WarpageLimit
from solver.metrics.limits import ShapeAt, WarpedStep, lines, permissible, verdicts
from solver.output.summary import plain
from solver.report.pictures import curve
from solver.stackup.zone import are_terminals, measuring_zone
from tests.metrics.test_warpage import BALLS, PLATE
from tests.probing import stack_of

pytestmark = pytest.mark.serial


def step(name: str, celsius: float, warpage: float, sign: int | None = 1, layers: str = "balls body", **more):
    """An entry of the summary."""
    signed = None if sign is None else sign * warpage
    found = {"name": name, "temperature_degc": celsius, "warpage_um": warpage, "signed_warpage_um": signed}
    return found | {"layers": {layer: {} for layer in layers.split()}, "curve": [], **more}


def warped(steps):
    """The same as values."""
    return [
        WarpedStep(
            one["name"],
            tuple(one["layers"]),
            False,
            tuple(
                ShapeAt(at["temperature_degc"], at["warpage_um"], at["signed_warpage_um"])
                for at in (*one["curve"], one)
            ),
        )
        for one in steps
    ]


@pytest.mark.parametrize(
    ("pitch", "limit"),
    [(0.4, 0.10), (0.5, 0.11), (0.65, 0.14), (0.8, 0.17), (1.0, 0.22), (1.27, 0.25), (0.75, 0.14), (2.0, 0.25)],
)
def test_permissible_warpage_is_that_of_the_pitch_or_the_next_smaller_one(pitch, limit):
    """JEITA ED-7306; 0.8 and 1.0 mm also as quoted in SMT Magazine, August 2015, pages 42 and 46."""
    assert permissible(1e-3 * pitch) == pytest.approx(1e-3 * limit)
    assert permissible(0.3e-3) is None


def test_the_worst_of_the_hot_points_of_the_package_decides(tmp_path):
    """0.8 mm: 170 um; the panel before, the substrate alone and what is cold do not count."""
    stack = stack_of(PLATE, tmp_path)
    hot = [step("peak", 245.0, 150.0, -1, curve=[step("", 217.0, 120.0)])]
    steps = [step("substrate", 245.0, 900.0, layers="body"), step("cold", 25.0, 800.0), *hot]
    wanted = WarpageLimit(pitch="0.8 mm", convex="230 um", concave="140 um")
    jeita, own = verdicts(wanted, stack, warped(steps))
    assert (jeita.worst_um, jeita.worst_temperature_degc, jeita.passed) == (-150.0, 245.0, True)
    assert (own.worst_um, own.passed) == (-150.0, False)  # 150 of 140 um concave; 120 of 230 um convex is well
    assert "exceeded" in list(lines([jeita, own]))[1]


def test_a_shape_without_a_sign_keeps_the_smaller_limit(tmp_path):
    wanted, saddle = WarpageLimit(convex="230 um", concave="140 um"), [step("peak", 245.0, 150.0, None)]
    (own,) = verdicts(wanted, stack_of(PLATE, tmp_path), warped(saddle))
    assert (own.worst_um, own.passed) == (150.0, False)


def test_no_verdict_where_nothing_is_hot(tmp_path):
    stack, cold = stack_of(PLATE, tmp_path), [step("cold", 25.0, 800.0)]
    (found,) = verdicts(WarpageLimit(pitch="0.8 mm"), stack, warped(cold))
    assert found.passed is None
    assert verdicts(None, stack, warped(cold)) == []


def test_terminals_are_found_with_their_pitch(tmp_path):
    stack = stack_of(BALLS, tmp_path)
    assert are_terminals(stack, stack.layers[0])
    (found,) = verdicts(None, stack, warped([step("peak", 260.0, 230.0)]))
    assert (found.pitch_mm, found.passed) == (pytest.approx(1.0), False)
    assert measuring_zone(stack, None, "balls.bottom").outline.bounds == pytest.approx((-1.5e-3,) * 2 + (1.5e-3,) * 2)
    assert measuring_zone(stack, None, "bottom") is None


@pytest.mark.parametrize(("name", "terminals"), [("dies", False), ("pads", True)])
def test_dies_are_no_terminals(tmp_path, name, terminals):
    stack = stack_of(BALLS.replace("name: ball,", f"name: {name},"), tmp_path)
    assert are_terminals(stack, stack.layers[0]) is terminals


def test_limits_and_points_without_a_sign_are_in_the_curve(tmp_path):
    steps = [
        step("cold", 25.0, 180.0, curve=[step("", 150.0, 40.0, None)]),
        step("peak", 260.0, 150.0, -1, curve=[step("", 183.0, 60.0, None), step("", 220.0, 100.0, -1)]),
    ]
    limits = verdicts(
        WarpageLimit(pitch="0.8 mm", convex="230 um", concave="140 um"), stack_of(PLATE, tmp_path), warped(steps)
    )
    assert curve.branches(steps)[1].unsigned == ((183.0, 60.0),)
    image = matplotlib.image.imread(curve.draw(steps, tmp_path / "curve.png", plain(limits)))
    red = (image[..., 0] > 0.7) & (image[..., 1] < 0.1) & (image[..., 2] < 0.1)
    assert red.sum() > 400  # four lines


def test_a_limit_below_the_table_needs_numbers(tmp_path):
    (tmp_path / "case.yaml").write_text(PLATE + "report: {warpage_limit: {pitch: 0.3 mm}}\n", encoding="utf-8")
    with pytest.raises(Exception, match=r"warpage_limit.pitch.*0\.4 mm.*convex"):
        load(tmp_path)
