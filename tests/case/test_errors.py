"""Bad input gets one line that names file, line, key, value, rule and the nearest valid spelling."""

from pathlib import Path

import pytest

from solver.case.load import load
from solver.errors import CaseError

GOOD = """title: a panel
geometry:
  outline: {shape: rectangle, size: [200 mm, 200 mm]}
  symmetry: quarter
  layers:
    - {name: carrier, thickness: 1.1 mm, material: glass-eagle-xg}
    - name: mould
      thickness: 0.5 mm
      material: emc-generic
      regions:
        - {name: die, shape: {rectangle: [8 mm, 8 mm]}, material: silicon, grid: {count: [9, 9], pitch: [10 mm, 10 mm]}}
mesh: {in_plane_size: 5 mm}
process:
  stress_free_temperature: 150 degC
  steps:
    - {name: cool, temperature: 25 degC}
"""


def message(tmp_path: Path, text: str, *overrides: str) -> str:
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CaseError) as caught:
        load(tmp_path, overrides)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_good_case_is_good(tmp_path):
    (tmp_path / "case.yaml").write_text(GOOD, encoding="utf-8")
    assert load(tmp_path).stack.thickness == pytest.approx(1.6e-3)


# what is written wrong -> (line of the case file, what the message says)
MISTAKES = {
    ("thickness: 0.5 mm", "thicknes: 0.5 mm"): (8, "layers.mould.thicknes", "did you mean 'thickness'?"),
    ("thickness: 0.5 mm", "thickness: 0.5"): (8, "layers.mould.thickness = '0.5'", "a length needs a unit"),
    ("thickness: 0.5 mm", "thickness: 0.5 kg"): (8, "thickness = '0.5 kg'", "'kg' is not a unit of length"),
    ("thickness: 0.5 mm", "thickness: 0.5 mn"): (8, "thickness = '0.5 mn'", "write for example '30 um'"),
    ("thickness: 0.5 mm", "thickness: -0.5 mm"): (8, "thickness = '-0.5 mm'", "must be positive"),
    ("material: emc-generic", "material: emc-genric"): (9, "material = 'emc-genric'", "did you mean 'emc-generic'"),
    ("symmetry: quarter", "symmetry: quater"): (4, "symmetry = 'quater'", "'quarter'"),
    ("count: [9, 9]", "count: [49, 9]"): (11, "regions.die", "reaches outside the outline"),
    ("pitch: [10 mm, 10 mm]", "pitch: [7 mm, 10 mm]"): (11, "regions.die", "overlaps region 'die'"),
    ("count: [9, 9]", "count: [9, 9], origin: [3 mm, 0 mm]"): (4, "symmetry = 'quarter'", "not symmetric about x = 0"),
    ("name: mould", "name: carrier"): (7, "layers.carrier.name", "names must differ"),
    ("temperature: 25 degC}", "temperature: 25}"): (16, "steps.cool.temperature = '25'", "write for example '25 degC'"),
    ("temperature: 25 degC}", "remove: [carier], temperature: 25 degC}"): (16, "remove.0 = 'carier'", "'carrier'?"),
    ("temperature: 25 degC}", "remove: [mould, carrier], temperature: 25 degC}"): (16, "steps.cool", "no layer"),
    ("temperature: 25 degC}", "temperature: thermal}"): (16, "temperature = 'thermal'", "there is none"),
    ("  stress_free_temperature: 150 degC\n", ""): (13, "process.stress_free_temperature", "needed"),
    ("mesh:", "mesh: {cells_per_layer: 1}\nmesh:"): (13, "mesh", "stands twice"),
    ("title: a panel", "titel: a panel"): (1, "titel", "did you mean 'title'"),
    ("geometry:", "geometry: ["): (4, "", "not valid YAML"),
}


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda pair: pair[1].strip()[:40])
def test_a_mistake_is_named_with_its_line(tmp_path, mistake):
    good, bad = mistake
    assert good in GOOD
    line, key, rule = MISTAKES[mistake]
    text = message(tmp_path, GOOD.replace(good, bad, 1))
    assert text.startswith(f"{tmp_path / 'case.yaml'}:{line}: "), text
    assert key in text
    assert rule in text


def test_a_layer_no_step_builds_is_never_built(tmp_path):
    steps = "  steps:\n    - {name: first, build: [carrier], temperature: 25 degC}\n"
    text = message(tmp_path, GOOD[: GOOD.index("  stress_free")] + steps)
    assert "layers.mould.name = 'mould': the layer is never built" in text


def test_a_layer_is_not_removed_before_it_is_built(tmp_path):
    steps = (
        "  steps:\n    - {name: first, build: [carrier], remove: [mould], temperature: 25 degC}\n"
        "    - {name: second, build: [mould], temperature: 25 degC}\n"
    )
    text = message(tmp_path, GOOD[: GOOD.index("  stress_free")] + steps)
    assert "layer 'mould' is removed before it is built" in text


def test_heat_needs_a_way_out(tmp_path):
    thermal = "thermal:\n  power: [{region: die, total: 4 W}]\n  boundaries: [{face: top, flux: 3 W/m^2}]\n"
    assert "no path for heat to leave" in message(tmp_path, GOOD + thermal)


def test_a_face_is_spelt(tmp_path):
    thermal = "thermal:\n  boundaries: [{face: mold.top, convection: 3 W/m^2/K, ambient: 25 degC}]\n"
    text = message(tmp_path, GOOD + thermal)
    assert "case.yaml:18: thermal.boundaries.0.face = 'mold.top'" in text
    assert "did you mean 'mould.top'" in text


def test_an_unphysical_material_is_refused(tmp_path):
    materials = "materials:\n  mine: {base: silicon,\n    poisson_ratio: 0.6}\n"
    assert "case.yaml:19: materials.mine.poisson_ratio = '0.6'" in message(tmp_path, GOOD + materials)


def test_a_law_this_version_lacks_is_refused(tmp_path):
    materials = "materials:\n  mine: {base: silicon, plastic: {yield: 3 MPa}}\n"
    assert "linear elastic" in message(tmp_path, GOOD + materials)


def test_an_override_is_named_as_the_place_of_its_error(tmp_path):
    text = message(tmp_path, GOOD, "geometry.layers.mould.thickness=1")
    assert text.startswith("--set geometry.layers.mould.thickness=1: ")


def test_an_override_path_is_spelt(tmp_path):
    assert "did you mean 'mould'?" in message(tmp_path, GOOD, "geometry.layers.mold.thickness=1 mm")


def test_overrides_take_names_and_indices(tmp_path):
    (tmp_path / "case.yaml").write_text(GOOD, encoding="utf-8")
    by_name = load(tmp_path, ["geometry.layers.mould.thickness=1mm"]).stack
    by_index = load(tmp_path, ["geometry.layers.1.thickness=1mm"]).stack
    assert by_name.thickness == by_index.thickness == pytest.approx(2.1e-3)


def test_a_missing_case_is_said(tmp_path):
    with pytest.raises(CaseError, match=r"case\.yaml: no such case file"):
        load(tmp_path / "nowhere" / "case.yaml")
