"""Memory and time a solve will take, from measured costs per unknown."""

from dataclasses import dataclass

import psutil

# measured on thin stacks, degree 2, MUMPS Cholesky with serial OpenBLAS on two cores: benchmarks/, docs/performance.md
_BYTES_PER_UNKNOWN = 12.5e3
_BASE_BYTES = 0.4e9
_SECONDS_PER_UNKNOWN = 3.2e-5
_FACTOR_SECONDS = 1.1e-10  # times unknowns^1.8


@dataclass(frozen=True)
class Estimate:
    """What a solve is expected to take.

    Attributes:
        memory: peak of all ranks together (bytes).
        seconds: wall time of one solve on two cores.
        available: memory this machine has free (bytes).
    """

    memory: float
    seconds: float
    available: float

    @property
    def fits(self) -> bool:
        """True if the memory is there."""
        return self.memory < self.available


def direct(unknowns: int) -> Estimate:
    """Cost of assembling and factorising a thin stack with this many unknowns."""
    seconds = _SECONDS_PER_UNKNOWN * unknowns + _FACTOR_SECONDS * unknowns**1.8
    return Estimate(_BASE_BYTES + _BYTES_PER_UNKNOWN * unknowns, seconds, float(psutil.virtual_memory().available))
