"""Laws of 21 moduli, at the Gauss points or in cells: kernels against the forms of FFCx, and what solves them."""

import numpy as np
import pytest
import ufl
from dolfinx import fem

from solver.linalg.direct import DirectSolver
from solver.linalg.extruded_cells import LayeredForm
from solver.linalg.layered import LayeredSolver
from solver.linalg.linearised import LayeredTangent, LinearisedOperator, linearised
from solver.linalg.multigrid import ColumnMultigrid
from solver.linalg.operator import FormOperator, UprightOperator, matrix_free
from solver.linalg.tangent import TangentSolver
from solver.materials.elasticity import ALL_MODULI, MODULI, moduli
from solver.physics.coefficients import DX, Coefficients
from solver.physics.solid.kinematics import green_curvature, green_strain, green_variation, strain, stress
from tests.linalg.test_fallback import prepared
from tests.linalg.test_kernels import VIAS, difference, noise

pytestmark = pytest.mark.slow


def stiffness_of(values: np.ndarray) -> np.ndarray:
    """(n, 6, 6) of moduli (n, 9 or 21)."""
    result = np.zeros((len(values), 6, 6))
    for value, (i, j) in zip(values.T, ALL_MODULI, strict=False):
        result[:, i, j] = result[:, j, i] = value
    return result


class General:
    """The stack of `prepared` with a law of 21 moduli: its stiffnesses, changed."""

    def __init__(self, problem, mesh, pointwise, change) -> None:
        self.space, self.mesh, self.held = problem.space, mesh, problem.support.unknowns
        coefficients = Coefficients(mesh, problem.materials, pointwise)
        self.law = fem.Function(coefficients.space(len(ALL_MODULI)))
        rows = self.law.x.array.reshape(-1, len(ALL_MODULI))
        dofs = self.law.function_space.dofmap.list[: len(mesh.block)]
        of_cell = problem.moduli.x.array.reshape(-1, len(MODULI))[problem.moduli.function_space.dofmap.list[:, 0]]
        elastic = stiffness_of(np.repeat(of_cell[: len(dofs)], dofs.shape[1], axis=0))
        rows[dofs.ravel()] = moduli(change(elastic), ALL_MODULI)
        self.law.x.scatter_forward()
        u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        dx = ufl.dx(mesh.mesh, metadata=DX)
        self.form = ufl.inner(stress(self.law, strain(u)), strain(v)) * dx
        self.layered = LayeredForm(self.form, self.law)
        self.soft = np.zeros(len(mesh.block), dtype=bool)


def coupled(elastic: np.ndarray) -> np.ndarray:
    """C + F F^T: a random positive part with every coupling, as large as the stiffness."""
    size = elastic[:, :1, :1] ** 0.5
    factor = size * noise(elastic.size).reshape(elastic.shape)
    return elastic + factor @ np.swapaxes(factor, 1, 2)


def softened(elastic: np.ndarray, left: float, direction: np.ndarray) -> np.ndarray:
    """C - b v (x) v, v = C n: of the stiffness along strains n (n, 6) only a part is left, as where a metal yields."""
    v = np.einsum("nij,nj->ni", elastic, direction)
    b = (1.0 - left) / np.einsum("ni,ni->n", v, direction)
    return elastic - b[:, None, None] * v[:, :, None] * v[:, None, :]


@pytest.mark.parametrize("pointwise", [False, True], ids=["in cells", "at Gauss points"])
def test_the_product(shared_path, comm, pointwise):
    general = General(*prepared(shared_path, comm, regions=VIAS), pointwise, coupled)
    fast = matrix_free(general.layered, general.space, general.held)
    assert isinstance(fast, UprightOperator)
    x = noise(fast.owned)
    slow = FormOperator(general.form, general.space, general.held)
    assert difference(fast.product(x), slow.product(x), comm) < 1e-13


@pytest.mark.parametrize("soft", [False, True], ids=["one plate", "a plate in every layer"])
def test_bands_and_plates(shared_path, comm, soft):
    general = General(*prepared(shared_path, comm, regions=VIAS), False, coupled)
    parts = []
    for a in (general.layered, general.form):
        operator = matrix_free(a, general.space, general.held)
        soft_cells = np.full(len(general.mesh.block), soft)
        arguments = general.space, general.held, operator, general.mesh.column, soft_cells
        multigrid = ColumnMultigrid(a, *arguments, splines=False)
        parts.append((multigrid.smoother.factor.copy(), multigrid.correct(noise(operator.owned)).copy()))
        multigrid.free()
    for one, other in zip(*parts, strict=True):
        assert difference(one, other, comm) < 1e-6


