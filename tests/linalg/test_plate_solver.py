"""The multigrid of the plate problem stands in for its factorisation: same answer, hardly more iterations."""

import numpy as np
import pytest
from mpi4py import MPI
from petsc4py import PETSc

from benchmarks.problem import write_case
from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver.case.load import load
from solver.linalg import multigrid, prolongation, splines
from solver.linalg.coarse import PlateSolver
from solver.linalg.plates import Layout
from solver.materials import library
from solver.parallel import on_root
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.progress import Progress
from solver.simulation import Simulation
from tests.solving import load_case

SIDE = 12  # of a square of plates
MORE = 3  # iterations a plate multigrid may cost the outer one


@pytest.fixture
def plates_from(monkeypatch):
    """A function that sets the size from which plates are solved by multigrid; the Kirchhoff space is put aside."""
    monkeypatch.setattr(multigrid.ColumnMultigrid, "_kirchhoff", lambda _: None)
    return lambda large: monkeypatch.setattr(multigrid, "LARGE", large)


def solved(path, comm, n, symmetry="quarter", joint="3000.0 MPa"):
    """Record of the solve of the benchmark's panel and work of its load."""

    def case():
        file = write_case(path, n)
        text = file.read_text(encoding="utf-8").replace("symmetry: quarter", f"symmetry: {symmetry}")
        file.write_text(text.replace("3000.0 MPa", joint), encoding="utf-8")
        return load(file)

    loaded = on_root(comm, case)
    mesh = extrude(comm, loaded.stack, on_root(comm, lambda: plane_mesh(loaded.stack)))
    materials = [library.resolve(block.material, loaded.case.materials) for block in mesh.blocks]
    problem = SmallDeflectionSolid(mesh, materials, np.full(len(materials), 448.15), solver="columns")
    record, _ = problem.solve(298.15)
    pull = problem._assembled_load()
    work = comm.allreduce(float(problem.displacement.x.array[: len(pull)] @ pull))
    problem.destroy()
    return record, work


