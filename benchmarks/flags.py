"""What compiler flags do to assembly: seconds to fill the stiffness matrix of the panel on one rank."""

import time
from pathlib import Path

import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from mpi4py import MPI

from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver import compat
from solver.case.load import load
from solver.physics.coefficients import DX
from solver.physics.kinematics import MODULI, strain, stress

_REPEATS = 3
FLAGS = {
    "DOLFINx default (-O2)": ["-O2", "-g0"],
    "-O3": ["-O3", "-g0"],
    "-O3 -march=native": ["-O3", "-march=native", "-g0"],
    "-O3 -march=native -ffast-math": compat.jit_options()["cffi_extra_compile_args"],
}


def compare(case: Path) -> dict[str, float]:
    """Best of three for each set of flags; the compilers' output stays in the form cache."""
    loaded = load(case)
    domain = extrude(MPI.COMM_SELF, loaded.stack, plane_mesh(loaded.stack)).mesh
    space = fem.functionspace(domain, ("Lagrange", 2, (3,)))
    moduli = fem.Function(fem.functionspace(domain, ("DG", 0, (len(MODULI),))))
    moduli.x.array[:] = 1.0
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    a = ufl.inner(stress(moduli, strain(u)), strain(v)) * ufl.dx(domain, metadata=DX)
    seconds = {}
    for name, flags in FLAGS.items():
        form = fem.form(a, jit_options={**compat.jit_options(), "cffi_extra_compile_args": flags})
        matrix = petsc.create_matrix(form)
        taken = []
        for _ in range(_REPEATS):
            matrix.zeroEntries()
            start = time.process_time()
            petsc.assemble_matrix(matrix, form)
            matrix.assemble()
            taken.append(time.process_time() - start)
        matrix.destroy()
        seconds[name] = min(taken)
    return seconds
