"""The kernels of the laws, in C: compiled once per machine, loaded once per process."""

from functools import lru_cache
from pathlib import Path

from mpi4py import MPI

from solver.c_library import Caller, compiled, prototypes
from solver.parallel import on_root

SOURCES = Path(__file__).with_name("kernels")


def prepare(comm: MPI.Intracomm) -> None:
    """Compile the kernels on one rank of all that will call them. Collective; without it every process does it itself.

    Args:
        comm: of a mesh whose blocks have laws.
    """
    on_root(comm, lambda: compiled(SOURCES))
    kernels()


@lru_cache(maxsize=1)
def kernels() -> Caller:
    """The functions of kernels/laws.h.

    They are compiled with -ffast-math: no kernel may ask for NaN or infinity.

    Raises:
        PlanishError: there is no C compiler.
    """
    return Caller(compiled(SOURCES), prototypes((SOURCES / "laws.h").read_text()))
