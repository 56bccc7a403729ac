"""The commands as a user runs them: exit codes, files, messages, one and two ranks.

As processes where they start ranks; else in the process of the test. Of one rank: test_bad_input.py, test_resume.py.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.commands import planish
from tests.launching import python
from tests.report.test_drawing import CASE as ONE_STEP

ROOT = Path(__file__).parents[2]
CASE = """title: a small panel
geometry:
  outline: {shape: rectangle, size: [60 mm, 40 mm]}
  symmetry: quarter
  layers:
    - {name: glass, thickness: 0.7 mm, material: glass-eagle-xg}
    - {name: mould, thickness: 0.4 mm, material: emc-generic}
mesh: {in_plane_size: 5 mm}
process:
  steps:
    - {name: mould, build: [glass, mould], temperature: 150 degC}
    - {name: cool, temperature: 25 degC}
    - {name: debond, remove: [glass], temperature: 25 degC}
thermal:
  power: [{layer: mould, total: 2 W}]
  boundaries: [{face: top, convection: 50 W/m^2/K, ambient: 25 degC}]
report: {warpage_at: [25 degC, 100 degC], lithography: {field: [20 mm, 10 mm], depth_of_focus: 5 um}}
"""

STEP = {"temperature_degc", "warpage_um", "signed_warpage_um", "bow_um", "corner_um", "curvature_x_per_m"}
STEP |= {"curvature_y_per_m", "branch", "bifurcation_temperature_degc", "curve", "in_plane", "layers", "balance"}

pytestmark = [pytest.mark.serial, pytest.mark.slow]


def process(*arguments: object, ranks: int = 1) -> subprocess.CompletedProcess[str]:
    command = [*python(ranks), "-m", "solver", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def written(case: Path, text: str) -> Path:
    (case / "case.yaml").write_text(text, encoding="utf-8")
    return case


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """On two ranks, which it starts."""
    case = written(tmp_path_factory.mktemp("panel"), CASE)
    done = process("run", case, "-n", "2")
    assert done.returncode == 0, done.stderr
    assert "results in" in done.stdout
    return case


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """On one rank, without pictures."""
    case = written(tmp_path_factory.mktemp("alone"), CASE)
    done = planish("run", case, "--no-pictures")
    assert done.returncode == 0, done.stderr
    assert "results in" in done.stdout
    return case


def summary(case: Path) -> dict:
    return json.loads((case / "results" / "summary.json").read_text(encoding="utf-8"))


def test_the_contract_of_the_summary(solved):
    found = summary(solved)
    for key in ("case", "planish", "dolfinx", "petsc", "ranks", "unknowns", "cells", "solver", "warnings"):
        assert key in found
    assert set(found["wall_seconds"]) == {"mesh", "setup", "solve", "output", "total"}
    assert found["peak_memory_gb"] > 0.05
    assert {"name", "iterations"} <= set(found["solver"])
    assert [step["name"] for step in found["steps"]] == ["mould", "cool", "debond"]
    for step in found["steps"]:
        assert not STEP - set(step)
    assert found["thermal"]["power_w"] == pytest.approx(2.0, rel=1e-9)
    assert found["thermal"]["heat_balance_error"] < 1e-8
    assert "junction_to_ambient_k_per_w" in found["thermal"]["resistances"]


def test_the_files_of_a_run(solved):
    results = solved / "results"
    for name in ("summary.json", "report.html", "log.txt", "warpage.csv"):
        assert (results / name).stat().st_size > 100
    assert list((results / "fields").glob("*.pvd"))
    assert len(list((results / "pictures").glob("*.png"))) >= 4
    assert not (solved / "results.partial").exists()


def test_tables_and_pictures_of_exposure_fields(solved):
    results = solved / "results"
    for stem in ("01_mould", "02_cool", "03_debond"):
        assert (results / f"lithography_{stem}.csv").read_text().count("\n") == 13  # 3 x 4 fields and the head
        assert (results / f"lithography_points_{stem}.csv").read_text().count("\n") == 12 * 13**2 + 1
        assert (results / "pictures" / f"{stem}_lithography.png").is_file()
    assert (results / "pictures" / "history.png").is_file()
    assert [step["lithography"]["fields"] for step in summary(solved)["steps"]] == [12, 12, 12]


def test_released_mould_is_flat_and_without_stress(solved):
    """One uniform material, born flat and free of stress, has neither after its carrier is gone."""
    step = summary(solved)["steps"][2]
    assert list(step["layers"]) == ["mould"]
    assert step["warpage_um"] < 1e-6
    assert abs(step["layers"]["mould"]["max_von_mises_mpa"]) < 1e-6


def test_two_ranks_give_the_same_numbers(solved, alone):
    """More: tests/linalg/test_ranks.py."""
    one, two = summary(alone), summary(solved)
    assert (one["ranks"], two["ranks"]) == (1, 2)
    assert (solved / "results" / "report.html").is_file()
    for a, b in zip(one["steps"][:2], two["steps"][:2], strict=True):
        for key in ("warpage_um", "bow_um", "corner_um", "curvature_x_per_m"):
            assert b[key] == pytest.approx(a[key], rel=1e-6, abs=1e-6)
    assert two["thermal"]["max_temperature_degc"] == pytest.approx(one["thermal"]["max_temperature_degc"], rel=1e-8)


def test_a_wrong_case_costs_no_good_result(solved):
    before = (solved / "results" / "summary.json").read_bytes()
    done = planish("run", solved, "--set", "geometry.layers.mould.thickness=1")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert (solved / "results" / "summary.json").read_bytes() == before


def test_a_wrong_case_gets_one_message_on_two_ranks(solved):
    """Started by the user."""
    done = process("run", solved, "--set", "geometry.layers.mould.thickness=1", ranks=2)
    assert done.returncode != 0
    assert done.stderr.count("a length needs a unit") == 1


def test_check_writes_nothing_and_predicts(solved, tmp_path):
    done = planish("check", written(tmp_path, CASE))
    assert done.returncode == 0
    for word in ("cells", "unknowns", "memory", "time"):
        assert word in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["case.yaml"]
    assert str(summary(solved)["unknowns"]) in done.stdout


def test_post_draws_again(tmp_path):
    case = written(tmp_path, ONE_STEP)
    results = case / "results"
    assert planish("run", case, "--no-pictures").returncode == 0
    assert not (results / "report.html").exists()
    assert planish("post", case).returncode == 0
    assert (results / "report.html").stat().st_size > 10_000
    assert (results / "pictures" / "01_cool_deformed.png").is_file()


def test_new_starts_a_case_that_is_valid(tmp_path):
    assert planish("new", "bimetal_strip", tmp_path / "mine").returncode == 0
    assert planish("check", tmp_path / "mine").returncode == 0
    again = planish("new", "bimetal_strip", tmp_path / "mine")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert "did you mean 'bimetal_strip'" in planish("new", "bimetal", tmp_path / "other").stderr


def test_the_laminate_model_needs_no_mesh(tmp_path):
    text = CASE[: CASE.index("thermal:")] + "analysis: {model: laminate}\n"
    assert planish("run", written(tmp_path, text)).returncode == 0
    found = summary(tmp_path)
    assert found["model"] == "laminate"
    assert found["steps"][1]["warpage_um"] > 10


def test_doctor_and_materials_answer(tmp_path):
    doctor = planish("doctor")
    assert doctor.returncode == 0
    assert "DOLFINx" in doctor.stdout
    assert "emc-generic" in planish("materials").stdout
    unknown = planish("materials", "silicone")
    assert unknown.returncode == 2
    assert "silicon" in unknown.stderr


def test_measured_curves_become_an_entry_and_a_picture(tmp_path):
    for name in ("tma.csv", "tg_over_cure.csv"):
        shutil.copy(ROOT / "cases" / "fitted_compound" / name, tmp_path / name)
    done = planish("materials", "fit", tmp_path / "tma.csv", "--name", "compound")
    assert done.returncode == 0, done.stderr
    made = yaml.safe_load(done.stdout)["materials"]["compound"]
    assert made["glass_transition"] == "165 degC"
    assert made["provenance"]["thermal_expansion"]["valid"] == ["30 degC", "260 degC"]
    assert (tmp_path / "tma.png").stat().st_size > 10_000


def test_an_error_on_one_rank_ends_all_ranks_with_one_message(tmp_path):
    script = tmp_path / "one_rank.py"
    script.write_text(
        "from mpi4py import MPI\n"
        "from solver.errors import PlanishError\n"
        "from solver.parallel import guarded\n"
        "comm = MPI.COMM_WORLD\n"
        "def work():\n"
        "    if comm.rank == 1:\n"
        "        raise PlanishError('disk full')\n"
        "    comm.barrier()\n"
        "    comm.allreduce(1)\n"
        "    return 0\n"
        "raise SystemExit(guarded(comm, work))\n",
        encoding="utf-8",
    )
    command = [*python(2), str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert done.stderr.count("planish: disk full") == 1
