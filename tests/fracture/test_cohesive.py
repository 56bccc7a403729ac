"""The cohesive law at points, and a double cantilever beam with a cohesive zone against linear fracture."""

import numpy as np
import pytest
from dolfinx import fem

from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver.materials import library
from solver.parallel import on_root
from solver.physics.solid.cohesive import CohesiveLaw
from solver.physics.solid.cohesive_zone import CohesiveFaces, CohesiveZone, LedLoad
from solver.physics.solid.face_compliance import SolvedCompliance
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.process.support import dead_load, supports
from tests.solving import load_case

LAW = CohesiveLaw(stiffness=1000.0, normal=10.0, shear=15.0, opening_energy=1.0, shear_energy=2.0, exponent=2.0)


@pytest.mark.serial
def test_the_traction_of_a_mixed_ramp_is_that_of_the_published_law():
    """K 1000, N 10, S 15, G 1 and 2, exponent 2, jump (.2, .16, .12) t: the formulas of Camanho et al. 2003."""
    old = np.zeros(1)
    for t, normal in (
        (0.125, 7.34255198),
        (0.275, 5.58359432),
        (0.425, 3.82463667),
        (0.575, 2.06567901),
        (0.725, 0.30672136),
    ):
        found = LAW.respond(t * np.array([[0.2, 0.16, 0.12]]), old)
        assert found.traction[0] == pytest.approx([normal, 0.8 * normal, 0.6 * normal], rel=1e-8)
        old = found.damage
    back = LAW.respond(np.array([[0.05, 0.0, 0.0]]), old)
    assert back.traction[0, 0] == pytest.approx((1 - old[0]) * 1000 * 0.05)  # unloads to the origin
    assert LAW.respond(np.array([[-0.05, 0.0, 0.0]]), np.ones(1)).traction[0, 0] == pytest.approx(-50.0)


@pytest.mark.serial
def test_the_tangent_is_that_of_finite_differences():
    """In first loading, unloading, closing with shear, mixed modes, with and without viscosity, to 1e-6."""
    rng = np.random.default_rng(7)
    jump = rng.uniform(-0.02, 0.06, (200, 3))
    old = rng.uniform(0.0, 0.5, 200)
    viscous = CohesiveLaw(1000.0, 10.0, 15.0, 1.0, 2.0, 1.6, viscosity=2.0)
    for law in (LAW, viscous):
        tangent = law.respond(jump, old, 0.5).tangent
        for axis in range(3):
            step = np.zeros(3)
            step[axis] = 1e-7
            ahead, behind = (law.respond(jump + sign * step, old, 0.5).traction for sign in (1.0, -1.0))
            assert tangent[:, :, axis] == pytest.approx((ahead - behind) / 2e-7, abs=1e-6 * 1000.0)


@pytest.mark.serial
@pytest.mark.parametrize("direction", [(1.0, 0.0, 0.0), (0.0, 0.6, 0.8), (0.8, 0.6, 0.0)])
def test_what_lags_in_a_long_increment_is_a_part_of_the_strength(direction):
    """From sound to half parted in 100 times the viscosity, of an interface 1e4 times as stiff as it softens: the
    traction is that of no viscosity to 1/100 of the strength; in short increments damage is that a viscosity ago."""
    stiff = CohesiveLaw(1e6, 10.0, 15.0, 1.0, 2.0, 2.0)
    lags = CohesiveLaw(1e6, 10.0, 15.0, 1.0, 2.0, 2.0, viscosity=0.01)
    jump = 0.1 * np.array([direction])
    expected = stiff.respond(jump, np.zeros(1)).traction
    once = lags.respond(jump, np.zeros(1), 1.0)
    assert np.abs(once.traction - expected).max() < 0.15
    damage = np.zeros(1)
    for share in np.linspace(0.0, 1.0, 2001)[1:]:
        found = lags.respond(share * jump, damage, 1.0 / 2000)
        damage = found.damage
    reached = stiff.respond(0.99 * jump, np.zeros(1))  # a viscosity ago
    assert found.damage == pytest.approx(reached.damage, rel=1e-6)


@pytest.mark.serial
@pytest.mark.parametrize(
    ("direction", "energy"), [((1.0, 0.0, 0.0), 1.0), ((0.0, 0.6, 0.8), 2.0), ((1.0, 1.0, 0.0), 1.25)]
)
def test_what_a_point_takes_to_part_is_the_energy_of_its_mode(direction, energy):
    """Benzeggagh and Kenane: 1 + (2 - 1) B^2 with B of 0, 1 and 1/2."""
    way = np.linspace(0.0, 0.4, 40001)[:, None] * (np.array(direction) / np.linalg.norm(direction))
    traction = LAW.respond(way, np.zeros(len(way))).traction
    work = np.trapezoid((traction * (way[-1] / np.linalg.norm(way[-1]))).sum(axis=1), np.linalg.norm(way, axis=1))
    assert work == pytest.approx(energy, rel=1e-4)


BEAM = """title: two beams, apart at +x, that hold together in a zone
geometry:
  outline: {shape: rectangle, size: [12 mm, 0.2 mm]}
  layers:
    - {name: lower, thickness: 0.5 mm, material: stiff, cells: 2}
    - {name: upper, thickness: 0.5 mm, material: stiff, cells: 2}
  delaminations:
    - {name: zone, between: [lower, upper], shape: {rectangle: [3 mm, 0.2 mm]}, at: [-0.5 mm, 0 mm]}
    - {name: crack, between: [lower, upper], shape: {rectangle: [5 mm, 0.2 mm]}, at: [3.5 mm, 0 mm]}
materials: {stiff: {youngs_modulus: 100 GPa, poisson_ratio: 0, thermal_expansion: 0 ppm/K}}
mesh: {in_plane_size: 0.2 mm}
process:
  stress_free_temperature: 25 degC
  steps:
    - name: open
      temperature: 25 degC
      support: {clamp: -x}
      loads:
        - {face: top, shape: {rectangle: [0.2 mm, 0.2 mm]}, at: [5.9 mm, 0 mm], force: [0 N, 0 N, 1 N]}
        - {face: bottom, shape: {rectangle: [0.2 mm, 0.2 mm]}, at: [5.9 mm, 0 mm], force: [0 N, 0 N, -1 N]}
"""


