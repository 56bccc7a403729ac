"""What a run was is kept with it: the case in full, overrides, files, versions; `post` describes that run."""

import json
from pathlib import Path

import pytest

from solver.case.load import load
from solver.case.resolved import text as resolved
from solver.materials import library
from solver.output import record
from solver.report import post
from solver.run import run
from tests.solving import CASES

pytestmark = pytest.mark.serial

CASE = """title: two plies
geometry:
  outline: {shape: rectangle, size: [40 mm, 40 mm]}
  layers:
    - {name: low, thickness: 1 mm, material: silicon}
    - {name: mould, thickness: 1 mm, material: stiff}
materials:
  stiff: {base: emc-generic, youngs_modulus: 25 GPa}
  silicon: {base: silicon, density: 2000 kg/m^3}
analysis: {model: laminate}
process:
  stress_free_temperature: 150 degC
  steps: [{name: "1e5", temperature: 25 degC}]
"""


def used(loaded):
    """Materials of the layers and regions of a case."""
    layers = loaded.stack.layers
    choices = [layer.material for layer in layers] + [part.material for layer in layers for part in layer.regions]
    return [library.resolve(choice, loaded.case.materials) for choice in choices if isinstance(choice, str)]


@pytest.mark.parametrize(
    "name",
    ["fcbga_lidded", "foplp_panel", "foplp_thermal_vias", "ev6_hotspot", "rdl_power_rail", "jesd51_ja", "bent_panel"],
)
def test_the_case_in_full_is_the_same_case_without_the_library(name, tmp_path, monkeypatch):
    before = load(CASES / name)
    materials = used(before)
    (tmp_path / "case.yaml").write_text(resolved(before), encoding="utf-8")
    monkeypatch.setattr(library, "read", lambda name: pytest.fail(f"the library was asked for {name}"))
    after = load(tmp_path / "case.yaml", directory=CASES / name)
    assert after.stack == before.stack
    for key in ("geometry", "mesh", "process", "thermal", "electric", "analysis", "report"):
        assert after.source.data.get(key) == before.source.data.get(key)
    for one, other in zip(used(after), materials, strict=True):
        assert one.name == other.name
        if one.has("youngs_modulus"):
            assert (one.stiffness(350.0) == other.stiffness(350.0)).all()
        if one.has("thermal_conductivity"):
            assert (one.conductivity(350.0) == other.conductivity(350.0)).all()


def test_a_library_material_changed_under_its_own_name_is_written_out_as_changed(tmp_path):
    (tmp_path / "case.yaml").write_text(CASE, encoding="utf-8")
    again = tmp_path / "again.yaml"
    again.write_text(resolved(load(tmp_path)), encoding="utf-8")
    found = load(again)
    silicon = found.case.materials["silicon"]
    assert silicon.base is None
    assert "density" not in silicon.provenance  # it is not the library's any more
    assert silicon.provenance["youngs_modulus"].source in silicon.sources
    assert library.resolve("silicon", found.case.materials).density == 2000.0
    assert [step.name for step in found.case.process.steps] == ["1e5"]  # a text, though it looks like a number


@pytest.mark.slow
def test_post_describes_the_run_and_not_what_the_case_has_become(tmp_path, comm):
    case, report = tmp_path / "case.yaml", tmp_path / "results" / "report.html"
    case.write_text(CASE, encoding="utf-8")
    results = run(tmp_path, ["geometry.layers.mould.thickness=0.9mm"], comm, pictures=False)
    found = json.loads((results / "summary.json").read_text(encoding="utf-8"))["run"]
    assert found["overrides"] == ["geometry.layers.mould.thickness=0.9mm"]
    assert set(found["versions"]) == {"planish", "dolfinx", "petsc", "gmsh", "numpy", "python"}
    assert len(found["case_file"]["sha256"]) == 64
    assert found["host"] and found["date"].startswith("20")

    assert post.again(tmp_path, results) == []
    page = report.read_text(encoding="utf-8")
    assert "900 um" in page and "total 1.9 mm" in page
    assert "with --set geometry.layers.mould.thickness=0.9mm" in page

    case.write_text(CASE.replace("[40 mm, 40 mm]", "[50 mm, 40 mm]"), encoding="utf-8")
    (since,) = post.again(tmp_path, results)
    assert since.startswith("case.yaml has changed since the run (first at geometry.outline.size.0)")
    page = report.read_text(encoding="utf-8")
    assert "900 um" in page and "Since the run: case.yaml has changed" in page

    case.write_text("title: [", encoding="utf-8")  # no case any more, and the run has not changed
    (since,) = post.again(tmp_path, results)
    assert since.startswith("case.yaml has changed since the run, and cannot be read")


def test_files_a_case_names_are_known_by_their_contents(tmp_path):
    text = (CASES / "ev6_hotspot" / "case.yaml").read_text(encoding="utf-8")
    for path in (CASES / "ev6_hotspot").iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    loaded = load(tmp_path)
    run = record.record(loaded)
    assert sorted(run["side_files"]) == sorted(path.name for path in tmp_path.iterdir() if path.name in text)
    assert record.changes(loaded, tmp_path, run) == []
    trace = next(name for name in run["side_files"] if name.endswith(".ptrace"))
    (tmp_path / trace).write_text((tmp_path / trace).read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert record.changes(loaded, tmp_path, run) == [
        f"{trace} has changed since the run; what is drawn from it is drawn from today's file"
    ]


def test_results_of_before_are_described_by_todays_case_and_say_so(tmp_path):
    (tmp_path / "case.yaml").write_text(CASE, encoding="utf-8")
    (tmp_path / "results").mkdir()
    loaded = post.case_of(tmp_path / "results", tmp_path)
    assert loaded.case.title == "two plies"
    assert "keep no case of their own" in record.changes(loaded, tmp_path, {})[0]


@pytest.mark.parametrize("kind", ["loose", "packed", "detached", "work tree"])
def test_the_commit_is_found_without_git(kind, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(record.shutil, "which", lambda name: None)
    number = "0123456789abcdef0123456789abcdef01234567"
    git = tmp_path / ".git"
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    if kind == "detached":
        (git / "HEAD").write_text(number + "\n")
    elif kind == "packed":
        (git / "packed-refs").write_text(f"# pack-refs with: peeled\n{number} refs/heads/main\n")
    else:
        (git / "refs" / "heads").mkdir(parents=True)
        (git / "refs" / "heads" / "main").write_text(number + "\n")
    root = tmp_path
    if kind == "work tree":
        own = git / "worktrees" / "other"
        own.mkdir(parents=True)
        (own / "HEAD").write_text("ref: refs/heads/main\n")
        (own / "commondir").write_text("../..\n")
        root = tmp_path / "other"
        root.mkdir()
        (root / ".git").write_text(f"gitdir: {own}\n")
    assert record.commit(root) == number[:12]
    assert record.commit(tmp_path / "nowhere") is None
