"""The node nearest to a point, of stacks of any size."""

import numpy as np
import pytest
from mpi4py import MPI

from meshes.nodes import distance_to_node, nearest_node


@pytest.mark.parametrize("span", [0.3, 16e-3, 60e-6, 200e-9])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_one_node_is_found_whatever_its_place_and_the_size_of_the_stack(span, dimensions):
    """Nodes at no round places, those of every rank some of them; of two that are as near the same one everywhere."""
    comm = MPI.COMM_WORLD
    x = span * (np.random.default_rng(1).random((300, dimensions)) - 0.5)
    x[1] = x[0] * (1.0 + 1e-13)  # the same node as two ranks have it
    mine = x[comm.rank :: comm.size] if comm.size > 1 else x[1:]
    target = x[0] + 1e-4 * span / 3.0
    found = nearest_node(comm, mine, target, 1e-9 * span)
    count = comm.allreduce(len(found))
    assert count == min(comm.size, 2)
    assert all(np.linalg.norm(mine[found] - x[0], axis=1) < 1e-9 * span)
    assert distance_to_node(comm, mine, target) == pytest.approx(np.sqrt(dimensions) * 1e-4 * span / 3.0, rel=1e-6)
