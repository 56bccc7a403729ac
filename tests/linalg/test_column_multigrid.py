"""The column multigrid gives the answer of the direct solver, in few iterations, whatever the layers are."""

import numpy as np
import pytest

from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver.materials import library
from solver.parallel import on_root
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.progress import Progress
from solver.simulation import Simulation
from tests.solving import load_case

pytestmark = pytest.mark.slow

STACK = """title: three layers
geometry:
  outline: {{shape: rectangle, size: [{side} mm, {side} mm]}}
  symmetry: {symmetry}
  layers:
    - {{name: glass, thickness: 0.7 mm, material: glass}}
    - {{name: joint, thickness: {thin} mm, material: joint}}
    - name: mould
      thickness: 0.47 mm
      material: mould
      regions: {regions}
materials:
  glass: {{youngs_modulus: 74 GPa, poisson_ratio: 0.2, thermal_expansion: 3.3 ppm/K}}
  joint: {{youngs_modulus: {modulus}, poisson_ratio: 0.3, thermal_expansion: 35 ppm/K}}
  mould: {{youngs_modulus: 20 GPa, poisson_ratio: 0.3, thermal_expansion: 9 ppm/K}}
  die: {{youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 2.6 ppm/K}}
mesh: {{in_plane_size: {size} mm}}
process:
  stress_free_temperature: 175 degC
  steps: [{{name: cool, temperature: 25 degC}}]
"""
DEFAULT = {"side": 255, "symmetry": "quarter", "thin": 0.03, "modulus": "3 GPa", "regions": "[]", "size": 8.5}
DIES = "[{name: die, shape: {rectangle: [25 mm, 25 mm]}, material: die, grid: {count: [6, 6], pitch: [35 mm, 35 mm]}}]"


def solved(path, comm, solver="columns", **changes):
    """Record of the solve and displacement range of the bottom (m)."""
    loaded = load_case(STACK.format(**(DEFAULT | changes)), [], path, comm)
    stack_mesh = extrude(comm, loaded.stack, on_root(comm, lambda: plane_mesh(loaded.stack)))
    materials = [library.resolve(block.material, loaded.case.materials) for block in stack_mesh.blocks]
    problem = SmallDeflectionSolid(stack_mesh, materials, np.full(len(materials), 448.15), solver=solver)
    record, _ = problem.solve(298.15)
    load = problem._assembled_load()
    energy = comm.allreduce(float(problem.displacement.x.array[: len(load)] @ load))
    problem.destroy()
    return record, energy


@pytest.mark.parametrize("thin", [0.03, 0.003, 0.0003])
def test_iterations_do_not_grow_with_the_thinness_of_a_layer(shared_path, comm, thin):
    """11 iterations or fewer to 1e-8 in the natural norm; the solver goes on to 1e-9."""
    record, _ = solved(shared_path, comm, thin=thin)
    assert record.iterations <= 15


@pytest.mark.parametrize("size", [17, 8.5, 5])
def test_iterations_do_not_grow_with_the_mesh(shared_path, comm, size):
    record, _ = solved(shared_path, comm, size=size)
    assert record.iterations <= 15


@pytest.mark.parametrize("modulus", ["300 GPa", "1 GPa", "10 MPa", "0.1 MPa"])
def test_soft_joints_split_the_stack_into_plates(shared_path, comm, modulus):
    record, _ = solved(shared_path, comm, modulus=modulus)
    assert record.iterations <= 20
    assert ("up to" in record.name) == (modulus in ("10 MPa", "0.1 MPa"))


@pytest.mark.parametrize("symmetry", ["none", "half-x", "quarter"])
def test_pins_cost_no_more_than_mirror_planes(shared_path, comm, symmetry):
    record, _ = solved(shared_path, comm, symmetry=symmetry, size=17)
    assert record.iterations <= 15


@pytest.mark.parametrize("changes", [{}, {"modulus": "1 MPa"}, {"regions": DIES}, {"symmetry": "none"}], ids=str)
def test_the_answer_is_that_of_the_direct_solver(shared_path, comm, changes):
    """Both are refined with the same matrix-free operator; the energy has twice the digits of the residual."""
    _, direct = solved(shared_path, comm, "direct", size=17, **changes)
    record, columns = solved(shared_path, comm, size=17, **changes)
    assert record.name.startswith("conjugate gradients + column multigrid")
    assert columns == pytest.approx(direct, rel=1e-9)


def test_columns_cross_gaps_in_the_stack(solve):
    """A lid on a foot over air: columns below and above the air are separate."""
    size = ("mesh.in_plane_size=4mm",)
    columns = solve("fcbga_lidded/elastic.yaml", *size, "analysis.solver=columns")
    direct = solve("fcbga_lidded/elastic.yaml", *size, "analysis.solver=direct")
    for one, other in zip(columns["steps"], direct["steps"], strict=True):
        assert one["warpage_um"] == pytest.approx(other["warpage_um"], rel=1e-6)
    hottest = [found["thermal"]["max_temperature_degc"] for found in (columns, direct)]
    assert hottest[0] == pytest.approx(hottest[1], rel=1e-8)


BOND_LINE = """title: bond line
geometry:
  outline: {{shape: rectangle, size: [20 mm, 20 mm]}}
  symmetry: quarter
  layers:
    - {{name: base, thickness: 1 mm, material: silicon}}
    - {{name: bond, thickness: {bond}, material: bond}}
    - {{name: lid, thickness: 1 mm, material: lid}}
materials:
  silicon: {{thermal_conductivity: 130 W/m/K}}
  bond: {{thermal_conductivity: {k} W/m/K}}
  lid: {{thermal_conductivity: 390 W/m/K}}
mesh: {{in_plane_size: 0.5 mm}}
thermal:
  power: [{{layer: base, map: spot.csv}}]
  boundaries: [{{face: top, convection: 5000 W/m^2/K, ambient: 25 degC}}]
analysis: {{solver: columns}}
"""


@pytest.mark.parametrize("k", [0.004, 4, 400])
@pytest.mark.parametrize("bond", ["1 mm", "30 um", "1 um"])
def test_heat_iterations_are_flat_over_bond_lines_and_conductivities(shared_path, comm, bond, k):
    if comm.rank == 0:
        (shared_path / "spot.csv").write_text("0,0,0,0\n0,5,5,0\n0,5,5,0\n0,0,0,0\n", encoding="utf-8")
    comm.barrier()
    loaded = load_case(BOND_LINE.format(bond=bond, k=k), [], shared_path, comm)
    heat = Simulation(loaded, comm, Progress(comm, quiet=True)).heat()
    assert heat.solution.record.iterations <= 20
    assert heat.solution.balance_error < 1e-8
