"""Regions that fill what others leave, and strips along the outline."""

import numpy as np
import pytest

from solver.case.load import load
from solver.errors import CaseError

CASE = """title: dies in a mould that is smaller than its board
geometry:
  outline: {outline}
  layers:
    - {{name: board, thickness: 1 mm, material: fr4}}
    - name: dies
      thickness: 0.5 mm
      regions:
        - {{name: mould, shape: {{rectangle: [30 mm, 20 mm]}}, material: emc-generic, fill: true}}
        - name: die
          shape: {{rectangle: [5 mm, 5 mm]}}
          material: silicon
          grid: {{count: [3, 2], pitch: [8 mm, 8 mm]}}
        - {{name: passive, shape: {{circle: 2 mm}}, at: [-13 mm, 0 mm], material: alumina}}
        {more}
process: {{stress_free_temperature: 150 degC, steps: [{{name: cool, temperature: 25 degC}}]}}
"""
NOTCHED = (
    "{shape: polygon, points: "
    "[[-20 mm, -15 mm], [20 mm, -15 mm], [20 mm, 15 mm], [0 mm, 15 mm], [0 mm, 14 mm], [-20 mm, 14 mm]]}"
)
RECTANGLE = "{shape: rectangle, size: [40 mm, 30 mm]}"


def areas(path, more="", outline=RECTANGLE):
    (path / "case.yaml").write_text(CASE.format(more=more, outline=outline), encoding="utf-8")
    dies = load(path).stack.layer("dies")
    return {region.name: 1e6 * sum(polygon.area for polygon in region.polygons) for region in dies.regions}


def test_a_mould_fills_what_dies_and_passives_leave(tmp_path):
    found = areas(tmp_path)
    assert found["die"] == pytest.approx(150.0)
    assert found["mould"] == pytest.approx(600.0 - 150.0 - np.pi, rel=1e-6)


def test_of_two_that_fill_the_first_has_its_place(tmp_path):
    found = areas(tmp_path, "- {name: rest, shape: {rectangle: [40 mm, 30 mm]}, material: emc-liquid, fill: true}")
    assert found["mould"] == pytest.approx(450.0 - np.pi, rel=1e-6)
    assert found["rest"] == pytest.approx(1200.0 - 600.0, rel=1e-9)


def test_every_place_of_a_grid_fills(tmp_path):
    cells = "shape: {rectangle: [12 mm, 12 mm]}, grid: {count: [3, 2], pitch: [13 mm, 13 mm]}"
    found = areas(tmp_path, f"- {{name: cells, {cells}, material: emc-liquid, fill: true}}")
    assert found["cells"] == pytest.approx(2 * 12 * 2.5 + 4 * (4 * 12 + 8 * 2.5), rel=1e-9)  # beside the mould


@pytest.mark.parametrize(
    ("outline", "area"),
    [
        (RECTANGLE, 1200.0 - 39.99 * 29.99),
        ("{shape: disc, diameter: 40 mm}", np.pi * (20.0**2 - 19.995**2)),
        (NOTCHED, 0.005 * (40 + 30 + 20 + 1 + 20 + 29) - 5 * 0.005**2 + 0.005**2),  # five corners out, one in
    ],
)  # fmt: skip
def test_a_rim_goes_along_the_outline(tmp_path, outline, area):
    found = areas(tmp_path, "- {name: shield, shape: {rim: 5 um}, material: copper}", outline)
    assert found["shield"] == pytest.approx(area, rel=2e-3 if "disc" in outline else 1e-6)


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ("- {name: more, shape: {rectangle: [5 mm, 5 mm]}, material: silicon}", "overlaps region 'die'"),
        ("- {name: none, shape: {rectangle: [5 mm, 5 mm]}, material: silicon, fill: true}", "nothing is left of its"),
        ("- {name: shield, shape: {rim: 1 mm}, at: [1 mm, 0 mm], material: copper}", "a rim lies along the outline"),
        ("- {name: shield, shape: {rim: 1 mm, hole: [3 mm, 3 mm]}, material: copper}", "it takes no `hole`"),
        ("- {name: shield, shape: {rim: 0 mm}, material: copper}", "must be positive"),
    ],
)  # fmt: skip
def test_regions_that_cannot_be_are_named(tmp_path, more, rule):
    with pytest.raises(CaseError, match=rule):
        areas(tmp_path, more)
