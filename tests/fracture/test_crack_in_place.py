"""Starter cracks in places of a stack that knows nothing of them: against the whole stack with the crack in it."""

import pytest

from solver.case.load import load
from solver.errors import CaseError
from tests.solving import solve_case

STACK = """
title: a die on a board that cools, apart at its end
geometry:
  outline: {shape: rectangle, size: [6 mm, 0.2 mm]}
  layers:
    - {name: board, thickness: 0.4 mm, cells: CELLS, material: laminate}
    - name: die
      thickness: 0.3 mm
      cells: CELLS
      regions: [{name: die, shape: {rectangle: [4 mm, 0.2 mm]}, material: silicon}]
CRACK
materials:
  laminate: {youngs_modulus: 22 GPa, poisson_ratio: 0.2, thermal_expansion: 16 ppm/K}
mesh: {in_plane_size: SIZE}
analysis: {deflection: small}
process:
  stress_free_temperature: 125 degC
  steps: [{name: cool, temperature: 25 degC}]
PLACE
"""
WHERE = "between: [board, die], shape: {rectangle: [0.2 mm, 0.2 mm]}"
TOUGH = "toughness: {opening: 20 J/m^2, lambda: 0.3}"
PLACE = (
    "submodels: [{name: end, at: [1.7 mm, 0 mm], size: [2.6 mm, 0.2 mm], "
    "mesh: {in_plane_size: 0.05 mm, cells_per_layer: 2}, "
    f"delaminations: [{{name: flaw, {WHERE}, at: [0.2 mm, 0 mm], {TOUGH}}}]}}]"
)
COARSE = STACK.replace("CELLS", "2").replace("SIZE", "0.2 mm").replace("PLACE", PLACE).replace("CRACK", "")
FINE = STACK.replace("CELLS", "4").replace("SIZE", "0.05 mm").replace("PLACE", "")
FINE = FINE.replace("CRACK", f"  delaminations: [{{name: flaw, {WHERE}, at: [1.9 mm, 0 mm]}}]")


@pytest.mark.slow
def test_a_crack_in_a_place_releases_what_it_does_in_the_whole(shared_path, comm):
    """The place ends with the stack behind the crack, and four of its lengths before it."""
    (step,) = solve_case(COARSE, (), shared_path, comm)["steps"]
    (fine,) = solve_case(FINE, (), shared_path, comm)["steps"]
    found, expected = step["submodels"]["end"]["delaminations"]["flaw"], fine["delaminations"]["flaw"]
    for key in ("mean_j_per_m2", "closure_j_per_m2", "energy_release_j_per_m2"):
        assert found[key] == pytest.approx(expected[key], rel=0.02)
    assert found["mode_mixity_deg"] == pytest.approx(expected["mode_mixity_deg"], abs=1.0)
    assert found["critical"]["utilisation"] > 0.0


@pytest.mark.slow
@pytest.mark.serial
def test_a_cut_that_is_near_is_told_of(tmp_path, comm):
    near = COARSE.replace("at: [1.7 mm, 0 mm], size: [2.6 mm,", "at: [1.95 mm, 0 mm], size: [0.7 mm,")
    summary = solve_case(near.replace("at: [0.2 mm", "at: [-0.05 mm"), (), tmp_path, comm)
    assert any("submodel 'end'" in text and "of the traction on its cut" in text for text in summary["warnings"])
    with pytest.raises(CaseError, match=r"delamination 'flaw' reaches its cut -x"):
        solve_case(near.replace("at: [0.2 mm", "at: [-0.3 mm"), (), tmp_path, comm)


@pytest.mark.serial
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("deflection: small", "deflection: auto", "write `deflection: small`"),
        (TOUGH, f"{TOUGH}, grows: true", "grows.*stay as they are drawn"),
        ("material: laminate", "material: emc-generic-relaxing", "of elastic stacks, and 'emc-generic-relaxing' remem"),
    ],
)
def test_what_is_not_read_is_refused(old, new, message, tmp_path):
    (tmp_path / "case.yaml").write_text(COARSE.replace(old, new), encoding="utf-8")
    with pytest.raises(CaseError, match=message):
        load(tmp_path)
