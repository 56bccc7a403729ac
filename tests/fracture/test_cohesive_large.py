"""A cohesive interface at large deflection: turned, sound in a panel that warps, and in beams bent far."""

import json
from dataclasses import replace

import numpy as np
import pytest
from mpi4py import MPI
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from meshes.extrude import extrude
from meshes.nodes import nodes_of
from meshes.plane import plane_mesh
from solver.errors import CaseError
from solver.materials import library
from solver.parallel import on_root
from solver.physics.solid.held_large import HeldLargeDeflection
from solver.physics.solid.load import State
from solver.process.checkpoint import Checkpoints
from solver.process.laminate_estimate import laminates
from solver.process.plan import plan
from solver.process.support import dead_load, supports
from solver.run import run
from tests.fracture.test_cohesive_case import CASE as SMALL
from tests.solving import load_case, solve_case

STRIP = """title: a strip whose layers hold together, pulled apart at its ends
geometry:
  outline: {shape: rectangle, size: [6 mm, 1 mm]}
  layers:
    - {name: lower, thickness: 0.2 mm, material: stiff}
    - {name: upper, thickness: 0.3 mm, material: stiff}
  delaminations:
    - {name: zone, between: [lower, upper], shape: {rectangle: [6 mm, 1 mm]},
       cohesive: {normal_strength: 1 MPa, shear_strength: 1.5 MPa, opening: 20 J/m^2, shear: 40 J/m^2}}
materials: {stiff: {youngs_modulus: 10 GPa, poisson_ratio: 0.3, thermal_expansion: 0 ppm/K}}
mesh: {in_plane_size: 0.5 mm}
analysis: {deflection: large}
process:
  stress_free_temperature: 25 degC
  steps:
    - name: pull
      temperature: 25 degC
      support: {clamp: -x}
      loads:
        - {face: top, shape: {rectangle: [0.5 mm, 0.5 mm]}, at: [2.75 mm, 0.25 mm], force: [FX N, 0 N, FZ N]}
        - {face: bottom, shape: {rectangle: [0.5 mm, 0.5 mm]}, at: [2.75 mm, 0.25 mm], force: [-FX N, 0 N, -FZ N]}
"""
ROOM = 298.15


def _pulled(tmp_path, comm, force):
    """A strip that is clamped where it is, under a pair of forces (x, z) at its other end (N)."""
    text = STRIP.replace("-FX", str(-force[0])).replace("FX", str(force[0]))
    text = text.replace("-FZ", str(-force[1])).replace("FZ", str(force[1]))
    found = load_case(text, (), tmp_path, comm)
    stack, step = found.stack, found.case.process.steps[0]
    mesh = extrude(comm, stack, on_root(comm, lambda: plane_mesh(stack)))
    materials = [library.resolve(block.material, found.case.materials) for block in mesh.blocks]
    load = dead_load(mesh, materials, None, step.support, step.loads)
    held = supports(step.support, True)
    return HeldLargeDeflection(mesh, materials, np.full(len(materials), ROOM), dead_load=load, supports=held)


@pytest.mark.serial
def test_a_strip_turned_by_30_degrees_opens_as_one_that_lies(tmp_path, comm):
    """From a place with damage on, under more of a pair of forces that has turned with it: what the interface bears,
    its damage and energies are the same to what Newton's method leaves."""
    turn, pull = np.radians(30.0), np.array([0.05, 0.3])
    lying = _pulled(tmp_path, comm, 0.7 * pull)
    lying.state = lying.flat(lying.load_at(ROOM))
    lying.follow(lying.load_at(ROOM))
    begun, u = lying.cohesion.zone.state, lying.displacement.x.array.reshape(-1, 3)
    assert 0.1 < begun.damage.max() < 1.0
    matrix = np.array([[np.cos(turn), 0.0, np.sin(turn)], [0.0, 1.0, 0.0], [-np.sin(turn), 0.0, np.cos(turn)]])
    x = nodes_of(lying.space)
    ends = []
    for turned in (np.eye(3), matrix):
        at_begin, at_end = (turned @ [share * pull[0], 0.0, share * pull[1]] for share in (0.7, 1.0))
        first, strip = (_pulled(tmp_path, comm, force[[0, 2]]) for force in (at_begin, at_end))
        assert strip.space.dofmap.index_map.size_global == lying.space.dofmap.index_map.size_global
        moved = ((x + u) @ turned.T - x).ravel()
        strip.cohesion.zone.state = begun
        first.cohesion.zone.state = begun
        first.state = State(moved, first.load_at(ROOM))
        strip.load_at(ROOM)
        scale = np.abs(first.forms.forces()).max()
        assert np.abs(first.residual()).max() < 1e-6 * scale  # it is in equilibrium as it was
        strip.state = State(moved, replace(strip.load_at(ROOM), dead=0.7))
        strip.follow(strip.load_at(ROOM))
        ends.append(strip.cohesion.zone)
    one, other = (zone.state for zone in ends)
    assert one.damage.max() > 1.01 * begun.damage.max()
    assert other.jumps == pytest.approx(one.jumps, abs=1e-6 * np.abs(one.jumps).max())
    assert other.forces == pytest.approx(one.forces, abs=1e-6 * np.abs(one.forces).max())
    assert other.damage == pytest.approx(one.damage, abs=1e-6)
    assert ends[1].dissipated() == pytest.approx(ends[0].dissipated(), rel=1e-6)


