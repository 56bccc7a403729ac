"""What the column multigrid does where one plate per column, or no plates at all, will do; and laws of every kind."""

import numpy as np
import pytest
from dolfinx import fem

from meshes.extrude import StackMesh
from solver.linalg.direct import DirectSolver
from solver.linalg.layered import LayeredSolver
from solver.linalg.multigrid import ColumnMultigrid
from solver.materials import library
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from tests.probing import mesh_of, only_step, simulate, solved_heat
from tests.solving import load_case

pytestmark = pytest.mark.slow

CASE = """title: three layers
geometry:
  outline: {{shape: rectangle, size: [60 mm, 40 mm]}}
  symmetry: quarter
  layers:
    - {{name: base, thickness: {base} mm, material: glass, cells: {cells}}}
    - {{name: joint, thickness: 0.05 mm, material: joint}}
    - {{name: top, thickness: 0.5 mm, material: mould, regions: {regions}}}
materials:
  glass: {{youngs_modulus: 74 GPa, poisson_ratio: 0.2, thermal_expansion: 3.3 ppm/K}}
  joint: {{youngs_modulus: {joint}, poisson_ratio: 0.3, thermal_expansion: 35 ppm/K}}
  mould: {{youngs_modulus: 20 GPa, poisson_ratio: 0.3, thermal_expansion: 9 ppm/K}}
  copper: {{youngs_modulus: 120 GPa, poisson_ratio: 0.34, thermal_expansion: 17 ppm/K}}
mesh: {{in_plane_size: {size} mm}}
process:
  stress_free_temperature: 150 degC
  steps: [{{name: cool, temperature: 25 degC}}]
"""
DEFAULT = {"base": 0.7, "cells": 1, "joint": "3 GPa", "regions": "[]", "size": 3}


def prepared(directory, comm, **changes) -> tuple[SmallDeflectionSolid, StackMesh]:
    """A stack with its coefficients and load for 25 degC, solved by factorisation."""
    return prepared_of(CASE.format(**(DEFAULT | changes)), directory, comm)


def prepared_of(text, directory, comm) -> tuple[SmallDeflectionSolid, StackMesh]:
    """The same of any case."""
    mesh = mesh_of(text, directory, comm)
    given = load_case(text, (), directory, comm).case.materials
    materials = [library.resolve(block.material, given) for block in mesh.blocks]
    problem = SmallDeflectionSolid(mesh, materials, np.full(len(materials), 423.15), solver="direct")
    problem.solve(298.15)
    return problem, mesh


def one_plate(problem: SmallDeflectionSolid, mesh: StackMesh) -> LayeredSolver:
    """Column multigrid with one plate per column, whatever the stack is."""
    soft = np.zeros(len(mesh.block), dtype=bool)
    return LayeredSolver(problem._a, problem.space, problem.support.unknowns, mesh.column, soft)


def difference(u: fem.Function, problem: SmallDeflectionSolid) -> float:
    """From the displacement by factorisation, as a part of the largest displacement."""
    comm = problem.stack_mesh.comm
    change, size = np.abs(u.x.array - problem.displacement.x.array).max(), np.abs(u.x.array).max()
    return comm.allreduce(float(change), op=max) / comm.allreduce(float(size), op=max)


def test_a_stack_of_stiff_layers_needs_no_more_than_one_plate(shared_path, comm):
    problem, mesh = prepared(shared_path, comm)
    u = fem.Function(problem.space)
    record = one_plate(problem, mesh).solve(problem._assembled_load(), u)
    assert record.name == "conjugate gradients + column multigrid, one plate per column"
    assert record.iterations <= 15
    assert difference(u, problem) < 1e-8


@pytest.mark.parametrize("joint", ["10 MPa", "0.1 MPa"])
def test_where_one_plate_stalls_every_layer_becomes_a_plate(joint, shared_path, comm):
    """Shear lag of 10 and 100 mm over cells of 3 mm; the iterations in vain are counted."""
    problem, mesh = prepared(shared_path, comm, joint=joint)
    u = fem.Function(problem.space)
    record = one_plate(problem, mesh).solve(problem._assembled_load(), u)
    assert record.name == "conjugate gradients + column multigrid, up to 4 plates per column"
    assert LayeredSolver.most_iterations < record.iterations <= LayeredSolver.most_iterations + 15
    assert difference(u, problem) < 1e-7


