"""Tangents of bent stacks: plates that turn about their deformed lines keep the iterations of the flat stack."""

from itertools import pairwise

import numpy as np
import pytest
from dolfinx import fem

from solver.linalg.noise import noise
from solver.linalg.plates import across
from solver.linalg.tangent import TangentSolver
from solver.physics.solid.stability import settle
from tests.bending import REFERENCE, large_deflection, panel

pytestmark = pytest.mark.slow

# three layers, one of them thin, of a panel of 510 mm
STACK = """title: three layers
geometry:
  outline: {shape: rectangle, size: [510 mm, 510 mm]}
  symmetry: quarter
  layers:
    - {name: glass, thickness: 0.7 mm, material: glass}
    - {name: rdl, thickness: 0.03 mm, material: rdl}
    - {name: mould, thickness: 0.47 mm, material: mould}
materials:
  glass: {youngs_modulus: 74 GPa, poisson_ratio: 0.2, thermal_expansion: 3.3 ppm/K}
  rdl: {youngs_modulus: 3 GPa, poisson_ratio: 0.3, thermal_expansion: 35 ppm/K}
  mould: {youngs_modulus: 20 GPa, poisson_ratio: 0.3, thermal_expansion: 9 ppm/K}
mesh: {in_plane_size: 32 mm}
process: {stress_free_temperature: 125 degC, steps: [{name: cool, temperature: 25 degC}]}
"""


# chips on a carrier; between them mould alone, and an adhesive below
CHIPS = """title: chips
geometry:
  outline: {shape: rectangle, size: [24 mm, 24 mm]}
  symmetry: quarter
  layers:
    - {name: carrier, thickness: 1 mm, material: glass}
    - {name: adhesive, thickness: 0.02 mm, material: adhesive}
    - name: mould
      thickness: 0.3 mm
      material: mould
      regions:
        - {name: die, shape: {rectangle: [8 mm, 8 mm]}, material: silicon, grid: {count: [2, 2], pitch: [10 mm, 10 mm]}}
materials:
  glass: {youngs_modulus: 74 GPa, poisson_ratio: 0.2, thermal_expansion: 3.3 ppm/K}
  adhesive: {youngs_modulus: 2 GPa, poisson_ratio: 0.4, thermal_expansion: 70 ppm/K}
  mould: {youngs_modulus: 16 GPa, poisson_ratio: 0.3, thermal_expansion: 9 ppm/K}
mesh: {in_plane_size: 3.5 mm}
process: {stress_free_temperature: 125 degC, steps: [{name: cool, temperature: 25 degC}]}
"""


def iterations(problem, drop: float, turn: bool = True, soft: bool = False) -> int:
    """Conjugate gradients to 1e-8 for the load of a further tenth of the drop of temperature (K).

    Args:
        problem: in equilibrium.
        drop: below the reference (K).
        turn: False to leave the plates upright.
        soft: True for a plate in every layer.
    """
    before = problem.state
    problem.state = type(before)(before.displacement, problem.load_at(REFERENCE - 1.1 * drop))
    load = -problem.residual()
    problem.state = before
    column = problem.stack_mesh.column
    about = problem.displacement if turn else fem.Function(problem.space)
    parts = problem.support.unknowns, column, np.full(len(column), soft), about
    solver = TangentSolver(problem.tangent, problem.space, *parts)
    solver.refresh()
    found = solver.correct(load, fem.Function(problem.space), 1e-8)
    solver.destroy()
    return found.iterations if found.converged else 1000


def bent(problem, drops) -> list[float]:
    """Go to stable equilibria one after the other; yields the drop of temperature."""
    for drop in drops:
        assert settle(problem, problem.load_at(REFERENCE - drop)).stable
        yield drop


@pytest.mark.parametrize("symmetry", ["quarter", "none"])
def test_iterations_do_not_grow_with_the_curvature(shared_path, comm, symmetry):
    """Curvature times side squared over thickness of 0, 7, 23, 46, 106; mirror planes, or pins only."""
    problem = panel(shared_path, comm, 8 if symmetry == "quarter" else 5, symmetry, 0.25)
    found = [iterations(problem, drop) for drop in bent(problem, (5, 15, 27, 60))]
    assert max(found) <= 14
    assert max(found) - min(found) <= 1


def test_upright_plates_need_more_iterations_the_more_the_stack_is_bent(shared_path, comm):
    """A rotation about a horizontal axis stretches a plate of slope s through its thickness, at an energy ~ s^2."""
    problem = panel(shared_path, comm, 8, "quarter", 0.25)
    found = [iterations(problem, drop, turn=False) for drop in bent(problem, (5, 15, 27, 60))]
    assert all(later > 1.2 * sooner for sooner, later in pairwise(found))
    assert found[-1] > 5 * 12


@pytest.mark.parametrize("soft", [False, True], ids=["one plate", "a plate in every layer"])
def test_a_thin_layer_in_a_stack_bent_by_36_thicknesses_costs_nothing(shared_path, comm, soft):
    problem = large_deflection(STACK, shared_path, comm)
    for drop in bent(problem, (20, 150)):
        assert iterations(problem, drop, soft=soft) <= 14
    size = comm.allreduce(np.abs(problem.displacement.x.array[2::3]).max(), max)
    assert size > 25 * 1.2e-3


def test_tilts_stand_on_the_director_and_keep_to_mirror_planes():
    angle = np.linspace(-3.0, 3.0, 50)
    for director in (
        np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=1),
        np.stack([0.6 * np.sin(angle), 0.8 * np.sin(angle), np.cos(angle)], axis=1),
    ):
        one, two = across(director)[:, :3], across(director)[:, 3:]
        frame = np.stack([one, two, director], axis=1)
        assert frame @ frame.transpose(0, 2, 1) == pytest.approx(np.broadcast_to(np.eye(3), (50, 3, 3)), abs=1e-12)
    in_plane = across(np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=1))
    assert np.abs(in_plane[:, 4]) == pytest.approx(np.ones(50))  # the second is e_y up to its sign


def test_a_smoother_made_for_other_moduli_is_measured_again(shared_path, comm):
    """An adhesive that softens a thousandfold raises the largest eigenvalue; smoothed by half of it, the
    preconditioner is no longer definite, and conjugate gradients would take it for an unstable stack."""
    problem = large_deflection(CHIPS, shared_path, comm)
    problem.state = problem.flat(problem.load_at(REFERENCE))
    mesh, moduli = problem.stack_mesh, problem.forms.moduli
    parts = problem.support.unknowns, mesh.column, np.full(len(mesh.column), True), problem.displacement
    solver = TangentSolver(problem.tangent, problem.space, *parts)
    solver.refresh()
    multigrid = solver._multigrid
    stiff = multigrid.smoother.largest
    assert not multigrid.measure_again()
    adhesive = np.isin(mesh.block, [k for k, one in enumerate(mesh.blocks) if one.layer == "adhesive"])
    values = moduli.x.array.reshape(-1, moduli.function_space.dofmap.index_map_bs)
    values[moduli.function_space.dofmap.list[: len(mesh.block), 0][adhesive]] *= 1e-3
    moduli.x.scatter_forward()
    solver.refresh()
    assert multigrid.smoother.largest == stiff
    assert multigrid.measure_again()
    soft = multigrid.smoother.largest
    assert soft > 1.1 * stiff
    multigrid.smoother.largest = 0.5 * soft
    load = noise(problem.space, problem.support.unknowns, 0)
    found = solver.correct(load, fem.Function(problem.space), 1e-4)
    assert found.converged
    assert multigrid.smoother.largest == pytest.approx(soft, rel=1e-6)
    solver.destroy()
