"""A delamination grows where it releases what the interface takes, stands where it does not; the stack goes on so."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from mpi4py import MPI

from meshes.front_moves import ahead, reach
from solver.errors import CaseError
from solver.output import csv_files
from solver.parallel import on_root
from solver.process import crack_growth
from solver.process.checkpoint import Checkpoints
from solver.report.crack_tables import growth_table
from solver.run import run
from tests.fracture.strips import PLAIN, STRIP
from tests.solving import load_case, solve_case

E, H, OPENING, TOUGHNESS = 10e9, 0.5e-3, 5e-6, 0.03  # Pa, m, m, J/m^2
ROOT = 0.673 * H  # B. Gross, J. E. Srawley, NASA TN D-3295 (1966)
WEDGE = """title: two beams with a wedge between them that grows as it is heated
geometry:
  outline: {shape: rectangle, size: [8 mm, 0.25 mm]}
  layers:
    - {name: lower, thickness: 0.45 mm, material: beam, cells: 2}
    - name: bond
      thickness: 0.05 mm
      material: beam
      cells: 1
      regions: [{name: wedge, shape: {rectangle: [0.5 mm, 0.25 mm]}, at: [3.75 mm, 0 mm], material: wedge}]
    - {name: upper, thickness: 0.5 mm, material: beam, cells: 2}
    - {name: cap, thickness: 0.1 mm, material: beam}
  delaminations:
    - name: crack
      between: [bond, upper]
      shape: {rectangle: [2 mm, 0.25 mm]}
      at: [3 mm, 0 mm]
      grows: true
      toughness: {opening: 0.03 J/m^2}
materials:
  beam: {youngs_modulus: 10 GPa, poisson_ratio: 0, thermal_expansion: 0 ppm/K}
  wedge: {youngs_modulus: 10 GPa, poisson_ratio: 0, thermal_expansion: [0 ppm/K, 0 ppm/K, 1000 ppm/K]}
mesh: {in_plane_size: 0.25 mm}
analysis: {deflection: small}
process:
  stress_free_temperature: 25 degC
  steps:
    - {name: start, build: [lower, bond, upper], temperature: 25 degC}
    - {name: hot, temperature: 125 degC}
    - {name: back, build: [cap], temperature: 25 degC}
"""
OPENINGS = (2, 3, 4, 5, 3)  # um, of both ends together
CELL, WIDTH = 0.125e-3, 0.125e-3
_PULLED = "".join(
    f"""
    - name: step {number}
      temperature: 25 degC
      support:
        displaced:
          - {{end: -x, x: 0 um, y: 0 um, z: 0 um}}
          - {{box: [[4 mm, -0.0625 mm, 1 mm], [4 mm, 0.0625 mm, 1 mm]], z: {um / 2} um}}
          - {{box: [[4 mm, -0.0625 mm, 0 mm], [4 mm, 0.0625 mm, 0 mm]], z: {-um / 2} um}}"""
    for number, um in enumerate(OPENINGS, 1)
)
PULLED = f"""title: two beams pulled apart at their ends
geometry:
  outline: {{shape: rectangle, size: [8 mm, 0.125 mm]}}
  layers:
    - {{name: lower, thickness: 0.5 mm, material: beam, cells: 2}}
    - {{name: upper, thickness: 0.5 mm, material: beam, cells: 2}}
  delaminations:
    - name: crack
      between: [lower, upper]
      shape: {{rectangle: [2 mm, 0.125 mm]}}
      at: [3 mm, 0 mm]
      grows: true
      toughness: {{opening: 0.03 J/m^2}}
materials: {{beam: {{youngs_modulus: 10 GPa, poisson_ratio: 0, thermal_expansion: 0 ppm/K}}}}
mesh: {{in_plane_size: 0.125 mm}}
analysis: {{deflection: small}}
process:
  stress_free_temperature: 25 degC
  steps:{_PULLED}
