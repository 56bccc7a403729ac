"""Places that are displaced: bars stretched, bent and twisted by what moves them, against closed forms."""

import numpy as np
import pytest
from mpi4py import MPI

from solver.errors import CaseError
from solver.progress import Progress
from solver.simulation import Simulation
from tests.solving import load_case

E, L, B, H = 100e9, 40e-3, 4e-3, 1e-3
BAR = """
title: bar
geometry:
  outline: {shape: rectangle, size: [40 mm, 4 mm]}
  symmetry: %s
  layers: [{name: bar, thickness: 1 mm, material: bar}]
materials: {bar: {youngs_modulus: 100 GPa, poisson_ratio: 0, thermal_expansion: 10 ppm/K}}
mesh: {in_plane_size: 2 mm}
analysis: {deflection: %s}
process:
  stress_free_temperature: 25 degC
  steps: [{name: load, temperature: %s, support: {displaced: [%s]}}]
"""


def bar(places, deflection="small", temperature="25 degC", symmetry="none"):
    return BAR % (symmetry, deflection, temperature, places)


def solved(text, directory, comm):
    """The entry of the step in the summary."""
    simulation = Simulation(load_case(text, [], directory, comm), comm, Progress(comm, quiet=True))
    (outcome,) = simulation.steps(None)
    return outcome.summary


@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_bar_that_is_stretched_pulls_as_hooke_says(deflection, shared_path, comm):
    # F = E B H u / L; at large deflection S = E (e + e^2/2), and a force F = S (1 + e) of St Venant and Kirchhoff
    text = bar("{end: -x, x: 0 um}, {end: +x, x: 40 um}", deflection)
    left, right = solved(text, shared_path, comm)["prescribed"]
    e = 1e-3
    expected = E * B * H * (e if deflection == "small" else (e + e**2 / 2) * (1 + e))
    assert right["force_n"][0] == pytest.approx(expected, rel=1e-6)
    assert left["force_n"][0] == pytest.approx(-expected, rel=1e-6)
    assert np.abs(right["force_n"][1:]).max() < 1e-6 * expected


def test_a_free_bar_that_is_moved_is_not_stressed(shared_path, comm):
    # what no place holds is held at points, whose reaction vanishes: z = 5 um at the underside, 75 K of free growth
    text = bar("{face: bottom, z: 5 um}", temperature="100 degC")
    found = solved(text, shared_path, comm)
    assert np.abs(found["prescribed"][0]["force_n"]).max() < 1e-3
    assert found["layers"]["bar"]["max_von_mises_mpa"] < 1e-3
    assert found["balance"]["pin_reaction"] < 1e-9


def test_a_cantilever_resists_at_its_tip_as_timoshenko_says(shared_path, comm):
    # F = u / (L^3 / 3 E I + 1.2 L / G A): S. Timoshenko, Strength of Materials I (1955); moment F L at the clamp
    text = bar("{end: -x, x: 0 um, y: 0 um, z: 0 um}, {end: +x, z: -100 um}")
    root, tip = solved(text, shared_path, comm)["prescribed"]
    soft = L**3 / (3 * E * B * H**3 / 12) + 1.2 * L / (0.5 * E * B * H)
    assert tip["force_n"][2] == pytest.approx(-100e-6 / soft, rel=2e-3)
    assert root["force_n"][2] == pytest.approx(100e-6 / soft, rel=2e-3)
    assert root["moment_nmm"][1] == pytest.approx(1e3 * L * tip["force_n"][2], rel=2e-3)


def test_a_line_is_where_it_is_drawn_whatever_the_cells(shared_path, comm):
    # the cantilever above, shorter: a line between two nodes
    a, line = 29.3e-3, "box: [[9.3 mm, -2 mm, 0 mm], [9.3 mm, 2 mm, 0 mm]]"
    found = solved(bar(f"{{end: -x, x: 0 um, y: 0 um, z: 0 um}}, {{{line}, z: -100 um}}"), shared_path, comm)
    soft = a**3 / (3 * E * B * H**3 / 12) + 1.2 * a / (0.5 * E * B * H)
    assert found["prescribed"][1]["force_n"][2] == pytest.approx(-100e-6 / soft, rel=5e-3)


def test_a_line_beside_the_stack_moves_nothing_and_is_told_of(shared_path, comm):
    line = "{box: [[30 mm, -2 mm, 0 mm], [30 mm, 2 mm, 0 mm]], z: -100 um}"
    with pytest.raises(CaseError, match="nothing of the layers present is at a box"):
        solved(bar(f"{{end: -x, x: 0 um, y: 0 um, z: 0 um}}, {line}"), shared_path, comm)


def test_a_patch_smaller_than_a_cell_is_where_it_is_drawn(shared_path, comm):
    patch = "face: bottom, shape: {rectangle: [0.1 mm, 4 mm]}, at: [9.3 mm, 0 mm]"
    found = solved(bar(f"{{end: -x, x: 0 um, y: 0 um, z: 0 um}}, {{{patch}, z: -100 um}}"), shared_path, comm)
    assert found["prescribed"][1]["middle_mm"] == pytest.approx([9.3, 0.0, 0.0], abs=1e-6)


