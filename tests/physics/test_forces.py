"""Held sides, pressures and forces against beams and plates; forces are dead loads."""

import numpy as np
import pytest
from mpi4py import MPI

from solver.progress import Progress
from solver.simulation import Simulation
from tests.solving import load_case

E, L, B, H = 100e9, 40e-3, 4e-3, 1e-3
BAR = f"""
title: bar
geometry:
  outline: {{{{shape: rectangle, size: [40 mm, 4 mm]}}}}
  symmetry: {{symmetry}}
  layers: [{{{{name: bar, thickness: 1 mm, material: bar}}}}]
materials: {{{{bar: {{{{youngs_modulus: {E} Pa, poisson_ratio: 0, thermal_expansion: 10 ppm/K}}}}}}}}
mesh: {{{{in_plane_size: 2 mm}}}}
analysis: {{{{deflection: {{deflection}}}}}}
process:
  stress_free_temperature: 25 degC
  steps: [{{{{name: load, temperature: 25 degC, support: {{support}}, loads: [{{loads}}]}}}}]
"""


def _solved(text, directory, comm):
    """Largest and smallest displacement (m), (3,) each, and the summary of the step."""
    simulation = Simulation(load_case(text, [], directory, comm), comm, Progress(comm, quiet=True))
    (outcome,) = simulation.steps(None)
    u = np.zeros((0, 3)) if outcome is None else outcome.displacement.x.array.reshape(-1, 3)
    return (
        np.array([comm.allreduce(u[:, i].max(), MPI.MAX) for i in range(3)]),
        np.array([comm.allreduce(u[:, i].min(), MPI.MIN) for i in range(3)]),
        outcome.summary,
    )


def _bar(support, loads, symmetry="none", deflection="small"):
    return BAR.format(support=support, loads=loads, symmetry=symmetry, deflection=deflection)


@pytest.mark.parametrize("symmetry", ["none", "half-y"])
def test_a_clamped_bar_bends_under_a_force_at_its_end(symmetry, shared_path, comm):
    # w = F L^3 / 3 E I, and F L / G A of shear (1.2 for a rectangle): Timoshenko, Strength of Materials I (1955)
    high, low, step = _solved(_bar("{clamp: -x}", "{end: +x, force: [0 N, 0 N, -1 N]}", symmetry), shared_path, comm)
    inertia, shear = B * H**3 / 12, 0.5 * E
    expected = L**3 / (3 * E * inertia) + 1.2 * L / (shear * B * H)
    assert high[2] - low[2] == pytest.approx(expected, rel=2e-3)
    assert step["balance"]["support_force_n"] == pytest.approx(1.0, rel=1e-6)


def test_a_clamped_bar_stretches_under_a_pull(shared_path, comm):
    high, low, _ = _solved(_bar("{clamp: -x}", "{end: +x, pressure: -100 MPa}"), shared_path, comm)
    assert high[0] - low[0] == pytest.approx(100e6 / E * L, rel=1e-6)


def test_a_bar_between_clamps_takes_its_thermal_stress(shared_path, comm):
    # -E alpha dT, nu = 0
    text = _bar("{clamp: [-x, +x]}", "", "quarter").replace("temperature: 25 degC, supp", "temperature: 75 degC, supp")
    text = text.replace("10 ppm/K", "[10 ppm/K, 0 ppm/K, 0 ppm/K]")  # else the clamps hold its width too
    *_, step = _solved(text, shared_path, comm)
    layer = step["layers"]["bar"]
    assert layer["min_principal_mpa"] == pytest.approx(-E * 10e-6 * 50 / 1e6, rel=1e-6)


def test_a_bar_on_its_ends_sags_under_pressure(shared_path, comm):
    # 5 q L^4 / 384 E I
    text = _bar("{edges: [-x, +x]}", "{face: top, pressure: 10 kPa}", "quarter")
    high, low, step = _solved(text, shared_path, comm)
    expected = 5 * 10e3 * B * L**4 / (384 * E * B * H**3 / 12)
    assert high[2] - low[2] == pytest.approx(expected, rel=5e-3)  # shear adds 2.4 (h/L)^2
    assert step["balance"]["support_force_n"] == pytest.approx(10e3 * B * L, rel=1e-6)


