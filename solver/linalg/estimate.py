"""Memory and time of a solve, from the shape of the mesh.

Nested dissection of a plane with m unknowns on each of p columns leaves m^2 p log2(p) entries in the factors and takes
m^3 p^(3/2) operations, times constants (A. George, SIAM J. Numer. Anal. 10, 345, 1973, for m = 1). Pieces narrower than
the stack is high, h nodes, are cut across as well: then log2(2 p / h^2), and operations fall by h / sqrt(p).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import psutil

from meshes.plane import PlaneMesh

# measured with MUMPS Cholesky (PORD) and serial OpenBLAS: docs/performance.md
_ENTRIES = 3.7  # of the factors, times m^2 p log2(2 p / h^2)
_OPERATIONS = 21.0  # times m^3 p^(3/2) (1 - h / sqrt(p))
_CHUNKIEST = 0.7  # h / sqrt(p) of a stack as high as wide is no longer a plane problem
_BYTES_PER_ENTRY = 11.4  # the factors and what MUMPS works with
_BYTES_PER_UNKNOWN = 4.1e3  # the assembled matrix, its copy for MUMPS, the mesh
_BASE_BYTES = 0.35e9  # Python and the libraries, two ranks
_SECONDS_PER_UNKNOWN = 1.2e-5  # assembly and ordering, one core
_OPERATIONS_PER_SECOND = 2.6e10  # one core
_COMPONENTS = 3
_BISECTIONS = 20

# measured with the column multigrid on panels of 0.2 to 1.4 million unknowns, one rank
_LAYERED_ENTRIES = 60.0  # of the factors of the plates, times p log2(p): 5 unknowns on each of p columns
_LAYERED_BYTES_PER_UNKNOWN = 1.2e3
_LAYERED_BASE_BYTES = 0.2e9
_LAYERED_SECONDS_PER_UNKNOWN = 1.8e-5
_LAYERED_BASE_SECONDS = 1.0


@dataclass(frozen=True)
class Estimate:
    """What a solve is expected to take.

    Attributes:
        memory: peak of all ranks together (bytes).
        seconds: time of one assembly and factorisation on one core.
        available: memory this machine has free (bytes).
    """

    memory: float
    seconds: float
    available: float

    @property
    def fits(self) -> bool:
        """True if the memory is there."""
        return self.memory < self.available


def columns(plane: PlaneMesh) -> int:
    """Degree-2 nodes in the plane, by Euler's formula for a plane without holes."""
    return 2 * (len(plane.points) + len(plane.quads)) - 1


def direct(unknowns: int, columns: int) -> Estimate:
    """Cost of assembling and factorising.

    Args:
        unknowns: displacements of the whole mesh.
        columns: degree-2 nodes in the plane.
    """
    per_column = unknowns / columns
    chunkiness = min(per_column / _COMPONENTS / np.sqrt(columns), _CHUNKIEST)  # h / sqrt(p)
    entries = _ENTRIES * per_column**2 * columns * np.log2(2 / chunkiness**2)
    operations = _OPERATIONS * per_column**3 * columns**1.5 * (1 - chunkiness)
    return Estimate(
        memory=float(_BASE_BYTES + _BYTES_PER_UNKNOWN * unknowns + _BYTES_PER_ENTRY * entries),
        seconds=float(_SECONDS_PER_UNKNOWN * unknowns + operations / _OPERATIONS_PER_SECOND),
        available=float(psutil.virtual_memory().available),
    )


def layered(unknowns: int, columns: int) -> Estimate:
    """Cost of the column multigrid with one plate per column, set-up and one solve; arguments as of `direct`."""
    plates = _LAYERED_ENTRIES * columns * np.log2(max(columns, 2))
    return Estimate(
        memory=float(_LAYERED_BASE_BYTES + _LAYERED_BYTES_PER_UNKNOWN * unknowns + _BYTES_PER_ENTRY * plates),
        seconds=float(_LAYERED_BASE_SECONDS + _LAYERED_SECONDS_PER_UNKNOWN * unknowns),
        available=float(psutil.virtual_memory().available),
    )


def largest(cost: Callable[[int, int], Estimate], unknowns: int, columns: int) -> int:
    """Unknowns of the largest mesh that fits, the plane refined or coarsened, at the cost of `direct` or `layered`."""
    low, high = 0.0, 1.0
    while cost(int(high * unknowns) + 1, int(high * columns) + 2).fits:
        high *= 2
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        fits = cost(int(middle * unknowns) + 1, int(middle * columns) + 2).fits
        low, high = (middle, high) if fits else (low, middle)
    return int(low * unknowns)