"""


SPAN, DISPLACED, SHEAR = 10e-3, 0.2e-3, 4.0  # m, m, J/m^2
SHEARED = """title: split cantilever whose upper half is displaced
geometry:
  outline: {{shape: rectangle, size: [10 mm, 0.125 mm]}}
  layers:
    - {{name: lower, thickness: 0.5 mm, material: beam}}
    - {{name: upper, thickness: 0.5 mm, material: beam}}
  delaminations:
    - name: crack
      between: [lower, upper]
      shape: {{rectangle: [{length} mm, 0.125 mm]}}
      at: [{at} mm, 0 mm]
      grows: {grows}
      toughness: {{opening: 1 J/m^2, shear: 4 J/m^2, exponent: 1}}
materials: {{beam: {{youngs_modulus: 10 GPa, poisson_ratio: 0, thermal_expansion: 0 ppm/K}}}}
mesh: {{in_plane_size: 0.5 mm}}
analysis: {{deflection: small}}
process:
  stress_free_temperature: 25 degC
  steps:
    - name: bend
      temperature: 25 degC
      support:
        displaced:
          - {{end: -x, x: 0 um, y: 0 um, z: 0 um}}
          - {{box: [[5 mm, -0.0625 mm, 1 mm], [5 mm, 0.0625 mm, 1 mm]], z: -200 um}}
