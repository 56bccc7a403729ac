"""How much a displacement has changed: the measure by which every Newton's method ends. All of it is collective."""

import numpy as np
from mpi4py import MPI

from solver.arrays import Array
from solver.parallel import combined


def largest(comm: MPI.Intracomm, values: Array) -> float:
    """Largest size of local values over all ranks."""
    return float(combined(comm, np.abs(values).max(initial=0.0), MPI.MAX))


def part_of(comm: MPI.Intracomm, change: Array, displacement: Array) -> float:
    """Largest size of a change (local unknowns, m) over that of the displacement it led to."""
    sizes = [np.abs(values).max(initial=0.0) for values in (change, displacement)]
    moved, whole = (float(size) for size in combined(comm, sizes, MPI.MAX))
    return moved / max(whole, np.finfo(float).tiny)
