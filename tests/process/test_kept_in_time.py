"""What a checkpoint keeps of materials with a memory: a stack that is restored is where the other was."""

import numpy as np
import pytest

from solver.case.load import load
from solver.parallel import on_root
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.process.checkpoint import Checkpoints, Position, latest
from solver.process.kept_in_time import of_small, of_way, restore_small, restore_way
from solver.process.time_path import TimePath
from tests.physics.test_solids_in_time import COLD, LAWS, bend, solid

CLOCK = (4.0, 2.0, 1.0, 10.0)  # time gone, increment tried next, last one, all of the way (s)


def kept(problem, fields, shared_path, comm, clock=None, rate=None):
    """What is found of a checkpoint of a problem in the middle of its first step."""
    loaded = on_root(comm, lambda: load(shared_path / "case.yaml"))
    place = Position(0, 0, COLD, True, None, {}, [], True, clock=clock, rate=rate)
    Checkpoints(shared_path, loaded, comm, Position).save(place, fields)
    return latest(shared_path, comm, Position)


def strained(law, kind, shared_path):
    """A plate that was bent within 10 s, a day ago."""
    problem = solid(law, shared_path, kind)
    problem.memory.begin(COLD, 10.0)
    problem.displacement.x.array[:] = bend(problem).ravel()
    problem.accept()
    problem.memory.begin(COLD, 86400.0)
    problem.accept()
    problem.memory.scale = np.full_like(problem.memory.scale, 5e9)  # it has been stressed more on the way
    return problem


def assert_alike(found, problem):
    assert found.displacement.x.array == pytest.approx(problem.displacement.x.array, abs=1e-15)
    assert np.array_equal(found.memory.keys, problem.memory.keys)
    assert np.allclose(found.memory.values, problem.memory.values, rtol=1e-12, atol=1e-12)
    assert found.memory.scale == pytest.approx(problem.memory.scale, rel=1e-12)
    largest = np.abs(problem.memory.stress).max(initial=1e7)
    assert found.memory.stress == pytest.approx(problem.memory.stress, abs=1e-9 * largest)


@pytest.mark.parametrize("law", LAWS)
def test_small_deflection_is_where_it_was(law, shared_path, comm):
    """Taking it for an equilibrium takes no time, in which nothing relaxes, creeps or yields further."""
    problem = strained(law, SmallDeflectionInTime, shared_path)
    found = solid(law, shared_path, SmallDeflectionInTime)
    restore_small(kept(problem, of_small(problem), shared_path, comm), found, COLD)
    assert found.solved
    assert_alike(found, problem)


def test_temperatures_of_points_are_kept_where_they_differ(shared_path, comm):
    problem = strained("plastic", SmallDeflectionInTime, shared_path)
    cells = problem.memory.keys[:, None] + np.zeros(problem.memory.points)
    problem.memory.begin(COLD - 0.1 * cells, 1.0)
    problem.accept()
    found = solid("plastic", shared_path, SmallDeflectionInTime)
    restore_small(kept(problem, of_small(problem), shared_path, comm), found, 0.0)
    assert found.memory.kelvin == pytest.approx(COLD - 0.1 * cells)
    assert_alike(found, problem)


def test_a_way_at_large_deflection_goes_on_from_its_time_and_velocity(shared_path, comm):
    problem = strained("viscoelastic", LargeDeflectionInTime, shared_path)
    way = TimePath(problem, 0.01)
    slope = 1e-3 * problem.displacement.x.array.reshape(-1, 3)
    way.control.begin(CLOCK[3], [], False)
    way.control.resume(CLOCK, slope)
    way.control.scale = np.array([1e-3, 2e-3])  # it has been bent further
    mesh = problem.stack_mesh
    displacement = mesh.keys, problem.displacement.x.array.reshape(-1, 3)[problem.space.dofmap.list[: len(mesh.keys)]]
    fields = {"displacement": displacement, **of_way(way)}
    found = solid("viscoelastic", shared_path, LargeDeflectionInTime)
    restored = restore_way(kept(problem, fields, shared_path, comm, CLOCK, 0.5), found, 0.01, COLD)
    assert_alike(found, problem)
    assert restored.rate == 0.5
    assert restored.control.scale == pytest.approx(way.control.scale, rel=1e-12)
    clock, velocity = restored.waiting
    assert clock == CLOCK
    assert velocity == pytest.approx(slope, abs=1e-12)
