"""A linear solve says how it ended: converged, stagnated, indefinite or limited by rounding."""

import numpy as np
import pytest
import ufl
from dolfinx import fem, la

from solver import compat
from solver.errors import NotConvergedError, UnsuitableError
from solver.linalg.direct import DirectSolver
from solver.linalg.krylov import KrylovSolver
from solver.linalg.layered import LayeredSolver
from solver.linalg.stopping import ENOUGH, End
from solver.metrics.plausibility import barely_converged
from tests.probing import mesh_of

pytestmark = pytest.mark.slow

BLOCK = """title: block with an inlay
geometry:
  outline: {shape: rectangle, size: [40 mm, 40 mm]}
  layers:
    - {name: base, thickness: 1 mm, material: silicon}
    - name: top
      thickness: 1 mm
      material: silicon
      regions: [{name: inlay, shape: {rectangle: [20 mm, 20 mm]}, material: copper}]
mesh: {in_plane_size: 5 mm}
process:
  stress_free_temperature: 175 degC
  steps: [{name: cool, temperature: 25 degC}]
"""


class Unpreconditioned(KrylovSolver):
    """Plain conjugate gradients."""

    name = "plain conjugate gradients"
    tolerance = 1e-9
    most_iterations = 2000

    def __init__(self, *args):
        super().__init__(*args)
        self._ksp.setOperators(self._shell)
        self._ksp.getPC().setType("none")

    def _set_up(self):
        pass


class Problem:
    """-div(k grad u) + m u = 1, with another k in the inlay; k and m in units of 1 mm."""

    def __init__(self, path, comm, k=1.0, inlay=1.0, m=1.0):
        self.mesh = mesh_of(BLOCK, path, comm)
        domain = self.mesh.mesh
        self.space = fem.functionspace(domain, ("Lagrange", 2))
        self.k = fem.Function(fem.functionspace(domain, ("DG", 0)))
        names = [block.name for block in self.mesh.blocks]
        self.k.x.array[: len(self.mesh.block)] = 1e-6 * k
        self.k.x.array[: len(self.mesh.block)][self.mesh.block == names.index("top/inlay")] = 1e-6 * inlay
        self.k.x.scatter_forward()
        u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        dx = ufl.dx(domain, metadata={"quadrature_degree": 4})
        self.a = ufl.inner(self.k * ufl.grad(u), ufl.grad(v)) * dx + fem.Constant(domain, m) * u * v * dx
        self.x = fem.Function(self.space)

    def load(self, density="1"):
        x = ufl.SpatialCoordinate(self.mesh.mesh)
        f = {"1": 1.0, "x": 1e2 * x[0], "1 + x": 3.0 - 2e2 * x[0]}[density]
        vector = fem.assemble_vector(compat.form(f * ufl.TestFunction(self.space) * ufl.dx(self.mesh.mesh)))
        vector.scatter_reverse(la.InsertMode.add)
        return vector.array[: self.space.dofmap.index_map.size_local]

    def solver(self, kind):
        none = np.empty(0, dtype=np.int32)
        if kind is LayeredSolver:
            return LayeredSolver(self.a, self.space, none, self.mesh.column, np.zeros(len(self.mesh.column), bool))
        return kind(self.a, self.space, none)


@pytest.mark.parametrize("kind", [Unpreconditioned, DirectSolver, LayeredSolver])
def test_a_good_solve_has_converged(kind, shared_path, comm):
    """k = m = 1: u = 1."""
    problem = Problem(shared_path, comm)
    record = problem.solver(kind).solve(problem.load(), problem.x)
    assert record.end is End.CONVERGED
    assert record.residual <= ENOUGH
    assert np.allclose(problem.x.x.array, 1.0, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "inlay"),
    [
        (Unpreconditioned, -1.0),
        (DirectSolver, -1.0),
        (DirectSolver, -1e-3),
        (LayeredSolver, -1.0),
        (LayeredSolver, -1e-3),
    ],
)
def test_a_negative_conductivity_is_an_indefinite_operator(kind, inlay, shared_path, comm):
    problem = Problem(shared_path, comm, inlay=inlay, m=1e-3)
    with pytest.raises(NotConvergedError, match="not positive definite"):
        solver = problem.solver(kind)
        solver.solve(problem.load("x"), problem.x)


@pytest.mark.parametrize("kind", [Unpreconditioned, DirectSolver, LayeredSolver])
def test_an_unstable_equilibrium_is_an_indefinite_operator(kind, shared_path, comm):
    """-m between the second and the third eigenvalue of the plane, (pi/40)^2 = 0.0062 and twice that."""
    problem = Problem(shared_path, comm, m=-0.009)
    with pytest.raises(NotConvergedError, match="not positive definite"):
        solver = problem.solver(kind)
        solver.solve(problem.load("1 + x"), problem.x)


def test_a_weak_preconditioner_stagnates(shared_path, comm):
    """Plain conjugate gradients on a contrast of 1e8; no iteration is spent on what does not move."""
    problem = Problem(shared_path, comm, inlay=1e8, m=1e-6)
    solver = problem.solver(Unpreconditioned)
    with pytest.raises(UnsuitableError, match="does not fall any more"):
        solver.solve(problem.load("x"), problem.x)


@pytest.mark.parametrize("kind", [DirectSolver, LayeredSolver])
def test_rounding_that_hides_the_residual_is_told(kind, shared_path, comm, monkeypatch):
    """Fluxes of k = 1e16 add up to a load of 1 within eps k: the recurrence falls below what b - A x follows."""
    monkeypatch.setattr("solver.linalg.krylov.ENOUGH", 1e-12)
    problem = Problem(shared_path, comm, k=1e16, inlay=1e16)
    solver = problem.solver(kind)
    solver.tolerance = 1e-13
    record = solver.solve(problem.load(), problem.x)
    assert record.end is End.ROUND_OFF
    assert record.residual > 1e-12
    text = "".join(barely_converged("heat", record))
    assert "rounding hides" in text


@pytest.mark.parametrize("kind", [DirectSolver, LayeredSolver])
def test_rounding_that_makes_a_preconditioner_indefinite_is_told_from_an_indefinite_operator(kind, shared_path, comm):
    """At k = 1e18 a stored matrix has lost m; the operator without a matrix has not."""
    problem = Problem(shared_path, comm, k=1e18, inlay=1e18)
    with pytest.raises(NotConvergedError, match=r"negative .*rounding hides"):
        problem.solver(kind).solve(problem.load(), problem.x)


def test_ritz_values_are_the_extreme_eigenvalues(shared_path, comm):
    """Plain conjugate gradients to the end see the spectrum of the matrix they are applied to."""
    problem = Problem(shared_path, comm, m=20.0)
    record = problem.solver(Unpreconditioned).solve(problem.load("x"), problem.x)
    eigenvalues = np.linalg.eigvalsh(dense(problem))
    assert record.highest == pytest.approx(eigenvalues[-1], rel=1e-2)
    assert eigenvalues[0] <= record.lowest * (1 + 1e-9)
    assert record.lowest == pytest.approx(eigenvalues[0], rel=0.2)


def dense(problem):
    """The matrix of the whole problem, on every rank, column by column from the operator (1445 columns at most)."""
    operator = problem.solver(Unpreconditioned).operator.matrix()
    x, y = operator.createVecs()
    first, last = x.owner_range
    columns = []
    for column in range(x.size):
        x.set(0.0)
        if first <= column < last:
            x.array[column - first] = 1.0
        operator.mult(x, y)
        columns.append(y.array.copy())
    return np.concatenate(problem.space.mesh.comm.allgather(np.array(columns).T))
