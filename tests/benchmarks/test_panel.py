"""The runs of the benchmarks give the program's numbers, and count what it does."""

import pytest

from benchmarks.planish_run import iterations, run
from benchmarks.problem import LAYERS, write_case
from benchmarks.ranks import per_iteration
from solver.linalg.krylov import KrylovSolver

N = 4
LEVELS = 2 * len(LAYERS) + 1


@pytest.fixture
def case(shared_path, comm):
    if comm.rank == 0:
        write_case(shared_path, N)
    comm.Barrier()
    return shared_path / "case.yaml"


def test_a_tiny_panel_bends_as_the_other_programs_say(case, comm):
    original = KrylovSolver.solve
    found = run(case, ["analysis.solver=direct"], comm)

    assert found["cells"] == N * N * len(LAYERS)
    assert found["unknowns"] == 3 * (2 * N + 1) ** 2 * LEVELS
    # 4 x 4 x 3 cells of 20 nodes in CalculiX 2.20: corner over centre of the bottom (mm)
    assert found["corner_um"] == pytest.approx(54.91491e3, rel=1e-3)
    assert found["warpage_um"] == pytest.approx(found["corner_um"], rel=1e-9)
    assert found["factor_alone_error"] < 1e-3
    assert found["iterations"] <= 3
    assert set(found["phases"]) >= {"plane mesh", "mesh", "forms", "assembly", "factorisation", "iteration", "results"}
    assert found["total"]["wall"] == pytest.approx(sum(phase["wall"] for phase in found["phases"].values()))
    assert 0.0 < found["start_memory"] <= found["total"]["memory"]  # peaks are forgotten after each phase
    assert KrylovSolver.solve is original


def test_the_work_of_the_multigrid_is_counted(case, comm):
    found = run(case, ["analysis.solver=columns"], comm)

    largest, total = ({name: size[k] for name, size in found["work"]["sizes"].items()} for k in (0, 1))
    assert total["owned cells"] == found["cells"]
    assert total["owned nodes"] == found["unknowns"] / 3
    assert total["columns"] >= (2 * N + 1) ** 2
    assert total["forward_bytes"] == total["reverse_bytes"] == 8 * total["ghost nodes"]
    cycles, parts = found["work"]["cycles"], found["work"]["parts"]
    assert cycles >= found["iterations"]
    for name in ("apply", "solve", "restrict_to", "prolong"):
        assert parts[name]["calls"] >= cycles
    sent = per_iteration(found)
    assert sent["scatters"] > 3
    assert (sent["bytes"] > 3 * largest["forward_bytes"]) is (comm.size > 1)


def test_iterations_of_every_solve_are_told(case, comm):
    found = iterations(case, ["analysis.solver=columns"], comm)

    assert [solve["problem"] for solve in found] == ["cool"]
    assert 5 < found[0]["iterations"] < 40
