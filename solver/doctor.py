"""`planish doctor`: what is installed, and whether the parts that can be missing work."""

import platform
import shlex
from importlib import metadata
from pathlib import Path

import dolfinx
import numpy as np
import psutil
from mpi4py import MPI
from petsc4py import PETSc
from rich.table import Table
from rich.text import Text

import solver
from solver import c_library, compat, launch
from solver.gmsh_library import gmsh
from solver.report.pictures import offscreen

_SUPPORTED = ((0, 9), (0, 11))


def examine() -> Table:
    """A table of versions and findings."""
    table = Table(title="planish doctor", show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    low, high = _SUPPORTED
    fine = low <= compat.VERSION <= high
    table.add_row("planish", solver.__version__)
    table.add_row(
        "DOLFINx", Text.assemble(dolfinx.__version__, ("" if fine else "  untested: 0.9 to 0.11 are", "yellow"))
    )
    table.add_row("PETSc", ".".join(str(part) for part in PETSc.Sys.getVersion()))
    table.add_row("MUMPS", _mumps())
    mpi = " ".join(MPI.Get_library_version().splitlines()[0].split(",")[0].split())
    table.add_row("MPI", f"{mpi}, mpirun: {launch.mpirun() or 'not found'}")
    table.add_row("Python", f"{platform.python_version()}, numpy {np.__version__}, BLAS {_blas()}")
    table.add_row("Gmsh", gmsh.__version__)
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("pyvista", "vtk"))
    problem = offscreen.problem()
    no_opengl = "VTK cannot render: no 3-D pictures (install libegl1)"
    rendering = "" if problem is None else f"  {no_opengl if problem == offscreen.MISSING else problem}"
    table.add_row("pictures", Text.assemble(versions, (rendering, "yellow")))
    compiler = c_library.compiler()
    table.add_row(
        "compiler", shlex.join(compiler) if compiler else Text("not found: forms cannot be compiled", style="red")
    )
    table.add_row("form cache", compat.jit_options()["cache_dir"])
    memory = psutil.virtual_memory()
    table.add_row(
        "machine",
        f"{psutil.cpu_count(logical=False)} cores, {memory.total / 1e9:.0f} GB, {memory.available / 1e9:.0f} GB free",
    )
    return table


def _mumps() -> str:
    try:
        _factorise()
    except PETSc.Error:
        return "not in this PETSc: no direct solver"
    return "works"


def _factorise() -> None:
    """A matrix of one number, by MUMPS."""
    matrix = PETSc.Mat().createAIJ((1, 1), comm=MPI.COMM_SELF)
    matrix.setUp()
    matrix.setValue(0, 0, 1.0)
    matrix.assemble()
    pc = PETSc.PC().create(MPI.COMM_SELF)
    pc.setOperators(matrix)
    pc.setType("cholesky")
    pc.setFactorSolverType("mumps")
    pc.setUp()


def _blas(maps: Path = Path("/proc/self/maps")) -> str:
    text = maps.read_text(encoding="utf-8")
    if "openblas" in text:
        return "OpenBLAS"
    return "MKL" if "mkl" in text else "not OpenBLAS: factorisations may take eight times longer"
