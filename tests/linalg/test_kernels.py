"""The hand-written kernels against the compiled forms of FFCx, to rounding."""

from dataclasses import replace

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import extrude
from solver.linalg.columns import columns
from solver.linalg.elements import Summed, Tabulated, elements
from solver.linalg.extruded_cells import LayeredForm, whole
from solver.linalg.kernels import Kernels
from solver.linalg.linearised import LinearisedOperator
from solver.linalg.multigrid import ColumnMultigrid
from solver.linalg.operator import FormOperator, UprightOperator, matrix_free
from solver.materials.laws.compiled import prepare
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.power import heat_sources
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from tests.linalg.test_fallback import prepared, prepared_of
from tests.probing import simulate

VIAS = "[{name: via, shape: {circle: 12 mm}, material: copper}]"  # distorted cells


def noise(size: int, seed: int = 0) -> np.ndarray:
    """Numbers that do not repeat."""
    return np.random.default_rng(seed).standard_normal(size)


def difference(a: np.ndarray, b: np.ndarray, comm: MPI.Comm) -> float:
    """Largest, as a part of the largest of b."""
    largest = [comm.allreduce(float(np.abs(part).max(initial=0.0)), MPI.MAX) for part in (a - b, b)]
    return largest[0] / largest[1]


@pytest.mark.parametrize("regions", ["[]", VIAS], ids=["grid", "distorted"])
def test_the_product(shared_path, comm, regions):
    problem, _ = prepared(shared_path, comm, regions=regions)
    fast = matrix_free(problem._a, problem.space, problem.support.unknowns)
    slow = FormOperator(whole(problem._a), problem.space, problem.support.unknowns)
    assert isinstance(fast, UprightOperator)
    x = noise(fast.owned)
    assert difference(fast.product(x), slow.product(x), comm) < 1e-13
    problem.destroy()


FILLETED = """
title: a die with a fillet
geometry:
  outline: {shape: rectangle, size: [4 mm, 4 mm]}
  symmetry: quarter
  layers:
    - {name: board, thickness: 0.5 mm, material: fr4, cells: 4}
    - {name: die, thickness: 0.3 mm, regions: [{name: die, shape: {rectangle: [2 mm, 2 mm]}, material: silicon}]}
  fillets: [{name: fillet, around: die/die, layers: [die], material: underfill-capillary, width: 0.3 mm}]
mesh: {in_plane_size: 1 mm, cells_per_layer: 1}
process: {stress_free_temperature: 150 degC, steps: [{name: cool, temperature: 25 degC}]}
"""


def test_level_cells_beside_slanted_ones(shared_path, comm):
    problem, _ = prepared_of(FILLETED, shared_path, comm)
    nothing = np.empty(0, dtype=np.int32)
    fast = matrix_free(problem._a, problem.space, nothing)
    slow = FormOperator(whole(problem._a), problem.space, nothing)
    assert isinstance(fast, UprightOperator)
    assert not fast._cells.all
    x = noise(fast.owned)
    assert difference(fast.product(x), slow.product(x), comm) < 1e-13
    corrected = []
    for a in (problem._a, whole(problem._a)):
        soft = np.zeros(len(problem.stack_mesh.block), dtype=bool)
        operator = matrix_free(a, problem.space, nothing)
        multigrid = ColumnMultigrid(
            a, problem.space, problem.support.unknowns, operator, problem.stack_mesh.column, soft, splines=False
        )
        corrected.append(multigrid.smoother.factor.copy())
        multigrid.free()
    assert difference(*corrected, comm) < 1e-12
    problem.destroy()


def test_the_product_where_the_law_varies_in_a_cell(shared_path, comm):
    problem, _ = prepared(shared_path, comm, regions=VIAS)
    mesh = problem.stack_mesh
    varying = type(problem)(mesh, problem.materials, problem.references, pointwise=True)
    varying.moduli.x.array[:] = np.abs(noise(len(varying.moduli.x.array))) * 1e10
    varying.moduli.x.scatter_forward()
    fast = matrix_free(varying._a, varying.space, varying.support.unknowns)
    slow = FormOperator(whole(varying._a), varying.space, varying.support.unknowns)
    x = noise(fast.owned)
    assert difference(fast.product(x), slow.product(x), comm) < 1e-13
    problem.destroy()


@pytest.mark.parametrize("regions", ["[]", VIAS], ids=["grid", "distorted"])
@pytest.mark.parametrize("soft", [False, True], ids=["one plate", "a plate in every layer"])
@pytest.mark.slow
def test_bands_and_plates(shared_path, comm, regions, soft):
    problem, mesh = prepared(shared_path, comm, regions=regions)
    parts = []
    for a in (problem._a, whole(problem._a)):
        operator = matrix_free(a, problem.space, problem.support.unknowns)
        soft_cells = np.full(len(mesh.block), soft)
        arguments = problem.space, problem.support.unknowns, operator, mesh.column, soft_cells
        multigrid = ColumnMultigrid(a, *arguments, splines=False)
        x = noise(operator.owned)
        parts.append((multigrid.smoother.factor.copy(), multigrid.correct(x).copy()))
        multigrid.free()
    (factor, corrected), (other_factor, other_corrected) = parts
    assert difference(factor, other_factor, comm) < 1e-12
    assert difference(corrected, other_corrected, comm) < 1e-6  # through a factor of condition 1e8
    problem.destroy()


