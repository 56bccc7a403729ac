"""Layered plates at large deflection against closed forms and published plates."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from solver.physics.plate.dead_loads import pressure
from solver.physics.plate.supports import on_pins, on_plane
from solver.physics.solid.laminate import free_state, plies
from solver.physics.solid.stability import settle
from tests.bending import COOL, REFERENCE
from tests.builders import HIGH, LOW, sheet
from tests.plates import deflections, lift, plate

SIDE = 0.6  # of the panel (m)
PINS = [(0.15, 0.15), (-0.15, 0.15), (-0.15, -0.15), (0.15, -0.15)]


def panel(directory, comm, cells, symmetry="quarter", **options):
    """A square bilayer of 600 mm and 1.1 mm with nu 0.3, so many cells on a half side."""
    layers = (replace(ply, poisson=0.3) for ply in (LOW, HIGH))
    text = sheet(*layers, size=("600 mm", "600 mm"), cell=f"{300 / cells} mm", symmetry=symmetry, process=COOL)
    return plate(text, directory, comm, **options)


def laminate(problem, kelvin=REFERENCE - 1.0):
    """Its free state of small deflection."""
    layers = problem.plate.stack.layers
    of = dict(zip((layer.name for layer in layers), problem.materials, strict=True))
    return free_state(plies(layers, SIDE**2, of.__getitem__, kelvin, dict.fromkeys(of, REFERENCE)))


def scales(problem):
    """kT side^2 / thickness of one kelvin, and the effective thickness (m)."""
    found = laminate(problem)
    return abs(found.curvature[0]) * SIDE**2 / found.effective_thickness, found.effective_thickness


def heavy(directory, comm, supports, **options):
    """The panel at rest under a pressure of 30 Pa, held by supports."""
    free = panel(directory, comm, 8, "none", **options)
    load = pressure(free.plate, -30.0)
    return panel(directory, comm, 8, "none", dead_load=load, supports=supports, on=free.plate, **options)


def fitted(problem, within=np.inf):
    """Curvatures xx, yy, xy (1/m) of the best quadratic within a radius, and how far nodes are from it at most (m)."""
    x, u = deflections(problem)
    near = np.linalg.norm(x, axis=1) < within
    x, u = x[near], u[near]
    basis = np.column_stack([np.ones(len(x)), x, -0.5 * x**2, -0.5 * x.prod(axis=1)])
    found, *_ = np.linalg.lstsq(basis, u[:, 2], rcond=None)
    return found[3:], np.abs(basis @ found - u[:, 2]).max()


def test_a_bilayer_under_a_small_load_bends_as_its_laminate_to_round_off(shared_path, comm):
    """Classical laminate theory: kappa = (A M - B N) / (A D - B^2). At 1e-5 K nonlinear terms are below 1e-10."""
    problem, kelvin = panel(shared_path, comm, 4, "none"), REFERENCE - 1e-5
    settle(problem, problem.load_at(kelvin))
    found, away = fitted(problem)
    expected = laminate(problem, kelvin).curvature
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-8 * abs(expected[0]))
    assert away < 1e-8 * abs(expected[0]) * SIDE**2


def test_a_sheet_that_curls_about_one_axis_does_so_at_any_deflection(shared_path, comm):
    """A developable shape does not stretch: the curvature of small deflection holds.

    w' ^2 / 2 is quadratic in a cell and the strain of u linear, which stiffens bending by (kappa c^2 / t)^2 / 60, c the
    size of a cell: 3e-5 here.
    """
    low, high = (replace(ply, poisson=0.0, expansion=(ply.expansion, "0 ppm/K", "0 ppm/K")) for ply in (LOW, HIGH))
    text = sheet(low, high, size=("600 mm", "600 mm"), cell="25 mm", symmetry="none", process=COOL)
    problem = plate(text, shared_path, comm)
    settle(problem, problem.load_at(REFERENCE - 20.0))
    found, away = fitted(problem)
    expected = laminate(problem, REFERENCE - 20.0).curvature
    assert found[0] == pytest.approx(expected[0], rel=2e-4)
    assert found[1:] == pytest.approx([0.0, 0.0], abs=1e-6 * abs(expected[0]))
    assert away < 1e-3 * abs(expected[0]) * SIDE**2 / 8


@pytest.mark.parametrize(("load", "corner"), [(15.0, 2.6501), (25.0, 4.0734), (40.0, 6.5841)])
def test_a_free_square_plate_bends_as_von_karman_plates_do(shared_path, comm, load, corner):
    """Reference: Hellan-Herrmann-Johnson and C0 interior penalty plates of degree 3, converged to four digits.

    A dome at 15, a cylinder beyond the bifurcation at 19.19. Eight cells on a half side are off by 0.1 %.
    """
    problem = panel(shared_path, comm, 8)
    per_kelvin, thickness = scales(problem)
    found = settle(problem, problem.load_at(REFERENCE - load / per_kelvin))
    assert found.stable
    assert abs(lift(problem, (SIDE / 2, SIDE / 2))) / thickness == pytest.approx(corner, rel=2e-3)


def test_splines_and_slopes_that_jump_under_penalty_give_the_same_plate(shared_path, comm):
    """They differ by the jumps that are left, less than the error of either."""
    found = []
    for smoothly in (True, False):
        problem = panel(shared_path, comm, 8, smoothly=smoothly)
        per_kelvin, thickness = scales(problem)
        settled = settle(problem, problem.load_at(REFERENCE - 25.0 / per_kelvin))
        found.append((settled.energy, abs(lift(problem, (SIDE / 2, SIDE / 2))) / thickness))
    assert found[0] == pytest.approx(found[1], rel=2e-4)


def test_a_heavy_panel_sags_on_four_pins_as_plates_with_penalty_do(shared_path, comm):
    """Pins are equations among splines.

    Under point forces both converge with the size of the cells only: 1 % in the sag and 5 % in the energy are left.
    """
    found = []
    for smoothly in (True, False):
        problem = heavy(shared_path, comm, partial(on_pins, places=PINS), smoothly=smoothly)
        problem.follow(problem.load_at(REFERENCE))
        x, u = deflections(problem)
        pins = [np.linalg.norm(x - pin, axis=1).argmin() for pin in PINS]
        assert np.abs(u[pins, 2]).max() < 1e-9 * np.abs(u[:, 2]).max()
        assert not problem.unstable()
        assert problem.carried() == pytest.approx(problem.forms.pressing(), rel=1e-9)
        forces = problem.reactions()[problem.support.rests[problem.support.rests < problem.forms.owned]]
        assert comm.allreduce(forces.sum()) == pytest.approx(problem.forms.pressing(), rel=1e-9)
        found.append([u[:, 2].min(), problem.energy()])
    assert found[0] == pytest.approx(found[1], rel=0.03)


def test_a_plate_that_is_held_flat_is_linear_and_factorised_once(shared_path, comm):
    """On a chuck w = 0: the strain of a laminate that may not bend, A^-1 N, and moments that hold it: M = B e - M_f."""
    text = sheet(LOW, HIGH, size=("100 mm", "100 mm"), cell="25 mm", process=COOL)
    held = plate(text, shared_path, comm, supports=partial(on_plane, lifts=False))
    for kelvin in (REFERENCE - 100.0, REFERENCE - 20.0, REFERENCE - 20.0):
        steps = held.follow(held.load_at(kelvin))
        assert len(steps) == 1 and not held.unstable()
    assert held.factorisations == 1
    section = held.section.resultants(REFERENCE - 20.0)
    a = section.stiffness[0, 0][[0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(3, 3)
    expected = np.linalg.solve(a, section.free[0, 0, :3])
    shape = held.shape()[: held.plate.owned]
    assert shape[..., :3] == pytest.approx(np.broadcast_to(expected, shape[..., :3].shape), rel=1e-8, abs=1e-12)
    assert np.abs(shape[..., 3:]).max(initial=0.0) == 0.0


def test_a_correction_that_goes_twice_as_far_as_it_should_is_halved(shared_path, comm):
    """Where the forces do no work on it: halfway at a deflection so small that the plate is linear to 1e-6."""
    problem, kelvin = panel(shared_path, comm, 4), REFERENCE - 1e-5
    newton, forms = problem._newton, problem.forms
    forms.apply(problem.load_at(kelvin))
    newton.renew()
    out = newton.residual()
    step = newton.step(out).copy()
    for times in (1.0, 2.0):
        forms.correction.x.array[:] = times * step
        forms.displacement.x.array[:] = times * step
        _, part = newton._back(forms.state.load, out)
        assert part == pytest.approx(1.0 / times, rel=1e-5)
        assert forms.displacement.x.array == pytest.approx(step, rel=1e-5, abs=1e-5 * forms.largest(step))


def test_plates_held_alike_on_one_mesh_share_a_factor_and_not_what_they_find(shared_path, comm):
    """The second one has other free strain: on a chuck it is factorised once for both, and is as without the first."""
    text = sheet(LOW, HIGH, size=("100 mm", "100 mm"), cell="25 mm", process=COOL)
    held, found = {"supports": partial(on_plane, lifts=False)}, []
    first = plate(text, shared_path, comm, **held)
    first.follow(first.load_at(REFERENCE - 20.0))
    for like in (first, None):
        other = plate(text, shared_path, comm, on=first.plate, like=like, **held)
        if like is not None:
            other.inherit(like)
        other.follow(other.load_at(REFERENCE - 60.0))
        assert other.factorisations == (0 if like is not None else 1)
        found.append(deflections(other)[1])
    assert found[0] == pytest.approx(found[1], rel=1e-10, abs=1e-12 * np.abs(found[1]).max())
