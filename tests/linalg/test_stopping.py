"""A solve ends when the warpage has settled, its error is bounded, and later loads profit from earlier ones."""

import re

import numpy as np
import pytest
from dolfinx import fem

from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver.linalg.layered import LayeredSolver
from solver.linalg.stopping import ENOUGH, SETTLED, End, Iteration
from solver.materials import library
from solver.metrics import warpage
from solver.metrics.surface import Surface
from solver.parallel import on_root
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.progress import Progress
from solver.simulation import Simulation
from tests.solving import load_case

pytestmark = pytest.mark.slow

PANELS = [("foplp_panel", ("mesh.in_plane_size=20mm",)), ("fcbga_lidded/elastic.yaml", ("mesh.in_plane_size=2mm",))]


def problem_of(case, overrides, path, comm, solver="columns"):
    loaded = load_case(case, overrides, path, comm)
    mesh = extrude(comm, loaded.stack, on_root(comm, lambda: plane_mesh(loaded.stack)))
    materials = [library.resolve(block.material, loaded.case.materials) for block in mesh.blocks]
    return SmallDeflectionSolid(mesh, materials, np.full(len(materials), 423.15), solver=solver)


def shape(problem):
    return warpage.evaluate(Surface(problem.stack_mesh, problem.displacement, "bottom")).warpage_um


@pytest.mark.parametrize(("case", "overrides"), PANELS)
def test_a_settled_warpage_is_right_to_a_millionth_in_fewer_iterations(case, overrides, shared_path, comm):
    early, late = (problem_of(case, overrides, shared_path, comm) for _ in range(2))
    record, _ = early.solve(298.15, None, "bottom")
    tight, _ = late.solve(298.15)
    assert record.end is tight.end is End.CONVERGED
    assert record.iterations < tight.iterations
    assert shape(early) == pytest.approx(shape(late), rel=SETTLED)
    assert record.observed == pytest.approx(1e-6 * shape(early), rel=0.02)  # nodes only


@pytest.mark.parametrize(("case", "overrides"), PANELS)
def test_the_energy_norm_of_the_error_is_within_its_bound(case, overrides, shared_path, comm):
    """Against the solution to 1e-13; a Ritz value is above the lowest eigenvalue, by less than a factor of 2 here."""
    problem = problem_of(case, overrides, shared_path, comm)
    record, _ = problem.solve(298.15, None, "bottom")
    early = problem.displacement.x.array.copy()
    problem._solver.tolerance = 1e-13
    problem.solve(298.15)
    operator = problem._solver.operator

    def energy(u):
        owned = u[: operator.owned]
        return np.sqrt(comm.allreduce(float(owned @ operator.product(owned))))

    error = energy(problem.displacement.x.array - early) / energy(problem.displacement.x.array)
    assert error <= 1.5 * record.error
    assert record.error <= SETTLED


def test_one_set_up_serves_many_loads_and_a_combination_of_old_ones_is_free(shared_path, comm, monkeypatch):
    problem = problem_of(*PANELS[0], shared_path, comm)
    rng = np.random.default_rng(7)
    counted = []
    original = LayeredSolver._set_up
    monkeypatch.setattr(LayeredSolver, "_set_up", lambda self: (counted.append(1), original(self)))
    problem.solve(298.15)
    solver, operator = problem._solver, problem._solver.operator
    x = fem.Function(problem.space)
    loads = [problem._assembled_load(), rng.standard_normal(operator.owned) * 1e-3 + 1e-2]
    records, solutions = [], []
    for load in (*loads, 2.0 * loads[0] - 3.0 * loads[1]):
        records.append(solver.solve(load, x))
        solutions.append(x.x.array.copy())
    assert counted == [1]
    assert records[-1].setup_seconds == records[0].setup_seconds
    assert [record.iterations > 0 for record in records] == [False, True, False]
    assert records[-1].residual <= ENOUGH
    largest = comm.allreduce(float(np.abs(solutions[1]).max()), op=max)
    assert np.abs(solutions[2] - 2.0 * solutions[0] + 3.0 * solutions[1]).max() < 1e-6 * largest


def test_new_coefficients_make_old_products_void(shared_path, comm):
    """A stiffness of a third: three times the displacement, not the old one."""
    problem = problem_of(*PANELS[0], shared_path, comm)
    problem.solve(298.15)
    before = problem.displacement.x.array.copy()
    load = problem._assembled_load()
    problem.moduli.x.array[:] /= 3.0
    problem._solver.update()
    record = problem._solver.solve(load, problem.displacement)
    assert record.end is End.CONVERGED
    size = comm.allreduce(float(np.abs(before).max()), op=max)
    assert np.abs(problem.displacement.x.array - 3.0 * before).max() < 1e-6 * size


def test_every_iteration_is_told_with_the_warpage_and_the_time_left(shared_path, comm):
    problem = problem_of(*PANELS[0], shared_path, comm)
    told: list[Iteration] = []
    record, _ = problem.solve(298.15, told.append, "bottom")
    assert [now.number for now in told] == list(range(record.iterations + 1))
    assert told[0].residual == 1.0
    assert told[-1].residual <= ENOUGH
    assert told[0].seconds_left is None
    assert all(now.seconds_left is not None and now.seconds_left >= 0 for now in told[2:])
    assert told[-1].observed == record.observed


def test_a_log_shows_iteration_residual_warpage_and_time_left(shared_path, comm, monkeypatch):
    monkeypatch.setattr("solver.progress._SILENCE", 0.0)
    log = shared_path / "log.txt"
    progress = Progress(comm, log, quiet=True)
    overrides = (*PANELS[0][1], "analysis.deflection=small", "report.warpage_at=[]")
    for _ in Simulation(load_case(PANELS[0][0], overrides, shared_path, comm), comm, progress).steps(None):
        pass
    progress.close()
    comm.barrier()
    text = log.read_text(encoding="utf-8")
    assert re.search(r"iteration 5, residual \d\.\de-0\d, warpage \d+\.\d+ um, about \d+ s left", text)
    assert re.search(r"solver: conjugate gradients \+ column multigrid, .*, because cells are .* wide", text)