def membrane(comm, shift: float) -> PETSc.Mat:
    """Five springs less a shift on each plate of a square, those of its neighbours: eigenvalues 4 - 2 cos - 2 cos."""
    matrix = PETSc.Mat().createSBAIJ(5 * SIDE**2, 5, nnz=(3, 3), comm=comm)
    for plate in range(*(end // 5 for end in matrix.getOwnershipRange())):
        i, j = divmod(plate, SIDE)
        matrix.setValuesBlocked([plate], [plate], (4.0 - shift) * np.eye(5))
        for there, other in ((i + 1 < SIDE, plate + SIDE), (j + 1 < SIDE, plate + 1)):
            if there:
                matrix.setValuesBlocked([plate], [other], -np.eye(5))
    matrix.assemble()
    return matrix


def test_factors_tell_how_many_eigenvalues_are_negative_whenever_they_are_renewed(comm):
    """Sylvester's law; five times as many as a membrane of springs has below the shift."""
    matrix = membrane(comm, 0.0)
    plates = matrix.getLocalSize()[0] // 5
    none = np.zeros((plates, 5), dtype=bool)
    solver = PlateSolver(matrix, Layout(np.zeros((plates, 3)), np.zeros(plates, dtype=int), none, 1.0), definite=False)
    each = 2.0 - 2.0 * np.cos(np.pi * np.arange(1, SIDE + 1) / (SIDE + 1))
    load = np.random.default_rng(comm.rank).random((plates, 5))
    for shift in (0.0, 0.15, 0.3, 2.01, 0.0):
        membrane(comm, shift).copy(matrix)
        solver.refactorise()
        assert solver.negative_pivots == 5 * np.sum(each[:, None] + each < shift)
        x, y = matrix.createVecs()
        x.array[:] = solver.solve(load).ravel()
        matrix.mult(x, y)
        assert comm.allreduce(np.abs(y.array - load.ravel()).max(), MPI.MAX) < 1e-8


@pytest.mark.parametrize(
    "changes",
    [
        {"n": 30},
        {"n": 60},
        {"n": 20, "symmetry": "none"},
        {"n": 24, "joint": "1.0 MPa"},
    ],
    ids=str,
)
@pytest.mark.slow
def test_outer_iterations_and_the_answer_are_those_of_the_factorisation(plates_from, shared_path, comm, changes):
    """Cells of 12.8 to 4.3 mm on a stack of 1.2 mm; held by mirror planes or by pins; one plate or two."""
    plates_from(np.inf)
    exact, work = solved(shared_path, comm, **changes)
    plates_from(0)
    record, same = solved(shared_path, comm, **changes)
    assert record.name == exact.name + ", solved by multigrid"
    assert record.iterations <= exact.iterations + MORE
    assert same == pytest.approx(work, rel=1e-8)


@pytest.mark.slow
def test_a_plate_multigrid_that_stalls_gives_way_to_a_factorisation(plates_from, shared_path, comm, monkeypatch):
    """A grid eight cells wide on cells seven thicknesses wide is too coarse for the smoother."""
    monkeypatch.setattr(prolongation, "_NARROWEST", 8.0)
    monkeypatch.setattr(prolongation, "_WIDEST", 8.0)
    plates_from(0)
    record, work = solved(shared_path, comm, 30)
    assert record.name.endswith("one plate per column")
    plates_from(np.inf)
    assert work == pytest.approx(solved(shared_path, comm, 30)[1], rel=1e-8)


def test_grid_of_splines_holds_every_quadratic_deflection(comm):
    """w = x y - 2 x^2 + y with its slopes, exactly, at scattered points on a grid of uneven lines."""
    x = np.random.default_rng(0).random((400, 2)) ** 2
    grid = splines.grid(comm, x, 30)
    w, w_x, w_y = grid.smooth(x)
    wanted = x[:, 0] * x[:, 1] - 2 * x[:, 0] ** 2 + x[:, 1]
    found = np.linalg.lstsq(w.toarray(), wanted, rcond=None)[0]
    np.testing.assert_allclose(w @ found, wanted, atol=1e-12)
    np.testing.assert_allclose(w_x @ found, x[:, 1] - 4 * x[:, 0], atol=1e-10)
    np.testing.assert_allclose(w_y @ found, x[:, 0] + 1, atol=1e-10)
    np.testing.assert_allclose(grid.bilinear(x).sum(axis=1), 1.0, atol=1e-14)


def test_rigid_motions_are_in_the_space_of_the_splines(comm):
    """Plates at two heights that turn about one axis in the plane: u = theta (z - z0), w = -theta x."""
    rng = np.random.default_rng(1)
    centre = np.column_stack([rng.random((300, 2)), rng.integers(0, 2, 300)])
    grid = splines.grid(comm, centre[:, :2], 20)
    wanted = np.zeros((300, 5))
    wanted[:, 0], wanted[:, 2], wanted[:, 3] = centre[:, 2], -centre[:, 0], 1.0
    space = splines.motions(grid, centre, 0.0).toarray()
    found = np.linalg.lstsq(space, wanted.ravel(), rcond=None)[0]
    np.testing.assert_allclose(space @ found, wanted.ravel(), atol=1e-10)


@pytest.mark.slow
def test_heat_flows_as_with_factorised_plates(plates_from, shared_path, comm):
    """A copper plate below a source, the cells five times smaller along its edges."""
    found = []
    for large in (np.inf, 0):
        plates_from(large)
        loaded = load_case("spreading_resistance", ["analysis.solver=columns"], shared_path, comm)
        found.append(Simulation(loaded, comm, Progress(comm, quiet=True)).heat())
    exact, other = (heat.solution.record for heat in found)
    assert other.name == exact.name + ", solved by multigrid"
    assert other.iterations <= exact.iterations + MORE
    hottest = [heat.summary["max_temperature_degc"] for heat in found]
    assert hottest[1] == pytest.approx(hottest[0], rel=1e-8)
