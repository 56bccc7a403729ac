"""Where the unknowns of a function space are, asked of DOLFINx once for each space; the node nearest to a place."""

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.arrays import Array, Integers, Mask

_KEY = "_nodes_of_planish"


def nodes_of(space: fem.FunctionSpace) -> Array:
    """(local nodes, 3) places (m) of the nodes of a space, in the order of its blocks; not to be written to."""
    known = vars(space)
    if _KEY not in known:
        x = space.tabulate_dof_coordinates()
        x.flags.writeable = False
        known[_KEY] = x
    found: Array = known[_KEY]
    return found


def nearest_node(comm: MPI.Intracomm, x: Array, target: Array, tolerance: float, there: Mask | None = None) -> Integers:
    """The node nearest to a point: the same on any number of ranks, empty on ranks that do not see it. Collective.

    Args:
        comm: of the ranks.
        x: (n, dimensions) places of local nodes (m).
        target: (dimensions,) the point (m).
        tolerance: distance below which places are the same (m), far below that of nodes.
        there: (n,) nodes to choose from; all if None.
    """
    among = x if there is None else x[there]
    distance = np.linalg.norm(among - target, axis=1)
    near = among[distance <= distance_to_node(comm, among, target) + tolerance]
    steps = np.round(near / tolerance).astype(np.int64)  # whole numbers, which a place has on every rank
    chosen = min(place for place in comm.allgather(min(map(tuple, steps.tolist()), default=None)) if place is not None)
    return np.flatnonzero(np.linalg.norm(x - tolerance * np.array(chosen), axis=1) < 2 * tolerance)


def distance_to_node(comm: MPI.Intracomm, x: Array, target: Array) -> float:
    """From a point (dimensions,) to the node nearest to it, of all ranks (m). Collective."""
    return float(comm.allreduce(np.linalg.norm(x - target, axis=1).min(initial=np.inf), MPI.MIN))
