"""Warpage of stacks whose lowest layer covers a part of them only: balls under a package, a carrier half peeled off."""

import pytest

from solver.metrics.step_result import StepResult
from solver.process.step_log import surface_notes

pytestmark = pytest.mark.slow

PACKAGE = """
title: package on balls
geometry:
  outline: {shape: rectangle, size: [12 mm, 12 mm]}
  symmetry: quarter
  layers:
    - name: balls
      thickness: 0.3 mm
      regions:
        - name: ball
          shape: {rectangle: [0.5 mm, 0.5 mm]}
          material: sac305
          grid: {count: [4, 4], pitch: [1 mm, 1 mm]}
    - {name: substrate, thickness: 0.3 mm, material: bt-core}
    - name: mould
      thickness: 0.5 mm
      material: emc-generic
      regions: [{name: die, shape: {rectangle: [6 mm, 6 mm]}, material: silicon}]
mesh: {in_plane_size: 1 mm}
process:
  stress_free_temperature: 175 degC
  steps: [{name: cool, temperature: 25 degC}]
"""

PEELED = """
title: panel on a carrier of two halves
geometry:
  outline: {shape: rectangle, size: [60 mm, 20 mm]}
  layers:
    - name: carrier
      thickness: 0.5 mm
      regions:
        - {name: left, shape: {rectangle: [30 mm, 20 mm]}, at: [-15 mm, 0 mm], material: glass-eagle-xg}
        - {name: right, shape: {rectangle: [30 mm, 20 mm]}, at: [15 mm, 0 mm], material: glass-eagle-xg}
    - {name: mould, thickness: 0.4 mm, material: emc-generic}
mesh: {in_plane_size: 5 mm}
process:
  stress_free_temperature: 125 degC
  steps:
    - {name: cool, temperature: 75 degC}
    - {name: peel, remove: [carrier/left]}
    - {name: debond, remove: [carrier/right]}
analysis: {deflection: small}
"""


def test_balls_do_not_hide_the_package_above_them(solve):
    """The body warps by 50.8 um (on a finer mesh, evaluated by hand); the balls alone, 1.5 mm off, by a tenth of it."""
    seen = solve(PACKAGE)["steps"][0]
    body = solve(PACKAGE, "report.surface=substrate.bottom")["steps"][0]
    balls = solve(PACKAGE, "report.surface=balls.bottom", "report.zone=all")["steps"][0]
    assert body["warpage_um"] == pytest.approx(50.8, rel=0.02)
    assert seen["warpage_um"] == pytest.approx(50.8, rel=0.02)
    assert balls["warpage_um"] == pytest.approx(5.74, rel=0.02)
    assert (seen["surface"], seen["surface_parts"]) == ("bottom", ["balls/ball", "substrate"])
    assert (balls["surface"], balls["surface_parts"]) == ("balls.bottom", ["balls/ball"])
    assert (seen["shape"], seen["sign_jedec"], seen["sign_jeita"]) == ("dome", 1, 1)


def test_a_panel_half_off_its_carrier_is_seen_whole(solve):
    """The free half bends by far more than the half on glass; the face of the mould, covered or not, has both."""
    seen = solve(PEELED)["steps"]
    face = solve(PEELED, "report.surface=mould.bottom")["steps"]
    assert [step["surface_parts"] for step in seen] == [
        ["carrier/left", "carrier/right"], ["carrier/right", "mould"], ["mould"]
    ]  # fmt: skip
    for one, other in zip(seen, face, strict=True):
        assert one["warpage_um"] == pytest.approx(other["warpage_um"], rel=0.03, abs=0.5)
        assert one["bow_um"] == pytest.approx(other["bow_um"], rel=0.03, abs=0.5)


def test_a_face_that_is_not_there_gives_way_to_its_side(solve):
    """The carrier is gone at the end; the summary says what was looked at."""
    steps = solve(PEELED, "report.surface=carrier.bottom")["steps"]
    assert [step["surface"] for step in steps] == ["carrier.bottom", "carrier.bottom", "bottom"]
    assert steps[-1]["surface_parts"] == ["mould"]
    assert list(surface_notes(StepResult.read(steps[0]), "carrier.bottom")) == []
    (said,) = surface_notes(StepResult.read(steps[-1]), "carrier.bottom")
    assert said == "carrier.bottom is not there; warpage is of bottom: mould"