def test_heat_with_films_on_faces(shared_path, comm):
    # contacts are cells so thin that their height has 9 digits
    overrides = ("mesh.in_plane_size=3mm", "thermal.interfaces=[]")
    simulation = simulate("fcbga_lidded/elastic.yaml", shared_path, comm, *overrides)
    forms = []
    original = LayeredForm.__init__

    def remember(self, *args, **kwargs):
        original(self, *args, **kwargs)
        forms.append(self)

    LayeredForm.__init__ = remember
    try:
        simulation.heat()
    finally:
        LayeredForm.__init__ = original
    a = forms[0]
    space = a.form.arguments()[0].ufl_function_space()
    spaces = fem.functionspace(a.law.function_space.mesh, ("Lagrange", 2))
    assert space == spaces.ufl_function_space() or a.facets is not None
    nothing = np.empty(0, dtype=np.int32)
    fast, slow = matrix_free(a, spaces, nothing), FormOperator(a.form, spaces, nothing)
    assert isinstance(fast, UprightOperator)
    x = noise(fast.owned)
    assert difference(fast.product(x), slow.product(x), comm) < 1e-12
    kinds = [type(part) for part in elements(a, spaces, columns(spaces))]
    assert kinds == [Summed, Tabulated]


WARM = """
title: warm
geometry:
  outline: {shape: rectangle, size: [12 mm, 9 mm]}
  layers:
    - {name: low, thickness: 1 mm, material: falling, cells: 2}
    - name: high
      thickness: 0.5 mm
      material: falling
      regions: [{name: via, shape: {circle: 4 mm}, material: copper}]
materials:
  falling: {thermal_conductivity: {temperature: [0 degC, 200 degC], value: [20 W/m/K, 5 W/m/K]},
    density: 1000 kg/m^3, specific_heat: {temperature: [0 degC, 200 degC], value: [500 J/kg/K, 700 J/kg/K]}}
mesh: {in_plane_size: 3 mm}
thermal: {power: [{layer: low, total: 5 W}], boundaries: [{face: top, convection: 500 W/m^2/K, ambient: 20 degC}]}
analysis: {transient: {duration: 1 s, start: 20 degC}}
"""


def test_heat_in_time_with_conductivities_that_change(shared_path, comm):
    """Mass, drift and films of a stage: product of the tangent, bands and plates of its symmetric part."""
    simulation = simulate(WARM, shared_path, comm)
    mesh = extrude(comm, simulation.loaded.stack, simulation.plane)
    sources = heat_sources(mesh, simulation.case.thermal.power, simulation.loaded.files)
    problem = HeatProblem(mesh, simulation.materials(mesh), simulation.case.thermal, sources, transient=True)
    x = problem.space.tabulate_dof_coordinates()
    problem.temperature.x.array[:] = 350.0 + 40.0 * np.sin(400.0 * x[:, 0]) * np.cos(900.0 * x[:, 2] + 300.0 * x[:, 1])
    equation = problem.equation
    equation.storage.rate.value = 30.0
    equation.update()
    nothing = np.empty(0, dtype=np.int32)
    fast = matrix_free(equation.tangent, problem.space, nothing)
    slow = FormOperator(equation.tangent.form, problem.space, nothing)
    assert isinstance(fast, UprightOperator)
    v = noise(fast.owned)
    assert difference(fast.product(v), slow.product(v), comm) < 1e-12
    # with a law that is the same all over a cell, as element matrices take it
    equation.conduction.law.x.array.reshape(-1, 4)[:] = [3.0, 4.0, 5.0, 1e7]
    parts = []
    for a in (equation.symmetric, equation.symmetric.form):
        operator = matrix_free(a, problem.space, nothing)
        soft = np.zeros(len(mesh.block), dtype=bool)
        multigrid = ColumnMultigrid(a, problem.space, nothing, operator, mesh.column, soft)
        parts.append((multigrid.smoother.factor.copy(), multigrid.correct(v).copy()))
        multigrid.free()
    for one, other in zip(*parts, strict=True):
        assert difference(one, other, comm) < 1e-9


@pytest.mark.slow
def test_the_kirchhoff_space_is_the_projection_of_the_operator(shared_path, comm):
    """Energy of random splines: by their matrix, and by the operator on what they make of the nodes."""
    problem, mesh = prepared(shared_path, comm, base=1.6, size=1)
    operator = matrix_free(problem._a, problem.space, problem.support.unknowns)
    arguments = problem.space, problem.support.unknowns, operator, mesh.column, np.zeros(len(mesh.block), dtype=bool)
    multigrid = ColumnMultigrid(problem._a, *arguments)
    splines = multigrid.splines
    assert splines is not None

    class Known:
        """In the place of the factors: the answer is the load, which is nothing on splines that move nothing."""

        def solve(self, load, answer):
            load.copy(answer)

    factors, splines._ksp = splines._ksp, Known()
    motion = multigrid.correct(noise(operator.owned))
    splines._ksp = factors
    product = splines._solution.duplicate()
    splines._matrix.mult(splines._solution, product)
    by_matrix = product.dot(splines._solution)
    by_operator = comm.allreduce(float(motion @ operator.product(motion)))
    assert by_matrix == pytest.approx(by_operator, rel=1e-9)
    multigrid.free()
    problem.destroy()