def test_where_plates_in_every_layer_stall_as_well_the_stack_is_factorised(shared_path, comm):
    """One cell through a block thirty times as thick as the plane cells are wide: neighbouring columns move as one."""
    problem, mesh = prepared(shared_path, comm, base=60, size=2)
    u = fem.Function(problem.space)
    record = one_plate(problem, mesh).solve(problem._assembled_load(), u)
    assert record.name == f"{DirectSolver.name} (column multigrid did not converge)"
    assert record.iterations <= 3
    assert difference(u, problem) < 1e-9


class Indefinite(ColumnMultigrid):
    """Finds one pivot that is not positive, as rounding may make them."""

    bad_pivots = property(lambda self: 1, lambda self, found: None)


def test_columns_that_are_not_positive_definite_are_never_used(shared_path, comm, monkeypatch):
    problem, mesh = prepared(shared_path, comm)
    monkeypatch.setattr("solver.linalg.layered.ColumnMultigrid", Indefinite)
    solver = one_plate(problem, mesh)
    load = problem._assembled_load()
    for part in (1.0, 0.5):
        u = fem.Function(problem.space)
        record = solver.solve(part * load, u)
        u.x.array[:] /= part
        assert record.name == f"{DirectSolver.name} (column multigrid did not converge)"
        assert record.iterations <= 3
        assert difference(u, problem) < 1e-9


LAWS = """title: laws
geometry:
  outline: {{shape: rectangle, size: [40 mm, 30 mm]}}
  symmetry: {symmetry}
  layers:
    - {{name: base, thickness: 0.8 mm, material: wood}}
    - {{name: middle, thickness: 0.2 mm, material: {middle}, regions: {regions}}}
    - {{name: upper, thickness: 0.5 mm, {upper}}}
materials:
  wood: {{youngs_modulus: [140 GPa, 10 GPa, 9 GPa], poisson_ratio: [0.3, 0.4, 0.02],
    shear_modulus: [6 GPa, 3 GPa, 5 GPa], thermal_expansion: [1 ppm/K, 20 ppm/K, 30 ppm/K],
    thermal_conductivity: [20 W/m/K, 5 W/m/K, 1 W/m/K]}}
  softening:
    youngs_modulus: {{temperature: [25 degC, 150 degC], value: [22 GPa, 0.5 GPa]}}
    poisson_ratio: 0.3
    thermal_expansion: 10 ppm/K
    thermal_conductivity: {{temperature: [0 degC, 400 degC], value: [4 W/m/K, 1 W/m/K]}}
  copper: {{youngs_modulus: 120 GPa, poisson_ratio: 0.34, thermal_expansion: 17 ppm/K, thermal_conductivity: 390 W/m/K}}
mesh: {{in_plane_size: 2 mm}}
process:
  stress_free_temperature: 150 degC
  steps: [{{name: cool, temperature: {temperature}}}]
thermal:
  power: [{{layer: base, total: 20 W}}]
  boundaries: [{{face: top, convection: 2000 W/m^2/K, ambient: 25 degC}}]
analysis: {{solver: {solver}}}
"""
ORTHOTROPIC = {"symmetry": "quarter", "middle": "copper", "regions": "[]", "upper": "material: copper"}
ORTHOTROPIC |= {"temperature": "25 degC"}
VIAS = "[{name: via, shape: {circle: 6 mm}, material: copper, grid: {count: [2, 2], pitch: [20 mm, 14 mm]}}]"
ISLANDS = (
    "regions: [{name: die, shape: {rectangle: [9 mm, 7 mm]}, material: copper, "
    "grid: {count: [2, 2], pitch: [15 mm, 12 mm]}}]"
)
KINDS = {
    "orthotropic": {},
    "softening, uniform": {"middle": "softening"},
    "softening, in a field": {"middle": "softening", "temperature": "thermal"},
    "round vias in distorted cells": {"middle": "softening", "regions": VIAS},
    "columns of unequal height, three pins": {"upper": ISLANDS, "symmetry": "none"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_law_and_column_has_the_answer_of_the_factorisation(kind, shared_path, comm):
    """Warpage has settled to 1e-6 where the iteration ends; temperatures to 1e-8."""
    found = []
    for solver in ("columns", "direct"):
        simulation = simulate(LAWS.format(**(ORTHOTROPIC | KINDS[kind]), solver=solver), shared_path, comm)
        heat = solved_heat(simulation)
        outcome = only_step(simulation, heat)
        names = heat.solution.record.name, outcome.record.name
        assert all(name.startswith(DirectSolver.name) == (solver == "direct") for name in names)
        found.append((outcome.summary["warpage_um"], heat.summary["max_temperature_degc"]))
    (warpage, hottest), (exact_warpage, exact_hottest) = found
    assert warpage == pytest.approx(exact_warpage, rel=1e-6)
    assert hottest == pytest.approx(exact_hottest, rel=1e-8)