@pytest.mark.serial
def test_what_the_axes_of_a_zone_are_does_not_hang_on_where_it_is(tmp_path, comm):
    """Rigid motions turn them, to rounding."""
    strip = _pulled(tmp_path, comm, (0.0, 0.1))
    zone, x = strip.cohesion.zone, nodes_of(strip.space)
    axis, angle = np.array([1.0, -2.0, 0.5]) / np.sqrt(5.25), 1.1
    cross = np.cross(np.eye(3), -axis)
    turned = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross
    bent = 1e-2 * np.column_stack([x[:, 2] * x[:, 0], x[:, 1] ** 2, x[:, 0] ** 2 - x[:, 1]])
    bent[strip.cohesion.faces.found[0].upper] += 1e-6 * np.random.default_rng(3).uniform(-0.5, 1.0, (1, 9, 3))
    moved = (x + bent) @ turned.T - x
    assert zone.axes(moved.ravel()) == pytest.approx(zone.axes(bent.ravel()) @ turned.T, abs=1e-12)
    here, there = (zone.respond(u.ravel()) for u in (bent, moved))
    assert np.abs(here.jumps).max() > 1e-7 and here.damage.max() > 0.0
    assert there.jumps == pytest.approx(here.jumps, abs=1e-9 * np.abs(here.jumps).max())
    assert there.forces == pytest.approx(here.forces @ turned.T, abs=1e-9 * np.abs(here.forces).max())


PANEL = """title: a thin panel that warps
geometry:
  outline: {shape: rectangle, size: [20 mm, 8 mm]}
  symmetry: quarter
  layers:
    - {name: base, thickness: 0.1 mm, material: stiff}
    - {name: film, thickness: 0.1 mm, material: soft}
  delaminations: [{name: zone, between: [base, film], shape: {rectangle: [20 mm, 8 mm]},
    cohesive: {normal_strength: 20 MPa, opening: 5 J/m^2, stiffness: 1e9 MPa/m, viscosity: 0.01 s}}]
materials:
  stiff: {youngs_modulus: 100 GPa, poisson_ratio: 0.25, thermal_expansion: 3 ppm/K}
  soft: {youngs_modulus: 20 GPa, poisson_ratio: 0.25, thermal_expansion: 15 ppm/K}
mesh: {in_plane_size: 1 mm}
analysis: {deflection: large}
process:
  stress_free_temperature: 150 degC
  steps:
    - {name: cool, temperature: 25 degC, duration: 10 s}
"""


@pytest.mark.slow
def test_a_panel_that_holds_together_warps_as_one_without_an_interface(tmp_path, comm):
    """0.49 mm at 0.2 mm of thickness. A stiffness of 1e9 MPa/m gives way by 1e-5 of it under 10 MPa."""
    (held,) = solve_case(PANEL, (), tmp_path, comm)["steps"]
    start = PANEL.index("  delaminations")
    (sound,) = solve_case(PANEL[:start] + PANEL[PANEL.index("materials:") :], (), tmp_path, comm)["steps"]
    assert held["warpage_um"] == pytest.approx(sound["warpage_um"], rel=2e-4)
    assert held["stable"] and held["cohesive"]["damaged_area_mm2"] == 0.0
    assert held["cohesive"]["balance_error"] < 1e-3


