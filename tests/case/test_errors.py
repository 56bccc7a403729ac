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
    ("mesh:", "report: {surface: mold.top}\nmesh:"): (12, "report.surface = 'mold.top'", "'mould.top'"),
    ("mesh:", "report: {zone: {rectangle: [9 mm, 9 mm], at: [5 mm, 0 mm]}}\nmesh:"): (12, "zone", "about x = 0"),
    ("mesh:", "report: {zone: {rectangle: [300 mm, 9 mm]}}\nmesh:"): (12, "zone", "reaches outside the outline"),
    ("mesh:", "report: {zone: mould/dye}\nmesh:"): (12, "report.zone", "did you mean 'mould/die'"),
    ("mesh:", "report: {warpage_limit: {convex: 1 mm}}\nmesh:"): (12, "warpage_limit", "give both"),
    ("mesh:", "report: {points: {far: [300 mm, 0 mm]}}\nmesh:"): (12, "report.points", "nothing at (300, 0) mm"),
    ("mesh:", "report: {points: {p: {at: [0 mm, 0 mm], face: mold.top}}}\nmesh:"): (12, "points", "'mould.top'"),
    ("mesh:", "report: {points: {p: [0 mm]}}\nmesh:"): (12, "report.points", "required"),
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


@pytest.mark.parametrize(
    "changes", ["thermal_expansion: 3 ppm/K", "poisson_ratio: 0.3"], ids=["without elasticity", "with half of it"]
)
def test_a_material_that_hides_one_of_the_library_is_told_how_to_take_it_over(changes, tmp_path):
    text = message(tmp_path, GOOD + f"materials:\n  silicon: {{{changes}}}\n")
    assert "youngs_modulus" in text
    assert text.endswith("`base: silicon` takes from the library what the case does not say")
    text = message(
        tmp_path, GOOD.replace("material: silicon", "material: mine") + f"materials: {{mine: {{{changes}}}}}\n"
    )
    assert "takes from the library" not in text


def test_an_unphysical_material_is_refused(tmp_path):
    materials = "materials:\n  mine: {base: silicon,\n    poisson_ratio: 0.6}\n"
    assert "case.yaml:19: materials.mine.poisson_ratio = '0.6'" in message(tmp_path, GOOD + materials)


def test_a_misspelt_key_of_a_law_is_named(tmp_path):
    materials = "materials:\n  mine: {base: copper, plastic: {yield: 3 MPa}}\n"
    text = message(tmp_path, GOOD + materials)
    assert "case.yaml:18: materials.mine.plastic.yield" in text
    assert "did you mean 'yield_stress'?" in text


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


HOT = (
    GOOD[: GOOD.index("process:")]
    + """thermal:
  power: [{region: die, total: 4 W}]
  boundaries: [{face: top, convection: 900 W/m^2/K, ambient: 25 degC}]
analysis: {transient: {duration: 10 s, start: 25 degC}}
"""
)
# what is written wrong -> what the message says
HOT_MISTAKES = {
    ("start: 25 degC", "start: 25"): "write for example '25 degC'",
    (", start: 25 degC", ""): "transient.start: this key is required",
    ("duration: 10 s", "duration: 10 m"): "'m' is not a unit of time",
    ("duration: 10 s", "duration: 10 s, times: [11 s]"): "between 0 and the end",
    ("duration: 10 s", "duration: 10 s, first_step: 20 s"): "longer than the duration",
    ("total: 4 W", "total: 4 W, waveform: {pulse: {period: 1 s, duty: 2}}"): "the duty between 0 and 1",
    ("total: 4 W", "total: 4 W, floorplan: a.flp"): "exactly one of total, density, map, floorplan",
    ("total: 4 W", "floorplan: a.flp"): "there is no file",
    ("total: 4 W", "total: 4 W, interval: 1 ms"): "go with `floorplan`",
    ("total: 4 W", "leakage: {reference: 4 W, at: 85 degC}"): "leakage.exponent: this key is required",
    ("total: 4 W", "leakage: {reference: 4 W, at: 85 degC, exponent: 0.02}"): "write for example '0.02 1/K'",
    ("convection: 900 W/m^2/K, ambient", "convection: {map: film.csv}, ambient"): "there is no file",
    ("face: top,", "face: top, region: dye,"): "did you mean 'die'?",
    ("face: top,", "face: top, at: [1 mm, 1 mm],"): "`at` goes with `shape`",
    ("face: top,", "face: top, shape: {circle: 900 mm},"): "reaches outside the outline",
    ("face: top,", "face: sides, region: die,"): "patches and maps lie on top and bottom faces",
    ("convection: 900 W/m^2/K, ambient: 25 degC", "heat_sink: {resistance: 1 K/W}"): "heat_sink.ambient: this key",
    ("ambient: 25 degC", "ambient: 25 degC, heat_sink: {resistance: 1 K/W, ambient: 25 degC}"): "give one of",
    ("analysis: {transient", "analysis: {transiant"): "did you mean 'transient'?",
}


@pytest.mark.parametrize(("wrong", "words"), HOT_MISTAKES.items(), ids=lambda value: str(value)[:60])
def test_a_mistake_in_heat_is_named(wrong, words, tmp_path):
    assert wrong[0] in HOT
    assert words in message(tmp_path, HOT.replace(*wrong))


def test_a_temperature_that_changes_needs_a_transient(tmp_path):
    wrong = HOT.replace("ambient: 25 degC", "ambient: {time: [0 s, 1 s], value: [25 degC, 85 degC]}")
    assert "needs `analysis: {transient" in message(tmp_path, wrong, "analysis={steady: true}")


def test_a_transient_needs_capacities(tmp_path):
    text = HOT.replace("material: silicon", "material: bare") + "materials: {bare: {thermal_conductivity: 5 W/m/K}}\n"
    assert "has no specific_heat, density" in message(tmp_path, text)
