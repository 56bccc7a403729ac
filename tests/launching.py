"""Start ranks in a test, with whatever MPI there is."""

import sys

from solver import launch


def python(ranks: int = 1) -> list[str]:
    """The words before the arguments of a Python on so many ranks, which may be more than there are cores."""
    if ranks == 1:
        return [sys.executable]
    mpirun = launch.mpirun()
    assert mpirun is not None
    settings = [f"{name}={value}" for name, value in launch.oversubscribed().items()]  # MPICH knows no --oversubscribe
    return ["env", *settings, mpirun, "-n", str(ranks), sys.executable]