@pytest.mark.slow
@pytest.mark.serial
def test_a_square_panel_that_holds_together_leaves_its_bowl_as_one_without_an_interface(tmp_path, comm):
    """Past the bifurcation the stable shape is a cylinder, about either axis."""
    square = PANEL.replace("20 mm, 8 mm", "20 mm, 20 mm").replace("in_plane_size: 1 mm", "in_plane_size: 2 mm")
    (held,) = solve_case(square, (), tmp_path, comm)["steps"]
    start = square.index("  delaminations")
    (sound,) = solve_case(square[:start] + square[square.index("materials:") :], (), tmp_path, comm)["steps"]
    assert held["stable"] and held["branch"].startswith("cylinder")
    assert held["warpage_um"] == pytest.approx(sound["warpage_um"], rel=2e-4)
    curvatures = (sorted((one["curvature_x_per_m"], one["curvature_y_per_m"])) for one in (held, sound))
    assert next(curvatures) == pytest.approx(next(curvatures), rel=1e-3)


PARTS = PANEL.replace("20 mm, 8 mm", "8 mm, 2 mm").replace("20 MPa, opening: 5", "3 MPa, opening: 1")
PARTS = PARTS.replace("1e9 MPa/m", "1e8 MPa/m").replace("in_plane_size: 1 mm", "in_plane_size: 0.25 mm")
PARTS = PARTS.replace("temperature: 25 degC", "temperature: 60 degC")


def is_same(found, known):
    """Two entries of the same interface agree to what Newton's method leaves."""
    for key, value in known.items():
        if isinstance(value, float):
            assert found[key] == pytest.approx(value, rel=1e-5, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parallel
def test_two_ranks_find_what_one_finds(tmp_path, comm):
    """A panel that parts from its edges on."""
    alone = comm.bcast(solve_case(PARTS, (), tmp_path, MPI.COMM_SELF)["steps"][0] if comm.rank == 0 else None)
    (together,) = solve_case(PARTS, (), tmp_path, comm)["steps"]
    assert together["warpage_um"] == pytest.approx(alone["warpage_um"], rel=1e-7)
    is_same(together["cohesive"], alone["cohesive"])
    assert alone["cohesive"]["damaged_area_mm2"] > 1.0


class Killed(Exception):
    """In place of SIGKILL just after a checkpoint."""


def _run(directory, comm, **how):
    results = run(directory, (), comm, pictures=False, **how)
    comm.barrier()
    return json.loads((results / "summary.json").read_text(encoding="utf-8"))


def stopped(directory, comm, case, monkeypatch, after):
    """The summary of a run that was stopped after a checkpoint, where `after` is true of its position, and resumed."""
    on_root(comm, lambda: (directory / "case.yaml").write_text(case, encoding="utf-8"))
    comm.barrier()
    save = Checkpoints.save

    def kill(self, position, fields):
        save(self, position, fields)
        if after(position):
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Checkpoints, "save", kill)
        with pytest.raises(Killed):
            _run(directory, comm)
    return _run(directory, comm, resume=True)


@pytest.mark.slow
@pytest.mark.serial
def test_a_run_that_is_stopped_while_it_cools_goes_on_from_there(shared_path, comm, monkeypatch):
    made = list[float]()

    def third(position):
        made.append(position.temperature)
        return len(made) == 3

    found = stopped(shared_path, comm, PARTS, monkeypatch, third)["steps"][0]
    assert made[-1] == pytest.approx(423.15 - 3 * 90.0 / 8)
    (whole,) = solve_case(PARTS, (), shared_path, comm)["steps"]
    assert found["warpage_um"] == pytest.approx(whole["warpage_um"], rel=1e-6)
    is_same(found["cohesive"], whole["cohesive"])
    assert len(found["curve"]) == len(whole["curve"])


FILM = """title: a strip of two layers that cools, clamped at one end and apart at the other
geometry:
  outline: {shape: rectangle, size: [7 mm, 0.1 mm]}
  layers:
    - {name: base, thickness: 0.05 mm, material: stiff, cells: 1}
    - {name: film, thickness: 0.05 mm, material: soft, cells: 1}
  delaminations:
    - {name: zone, between: [base, film], shape: {rectangle: [2 mm, 0.1 mm]}, at: [0.5 mm, 0 mm],
       cohesive: {normal_strength: 1 MPa, opening: 0.2 J/m^2, viscosity: 10 ms}}
    - {name: crack, between: [base, film], shape: {rectangle: [2 mm, 0.1 mm]}, at: [2.5 mm, 0 mm]}
materials:
  stiff: {youngs_modulus: 100 GPa, poisson_ratio: 0, thermal_expansion: [3 ppm/K, 0 ppm/K, 0 ppm/K]}
  soft: {youngs_modulus: 20 GPa, poisson_ratio: 0, thermal_expansion: [15 ppm/K, 0 ppm/K, 0 ppm/K]}
mesh: {in_plane_size: 0.05 mm}
analysis: {deflection: large}
process:
  stress_free_temperature: 150 degC
  steps:
    - {name: below, temperature: 57 degC, duration: 10 s, support: {clamp: -x}}
    - {name: above, temperature: 53 degC, duration: 10 s, support: {clamp: -x}}
"""