@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_bar_resists_a_twist_as_saint_venant_says(deflection, shared_path, comm):
    # T = G J theta / L, J = 0.281 B H^3 at B / H = 4: S. Timoshenko, J. Goodier, Theory of Elasticity (1970), sec. 109,
    # ends free to warp; what large twists add (H. Wagner) is of the order (theta B / L)^2, 1e-6 of it here
    turn = "turn: {about: x, angle: %s, through: [0 mm, 0 mm, 0.5 mm]}"
    text = bar(f"{{end: -x, {turn % '0 deg'}}}, {{end: +x, {turn % '0.5 deg'}}}", deflection)
    text = text.replace("thickness: 1 mm,", "thickness: 1 mm, cells: 2,")
    text = text.replace("in_plane_size: 2 mm", "in_plane_size: 1 mm")
    left, right = solved(text, shared_path, comm)["prescribed"]
    expected = 0.5 * E * 0.281 * B * H**3 * np.radians(0.5) / L
    assert 1e-3 * right["moment_nmm"][0] == pytest.approx(expected, rel=1e-2)
    assert 1e-3 * left["moment_nmm"][0] == pytest.approx(-expected, rel=1e-2)


@pytest.mark.slow
@pytest.mark.parametrize(("force", "w"), [(1.0, 3.015), pytest.param(2.0, 4.933, marks=pytest.mark.serial)])
def test_szes_cantilever_is_bent_far_by_its_force(force, w, shared_path, comm):
    # K. Y. Sze et al., Finite Elem. Anal. Des. 40, 1551 (2004), table 1: L 10, b 1, h 0.1, E 1.2e6, nu 0; scaled
    tip = f"{{box: [[5 mm, -1 mm, 0.05 mm], [5 mm, 1 mm, 0.05 mm]], z: {w} mm}}"
    text = bar(f"{{end: -x, x: 0 um, y: 0 um, z: 0 um}}, {tip}", "large").replace("100 GPa", "1.2 GPa")
    text = text.replace("[40 mm, 4 mm]", "[10 mm, 1 mm]").replace("thickness: 1 mm", "thickness: 0.1 mm")
    *_, end = solved(text.replace("in_plane_size: 2 mm", "in_plane_size: 0.5 mm"), shared_path, comm)["prescribed"]
    assert 1e3 * end["force_n"][2] == pytest.approx(force, rel=1e-2)
    assert 1e3 * abs(end["force_n"][0]) < 1e-6


@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_table_moves_a_place_as_the_temperature_does(deflection, shared_path, comm):
    # 75 K of the 100 K to 80 um: 60 um, less 30 um of free growth; at large deflection as above, with Green's strains
    table = "{temperature: [25 degC, 125 degC], value: [0 um, 80 um]}"
    text = bar(f"{{end: -x, x: 0 um}}, {{end: +x, x: {table}}}", deflection, "100 degC")
    *_, end = solved(text, shared_path, comm)["prescribed"]
    assert end["displacement_um"][0] == pytest.approx(60.0)
    e, free = 60e-6 / L, 75 * 10e-6
    stress = E * (e - free if deflection == "small" else (e + e**2 / 2 - free - free**2 / 2) * (1 + e))
    assert end["force_n"][0] == pytest.approx(B * H * stress, rel=1e-6)


@pytest.mark.parametrize(
    ("places", "symmetry", "message"),
    [
        ("{end: +x}", "none", "say where to"),
        ("{x: 1 um}", "none", "a `face`, an `end` or a `box`"),
        ("{end: +x, x: 1}", "none", "needs a unit"),
        ("{end: +x, x: 1 um}", "half-x", "symmetry: none"),
        ("{face: topp, z: 1 um}", "none", "did you mean 'top'"),
        ("{face: top, shape: {circle: 9 mm}, z: 1 um}", "none", "outside the outline"),
        ("{face: top, at: [0 mm, 0 mm], z: 1 um}", "none", "goes with `shape`"),
        ("{end: +x, x: {temperature: [25 degC, 20 degC], value: [0 um, 1 um]}}", "none", "temperatures go up"),
        ("{end: +x, x: {temperature: [25 degC, 30 degC], value: [0 um, 1 um, 2 um]}}", "none", "as many values"),
        ("{end: +x, turn: {about: x, angle: 100 deg}}", "none", "up to 90 deg"),
        ("{box: [[1 mm, 0 mm, 0 mm], [0 mm, 0 mm, 0 mm]], z: 1 um}", "none", "lesser x, y and z"),
        ("{end: [[0 mm, 0 mm], [1 mm, 0 mm]], z: 1 um}", "none", "no straight side there"),
    ],
)
@pytest.mark.serial
def test_a_place_that_cannot_be_displaced_is_refused(places, symmetry, message, tmp_path):
    with pytest.raises(CaseError, match=message):
        load_case(bar(places, symmetry=symmetry), [], tmp_path, MPI.COMM_SELF)


def test_a_box_with_nothing_in_it_is_refused(shared_path, comm):
    text = bar("{box: [[0 mm, 0 mm, 5 mm], [1 mm, 1 mm, 6 mm]], z: 1 um}")
    with pytest.raises(CaseError, match="nothing of the layers present is at a box"):
        solved(text, shared_path, comm)


@pytest.mark.serial
@pytest.mark.parametrize(("model", "words"), [("plate", "moves no places"), ("laminate", "is free")])
def test_models_without_places_say_so(model, words, tmp_path):
    with pytest.raises(CaseError, match=words):
        load_case(bar("{end: +x, z: 1 um}", "auto"), [f"analysis.model={model}"], tmp_path, MPI.COMM_SELF)
