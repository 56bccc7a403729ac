"""Heat in materials whose axes are not those of the stack."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import ufl
from dolfinx import fem

from meshes.extrude import extrude
from solver.linalg.columns import columns
from solver.linalg.elements import Summed, elements
from solver.linalg.multigrid import ColumnMultigrid
from solver.linalg.operator import FormOperator, UprightOperator, matrix_free
from solver.materials.curve import Curve
from solver.materials.library import resolve
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.power import heat_sources
from solver.studies.reduce.full import FullModel
from tests.linalg.test_kernels import difference, noise
from tests.physics.test_turned_materials import FIBRE, error
from tests.probing import at, mesh_of, simulate, solved_heat
from tests.solving import load_case

pytestmark = pytest.mark.slow

HEAVY = {"density": Curve.constant(1600.0), "specific_heat": Curve.constant(900.0)}

HEAT = """title: heat along fibres that lie turned
geometry:
  outline: OUTLINE
  layers: [{name: ply, thickness: 1 mm, material: ply}]
materials: {ply: PLY}
mesh: {in_plane_size: SIZE}
thermal:
  power: [{layer: ply, total: 0 W}]
  boundaries: BOUNDARIES
"""


def heat(orientation, outline, size, boundaries) -> str:
    text = HEAT.replace("PLY", FIBRE % orientation).replace("OUTLINE", outline).replace("SIZE", size)
    return text.replace("BOUNDARIES", boundaries)


def test_heat_goes_round_in_a_disc_of_radial_fibres(shared_path, comm):
    """Q = 2 pi k_r t dT / ln(R / r), whatever the conductivity around: 4 W/m/K along the radius."""
    ends = "[{face: sides, end: hole, temperature: 100 degC}, {face: sides, end: rim, temperature: 20 degC}]"
    outline = "{shape: disc, diameter: 40 mm, holes: [{shape: {circle: 20 mm}}]}"
    for orientation, k in (("radial", 4.0), ("{radial: [0 mm, 0 mm], angle: 90 deg}", 0.7)):
        text = heat(orientation, outline, "2 mm", ends)
        flow = solved_heat(simulate(text, shared_path, comm)).solution.outflow
        exact = 2 * np.pi * k * 1e-3 * 80.0 / np.log(2.0)
        assert abs(flow[1].heat) == pytest.approx(exact, rel=2e-3)


def test_heat_along_a_strip_of_turned_fibres(shared_path, comm):
    """No heat crosses the long sides, so resistivities turn: in the middle 1 / k = c^2 / k_1 + s^2 / k_2."""
    ends = "[{face: sides, end: -x, temperature: 100 degC}, {face: sides, end: +x, temperature: 20 degC}]"
    text = heat("30 deg", "{shape: rectangle, size: [60 mm, 6 mm]}", "1 mm", ends)
    solution = solved_heat(simulate(text, shared_path, comm)).solution
    low, high = at(solution.temperature, [(-20e-3, 0, 0.5e-3), (20e-3, 0, 0.5e-3)])[:, 0]
    flux = abs(solution.outflow[1].heat) / (6e-3 * 1e-3)
    assert flux * 40e-3 / (low - high) == pytest.approx(1.0 / (0.75 / 4.0 + 0.25 / 0.7), rel=1e-3)


def test_the_kernels_of_heat_with_turned_fibres(shared_path, comm):
    """Product, bands and plates against the form of FFCx; conductivities fall with temperature, so there is a drift."""
    ends = "[{face: top, convection: 500 W/m^2/K, ambient: 20 degC}]"
    text = heat("30 deg", "{shape: disc, diameter: 20 mm}", "4 mm", ends)
    falling = (
        "{temperature: [0 degC, 200 degC], value: [[4 W/m/K, 0.7 W/m/K, 0.7 W/m/K], [2 W/m/K, 0.5 W/m/K, 0.4 W/m/K]]}"
    )
    simulation = simulate(text.replace("[4 W/m/K, 0.7 W/m/K, 0.7 W/m/K]", falling), shared_path, comm)
    mesh = extrude(comm, simulation.loaded.stack, simulation.plane)
    sources = heat_sources(mesh, simulation.case.thermal.power, simulation.loaded.files)
    problem = HeatProblem(mesh, simulation.materials(mesh), simulation.case.thermal, sources)
    x = problem.space.tabulate_dof_coordinates()
    problem.temperature.x.array[:] = 350.0 + 40.0 * np.sin(400.0 * x[:, 0]) * np.cos(900.0 * x[:, 2] + 300.0 * x[:, 1])
    equation, nothing = problem.equation, np.empty(0, dtype=np.int32)
    equation.update()
    assert equation.conduction.law.function_space.dofmap.index_map_bs == 5
    fast = matrix_free(equation.tangent, problem.space, nothing)
    assert isinstance(fast, UprightOperator)
    v = noise(fast.owned)
    slow = FormOperator(equation.tangent.form, problem.space, nothing)
    assert difference(fast.product(v), slow.product(v), comm) < 1e-12
    step, residual = 1e-4, equation.residual()  # the tangent is the derivative of the residual
    problem.temperature.x.array[: len(v)] += step * v
    problem.temperature.x.scatter_forward()
    equation.update()
    assert difference((equation.residual() - residual) / step, slow.product(v), comm) < 1e-4
    equation.conduction.law.x.array.reshape(-1, 5)[:] = [
        3.0,
        4.0,
        5.0,
        1e7,
        1.5,
    ]  # element matrices take means of cells
    assert isinstance(elements(equation.symmetric, problem.space, columns(problem.space))[0], Summed)
    parts = []
    for a in (equation.symmetric, equation.symmetric.form):
        operator = matrix_free(a, problem.space, nothing)
        multigrid = ColumnMultigrid(a, problem.space, nothing, operator, mesh.column, np.zeros(len(mesh.block), bool))
        parts.append((multigrid.smoother.factor.copy(), multigrid.correct(v).copy()))
        multigrid.free()
    for one, other in zip(*parts, strict=True):
        assert difference(one, other, comm) < 1e-9


@pytest.mark.parametrize("orientation", ["30 deg", "{radial: [3 mm, 0 mm]}"])
def test_reduced_models_are_made_from_the_same_conduction(shared_path, comm, orientation):
    """Energies of a linear temperature, known in closed form: the in-plane conductivities are a tensor of trace 4.7."""
    text = heat(
        orientation,
        "{shape: rectangle, size: [8 mm, 4 mm]}",
        "2 mm",
        "[{face: top, convection: 9 W/m^2/K, ambient: 20 degC}]",
    )
    mesh = mesh_of(text, shared_path, comm)
    ply = resolve("ply", load_case(text, [], shared_path, comm).case.materials)
    space, nothing = fem.functionspace(mesh.mesh, ("Lagrange", 2)), np.empty(0, dtype=np.int32)
    film = SimpleNamespace(shape=fem.Constant(mesh.mesh, 1.0), ds=ufl.ds(mesh.mesh), capacity=0.0)
    model = FullModel(mesh, space, [replace(ply, curves=ply.curves | HEAVY)], [film], nothing, 300.0, "auto")
    x = space.tabulate_dof_coordinates()[: model.owned]
    sums = [comm.allreduce(float(x[:, d] @ model.conduction(x[:, d].copy()))) for d in (0, 1, 2)]
    volume = 8e-3 * 4e-3 * 1e-3
    assert sums[0] + sums[1] == pytest.approx(4.7 * volume, rel=1e-9)
    assert sums[2] == pytest.approx(0.7 * volume, rel=1e-9)
    if orientation == "30 deg":
        assert sums[0] == pytest.approx((0.75 * 4.0 + 0.25 * 0.7) * volume, rel=1e-9)
        mixed = comm.allreduce(float(x[:, 0] @ model.conduction(x[:, 1].copy())))
        assert mixed == pytest.approx(np.sqrt(0.75) * 0.5 * 3.3 * volume, rel=1e-9)
    model.destroy()


def test_no_current_flows_aslant(shared_path, comm):
    wire = heat(
        "30 deg",
        "{shape: rectangle, size: [8 mm, 4 mm]}",
        "2 mm",
        "[{face: top, convection: 9 W/m^2/K, ambient: 20 degC}]",
    )
    wire = wire.replace("orientation", "electrical_resistivity: [1e-8 ohm m, 2e-8 ohm m, 2e-8 ohm m], orientation")
    ends = "{name: in, face: sides, end: +x, current: 1 A}, {name: out, face: sides, end: -x, voltage: 0 V}"
    wire += f"electric: {{terminals: [{ends}]}}"
    assert "electrical_resistivity: differs along axes that are turned (30 deg)" in error(wire, shared_path, comm)
