"""Pressures and forces on the faces and ends of a plate, against beams and plates of small deflection."""

from functools import partial

import numpy as np
import pytest

from solver import CaseError, solve
from solver.case.forces import Load
from solver.physics.plate.dead_loads import together
from solver.physics.plate.problem import middle
from solver.physics.plate.supports import on_edge, on_ends
from solver.physics.plate.tractions import tractions
from solver.physics.solid.newton import FINAL
from tests.bending import REFERENCE
from tests.plates import deflections, plate

E, L, B, H = 100e9, 40e-3, 4e-3, 1e-3
INERTIA = B * H**3 / 12
STRIP = f"""title: strip
geometry:
  outline: {{shape: rectangle, size: [40 mm, %g mm]}}
  symmetry: %s
  layers: [{{name: low, thickness: 0.25 mm, material: bar}}, {{name: bar, thickness: 0.75 mm, material: bar}}]
materials: {{bar: {{youngs_modulus: {E} Pa, poisson_ratio: %g, thermal_expansion: 10 ppm/K}}}}
mesh: {{in_plane_size: 2 mm}}
process:
  stress_free_temperature: 125 degC
  steps: [{{name: load, temperature: 125 degC, support: {{clamp: -x}}, loads: [{{end: +x, force: [0 N, 0 N, -1 mN]}}]}}]
"""
CLAMPED = partial(on_ends, ends=["-x"], clamped=True)


def under(load, directory, comm, supports=CLAMPED, width=4.0, poisson=0.0, symmetry="none"):
    """Places (m) and displacements (m) of a strip under a load, a thousandth of its thickness or so."""
    text = STRIP % (width, symmetry, poisson)
    free = plate(text, directory, comm)
    dead = together(*tractions(free.plate, [Load.model_validate(load)], middle(free.plate)))
    problem = plate(text, directory, comm, on=free.plate, supports=supports, dead_load=dead)
    problem.follow(problem.load_at(REFERENCE), FINAL)
    return deflections(problem)


def at_tip(found):
    """Mean displacement (3,) of the end +x."""
    x, u = found
    return u[x[:, 0] > 0.5 * L - 1e-9].mean(axis=0)


@pytest.mark.parametrize("symmetry", ["none", "half-y"])
def test_a_force_at_its_end_bends_a_clamped_strip_as_a_beam(symmetry, shared_path, comm):
    """w = F L^3 / 3 E I."""
    found = under({"end": "+x", "force": ["0 N", "0 N", "-1 mN"]}, shared_path, comm, symmetry=symmetry)
    assert at_tip(found)[2] == pytest.approx(-1e-3 * L**3 / (3 * E * INERTIA), rel=1e-3)


def test_a_pull_at_its_end_stretches_a_strip_and_does_not_bend_it(shared_path, comm):
    """u = p L / E; nothing bends, though the layers lie at other heights than the reference plane."""
    found = under({"end": "+x", "pressure": "-10 kPa"}, shared_path, comm)
    assert at_tip(found)[0] == pytest.approx(10e3 / E * L, rel=1e-6)
    assert abs(found[1][:, 2]).max() < 1e-6 * at_tip(found)[0]


def test_a_force_along_the_top_face_bends_a_strip_by_its_arm(shared_path, comm):
    """m = f h / 2 per length on all of it: M = m (L - x), w = -m L^3 / 3 E I with f along +x (the top is pulled)."""
    found = under({"face": "top", "force": ["1 mN", "0 N", "0 N"]}, shared_path, comm)
    m = 1e-3 / L * 0.5 * H
    assert at_tip(found)[2] == pytest.approx(-m * L**3 / (3 * E * INERTIA), rel=1e-3)
    assert at_tip(found)[0] == pytest.approx(1e-3 * L / (2 * E * B * H), rel=1e-3)


def test_a_square_on_its_edge_sags_under_pressure_as_navier_says(shared_path, comm):
    """w = 0.00406 q a^4 / D, nu 0.3 (S. Timoshenko, S. Woinowsky-Krieger, Theory of Plates and Shells, table 8)."""
    load = {"face": "bar.top", "pressure": "1 Pa"}
    x, u = under(load, shared_path, comm, on_edge, 40.0, 0.3)
    stiffness = E * H**3 / (12 * (1 - 0.3**2))
    centre = u[np.linalg.norm(x, axis=1).argmin(), 2]
    assert centre == pytest.approx(-0.00406 * L**4 / stiffness, rel=5e-3)


def test_a_face_that_is_covered_bears_no_load(shared_path, comm):
    with pytest.raises(CaseError, match="meets no exposed area"):
        under({"face": "low.top", "pressure": "1 Pa"}, shared_path, comm)


@pytest.mark.slow
@pytest.mark.serial
def test_a_case_with_loads_runs_as_a_plate(tmp_path):
    """The clamp carries the force, and a load on all upright sides is refused by name."""
    case = tmp_path / "case.yaml"
    case.write_text(STRIP % (4.0, "none", 0.0), encoding="utf-8")
    (step,) = solve(case, overrides=("analysis.model=plate",)).steps
    assert step.metrics["balance"]["support_force_n"] == pytest.approx(1e-3, rel=1e-6)
    case.write_text(case.read_text(encoding="utf-8").replace("end: +x", "face: sides"), encoding="utf-8")
    with pytest.raises(CaseError, match="not on all `sides`"):
        solve(case, overrides=("analysis.model=plate",))