@pytest.mark.slow
@pytest.mark.serial
def test_a_film_parts_once_its_mismatch_stores_what_the_interface_takes(tmp_path, comm):
    """Two layers that hold together store e^2 / (2 C) per area, C = 1/E1h + 1/E2h + h^2 / (D1 + D2) of equal thickness
    h, D = E h^3 / 12, apart they store nothing: a long crack goes on at that, whatever the mode (G_I = G_II). It is
    0.2 J/m^2 at 55.7 degC: 0.973 of it at the first temperature, 1.059 of it at the second."""
    below, above = solve_case(FILM, (), tmp_path, comm)["steps"]
    h, moduli = 0.05e-3, np.array([100e9, 20e9])
    compliance = (1.0 / (moduli * h)).sum() + h**2 / (moduli * h**3 / 12.0).sum()
    stored = [0.5 * (12e-6 * (150.0 - degc)) ** 2 / compliance / 0.2 for degc in (57.0, 53.0)]
    assert stored == pytest.approx([0.973, 1.059], abs=1e-3)
    assert below["cohesive"]["parted_area_mm2"] == 0.0
    assert below["cohesive"]["damaged_area_mm2"] < 0.05  # of 0.2: the process zone
    assert above["cohesive"]["parted_length_um"] > 1000.0
    assert above["cohesive"]["dissipated_uj"] == pytest.approx(above["cohesive"]["fracture_energy_uj"], rel=0.05)
    assert above["cohesive"]["balance_error"] < 1e-4
    assert above["warpage_um"] < 0.8 * below["warpage_um"]


@pytest.mark.serial
def test_laminate_theory_releases_what_the_mismatch_stores(tmp_path, comm):
    """As in the closed form above, which `planish check` compares with what the interface takes."""
    found = load_case(FILM, (), tmp_path, comm)
    steps = plan(found.case.process, found.stack.layers)
    ((below,), (above,)) = laminates(found.stack, steps, lambda name: library.resolve(name, found.case.materials))
    for laminate, degc, stored in ((below, 57.0, 0.973), (above, 53.0, 1.059)):
        assert laminate.released(degc + 273.15, "base") / 0.2 == pytest.approx(stored, abs=1e-3)


BEAMS = """title: two slender beams, apart at +x, that hold together in a zone
geometry:
  outline: {shape: rectangle, size: [16 mm, 0.25 mm]}
  layers:
    - {name: lower, thickness: 0.2 mm, material: stiff, cells: 1}
    - {name: upper, thickness: 0.2 mm, material: stiff, cells: 1}
  delaminations:
    - {name: zone, between: [lower, upper], shape: {rectangle: [4.5 mm, 0.25 mm]}, at: [-4.25 mm, 0 mm],
       cohesive: {normal_strength: 2 MPa, opening: 50 J/m^2, exponent: 1, viscosity: 1 ms}}
    - {name: crack, between: [lower, upper], shape: {rectangle: [10 mm, 0.25 mm]}, at: [3 mm, 0 mm]}
materials: {stiff: {youngs_modulus: 10 GPa, poisson_ratio: 0, thermal_expansion: 0 ppm/K}}
mesh: {in_plane_size: 0.25 mm}
analysis: {deflection: large}
process:
  stress_free_temperature: 25 degC
  steps:
"""
STEP = """    - name: to {0} mm
      temperature: 25 degC
      duration: 10 s
      opens: {0} mm
      support: {{clamp: -x}}
      loads:
        - {{face: top, shape: {{rectangle: [0.25 mm, 0.25 mm]}}, at: [7.875 mm, 0 mm], force: [0 N, 0 N, 1 N]}}
        - {{face: bottom, shape: {{rectangle: [0.25 mm, 0.25 mm]}}, at: [7.875 mm, 0 mm], force: [0 N, 0 N, -1 N]}}
"""
E, H, B, G = 10e9, 0.2e-3, 0.25e-3, 50.0  # of the beams (SI)


def _elastica(force):
    """Length (m) of beams whose crack grows at G under a force (N), and how far they are apart where it acts.

    EI k' = -P cos(t) along the beam, G b = EI k^2 at the root (J integral), EI k = -P h/2 sin(t) where the force acts:
    it does on the outside, h/2 from the axis.
    """
    bending = E * B * H**3 / 12.0
    along = force / bending

    def ends(_, y):
        return y[1] + along * 0.5 * H * np.sin(y[0])

    ends.terminal = True

    def slopes(_, y):
        return [y[1], -along * np.cos(y[0]), np.sin(y[0])]

    way = solve_ivp(slopes, [0.0, 1.0], [0.0, np.sqrt(G * B / bending), 0.0], events=ends, rtol=1e-9, max_step=1e-3)
    return way.t[-1], 2.0 * (way.y[2, -1] + 0.5 * H * (np.cos(way.y[0, -1]) - 1.0))


