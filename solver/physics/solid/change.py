"""How much a displacement has changed: the measure by which every Newton's method ends. All of it is collective."""

import numpy as np
from mpi4py import MPI

from solver.arrays import Array


def largest(comm: MPI.Intracomm, values: Array) -> float:
    """Largest size of local values over all ranks."""
    return float(comm.allreduce(np.abs(values).max(initial=0.0), MPI.MAX))


def part_of(comm: MPI.Intracomm, change: Array, displacement: Array) -> float:
    """Largest size of a change (local unknowns, m) over that of the displacement it led to."""
    return largest(comm, change) / max(largest(comm, displacement), np.finfo(float).tiny)
