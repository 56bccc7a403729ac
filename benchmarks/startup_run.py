"""Where a cold start goes: imports one after the other, then a small form from the cache.

mpirun -n 2 python3 -m benchmarks.startup_run     prints one line of JSON
"""

import importlib
import json
import time

import psutil

_STEPS = (
    ("numpy", "numpy"),
    ("MPI (mpi4py, MPI_Init)", "mpi4py.MPI"),
    ("PETSc", "petsc4py.PETSc"),
    ("Basix, UFL, FFCx", "ffcx.compiler"),
    ("DOLFINx", "dolfinx.fem.petsc"),
    ("case file (pydantic, pint, PyYAML)", "solver.case.load"),
    ("meshes (Shapely, Gmsh)", "meshes.extrude"),
    ("solver", "solver.models.solid.model"),
    ("results (pictures, report)", "solver.run"),
    ("command line (typer, rich)", "solver.cli"),
)


def main() -> None:
    """Time every step; print the slowest rank's."""
    seconds = {"process to first line of Python": time.time() - psutil.Process().create_time()}
    for name, module in _STEPS:
        start = time.perf_counter()
        importlib.import_module(module)
        seconds[name] = time.perf_counter() - start
    seconds |= _form()
    from mpi4py import MPI

    slowest = {name: MPI.COMM_WORLD.allreduce(value, MPI.MAX) for name, value in seconds.items()}
    if MPI.COMM_WORLD.rank == 0:
        print(json.dumps({"ranks": MPI.COMM_WORLD.size, "seconds": slowest}), flush=True)


def _form() -> dict[str, float]:
    """Seconds to make a mesh of one cell per rank, and to load a compiled form the first and the second time."""
    import ufl
    from dolfinx import fem, mesh
    from mpi4py import MPI

    from solver import compat

    seconds = {}
    start = time.perf_counter()
    domain = mesh.create_unit_cube(MPI.COMM_WORLD, MPI.COMM_WORLD.size, 1, 1, mesh.CellType.hexahedron)
    space = fem.functionspace(domain, ("Lagrange", 2))
    seconds["first mesh and space"] = time.perf_counter() - start
    for name in ("first form from the cache", "second form from the cache"):
        u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
        start = time.perf_counter()
        compat.form((ufl.inner(ufl.grad(u), ufl.grad(v)) if name[0] == "f" else u * v) * ufl.dx)
        seconds[name] = time.perf_counter() - start
    return seconds


if __name__ == "__main__":
    main()