def _straight(opening):
    """Force (N) on beams whose crack grows at G, at small deflection, as in `test_cohesive_case`."""
    return np.sqrt(8 * np.sqrt(G * E * B**2 * H**3 / 12) ** 3 / (opening * E * B * H**3))


def _force(opening):
    """Force (N) at an opening (m), by the elastica."""
    return brentq(lambda force: _elastica(force)[1] - opening, 0.5 * _straight(opening), 3.0 * _straight(opening))


@pytest.mark.serial
def test_the_elastica_is_what_the_corrections_of_williams_say():
    """G = F / N . 3 P v / (2 b a), v = N . 8 P a^3 / (E b h^3) with F = 1 - 3/10 (v/a)^2 - 3/2 v l / a^2 and
    N = 1 - 9/8 v l / a^2 - 9/35 (v/a)^2, l = h/2: J. G. Williams, J. Strain Anal. 22 (1987) 237. Good to (v/a)^4."""
    for opening in (1e-3, 4e-3, 8e-3):
        force = _force(opening)
        a = _elastica(force)[0]
        v = opening / a
        factors = 1 - 0.3 * v**2 - 1.5 * v * 0.5 * H / a, 1 - 9 / 8 * v * 0.5 * H / a - 9 / 35 * v**2
        assert factors[1] * 8 * force * a**3 / (E * B * H**3) == pytest.approx(opening, rel=0.01 + 0.1 * v**4)
        assert factors[0] / factors[1] * 1.5 * force * v / B == pytest.approx(G, rel=0.01 + 0.1 * v**4)


@pytest.mark.slow
@pytest.mark.serial
def test_beams_bent_far_give_way_as_the_elastica_says(shared_path, comm, monkeypatch):
    """Opened by 9 mm at a length of 12.9 mm, where small deflection is 5.6 % off; stopped after the first step."""

    case = BEAMS + STEP.format(6) + STEP.format(9)
    found = stopped(shared_path, comm, case, monkeypatch, lambda position: position.step == 1)
    before, last = (step["cohesive"] for step in found["steps"])
    assert before["load_n"] < 1.05 * _force(6e-3)  # it has hardly begun
    assert last["load_n"] == pytest.approx(_force(9e-3), rel=0.01)
    assert abs(last["load_n"] / _straight(9e-3) - 1.0) > 0.05
    assert last["dissipated_uj"] == pytest.approx(last["fracture_energy_uj"], rel=0.03)
    assert last["balance_error"] < 1e-3
    grown = _elastica(_force(9e-3))[0] - 9.875e-3
    assert last["parted_length_um"] < 1e6 * grown < 1e9 * last["damaged_area_mm2"] / 0.25
    assert last["cells_in_zone"] == pytest.approx(E * G / 2e6**2 / 0.25e-3)
    assert found["warnings"] == []


@pytest.mark.slow
@pytest.mark.serial
def test_what_opens_little_opens_as_at_small_deflection(tmp_path, comm):
    """Beams of which the opening is a 1e-4th of their length, before and after they soften."""
    stiff = SMALL[: SMALL.index("    - name: to 60 um")].replace("opening: 20 J/m^2", "opening: 0.02 J/m^2")
    stiff = stiff.replace("normal_strength: 20 MPa", "normal_strength: 0.2 MPa").replace("0.02 s", "1 ms")
    stiff = stiff.replace("20 um", "0.4 um").replace("40 um", "2.4 um")
    small = solve_case(stiff, (), tmp_path, comm)["steps"]
    large = solve_case(stiff.replace("deflection: small", "deflection: large"), (), tmp_path, comm)["steps"]
    for one, other in zip(small, large, strict=True):
        for key in ("load_n", "largest_opening_um", "elastic_uj", "work_uj"):
            assert other["cohesive"][key] == pytest.approx(one["cohesive"][key], rel=1e-3)
    assert large[1]["cohesive"]["dissipated_uj"] > 0.0


@pytest.mark.serial
def test_deflection_is_chosen_from_the_start(tmp_path, comm):
    with pytest.raises(CaseError, match="it is solved at one deflection from the start"):
        load_case(PANEL.replace("deflection: large", "deflection: auto"), (), tmp_path, comm)
