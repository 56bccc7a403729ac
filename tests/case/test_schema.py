"""The JSON schema takes what the models take, and says at once what they would refuse."""

from pathlib import Path

import jsonschema
import pytest

from solver.case import schema, source
from solver.case.load import load
from solver.case.override import apply
from solver.errors import CaseError

ROOT = Path(__file__).parents[2]
CASES = sorted(ROOT.glob("cases/*/case.yaml"))
CORPUS = sorted(ROOT.glob("tests/corpus/*.yaml"))
PANEL = ROOT / "cases" / "foplp_panel" / "case.yaml"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    found = schema.schema()
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


def test_the_file_is_up_to_date():
    path = ROOT / "docs" / schema.NAME
    assert path.read_text(encoding="utf-8") == schema.text(), "run `./planish schema > docs/case.schema.json`"


@pytest.mark.parametrize("path", [*CASES, *CORPUS], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_case_passes(path, validator):
    errors = [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(source.read(path).data)]
    assert errors == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.parent.name)
def test_every_example_names_the_schema(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == schema.modeline(f"../../docs/{schema.NAME}").strip()
    assert (path.parent / first.partition("=")[2]).resolve() == ROOT / "docs" / schema.NAME


@pytest.mark.parametrize(
    "assignment",
    [
        "geometri={}",
        "geometry.layers.mould.thicknes=1 mm",
        "geometry.layers.mould.thickness=1",
        "geometry.layers.mould.thickness=thick",
        "geometry.outline.shape=rectangel",
        "geometry.symmetry=third",
        "mesh.cells_per_layer=0",
        "process.steps.0.support={pin: [[0 mm, 0 mm]]}",
        "process.steps.0.support={ring: {width: 5}}",
        "process.gravity=[0 m/s^2, 0 m/s^2]",
        "materials={m: {youngs_modulus: {temperature: [25 degC], values: [1 GPa]}}}",
        "materials={m: {thermal_expansion: {below_tg: 8 ppm/K}}}",
        "report.points={corner: {from: [1 mm, 1 mm]}}",
    ],
)
def test_what_is_misspelt_is_refused_as_by_the_models(assignment, validator):
    case = source.read(PANEL)
    apply(case, assignment)
    assert not validator.is_valid(case.data)
    with pytest.raises(CaseError):
        load(PANEL, [assignment])


@pytest.mark.parametrize(
    "assignment",
    [
        "process.steps.0.support={clamp: [-x, [[0 mm, 0 mm], [1 mm, 0 mm]]]}",
        "process.steps.0.support={clamp: rim}",
        "process.steps.0.support={chuck: {vacuum: 60 kPa}}",
        "process.gravity=true",
        "report.points={corner: [9 mm, 9 mm], die: {at: [0 mm, 0 mm], face: top}}",
        "report.zone=all",
        "geometry.initial_bow=0.3 mm",
        "geometry.layers.mould.stress=[250 MPa, -10 MPa]",
        "materials={m: {thermal_expansion: {temperature: [25 degC, 100 degC], value: [8 ppm/K, [1 ppm/K, 2 ppm/K, "
        "3 ppm/K]], kind: secant, reference: 20 degC}, electrical_resistivity: {value: 1.72e-8 ohm m, "
        "temperature_coefficient: 0.004 1/K, reference: 20 degC}}}",
        "geometry.layers.mould.material={mix: laminate, metal: copper, dielectric: polyimide, metal_fraction: 35 %}",
    ],
)
def test_short_forms_are_taken(assignment, validator):
    case = source.read(PANEL)
    apply(case, assignment)
    assert [error.message[:200] for error in validator.iter_errors(case.data)] == []


def test_a_new_case_has_the_schema_beside_it(tmp_path):
    (tmp_path / "case.yaml").write_text(PANEL.read_text(encoding="utf-8"), encoding="utf-8")
    schema.beside(tmp_path)
    first, *rest = (tmp_path / "case.yaml").read_text(encoding="utf-8").splitlines()
    assert first == f"# yaml-language-server: $schema={schema.NAME}"
    assert rest == PANEL.read_text(encoding="utf-8").splitlines()[1:]
    assert (tmp_path / schema.NAME).read_text(encoding="utf-8") == schema.text()
