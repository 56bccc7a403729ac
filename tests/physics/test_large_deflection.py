"""Large deflection against published benchmarks, an independent plate model and its own small-load limit."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import ufl
import yaml
from dolfinx import fem, mesh
from mpi4py import MPI
from numpy.polynomial import Polynomial
from scipy.optimize import brentq
from scipy.special import ellipe, ellipeinc, ellipk, ellipkinc

from solver import compat, solve
from solver.physics.solid.laminate import free_state, plies
from solver.physics.solid.load import Diverged, Lost
from solver.physics.solid.newton import FINAL
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.stability import bent, flow, settle, switch
from solver.physics.solid.supports import Support
from tests.bending import REFERENCE, large_deflection, panel
from tests.builders import HIGH, LOW, sheet
from tests.probing import at

pytestmark = pytest.mark.slow

SIDE = 0.6  # of the panel (m)


# a free square bilayer under uniform thermal curvature kT, times side^2 / thickness


@cache
def scales(problem) -> tuple[float, float]:
    """kT of one kelvin, and the effective thickness (m)."""
    layers = problem.stack_mesh.stack.layers
    of = dict(zip((layer.name for layer in layers), problem.materials, strict=True))
    laminate = free_state(plies(layers, SIDE**2, of.__getitem__, REFERENCE - 1.0, dict.fromkeys(of, REFERENCE)))
    return abs(laminate.curvature[0]) * SIDE**2 / laminate.effective_thickness, laminate.effective_thickness


def mean_curvatures(problem, cells: int) -> tuple[float, float]:
    """Mean of |w_xx| and |w_yy| of the bottom of a quarter panel, by slopes at its outer edges, the smaller first."""
    place, weight = np.linspace(0.0, SIDE / 2, 2 * cells + 1), np.zeros(2 * cells + 1)
    for cell in range(cells):
        weight[2 * cell : 2 * cell + 3] += np.array([1, 4, 1]) / 6 / cells
    inward = SIDE / 2 - SIDE / 4 / cells * np.arange(3)
    found = []
    for order in ((0, 1, 2), (1, 0, 2)):
        points = [np.column_stack([np.full_like(place, x), place, 0 * place])[:, order] for x in inward]
        w = [at(problem.displacement, row)[:, 2] for row in points]
        slope = (3 * w[0] - 4 * w[1] + w[2]) / (SIDE / 2 / cells)
        found.append(abs(float(weight @ slope)) / (SIDE / 2))
    return min(found), max(found)


@pytest.mark.parametrize(
    ("load", "smaller", "larger", "corner"),
    [(15.0, 11.761, 11.761, 2.6501), (25.0, 10.840, 25.783, 4.0734), (40.0, 11.842, 45.652, 6.5841)],
)
def test_a_free_square_bends_as_von_karman_plates_do(shared_path, comm, load, smaller, larger, corner):
    """Reference: C0 interior penalty and Hellan-Herrmann-Johnson plates, converged to four digits.

    A dome at 15, a cylinder beyond the bifurcation at 19.19. Curvature times side^2 / thickness, corner / thickness.
    Eight cells on a half side are off by 0.9 % in the smaller curvature.
    """
    problem = panel(shared_path, comm, 8)
    per_kelvin, thickness = scales(problem)
    found = settle(problem, problem.load_at(REFERENCE - load / per_kelvin))
    assert found.stable
    scale = SIDE**2 / thickness
    assert np.array(mean_curvatures(problem, 8)) * scale == pytest.approx([smaller, larger], rel=0.01)
    deflection = at(found.displacement, [(SIDE / 2, SIDE / 2, 0.0)])[0, 2]
    assert abs(deflection) / thickness == pytest.approx(corner, rel=0.01)


def test_the_softest_mode_loses_its_stiffness_where_the_square_bifurcates(shared_path, comm):
    """19.19 in the units above, by two plate elements; nu 0.3."""
    problem = panel(shared_path, comm, 8)
    loads, stiffness = np.array([16.0, 17.5, 18.7]), []
    for load in loads:
        assert settle(problem, problem.load_at(REFERENCE - load / scales(problem)[0])).path == "followed"
        stiffness.append(problem.soft_mode()[1])
    roots = Polynomial.fit(loads, stiffness, 2).roots()
    assert roots[np.argmin(np.abs(roots - 19))].real == pytest.approx(19.19, rel=0.01)


def test_past_the_bifurcation_the_symmetric_shape_is_found_unstable(shared_path, comm):
    """From 1.5 % beyond it on (these cells and the smoothed mode: 0.6 % late); the stable shape is lower in energy."""
    problem = panel(shared_path, comm, 8)
    for load in (19.0, 19.5, 21.0):
        problem.state = problem.flat(problem.load_at(REFERENCE))
        target = problem.load_at(REFERENCE - load / scales(problem)[0])
        (symmetric,) = problem.follow(target)
        energy = problem.energy()
        assert (symmetric.unstable > 0) == (load > 19.2)
        if symmetric.unstable:
            assert settle(problem, target).energy < energy


def test_flow_anisotropy_and_the_soft_mode_lead_to_the_same_shape(shared_path, comm):
    """Three ways that have nothing in common but the energy, 1.1 times past the bifurcation."""
    problem = panel(shared_path, comm, 6)
    target = problem.load_at(REFERENCE - 15.0)
    problem.follow(target)
    symmetric = problem.state
    assert flow(problem)[-1].unstable == 0
    flowed = problem.energy()
    by_anisotropy = [energy for _, way, energy in bent(problem, target) if not way[-1].unstable]
    assert min(by_anisotropy) == pytest.approx(flowed, rel=1e-9)
    problem.state = symmetric
    way, contested = switch(problem, target)
    assert way[-1].unstable == 0
    assert not contested  # mirror images
    assert problem.energy() == pytest.approx(flowed, rel=1e-9)


def test_newton_ends_beside_a_shape_that_is_unstable(shared_path, comm):
    """What is left there acts along the softest mode alone, and the plates have one negative pivot."""
    problem = panel(shared_path, comm, 6)
    with pytest.raises(Lost) as lost:
        problem.follow(problem.load_at(REFERENCE - 27.0), only_stable=True)
    assert lost.value.directions == 1
    mode, stiffness = problem.soft_mode()
    out = problem.residual()
    left = fem.Function(problem.space)
    problem.correct(-out, left, 1e-3, mode[: len(out)])
    assert stiffness < 0.0
    assert problem.part_of_displacement(left.x.array) < 1e-2


def test_a_shape_is_left_in_few_iterations_for_the_side_that_bends_about_y(shared_path, comm):
    problem = panel(shared_path, comm, 8)
    found = settle(problem, problem.load_at(REFERENCE - 20.0))
    assert (found.path, found.stable) == ("left", True)
    assert problem.newton_iterations < 15  # by anisotropy 30
    smaller, larger = mean_curvatures(problem, 8)
    along_x, along_y = np.abs(at(problem.displacement, [(SIDE / 2, 0.0, 0.0), (0.0, SIDE / 2, 0.0)])[:, 2])
    assert along_x > 1.5 * along_y
    assert larger > 2 * smaller


def test_pins_and_mirror_planes_give_the_same_shape(shared_path, comm):
    whole, quarter = (panel(shared_path, comm, 4, symmetry) for symmetry in ("none", "quarter"))
    energies = [settle(problem, problem.load_at(REFERENCE - 20.0)).energy for problem in (whole, quarter)]
    assert energies[0] == pytest.approx(4 * energies[1], rel=1e-9)


def test_of_two_mirror_images_the_one_bent_about_y_is_chosen_on_any_number_of_ranks(shared_path, comm):
    problem = panel(shared_path, comm, 4)
    settle(problem, problem.load_at(REFERENCE - 20.0))
    along_x, along_y = np.abs(at(problem.displacement, [(SIDE / 2, 0.0, 0.0), (0.0, SIDE / 2, 0.0)])[:, 2])
    assert along_x > 2 * along_y


def test_a_uniform_temperature_field_bends_as_a_uniform_temperature(shared_path, comm):
    uniform = panel(shared_path, comm, 4)
    field = panel(shared_path, comm, 4, pointwise=True)
    kelvin = fem.Function(fem.functionspace(field.stack_mesh.mesh, ("Lagrange", 1)))
    kelvin.x.array[:] = REFERENCE - 10.0
    uniform.follow(uniform.load_at(REFERENCE - 10.0))
    field.follow(field.load_at(kelvin))
    assert field.energy() == pytest.approx(uniform.energy(), rel=1e-9)
    largest = [
        comm.allreduce(np.abs(p.stress(t)).max(), MPI.MAX) for p, t in ((uniform, REFERENCE - 10), (field, kelvin))
    ]
    assert largest[1] == pytest.approx(largest[0], rel=1e-6)


# the small-load limit


def test_a_tangent_that_cannot_be_factorised_is_an_increment_that_failed(shared_path, comm):
    """Without moduli it is singular; from there the next one is found as ever."""
    solid = panel(shared_path, comm, 4)
    load = solid.load_at(REFERENCE - 5.0)
    flat = solid.flat(load)
    with pytest.raises(Diverged):
        solid.newton(replace(load, moduli=0.0 * load.moduli), FINAL)
    solid.state = flat
    assert solid.newton(load, FINAL)[1]


def test_small_loads_deflect_as_in_small_deflection_theory(shared_path, comm):
    """1e-4 K deflect the panel by 3e-5 of its thickness: the theories differ by the square of that."""
    problem = panel(shared_path, comm, 4)
    kelvin = REFERENCE - 1e-4
    linear = SmallDeflectionSolid(problem.stack_mesh, problem.materials, np.full(2, REFERENCE), solver="columns")
    linear.solve(kelvin)
    problem.follow(problem.load_at(kelvin))
    difference = problem.displacement.x.array - linear.displacement.x.array
    error, size = (comm.allreduce(np.abs(f).max(), MPI.MAX) for f in (difference, linear.displacement.x.array))
    assert error < 1e-6 * size


# Newton's method


def test_a_correction_cut_short_is_not_taken_for_convergence(shared_path, comm, monkeypatch):
    """Conjugate gradients that end at negative curvature, or at their last iteration, leave a correction near zero."""
    problem = panel(shared_path, comm, 4)
    load = problem.load_at(REFERENCE - 5.0)
    problem.follow(load)
    solve = problem.solver.correct
    for short in ({"converged": False, "definite": False}, {"converged": False}):
        monkeypatch.setattr(problem.solver, "correct", lambda *args, short=short: replace(solve(*args), **short))
        with pytest.raises(Diverged):
            problem.newton(load, FINAL)


# kinematics and energy


@pytest.fixture
def twisted(shared_path, comm):
    """A stack under load in a state that is no equilibrium, and a direction; of smooth fields."""
    problem = panel(shared_path, comm, 4, "none")
    load = problem.load_at(REFERENCE - 30.0)
    start = problem.flat(load)
    direction = fem.Function(problem.space)
    problem.displacement.interpolate(lambda x: 1e-2 * np.stack([x[0] * x[1], -(x[1] ** 2), np.sin(5 * x[0] * x[1])]))
    direction.interpolate(lambda x: 1e-3 * np.stack([x[1], np.sin(3 * x[0]), x[0] ** 2 - x[1] + x[2]]))
    direction.x.array[problem.support.unknowns] = 0.0
    problem.state = replace(start, displacement=problem.displacement.x.array.copy(), load=load)
    return problem, direction.x.array


def test_the_residual_is_the_slope_of_the_energy(twisted):
    """Energy is of degree four along a line: the central difference with weights 8, -1 is exact but for rounding."""
    problem, direction = twisted
    origin, energy = problem.displacement.x.array.copy(), {}
    for place in (-2, -1, 1, 2):
        problem.displacement.x.array[:] = origin + place * direction
        energy[place] = problem.energy()
    problem.displacement.x.array[:] = origin
    slope = (8 * (energy[1] - energy[-1]) - (energy[2] - energy[-2])) / 12
    assert problem.dot(problem.residual(), direction) == pytest.approx(slope, rel=1e-8)


def test_the_tangent_is_the_slope_of_the_residual(twisted):
    """The residual is of degree three along a line: again exact but for rounding."""
    problem, direction = twisted
    origin, residual = problem.displacement.x.array.copy(), {}
    expected = problem.solver.operator.product(direction[: 3 * problem.space.dofmap.index_map.size_local]).copy()
    expected[problem.solver.operator.constrained] = 0.0
    for place in (-2, -1, 1, 2):
        problem.displacement.x.array[:] = origin + place * direction
        residual[place] = problem.residual()
    slope = (8 * (residual[1] - residual[-1]) - (residual[2] - residual[-2])) / 12
    error, size = slope - expected, expected
    assert problem.dot(error, error) < 1e-14 * problem.dot(size, size)


def test_a_rotation_by_two_radians_makes_neither_force_nor_energy(shared_path, comm):
    problem = panel(shared_path, comm, 4, "none")
    problem.state = problem.flat(problem.load_at(REFERENCE))
    c, s = np.cos(2.0) - 1.0, np.sin(2.0)
    problem.displacement.interpolate(lambda x: np.stack([c * x[0] + s * x[2], 0 * x[1], -s * x[0] + c * x[2]]))
    force = comm.allreduce(np.abs(problem.residual()).max(), MPI.MAX)
    assert force < 1e-9 * 73e9 * 1e-3 * 50e-3  # of a strain of 1e-9 in a cell
    assert abs(problem.energy()) < 1e-18 * 73e9 * 1e-3 * SIDE**2


# a cantilever under a force at its end that keeps its direction

CANTILEVER = """title: cantilever
geometry:
  outline: {shape: rectangle, size: [10 mm, 1 mm]}
  layers: [{name: beam, thickness: 0.1 mm, material: beam}]