@pytest.mark.serial
@pytest.mark.slow
def test_a_double_cantilever_beam_with_a_cohesive_zone_gives_way_as_linear_fracture_says(tmp_path, comm):
    """P = sqrt(8 A^3 / (v E b h^3)), A^2 = G E b^2 h^3 / 12: beams at an opening v whose crack grows at G, whatever the
    root (G = 12 (P a)^2 / (E b^2 h^3), v = 8 P a^3 / (E b h^3)); and what it takes is G times the area."""
    e, h, b, energy = 100e9, 0.5e-3, 0.2e-3, 20.0
    faces, load = _beam(tmp_path, comm)
    zone = CohesiveZone(faces, CohesiveLaw(1e14, 20e6, 20e6, energy, energy, 1.0, viscosity=0.02))
    assert zone.cells_in_zone(e) > 3.0
    openings = np.linspace(0.0, 0.12e-3, 41)[1:]
    forces = np.array([zone.open_to(load, opening, 1.0) for opening in openings])
    a = np.sqrt(energy * e * b**2 * h**3 / 12)
    expected = np.sqrt(8 * a**3 / (openings * e * b * h**3))
    late = openings > 0.1e-3
    assert forces[late] == pytest.approx(expected[late], rel=0.03)
    assert forces.max() == pytest.approx(expected[np.argmax(forces)], rel=0.05)
    work = np.trapezoid(np.append(0.0, forces), np.append(0.0, openings)) - 0.5 * forces[-1] * openings[-1]
    onset, end = 20e6 / 1e14, 2 * energy / 20e6
    reached = onset * end / (end - zone.damage * (end - onset))  # largest jump of every node, from its damage
    part = np.clip((reached - onset) / (end - onset), 0.0, 1.0)
    assert 0.2 < (faces.areas @ part) / faces.areas.sum() < 0.8
    assert work == pytest.approx(energy * (faces.areas @ part), rel=0.05)


@pytest.mark.slow
def test_a_compliance_of_solves_is_that_of_a_matrix(tmp_path, comm):
    """Jumps of forces, and a Newton step with nodes that soften, that have parted and that are sound, under a load that
    is led; again with springs of what is left of them."""
    beam = BEAM.replace("in_plane_size: 0.2 mm", "in_plane_size: 0.5 mm")
    (one, load), (other, _) = (_beam(tmp_path, comm, few, beam) for few in (1000, 0))
    matrix, solved = one.compliance, other.compliance
    assert isinstance(solved, SolvedCompliance)
    rng, count = np.random.default_rng(5), len(one.areas)
    forces = rng.normal(size=(count, 3))
    scale = np.abs(matrix.jumps(forces)).max()
    assert solved.jumps(forces) == pytest.approx(matrix.jumps(forces), abs=1e-6 * scale)
    part = np.where(one.places[:, 0] < 0.0, 1.0, np.where(one.places[:, 0] < 5e-4, 0.2, 0.0))
    tangent = (1e14 * one.areas * part)[:, None, None] * np.eye(3)
    tangent[part == 0.2, 2, 2] *= -0.01  # softens across
    right, border = 1e-6 * rng.normal(size=(count, 3)), (load.jumps, load.motion, 1e-5)
    expected, size = matrix.newton(tangent, right, border)
    for _ in range(2):
        step, led = solved.newton(tangent, right, border)
        assert led == pytest.approx(size, rel=1e-4)
        assert step == pytest.approx(expected, abs=1e-4 * np.abs(expected).max())
        before, solved._substitutions = solved._count, 1000
        solved.stiffens(1e14 * one.areas * part)
    assert 0 < solved._count <= 2 * before
    alone, nothing = solved.newton(tangent, right, None)
    assert nothing == 0.0
    assert alone == pytest.approx(matrix.newton(tangent, right, None)[0], abs=1e-4 * np.abs(alone).max())


def _beam(tmp_path, comm, few=300, text=BEAM):
    """Faces of the zone, and a pair of forces at the ends of the beams, of 1 N each."""
    found = load_case(text, (), tmp_path, comm)
    stack, step = found.stack, found.case.process.steps[0]
    mesh = extrude(comm, stack, on_root(comm, lambda: plane_mesh(stack)))
    materials = [library.resolve(block.material, found.case.materials) for block in mesh.blocks]
    load = dead_load(mesh, materials, None, step.support, step.loads)
    references = np.full(len(materials), 298.15)
    solid = SmallDeflectionSolid(
        mesh, materials, references, solver="direct", dead_load=load, supports=supports(step.support, False)
    )
    solid.solve(298.15)
    aside = fem.Function(solid.space)

    def respond(forces):
        solid.solver.solve_roughly(forces, aside, 1e-9)
        return aside.x.array

    zone = next(crack for crack in mesh.cracks if crack.placed.name == "zone")
    faces = CohesiveFaces(mesh, solid.space, [zone], respond, solid.solver, 1e14, few)
    u = solid.displacement.x.array
    pull = solid._assembled_load()
    motion = comm.allreduce(float(u[: len(pull)] @ pull))
    return faces, LedLoad(faces.pairs.jump(u), motion)
