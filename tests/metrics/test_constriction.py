"""Heat that crowds towards the parts of an array, against the classical tube and against parts that are meshed."""

import pytest

from solver.metrics.constriction import Foot, Sheet, tube

THICK = [Sheet(1.0, 20.0, 20.0)]


@pytest.mark.serial
def test_a_small_foot_on_a_half_space_is_that_of_carslaw_and_jaeger():
    """A disc of one temperature on a half-space: 1 / (4 k a); Conduction of Heat in Solids, 2nd ed., sect. 8.2."""
    foot = Foot(0.05e-3, 1e-3)
    # in a tube less: 1 - 1.40978 e + 0.34406 e^3 of it, Yovanovich and Marotta (2003), sect. 4.5
    assert tube(foot, THICK) == pytest.approx((1 - 1.40978 * 0.05) / (4 * 20 * 0.05e-3), rel=0.01)
    foot = Foot(0.4e-3, 1e-3)
    assert tube(foot, THICK) == pytest.approx((1 - 1.40978 * 0.4 + 0.34406 * 0.4**3) / (4 * 20 * 0.4e-3), rel=0.01)


@pytest.mark.serial
def test_a_sheet_of_the_same_material_changes_nothing_and_copper_takes_most_away():
    foot = Foot(0.2e-3, 0.5642e-3)
    assert tube(foot, [Sheet(50e-6, 20.0, 20.0), *THICK]) == pytest.approx(tube(foot, THICK), rel=1e-12)
    assert tube(foot, [Sheet(0.3e-3, 400.0, 400.0), *THICK]) < 0.15 * tube(foot, THICK)


@pytest.mark.serial
def test_a_foot_as_wide_as_its_tube_has_none():
    assert tube(Foot(1e-3, 1e-3), THICK) == pytest.approx(0.0, abs=1e-12)


CASE = """
title: one cell of an array of pillars, 0.4 mm square at 1 mm
geometry:
  outline: {{shape: rectangle, size: [1 mm, 1 mm]}}
  symmetry: quarter
  layers:
    - {{name: low, thickness: 1 mm, material: poor, cells: 16}}
    - {joint}
    - {{name: high, thickness: 1 mm, material: poor, cells: 16}}
materials:
  poor: {{thermal_conductivity: {k} W/m/K}}
  metal: {{thermal_conductivity: 60 W/m/K}}
  glue: {{thermal_conductivity: {glue} W/m/K}}
  pillars: {{unit_cell: pillar, metal: metal, matrix: glue, size: 0.4 mm, pitch: 1 mm}}
mesh: {{in_plane_size: {mesh}}}
thermal:
  boundaries: [{{face: top, flux: 1e5 W/m^2}}, {{face: bottom, temperature: 25 degC}}]
"""
SMEARED = "{name: joint, thickness: 0.1 mm, material: pillars}"
MESHED = (
    "{name: joint, thickness: 0.1 mm, cells: 2, material: glue, "
    "regions: [{name: part, shape: {rectangle: [0.4 mm, 0.4 mm]}, material: metal}]}"
)


@pytest.mark.parametrize(("k", "glue"), [(20, 0.05), (20, 3), (2, 0.05)])
@pytest.mark.slow
def test_what_smearing_leaves_out_is_what_meshed_pillars_show(solve, k, glue):
    """Cells of 50 um see a little less than there is; the estimate has discs for squares and is an upper bound."""
    fine = solve(CASE.format(joint=MESHED, k=k, glue=glue, mesh="0.05 mm"))["thermal"]["max_temperature_degc"]
    found = solve(CASE.format(joint=SMEARED, k=k, glue=glue, mesh="0.25 mm"))
    smeared, estimates = found["thermal"]["max_temperature_degc"], found["thermal"]["constrictions"]
    assert [one["neighbour"] for one in estimates] == ["low", "high"]
    assert estimates[0]["heat_w"] == pytest.approx(0.1, rel=1e-6)
    assert sum(one["rise_k"] for one in estimates) == pytest.approx(fine - smeared, rel=0.12)
    assert any("crowds" in text for text in found["warnings"])


def test_between_sheets_that_conduct_well_nothing_is_said(solve):
    good = CASE.replace("cells: 16}}", "cells: 1}}").format(joint=SMEARED, k=400, glue=3, mesh="0.25 mm")
    found = solve(good.replace("metal: {thermal_conductivity: 60", "metal: {thermal_conductivity: 5"))
    assert not any("crowds" in text for text in found["warnings"])