materials: {beam: {youngs_modulus: 1200 GPa, poisson_ratio: 0, thermal_expansion: 1 ppm/K}}
mesh: {in_plane_size: 0.25 mm}
process: {stress_free_temperature: 125 degC, steps: [{name: load, temperature: 125 degC}]}
"""
LENGTH, FULL = 10e-3, 4.0  # m; N: four times E I / L^2


def clamped(stack_mesh, space) -> Support:
    nodes = np.flatnonzero(space.tabulate_dof_coordinates()[:, 0] < -0.499 * LENGTH)
    none = np.empty(0, np.int32)
    return Support((3 * nodes[:, None] + np.arange(3)).ravel().astype(np.int32), none)


def end_force(v: ufl.Argument) -> ufl.Form:
    domain = v.ufl_function_space().mesh
    end = mesh.locate_entities_boundary(domain, 2, lambda x: x[0] > 0.499 * LENGTH)
    tags = mesh.meshtags(domain, 2, np.sort(end), np.full(len(end), 1, np.int32))
    return FULL / 1e-7 * v[2] * ufl.Measure("ds", domain, subdomain_data=tags)(1)


@pytest.fixture
def cantilever(shared_path, comm):
    return large_deflection(CANTILEVER, shared_path, comm, dead_load=end_force, supports=clamped)


def tip(problem) -> tuple[float, float]:
    """How far the tip has come back and up, in mm."""
    u = at(problem.displacement, [(LENGTH / 2, 0.0, 0.05e-3)])[0]
    return -1e3 * float(u[0]), 1e3 * float(u[2])


def elastica(force: float) -> tuple[float, float]:
    """The same of an inextensible beam without shear, force in E I / L^2 (K. E. Bisshopp, D. C. Drucker, Quart. Appl.
    Math. 3, 272, 1945)."""

    def start(k: float) -> float:
        return float(np.arcsin(1 / (k * np.sqrt(2))))

    k = brentq(lambda k: ellipk(k**2) - ellipkinc(start(k), k**2) - np.sqrt(force), np.sqrt(0.5) + 1e-12, 1 - 1e-12)
    rise = 1 - 2 / np.sqrt(force) * (ellipe(k**2) - ellipeinc(start(k), k**2))
    return 10 * (1 - np.sqrt(2 / force * (2 * k**2 - 1))), 10 * float(rise)


def test_a_cantilever_bends_as_in_the_benchmark(cantilever):
    """K. Y. Sze, X. H. Liu, S. H. Lo, Finite Elem. Anal. Des. 40, 1551 (2004), table for the end shear force.

    Cells of 0.25 mm are off by 0.002 mm, with an error that falls as h^4; the table by 0.003 mm from the elastica.
    """
    for part, back, up in ((0.25, 0.563, 3.015), (0.5, 1.604, 4.933), (1.0, 3.286, 6.698)):
        cantilever.follow(replace(cantilever.load_at(REFERENCE), dead=part))
        assert tip(cantilever) == pytest.approx((back, up), abs=0.005)
        assert elastica(part * FULL) == pytest.approx((back, up), abs=0.005)


def test_a_cantilever_carries_the_moment_of_the_end_force(cantilever):
    """At the clamped end, of the lever the tip has left: half the range over the thickness is 6 M / (b h^2).

    Its mean is no test: the slopes of a cell of size c at curvature k leave (k c)^2 / 24 of membrane strain at corners.
    """
    cantilever.follow(cantilever.load_at(REFERENCE))
    sigma = cantilever.stress(REFERENCE)[..., 0]
    corners = cantilever.stack_mesh.mesh.geometry.x[compat.geometry_nodes(cantilever.stack_mesh.mesh)[: len(sigma)]]
    there = sigma[corners[..., 0] < -0.499 * LENGTH]
    comm = cantilever.stack_mesh.comm
    low, high = comm.allreduce(there.min(initial=0.0), MPI.MIN), comm.allreduce(there.max(initial=0.0), MPI.MAX)
    bending = 6 * FULL * (LENGTH - 1e-3 * tip(cantilever)[0]) / (1e-3 * (0.1e-3) ** 2)
    assert (high - low) / 2 == pytest.approx(bending, rel=0.02)


def test_the_potential_falls_by_the_deflection_under_a_growing_force(cantilever):
    """dPi/df = -u_tip (mm mN) for a dead force, by Gauss' rule with six points: seven digits."""
    points, weights = np.polynomial.legendre.leggauss(6)
    load, done = cantilever.load_at(REFERENCE), 0.0
    for point, weight in zip(points, weights, strict=True):
        cantilever.follow(replace(load, dead=0.5 * (1 + point)))
        lift = at(cantilever.displacement, [(LENGTH / 2, y, z) for y in (-5e-4, 0, 5e-4) for z in (0, 5e-5, 1e-4)])
        simpson = np.outer([1, 4, 1], [1, 4, 1]).ravel() / 36
        done += 0.5 * weight * FULL * float(simpson @ lift[:, 2])
    cantilever.follow(load, FINAL)
    assert cantilever.energy() == pytest.approx(-done, rel=1e-6)


@pytest.mark.serial
def test_a_stack_of_one_column_of_cells_bends_a_little_as_at_small_deflection():
    """Its plates are a graph of nine nodes, on which the ordering of larger ones ends the process."""
    process = "process: {stress_free_temperature: 125 degC, steps: [{name: cool, temperature: 25 degC}]}\n"
    case = yaml.safe_load(sheet(LOW, HIGH, size=("20 mm", "20 mm"), cell="10 mm", process=process))
    found = [solve(case, overrides=(f"analysis.deflection={one}",)).steps[0].metrics for one in ("large", "small")]
    assert found[0]["warpage_um"] == pytest.approx(found[1]["warpage_um"], rel=1e-3)
