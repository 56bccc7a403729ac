"""Two results side by side: what differs, by how much, what only one of them has, and how the command says so."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from solver.cli import app
from solver.comparison.compare import compare
from solver.comparison.heights import heights
from solver.comparison.rows import largest
from solver.output import csv_files, summary

pytestmark = pytest.mark.serial


def dome(curvature, side=100.0, count=21, squeeze=1.0):
    """Columns of a surface (mm, um) of curvature (1/m) along x, and `squeeze` times that along y."""
    x, y = (axis.ravel() for axis in np.meshgrid(*2 * [np.linspace(-side / 2, side / 2, count)]))
    z = -0.5e-3 * curvature * (x**2 + squeeze * y**2) * 1e3 / 1e0
    return {"x_mm": x, "y_mm": y, "z_um": z - z.mean()}


def step(name, warpage, **more):
    return {
        "name": name, "temperature_degc": 25.0, "warpage_um": warpage, "signed_warpage_um": -warpage, "shape": "bowl",
        "twist_per_m": 1e-14 * warpage, "in_plane": {"scale_x_ppm": 12.0},
        "curve": [{"temperature_degc": 25.0, "warpage_um": warpage}], "newton_iterations": int(warpage), **more,
    }  # fmt: skip


def folder(path, steps, surfaces=(), **top):
    path.mkdir(parents=True)
    head = {"case": path.name, "model": "solid", "planish": "0.1.0"}
    summary.write(path / "summary.json", {**head, "steps": steps, **top})
    for stem, columns in surfaces:
        csv_files.write(path / f"surface_{stem}.csv", columns)
    return path


@pytest.fixture
def pair(tmp_path):
    """A panel in two models: B bends 2 % more when it cools, and has no reflow."""
    cooled, hot = step("cool", 100.0, layers={"mould": {"max_von_mises_mpa": 50.0}}), step("reflow", 10.0)
    a = folder(tmp_path / "a", [cooled, hot], [("01_cool", dome(0.1))])
    bent = step("cool", 102.0, layers={"mould": {"max_von_mises_mpa": 50.5}})
    return a, folder(tmp_path / "b", [bent], [("01_cool", dome(0.102, count=36))], model="plate")


def planish(*arguments):
    done = CliRunner().invoke(app, ["compare", *map(str, arguments)], catch_exceptions=True)
    return done.exit_code, done.output, done.exception


def test_every_metric_with_its_difference_as_a_part_of_the_larger(pair):
    found = {row.metric: row for row in compare(*pair).parts["step cool"]}
    assert (found["warpage_um"].difference, found["warpage_um"].relative) == (2.0, pytest.approx(2 / 102))
    assert found["signed_warpage_um"].relative == pytest.approx(-2 / 102)
    assert found["curve[25 degC].warpage_um"].b == 102.0
    assert found["layers.mould.max_von_mises_mpa"].relative == pytest.approx(0.5 / 50.5)
    assert found["shape"].same and found["in_plane.scale_x_ppm"].same
    assert found["twist_per_m"].relative == 0.0  # a twist of 1e-12 1/m is none
    assert found["temperature_degc"].relative is None  # 0 degC is not nothing
    assert "newton_iterations" not in found


def test_the_largest_difference_of_all_is_named(pair):
    part, row = compare(*pair).largest
    assert part == "step cool" and row.metric.endswith("warpage_um") and abs(row.relative) == pytest.approx(2 / 102)
    assert largest([]) is None


def test_steps_and_metrics_of_one_only_are_named(pair):
    found = compare(*pair)
    assert found.only_a == {"step reflow": []} and found.only_b == {}
    code, said, _ = planish(*pair)
    assert code == 0 and "only in A: step reflow" in said


def test_heights_are_compared_at_the_nodes_of_the_coarser_surface(pair):
    (one,) = compare(*pair).surfaces
    # the mean of (x^2 + y^2) over 21 nodes a side is (1 + 0.1) times that of the square, over 36 nodes (1 + 2 / 35)
    corner, mean = 50.0**2 * 2, [2 * 2500 / 3 * (1 + 2 / n) for n in (20, 35)]
    expected = 0.5 * abs(0.102 * (corner - mean[1]) - 0.1 * (corner - mean[0]))
    centre = 0.5 * abs(0.102 * mean[1] - 0.1 * mean[0])
    assert one.points.shape == (441, 2) and one.missing == 0
    assert one.largest_um == pytest.approx(max(expected, centre), rel=1e-3)
    assert one.turned_rms_um is None


def test_a_cylinder_about_the_other_axis_is_told_from_another_shape():
    found = heights("cool", dome(0.1, squeeze=0.0), dome(0.0, squeeze=1.0) | {"z_um": dome(0.1, squeeze=0.0)["z_um"]})
    assert found.turned_rms_um is None  # the same
    other = dome(0.1, squeeze=0.0)
    turned = {"x_mm": other["y_mm"], "y_mm": other["x_mm"], "z_um": other["z_um"]}
    found = heights("cool", other, turned)
    assert found.relative == pytest.approx(1.0) and found.turned_rms_um == pytest.approx(0.0, abs=1e-9)


def test_surfaces_that_do_not_overlap_have_no_difference():
    assert heights("cool", dome(0.1), {**dome(0.1), "x_mm": dome(0.1)["x_mm"] + 1000.0}) is None


@pytest.mark.slow
def test_files_for_programs_and_people(pair, tmp_path):
    out = tmp_path / "out"
    code, said, _ = planish(*pair, "-o", out, "--json")
    assert code == 0
    printed, written = json.loads(said), json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    assert printed == written and printed["only_a"] == {"step reflow": []} and printed["b"]["model"] == "plate"
    assert printed["surfaces"][0]["points"] == 441
    head, *lines = (out / "comparison.csv").read_text(encoding="utf-8").splitlines()
    assert head == "part,metric,a,b,difference,relative" and any("warpage_um,100,102,2" in line for line in lines)
    assert {path.name for path in out.glob("*.png")} == {"comparison.png", "heights_01_cool.png"}


def test_a_tolerance_makes_the_exit_code(pair):
    assert planish(*pair, "--within", "0.03")[0] == 0
    assert planish(*pair, "--within", "0.01")[0] == 1
    assert planish(pair[0], pair[0], "--within", "0")[0] == 0


def test_a_case_directory_stands_for_its_results(tmp_path):
    folder(tmp_path / "case" / "results", [step("cool", 100.0)])
    other = folder(tmp_path / "other", [step("cool", 100.0)])
    code, said, _ = planish(tmp_path / "case", other)
    assert code == 0 and "largest relative difference: +0 %" in said


@pytest.mark.parametrize(("text", "says"), [
    (None, "no results here"),
    ("{", "cannot be read"),
    ('{"steps": 3}', "`steps` is no list"),
])  # fmt: skip
def test_what_is_no_results_folder_is_one_line_and_exit_code_2(pair, tmp_path, text, says):
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    if text is not None:
        (wrong / "summary.json").write_text(text, encoding="utf-8")
    code, said, _ = planish(pair[0], wrong)
    assert code == 2 and says in said and str(wrong) in said and said.count("\n") == 1


def test_results_of_a_version_that_wrote_less_are_compared_as_far_as_they_go(pair, tmp_path):
    old = folder(tmp_path / "old", [{"name": "cool", "warpage_um": 99.0}])
    found = compare(pair[0], old)
    assert [row.metric for row in found.parts["step cool"]] == ["warpage_um"]
    assert "signed_warpage_um" in found.only_a["step cool"] and found.surfaces == []