"""


def grid():
    """Plane of 4 x 4 cells and a crack that has the four at its left."""
    points = np.array([[x, y] for y in range(5) for x in range(5)], dtype=float)
    quads = np.array([[5 * y + x + k for k in (0, 1, 6, 5)] for y in range(4) for x in range(4)])
    front = SimpleNamespace(
        joined=np.arange(16) % 4 > 0,
        sides=np.array([[4 * y, 4 * y + 1] for y in range(4)]),
        front=np.array([[5 * y + 1, 5 * y + 6] for y in range(4)]),
    )
    return SimpleNamespace(points=points, quads=quads), front


class Killed(Exception):
    """In place of SIGKILL just after a checkpoint."""


def _after_two_moves(position, fields):
    return position.step == 1 and len(fields.get("moves of delamination crack", [()])[0]) == 3


def _before_the_third_step(position, fields):
    return position.step == 2


@pytest.mark.slow
def test_a_crack_driven_by_a_wedge_stands_where_beam_theory_has_it(shared_path, comm, monkeypatch):
    """G = 3 E h^3 d^2 / (16 (a + 0.673 h)^4) of two beams an opening d apart (J. P. Berry, J. Appl. Phys. 34 (1963) 62,
    with the root of Gross and Srawley): it stands within a cell of that length, also in a run that was
    killed between moves, and after."""
    on_root(comm, lambda: (shared_path / "case.yaml").write_text(WEDGE, encoding="utf-8"))
    comm.barrier()
    save = Checkpoints.save
    for resume, killed in ((False, _after_two_moves), (True, _before_the_third_step)):

        def kill(self, position, fields, killed=killed):
            save(self, position, fields)
            if comm.allreduce(killed(position, fields), MPI.LOR):
                raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(Checkpoints, "save", kill)
            with pytest.raises(Killed):
                run(shared_path, (), comm, pictures=False, resume=resume)
        comm.barrier()
    results = run(shared_path, (), comm, pictures=False, resume=True)
    comm.barrier()
    steps = json.loads((results / "summary.json").read_text(encoding="utf-8"))["steps"]
    (start, _), (hot, of_hot), (back, _) = (
        (one["growth"], one) for one in (step["delaminations"]["crack"] for step in steps)
    )
    stands = (3 * E * H**3 * OPENING**2 / (16 * TOUGHNESS)) ** 0.25 - ROOT
    length = 1e-6 * hot["area_mm2"] / 0.25e-3 - 0.5e-3  # ahead of the wedge
    assert hot["arrested"] and hot["utilisation"] < 1.0 and hot["moves"] >= 2
    assert stands - 0.1e-3 < length < stands + 0.35e-3
    # the crack of the run is that one, and all else is read with it
    assert of_hot["critical"]["utilisation"] == pytest.approx(hot["utilisation"], rel=1e-6)
    front = csv_files.read(results / "crack_1_crack_02_hot.csv")
    assert front["x_mm"] == pytest.approx(2.0 - 1e-3 * hot["reach_um"], abs=1e-6)
    states = csv_files.read(results / "crack_growth_crack_02_hot.csv")
    assert states["area_mm2"][[0, -1]] == pytest.approx([hot["starter_area_mm2"], hot["area_mm2"]])
    cells = np.round(np.diff(states["area_mm2"]) / 0.0625)  # two at first, where it releases far more than it takes
    assert len(cells) == hot["moves"] and (cells >= 1).all() and cells.max() > 1
    assert (np.diff(states["energy_release_j_per_m2"]) < 0.0).all()
    assert start["moves"] == 0
    assert back["area_mm2"] == hot["area_mm2"] and back["moves"] == 0  # what is apart stays apart, under a new layer
    assert len(csv_files.read(results / "crack_1_crack_03_back.csv")["x_mm"]) == 1
    assert (steps[2]["layers"]["cap"]["max_von_mises_mpa"]) < 1e-3  # born flat, and cold it is all flat


@pytest.mark.slow
@pytest.mark.serial
def test_a_double_cantilever_beam_that_is_pulled_open_gives_way_as_linear_fracture_says(tmp_path, comm):
    """P = E b h^3 d / (8 A^3) with A = a + 0.673 h of the crack as it is, and A^4 = 3 E h^3 d^2 / (16 Gamma) within a
    cell: P falls with d^-1/2. Back at a smaller opening the beams are as long as they have come to be."""
    steps = solve_case(PULLED, (), tmp_path, comm)["steps"]
    openings = 1e-6 * np.array(OPENINGS)
    forces = np.array([step["prescribed"][1]["force_n"][2] for step in steps])
    growth = [step["delaminations"]["crack"]["growth"] for step in steps]
    arms = np.array([1e-6 * one["area_mm2"] for one in growth]) / WIDTH + ROOT
    assert forces == pytest.approx(E * WIDTH * H**3 * openings / (8 * arms**3), rel=0.02)
    griffith = (3 * E * H**3 * openings**2 / (16 * TOUGHNESS)) ** 0.25
    moved = np.array([one["moves"] for one in growth]) > 0
    assert moved.tolist() == [True, True, True, True, False]
    assert all(one["arrested"] for one in growth)
    ahead = (arms - griffith)[:-1]
    assert (ahead > -0.1 * CELL).all() and (ahead < 1.1 * CELL).all()
    falls = forces * np.sqrt(openings)
    assert np.ptp(falls[:-1]) < 3.5 * CELL / arms[0] * falls[0]
    table = growth_table({"steps": steps})
    assert [row[-1] for row in table.rows] == ["stands"] * 5
    assert [int(row[5]) > 0 for row in table.rows] == moved.tolist()
    for one in growth[:-1]:  # held at its opening it gives its energy to the crack
        (first, *_, last), area = one["states"], 1e-6 * (one["area_mm2"] - one["states"][0]["area_mm2"])
        given = 1e-3 * (first["strain_energy_mj"] - last["strain_energy_mj"])
        mean = np.mean([state["energy_release_j_per_m2"] for state in (first, last)])
        assert given == pytest.approx(mean * area, rel=0.1)


@pytest.mark.serial
@pytest.mark.parametrize(("moves", "cells"), [((1,), (1, 5, 9)), ((0,), (1,)), ((1, 2), (5, 9)), ((), ())])
def test_a_cell_that_would_move_alone_takes_those_beside_it_along(moves, cells):
    """Of 4 x 4 cells, the four at the left are apart; at the side of the stack a corner is free anyway."""
    plane, front = grid()
    found = ahead(front, plane, np.isin(np.arange(4), moves))
    assert found.tolist() == list(cells)


@pytest.mark.slow
@pytest.mark.serial
def test_a_crack_whose_faces_press_grows_to_where_shear_stands(tmp_path, comm, monkeypatch):
    """Only the upper half of a split cantilever is displaced, and bears on the lower: G = 9 E h^3 a^2 d^2 /
    (3 a^3 + L^3)^2 with a + 0.42 chi h for a (Y. Wang, J. G. Williams 1992). It stands within a cell of that, as by one
    cell a move, and is as a crack that is born so long."""
    (step,) = solve_case(SHEARED.format(length=5.5, at=2.25, grows="true"), (), tmp_path, comm)["steps"]
    crack = step["delaminations"]["crack"]
    grown = crack["growth"]
    length, root = 1e-6 * grown["area_mm2"] / WIDTH, 0.42 * 0.605 * H
    expected = 9 * E * H**3 * np.square(a := length + root) * DISPLACED**2 / (3 * a**3 + SPAN**3) ** 2
    assert grown["arrested"] and crack["mode_1_j_per_m2"] < 1e-3 * crack["mode_2_j_per_m2"]
    assert crack["energy_release_j_per_m2"] == pytest.approx(expected, rel=0.03)
    assert 0.9 * SHEAR < expected < SHEAR
    reached = {"length": 1e3 * length, "at": 5.0 - 0.5e3 * length}
    (born,) = solve_case(SHEARED.format(**reached, grows="false"), (), tmp_path, comm)["steps"]
    for name in ("energy_release_j_per_m2", "mode_2_j_per_m2"):
        assert crack[name] == pytest.approx(born["delaminations"]["crack"][name], rel=1e-4)
    assert step["prescribed"][1]["force_n"][2] == pytest.approx(born["prescribed"][1]["force_n"][2], rel=1e-5)
    monkeypatch.setattr(crack_growth, "_FAR", 1)
    (slow,) = solve_case(SHEARED.format(length=5.5, at=2.25, grows="true"), (), tmp_path, comm)["steps"]
    by_one = slow["delaminations"]["crack"]["growth"]
    assert by_one["area_mm2"] == grown["area_mm2"] and by_one["moves"] > grown["moves"]


@pytest.mark.serial
@pytest.mark.parametrize(
    ("pace", "cells", "ends"),
    [(1, (1, 5, 9, 13), ()), (2, (1, 2, 5, 9, 13), ((3, 8),)), (9, (1, 2, 5, 9, 13), ((3, 8),))],
)
def test_a_front_far_above_its_toughness_goes_on_by_strips_straight_ahead(pace, cells, ends):
    """Of the 4 x 4 cells, the first strip alone is far above it."""
    plane, front = grid()
    found, at = reach(front, plane, np.array([2.0, 1.1, 1.1, 1.1]), pace)
    assert found.tolist() == list(cells)
    assert [tuple(edge) for edge in at] == list(ends)


@pytest.mark.serial
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("toughness: {opening: 0.03 J/m^2}", "sizes: []", "needs a `toughness`"),
        ("{deflection: small}", "{deflection: auto}", "it grows at small deflection"),
        ("grows: true", "grows: true\n      sizes: [0.5]", "give `sizes` to another"),
        ("poisson_ratio: 0, thermal", "plastic: {yield_stress: 1 GPa}, poisson_ratio: 0, thermal", "'beam' of 'lower'"),
        ("temperature: 125 degC}", "temperature: 125 degC, support: {chuck: {vacuum: 60 kPa}}}", "may lift off"),
    ],
)
def test_what_cannot_grow_is_refused(tmp_path, comm, old, new, words):
    with pytest.raises(CaseError, match=words):
        load_case(WEDGE.replace(old, new), (), tmp_path, comm)


@pytest.mark.serial
def test_a_crack_that_stands_may_have_sizes_and_needs_no_toughness(tmp_path, comm):
    load_case(STRIP.format(**PLAIN).replace("0 mm]}]", "0 mm], sizes: [0.9]}]"), (), tmp_path, comm)