@pytest.mark.parametrize("spring", [0.0, 1e12])
@pytest.mark.slow
def test_the_tangent_of_large_deflection(shared_path, comm, spring):
    """A bent and disturbed state with stress, birth, anisotropy and springs: product and correction by plates."""
    problem, mesh = prepared(shared_path, comm, regions=VIAS)
    birth = fem.Function(fem.functionspace(mesh.mesh, ("Discontinuous Lagrange", 2, (3,))))
    birth.interpolate(lambda x: np.stack([-0.1 * x[0] + x[1] * x[2], 0.05 * x[1], 0.5 * x[0] ** 2]))
    large = LargeDeflectionSolid(mesh, problem.materials, problem.references, birth=birth)
    load = large.load_at(298.15)
    x = large.space.tabulate_dof_coordinates()
    bend = np.stack([-2.0 * x[:, 2] * x[:, 0], 0.0 * x[:, 0], x[:, 0] ** 2 + 0.5 * x[:, 1] ** 2], axis=1)
    state = type(large.state)(bend.ravel(), replace(load, dead=1.0, anisotropy=np.array([0.3, -0.2])))
    large.state = state
    large.forms.last.x.array[:] = 0.1 * bend.ravel()
    large.forms.spring.value = spring
    fast = large.solver.operator
    slow = FormOperator(large.tangent, large.space, large.support.unknowns)
    assert isinstance(fast, LinearisedOperator)
    v = noise(fast.owned)
    assert difference(fast.product(v), slow.product(v), comm) < 1e-11
    parts = []
    column, soft = mesh.column, np.zeros(len(mesh.block), dtype=bool)
    for a, operator in ((large.solver._known, fast), (large.tangent, slow)):
        multigrid = ColumnMultigrid(a, large.space, large.support.unknowns, operator, column, soft, large.displacement)
        multigrid.refresh()
        parts.append((multigrid.correct(v).copy(), multigrid.smoother.factor.copy()))
        multigrid.free()
    (corrected, factor), (other_corrected, other_factor) = parts
    assert difference(corrected, other_corrected, comm) < 1e-6
    assert difference(factor, other_factor, comm) < 1e-10
    large.destroy()
    problem.destroy()


@pytest.mark.slow
def test_the_tangent_where_the_law_comes_by_points(shared_path, comm):
    """The same at all points of each cell, as of a stack that relaxes at one temperature; then not in one cell."""
    problem, mesh = prepared(shared_path, comm)
    large = LargeDeflectionSolid(mesh, problem.materials, problem.references, pointwise=True)
    large.load_at(298.15)
    fast = large.solver.operator
    slow = FormOperator(large.tangent, large.space, large.support.unknowns)
    v, moduli = noise(fast.owned), large.forms.moduli
    for change in (1.0, 4.0, 0.25):
        moduli.x.array[: 9 * 14] *= change  # the first fourteen points
        moduli.x.scatter_forward()
        assert difference(fast.product(v), slow.product(v), comm) < 1e-11
    large.destroy()
    problem.destroy()


SOLVE = [1, np.zeros(2, np.int64), np.zeros(8, np.int32), 1, np.zeros(8), np.zeros(8), np.zeros(8)]


@pytest.mark.serial
@pytest.mark.parametrize(
    ("place", "wrong", "message"),
    [
        (1, np.zeros(2, np.int32), "argument 2: an array of int64 is wanted, not of int32"),
        (2, np.zeros(8, np.int64), "argument 3: an array of int32 is wanted, not of int64"),
        (4, np.zeros(8, np.float32), "argument 5: an array of float64 is wanted, not of float32"),
        (5, np.zeros((8, 2))[:, 0], "argument 6: a contiguous array is wanted"),
        (6, [0.0] * 8, "argument 7: an array of float64 is wanted, not list"),
        (0, 1.5, "float"),
    ],
)
def test_a_kernel_refuses_what_its_header_does_not_declare(place, wrong, message):
    kernels = Kernels(MPI.COMM_SELF, 3)
    arguments = [*SOLVE[:place], wrong, *SOLVE[place + 1 :]]
    with pytest.raises(TypeError, match=message):
        kernels.call("solve", *arguments)
    with pytest.raises(TypeError, match="takes 7 arguments, not 6"):
        kernels.call("solve", *SOLVE[:-1])


def test_kernels_leave_subnormal_numbers_to_the_process():
    """Libraries that older compilers link with fast mathematics flush them to zero, wherever they come from."""
    Kernels(MPI.COMM_WORLD, 3)
    prepare(MPI.COMM_WORLD)  # those of the laws
    smallest = np.array([np.finfo(float).smallest_subnormal])
    assert (smallest * np.array([1.0]) > 0.0).all()