@pytest.mark.parametrize("spring", [0.0, 1e12])
def test_the_tangent_with_a_given_stress_at_rest(shared_path, comm, spring):
    """S = D : (E(u) - grad d^T grad d / 2) + S_0 with all of them varying in a cell: product, bands and plates."""
    general = General(*prepared(shared_path, comm, regions=VIAS), True, coupled)
    space, mesh = general.space, general.mesh
    u, last = fem.Function(space), fem.Function(space)
    x = space.tabulate_dof_coordinates()
    bend = np.stack([-2.0 * x[:, 2] * x[:, 0], 0.0 * x[:, 0], x[:, 0] ** 2 + 0.5 * x[:, 1] ** 2], axis=1)
    u.x.array[:], last.x.array[:] = bend.ravel(), 0.1 * bend.ravel()
    at_rest = fem.Function(Coefficients(mesh, [], True).space(6))
    at_rest.x.array[:] = 1e8 * noise(len(at_rest.x.array), 1)
    at_rest.x.scatter_forward()
    stiff, stressed = fem.Constant(mesh.mesh, spring), fem.Constant(mesh.mesh, 1.0)
    t, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    geometric = stress(general.law, green_strain(u) - 0.5 * green_curvature(last, last)) + at_rest
    form = (
        ufl.inner(stress(general.law, green_variation(u, t)), green_variation(u, v))
        + stressed * ufl.inner(geometric, green_curvature(t, v))
        + stiff * ufl.inner(t, v)
    ) * ufl.dx(mesh.mesh, metadata=DX)
    tangent = LayeredTangent(form, general.law, u, last, stiff, stress_at_rest=at_rest, stressed=stressed)
    known = linearised(tangent, space)
    assert known is not None
    fast, slow = LinearisedOperator(known, space, general.held), FormOperator(form, space, general.held)
    w = noise(fast.owned)
    assert difference(fast.product(w), slow.product(w), comm) < 1e-11
    at_rest.x.array[:] *= 2.0  # read anew
    assert difference(fast.product(w), slow.product(w), comm) < 1e-11
    stressed.value, before = 0.0, fast.product(w).copy()
    assert difference(fast.product(w), slow.product(w), comm) < 1e-11
    assert difference(fast.product(w), before, comm) > 1e-6
    stressed.value = 1.0
    parts = []
    for a, operator in ((known, fast), (form, slow)):
        multigrid = ColumnMultigrid(a, space, general.held, operator, mesh.column, general.soft, u)
        multigrid.refresh()
        parts.append((multigrid.smoother.factor.copy(), multigrid.correct(w).copy()))
        multigrid.free()
    for one, other in zip(*parts, strict=True):
        assert difference(one, other, comm) < 1e-6


EQUIBIAXIAL, ACROSS = [1.0, 1.0, -2.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]


def yielding(general: str):
    """How the stiffness changes: softened to a thousandth along a strain without change of volume."""

    def change(elastic):
        random = np.random.default_rng(3)
        direction = {"equibiaxial": EQUIBIAXIAL, "shear across": ACROSS}.get(general)
        if direction is None:
            strains = random.standard_normal((len(elastic), 6))
            strains[:, :3] -= strains[:, :3].mean(axis=1)[:, None]
            return softened(elastic, 1e-3, strains)
        some = random.random(len(elastic)) < 0.3
        soft = softened(elastic, 1e-3, np.tile(direction, (len(elastic), 1)))
        return np.where(some[:, None, None], soft, elastic)

    return change


@pytest.mark.parametrize("where", ["everywhere, any direction", "equibiaxial", "shear across"])
def test_a_yielded_stack_is_solved(shared_path, comm, where):
    """The Gauss points of a cell differ; conjugate gradients need 13 iterations where nothing has yielded."""
    problem, mesh = prepared(shared_path, comm)
    general = General(problem, mesh, True, yielding(where))
    load = problem._assembled_load()
    found, exact = fem.Function(general.space), fem.Function(general.space)
    columns = LayeredSolver(general.layered, general.space, general.held, mesh.column, general.soft)
    record = columns.solve(load, found)
    direct = DirectSolver(general.layered, general.space, general.held)
    direct.solve(load, exact)
    assert difference(found.x.array, exact.x.array, comm) < 1e-6
    assert record.iterations <= 40 and "Cholesky" not in record.name
    columns.destroy()
    direct.destroy()


def test_a_yielded_stack_is_solved_at_large_deflection(shared_path, comm):
    problem, mesh = prepared(shared_path, comm)
    general = General(problem, mesh, True, yielding("everywhere, any direction"))
    space = general.space
    u, last, at_rest = fem.Function(space), fem.Function(space), fem.Function(Coefficients(mesh, [], True).space(6))
    u.interpolate(lambda x: np.stack([-2.0 * (x[2] - 0.6e-3) * x[0], 0.0 * x[0], x[0] ** 2]))
    at_rest.x.array.reshape(-1, 6)[:, :2] = 1e7  # taut
    spring = fem.Constant(mesh.mesh, 0.0)
    t, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    geometric = stress(general.law, green_strain(u) - 0.5 * green_curvature(last, last)) + at_rest
    last.x.array[:] = u.x.array  # stress is linear in the displacement then
    form = ufl.inner(stress(general.law, green_variation(u, t)), green_variation(u, v)) * ufl.dx(mesh.mesh, metadata=DX)
    form += ufl.inner(geometric, green_curvature(t, v)) * ufl.dx(mesh.mesh, metadata=DX)
    tangent = LayeredTangent(form, general.law, u, last, spring, stress_at_rest=at_rest)
    solver = TangentSolver(tangent, space, general.held, mesh.column, general.soft, u)
    solver.refresh()
    load = problem._assembled_load()
    found = fem.Function(space)
    correction = solver.correct(load, found, 1e-8)
    assert correction.converged and correction.definite and correction.iterations <= 30
    left = solver.operator.product(found.x.array[: solver.operator.owned]) - load
    left[solver.operator.constrained] = 0.0
    assert difference(left + load, load, comm) < 1e-4
    solver.destroy()
