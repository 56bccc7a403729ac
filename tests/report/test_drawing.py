"""The process that draws beside a run: the same pictures, no MPI in it, ended with the run, and no end of the run."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import matplotlib.image
import psutil
import pytest

from solver import load, solve
from solver.case.loaded import LoadedCase
from solver.output import summary
from solver.report import drawing as drawing_module
from solver.report.drawing import MISSING, Drawing
from solver.report.pictures import draw

pytestmark = [pytest.mark.serial, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
CASE = """title: a small panel
geometry:
  outline: {shape: rectangle, size: [60 mm, 40 mm]}
  symmetry: quarter
  layers:
    - {name: glass, thickness: 0.7 mm, material: glass-eagle-xg}
    - {name: mould, thickness: 0.4 mm, material: emc-generic}
mesh: {in_plane_size: 10 mm}
process:
  stress_free_temperature: 150 degC
  steps:
    - {name: cool, temperature: 25 degC}
report: {warpage_at: [25 degC, 100 degC]}
"""
STEP = {"stack.png", *(f"01_cool_{kind}.png" for kind in ("warpage", "deformed", "stress"))}
WHOLE = {*STEP, "curve.png"}


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> tuple[LoadedCase, Path]:
    folder = tmp_path_factory.mktemp("panel")
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    solve(folder, output=folder / "results", pictures=False)
    return load(folder), folder / "results"


@pytest.fixture
def results(solved: tuple[LoadedCase, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(solved[1], tmp_path / "results"))


def drawn(results: Path) -> set[str]:
    return {path.name for path in (results / "pictures").glob("*.png")}


def test_it_draws_finished_steps_while_the_run_goes_on_and_the_rest_at_its_end(solved, results, tmp_path):
    """The same pictures as in one process; curves, which grow, and the report are left to the end."""
    apart = Path(shutil.copytree(solved[1], tmp_path / "apart"))
    with Drawing(solved[0], results) as drawing:
        drawing.look()
        until = time.monotonic() + 120.0
        while drawn(results) != STEP:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert not (results / "report.html").exists()
        assert drawing.finish() == []
    draw(solved[0], summary.read(apart / "summary.json"), apart)
    assert drawn(results) == drawn(apart) == WHOLE
    for name in WHOLE:
        one, other = (matplotlib.image.imread(place / "pictures" / name) for place in (results, apart))
        assert (one == other).all(), name
    assert (results / "report.html").stat().st_size > 100_000
    assert (results / "warpage.csv").is_file()


def test_it_knows_no_mpi():
    code = "import sys, solver.report.artist; print({'mpi4py', 'petsc4py', 'dolfinx', 'gmsh'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_one_that_asks_for_mpi_is_a_world_alone():
    """With what a launcher says to ranks it would take itself for the one that has started it, and wait for ever."""
    said = {"OMPI_COMM_WORLD_SIZE": "2", "PMIX_RANK": "0", "PMI_RANK": "0", "SLURM_PROCID": "0", "PATH": "/bin"}
    assert drawing_module._without_launcher(said) == {"PATH": "/bin"}


def test_a_picture_that_cannot_be_drawn_is_said_and_the_rest_is_there(solved, results):
    (results / "fields" / "01_cool" / "00000.vtu").write_text("cut off", encoding="utf-8")
    with Drawing(solved[0], results) as drawing:
        problems = drawing.finish()
    assert len(problems) == 1
    assert problems[0].startswith("picture '01_cool' could not be drawn: OSError: ")
    assert drawn(results) == WHOLE - STEP | {"stack.png"}
    assert (results / "report.html").is_file()


def test_where_rendering_ends_the_process_everything_else_is_drawn(solved, results):
    """As an OpenGL that is broken does."""
    with Drawing(solved[0], results) as drawing:
        os.kill(drawing._run._process.pid, signal.SIGABRT)
        assert drawing.finish() == [MISSING]
    assert drawn(results) == WHOLE - {"01_cool_deformed.png"}
    assert (results / "report.html").is_file()


def test_what_draws_ends_with_a_run_that_is_killed(solved, results):
    code = (
        "import sys, time; from pathlib import Path; from solver import load; from solver.report.drawing import Drawing"
    )
    code += "; drawing = Drawing(load(sys.argv[1]), Path(sys.argv[2])); drawing.look(); print('now', flush=True)"
    code += "; time.sleep(600)"
    run = subprocess.Popen(
        [sys.executable, "-c", code, solved[0].directory, results], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "now\n"
    (artist,) = psutil.Process(run.pid).children()
    run.kill()
    run.communicate()
    artist.wait(timeout=30)
