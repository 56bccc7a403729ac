"""Freeing PETSc's objects on several ranks, where that is collective and Python's collector may not do it."""

from typing import Protocol

from mpi4py import MPI
from petsc4py import PETSc


class Owned(Protocol):
    """A matrix, vector or solver of PETSc."""

    def destroy(self) -> object:
        """Give up this reference; collective where it is the last."""


def release(comm: MPI.Intracomm, *parts: Owned) -> None:
    """Destroy objects, and what Python has let go on the same communicator since. Collective.

    On several ranks petsc4py keeps objects that Python lets go, as ranks come to that at different times, until it is
    asked for all of them (`PetscGarbageCleanup`): a preconditioner that was looked at once would keep its matrix, and a
    shell matrix its mesh, with some twenty communicators, of which MPICH has two thousand.

    Args:
        comm: of the mesh; PETSc keeps a list for each.
        parts: what is destroyed.
    """
    for part in parts:
        part.destroy()
    if comm.size > 1:
        PETSc.garbage_cleanup(comm)
