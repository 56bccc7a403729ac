"""What a run brings into the memory of every rank before it has a mesh."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.serial

HEAVY = ("scipy.sparse", "matplotlib", "gmsh", "PIL", "gdstk", "meshio")


def test_libraries_that_few_runs_need_are_not_imported_at_the_start():
    """Each takes 5 to 60 MB, on every rank. (PyVista takes more, and writes the fields of every run.)"""
    code = f"import sys, solver.run; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
