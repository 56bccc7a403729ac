"""Plates of materials that remember, against the free laminate of the same increments."""

import numpy as np
import pytest

from solver.physics.plate.in_time import PlateInTime
from solver.physics.plate.plane_stress import Increment, answer
from solver.physics.solid.laminate_in_time import RememberingPly, RememberingState, advance
from tests.physics.test_plate import fitted
from tests.plates import plate
from tests.process.test_in_time import COMPOUND, CREEPING, CYCLE, PLASTIC, SOLDER, sheet

LAWS = {"viscoelastic": COMPOUND, "plastic": PLASTIC, "creep": CREEPING, "anand": SOLDER}
WARM = 398.15
COURSE = ((WARM - 40.0, 200.0), (WARM - 100.0, 300.0), (WARM - 100.0, 3600.0), (WARM - 60.0, 100.0))  # K, s


def small(law, directory, comm):
    """A plate of 4 mm, which deflects by a small part of its thickness."""
    return plate(sheet(LAWS[law], CYCLE, size="4 mm", cell="1 mm"), directory, comm, kind=PlateInTime)


def curvatures_of_laminate(problem):
    """Of the free laminate at the end of each leg of the course (1/m)."""
    flat = np.zeros(3), np.zeros(3)
    plies = {
        layer.name: RememberingPly(layer.bottom, layer.top, law, (0.0,), flat)
        for layer, law in zip(problem.plate.stack.layers, problem.laws, strict=True)
    }
    state = RememberingState(*flat, WARM, {name: ply.newborn() for name, ply in plies.items()})
    found = []
    for kelvin, seconds in COURSE:
        state = advance(plies, state, kelvin, seconds)
        found.append(state.curvature)
    return found, state


@pytest.mark.parametrize("law", LAWS)
def test_a_small_plate_bends_in_time_as_the_free_laminate(law, shared_path, comm):
    """The same increments, integrated through the layers by 2 or 5 points instead of 21."""
    problem = small(law, shared_path, comm)
    expected, state = curvatures_of_laminate(problem)
    for (kelvin, seconds), curvature in zip(COURSE, expected, strict=True):
        problem.follow(problem.load_after(kelvin, seconds))
        problem.accept()
        assert fitted(problem)[0] == pytest.approx(curvature, rel=2e-3, abs=2e-3 * np.abs(curvature).max())
    for layer, (name, ply) in enumerate(state.plies.items()):
        faces = problem.stress(layer, kelvin)[: problem.plate.owned].mean(axis=(0, 1))
        law_ = problem.laws[layer]
        across = RememberingPly(0.0, 1.0, law_, (0.0,), (np.zeros(3), np.zeros(3))).faces(ply)
        assert faces == pytest.approx(across, rel=0.02, abs=0.02 * np.abs(across).max()), name


@pytest.mark.serial
@pytest.mark.parametrize("law", LAWS)
def test_plane_stress_has_the_tangent_of_its_stress_and_none_across(law, shared_path, comm):
    problem = small(law, shared_path, comm)
    own = next(one for one in problem.laws if one.memory)
    strain = 1e-3 * np.random.default_rng(3).uniform(-1.0, 1.0, (5, 3))
    kelvin, beside = np.array([WARM - 30.0]), np.zeros((5, 3))
    during, old = Increment(np.array([WARM]), kelvin, 20.0), own.initial(5)
    got = answer(own, strain, beside, np.zeros(1), during, old, final=True)
    assert np.abs(got.response.stress[:, 2:5]).max() < 1e-6 * np.abs(got.stress).max() + 1.0
    for component in range(3):
        step = np.zeros((5, 3))
        step[:, component] = 1e-8
        sides = [answer(own, strain + sign * step, beside, np.zeros(1), during, old, final=True) for sign in (1, -1)]
        slope = (sides[0].stress - sides[1].stress) / 2e-8
        moduli = np.broadcast_to(got.moduli, (5, 3, 3))[:, :, component]
        assert slope == pytest.approx(moduli, rel=2e-3, abs=2e-3 * np.abs(moduli).max())


@pytest.mark.parametrize("ahead", [1.001, -40.0], ids=["near", "nowhere near"])
def test_an_increment_that_begins_where_it_is_foreseen_ends_where_it_would(ahead, shared_path, comm):
    """And from next to there in fewer iterations."""
    problem = small("plastic", shared_path, comm)
    kelvin, seconds = COURSE[1]
    start, load = problem.state, problem.load_after(kelvin, seconds)
    iterations = problem.follow(load)[-1].newton_iterations
    found = problem.displacement.x.array.copy()
    problem.state = start
    load = problem.load_after(kelvin, seconds)
    problem.ahead = ahead * found
    assert (problem.follow(load)[-1].newton_iterations < iterations) == (ahead > 0.0)
    assert problem.part_of_displacement(problem.displacement.x.array - found) < 1e-6
    assert problem.ahead is None
