"""The square bilayer panel from flat to three times its critical cooling, onto its stable shape, beside MUMPS.

`./planish exec python3 -m benchmarks.bent_panel 18 36 70` prints a line per mesh (cells on half a side): 20 000, 80 000
and 300 000 unknowns. MUMPS gets the same tangents: it takes the time to assemble and factorise one, at the end of
the path, times the iterations of Newton's method. Iterations to 1e-8 are those of a solve with the tangent there.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from dolfinx import fem
from dolfinx.fem import petsc
from mpi4py import MPI
from petsc4py import PETSc

from solver import compat
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.stability import settle
from tests.bending import REFERENCE, panel

COOLING = 41.0  # K, three times the 13.69 K at which the symmetric shape loses its stability


def main(sizes: list[int]) -> None:
    """Print the table."""
    comm = MPI.COMM_WORLD
    print("cells  unknowns  path s  Newton  linear  to 1e-8  MUMPS s/tangent  MUMPS s  ratio  peak GB before MUMPS")
    for cells in sizes:
        with tempfile.TemporaryDirectory() as place:
            problem = panel(comm.bcast(Path(place)), comm, cells)
            begun = time.process_time()
            found = settle(problem, problem.load_at(REFERENCE - COOLING))
            path = time.process_time() - begun
            assert found.stable
            newton, linear = problem.newton_iterations, problem.linear_iterations
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            fine, each = _fine(problem), _mumps(problem)
            unknowns = 3 * problem.space.dofmap.index_map.size_global
            print(
                f"{cells:5} {unknowns:9} {path:7.1f} {newton:7} {linear:7} {fine:8} {each:16.2f} {newton * each:8.1f}"
                f" {newton * each / path:6.1f} {peak:6.2f}",
                flush=True,
            )
            problem.destroy()


def _fine(problem: LargeDeflectionSolid) -> int:
    """Iterations of conjugate gradients to 1e-8 with the tangent of the present state."""
    problem.solver.refresh()
    step = problem.load_at(REFERENCE - COOLING - 1.0)
    here = problem.state
    problem.state = type(here)(here.displacement, step)
    b = -problem.residual()
    problem.state = here
    return problem.solver.correct(b, fem.Function(problem.space), 1e-8).iterations


def _mumps(problem: LargeDeflectionSolid) -> float:
    """Seconds of the processor to assemble and factorise the tangent."""
    begun = time.process_time()
    held = problem.support.unknowns
    matrix = petsc.assemble_matrix(compat.form(problem.tangent))
    matrix.assemble()
    matrix.zeroRowsColumnsLocal(np.asarray(held, dtype=np.int32))
    matrix.setOption(PETSc.Mat.Option.SYMMETRIC, True)
    ksp = PETSc.KSP().create(matrix.comm)
    ksp.setOperators(matrix)
    ksp.setType("preonly")
    ksp.getPC().setType("cholesky")
    ksp.getPC().setFactorSolverType("mumps")
    ksp.setUp()
    x, y = matrix.createVecs()
    ksp.solve(x, y)
    seconds = time.process_time() - begun
    for part in (ksp, matrix, x, y):
        part.destroy()
    return seconds


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [18, 36, 70])