def test_a_patch_carries_what_its_area_does(shared_path, comm):
    text = _bar("edge", "{face: bar.top, shape: {rectangle: [7 mm, 3 mm]}, pressure: 50 kPa}", "quarter")
    *_, step = _solved(text, shared_path, comm)
    assert step["balance"]["support_force_n"] == pytest.approx(50e3 * 21e-6, rel=1e-6)


def test_a_force_spread_over_a_patch_is_that_force(shared_path, comm):
    text = _bar("edge", "{face: top, shape: {circle: 3 mm}, force: [0 N, 0 N, -2 N]}", "half-x")
    *_, step = _solved(text, shared_path, comm)
    assert step["balance"]["support_force_n"] == pytest.approx(2.0, rel=1e-6)


@pytest.mark.parametrize(("force", "u", "w"), [(0.25, 0.563, 3.015), (0.5, 1.604, 4.933)])
def test_szes_cantilever_bends_far(force, u, w, shared_path, comm):
    # K. Y. Sze et al., Finite Elem. Anal. Des. 40, 1551 (2004): L 10, b 1, h 0.1, E 1.2e6, nu 0, end shear 4; scaled
    text = """
title: cantilever
geometry:
  outline: {shape: rectangle, size: [10 mm, 1 mm]}
  symmetry: half-y
  layers: [{name: bar, thickness: 0.1 mm, material: bar}]
materials: {bar: {youngs_modulus: 1.2 GPa, poisson_ratio: 0, thermal_expansion: 0 ppm/K}}
mesh: {in_plane_size: 0.5 mm}
analysis: {deflection: large}
process:
  stress_free_temperature: 25 degC
  steps: [{name: load, temperature: 25 degC, support: {clamp: -x}, loads: [{end: +x, force: [0 N, 0 N, -%g mN]}]}]
"""
    loaded = load_case(text % (4 * force), [], shared_path, comm)
    simulation = Simulation(loaded, comm, Progress(comm, quiet=True))
    (outcome,) = simulation.steps(None)
    v = outcome.displacement
    x = v.function_space.tabulate_dof_coordinates()
    values, tip = v.x.array.reshape(-1, 3), np.abs(x[:, 0] - 5e-3) < 1e-9
    root = np.abs(x[:, 0] + 5e-3) < 1e-9
    mean = lambda at, i: comm.allreduce(values[at, i].sum()) / comm.allreduce(int(at.sum()))  # noqa: E731
    assert mean(root, 0) - mean(tip, 0) == pytest.approx(u * 1e-3, rel=5e-3)
    assert abs(mean(tip, 2) - mean(root, 2)) == pytest.approx(w * 1e-3, rel=5e-3)


@pytest.mark.parametrize(
    ("support", "loads", "symmetry", "message"),
    [
        ("free", "{face: top, pressure: 1 kPa}", "none", "pushes a free stack away"),
        ("{clamp: -x}", "{end: +x, pressure: 1 kPa}", "half-x", "mirror image"),
        ("edge", "{face: topp, pressure: 1 kPa}", "none", "did you mean 'top'"),
        ("edge", "{face: top}", "none", "`pressure` or `force`"),
        ("edge", "{face: top, end: -x, pressure: 1 kPa}", "none", "`face` or on an `end`"),
        ("{clamp: west}", "", "none", "there is no such end"),
        ("{clamp: [[0 mm, 0 mm], [1 mm, 0 mm]]}", "", "none", "no straight side there"),
        ("edge", "{face: top, shape: {circle: 9 mm}, pressure: 1 kPa}", "none", "outside the outline"),
    ],
)
@pytest.mark.serial
def test_a_load_or_support_that_cannot_be_is_refused(support, loads, symmetry, message, tmp_path):
    from solver.errors import CaseError

    with pytest.raises(CaseError, match=message):
        load_case(_bar(support, loads, symmetry), [], tmp_path, MPI.COMM_SELF)
