"""What a run brings into the memory of every rank before it has a mesh."""

import os
import subprocess
import sys

import pytest

import solver
from solver import CaseError, load

pytestmark = pytest.mark.serial

HEAVY = ("scipy.sparse", "matplotlib", "gmsh", "PIL", "gdstk", "meshio", "pyvista")


def test_libraries_that_few_runs_need_are_not_imported_at_the_start():
    """Each takes 5 to 60 MB, on every rank."""
    code = (
        f"import sys, solver.run, solver.models.solid.model; print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_reading_a_case_brings_in_no_machinery_of_a_model():
    """It is read when a case names it, and those of the other models never."""
    rooms = ("solver.physics", "solver.process", "solver.metrics", "solver.heat", "meshes")
    code = f"import sys, solver.case.load; print([name for name in sys.modules if name.startswith({rooms})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_stacks_without_heat_and_current_bring_in_nothing_of_them():
    rooms = ("solver.heat", "solver.physics.heat", "solver.metrics.heat", "solver.networks")
    models = "solver.models.solid.model, solver.models.plate, solver.process.plate_history"
    code = f"import sys, solver.run, {models}; print([name for name in sys.modules if name.startswith({rooms})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_library_of_mpi_is_there_before_mpi_starts():
    code = (
        "import sys; from pathlib import Path; from solver.mpi_library import load_beside; load_beside(); "
        "print('mpi4py.MPI' in sys.modules, 'mpi4py/MPI' in Path('/proc/self/maps').read_text())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False True"


def test_a_gmsh_without_its_libraries_is_one_line(tmp_path):
    (tmp_path / "gmsh.py").write_text("raise OSError('libGLU.so.1: cannot open it')\n", encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "solver", "doctor"]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("planish: Gmsh cannot be loaded: libGLU.so.1") and "apt install libglu1-mesa" in line


def planish(*arguments):
    return subprocess.run([sys.executable, "-m", "solver", *arguments], capture_output=True, text=True, check=False)


def test_the_version_is_told():
    assert planish("--version").stdout == f"planish {solver.__version__}\n"


def test_planish_alone_says_how_to_begin_and_nothing_of_an_error():
    done = planish()
    assert "planish new foplp_panel my_panel" in " ".join(done.stdout.split())
    assert not done.stderr


def test_an_example_that_is_not_here_is_told_how_to_come_by(tmp_path):
    with pytest.raises(CaseError, match="no such case file; 'planish new bimetal_strip DIR' starts one"):
        load(tmp_path / "bimetal_strip")
    with pytest.raises(CaseError, match=r"no such case file$"):
        load(tmp_path / "mine")
