"""Anderson's method on linear maps, which it solves like GMRES, and on one that has no fixed point."""

import numpy as np
import pytest

from solver.linalg.anderson import Anderson


def rounds(image, start, comm, most=200) -> tuple[int, np.ndarray]:
    """Rounds until nothing moves, and where."""
    mixing, x = Anderson(comm, len(start)), start
    for count in range(1, most + 1):
        found = image(x)
        total = comm.allreduce(float(np.sum((found - x) ** 2)))
        if total < 1e-20:
            return count, found
        x = mixing.next(x, found)
    return most, x


def test_a_slow_map_is_found_in_a_few_rounds(comm):
    """Three rates of 0.95 to 0.5: by itself the map takes 0.95^n = 1e-10, 450 rounds; GMRES takes four."""
    rates, goal = np.array([0.95, 0.8, 0.5]), np.array([3.0, -1.0, 2.0]) + comm.rank
    count, found = rounds(lambda x: goal + rates * (x - goal), np.zeros(3), comm)
    assert count < 12
    assert found == pytest.approx(goal, abs=1e-9)


def test_a_map_that_runs_away_is_left_alone(comm):
    mixing, x = Anderson(comm, 2), np.array([1.0, 2.0])
    for _ in range(5):
        found = 1.2 * x + 1.0
        x = mixing.next(x, found)
        assert np.all(x == found)
