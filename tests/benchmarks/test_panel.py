"""The speed suite runs, and its numbers are those of the program."""

import pytest

from benchmarks import tables
from benchmarks.planish_run import run
from benchmarks.problem import LAYERS, write_case
from solver.linalg.krylov import KrylovSolver

N = 4


def test_a_tiny_panel_bends_as_the_other_programs_say(shared_path, comm):
    original = KrylovSolver.solve
    if comm.rank == 0:
        write_case(shared_path, N)
    comm.Barrier()
    found = run(shared_path / "case.yaml", ["analysis.solver=direct"], comm)

    assert found["cells"] == N * N * len(LAYERS)
    assert found["unknowns"] == 3 * (2 * N + 1) ** 2 * (2 * len(LAYERS) + 1)
    # 4 x 4 x 3 cells of 20 nodes in CalculiX 2.20: corner over centre of the bottom (mm)
    assert found["corner_um"] == pytest.approx(54.91491e3, rel=1e-3)
    assert found["warpage_um"] == pytest.approx(found["corner_um"], rel=1e-9)
    assert found["factor_alone_error"] < 1e-3
    assert found["iterations"] <= 3
    assert set(found["phases"]) == {
        "mesh",
        "forms",
        "assembly",
        "factorisation",
        "load, balance",
        "refinement",
        "results",
    }
    assert found["total"]["wall"] == pytest.approx(sum(phase["wall"] for phase in found["phases"].values()))
    assert KrylovSolver.solve is original
    if comm.rank == 0:
        cost = {"wall": 1.0, "cpu": 1.0, "memory": 1e9}
        tables.phases("tiny", [{**found, **cost}])
