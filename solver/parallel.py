"""MPI manners: work done once for all ranks, and errors that end all ranks with one message."""

import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from mpi4py import MPI

from solver.errors import PlanishError
from solver.files import PLACE

T = TypeVar("T")

_NAP = 0.01  # s
_PATIENCE = 5.0  # seconds other ranks have to fail the same way before they are aborted


def on_root(comm: MPI.Intracomm, work: Callable[[], T], long: bool = False) -> T:
    """Result of `work` on rank 0, on every rank; its exception is raised on every rank too.

    Args:
        comm: communicator.
        work: with nothing collective in it.
        long: the others leave their cores to it meanwhile.
    """
    result: T | None = None
    error: Exception | None = None
    if comm.rank == 0:
        try:
            result = work()
        except Exception as caught:
            error = caught
    if long:
        asleep(comm)
    error = comm.bcast(error)
    if error is not None:
        raise error
    return comm.bcast(result)


def combined(comm: MPI.Intracomm, values: Any, operation: MPI.Op) -> Any:
    """Numbers of all ranks together, as buffers. Collective.

    `comm.allreduce`, which takes any object, pickles it and sends it three times: up to ten times as long.

    Args:
        comm: communicator.
        values: a number, or an array of the same shape on every rank.
        operation: of MPI.

    Returns:
        A number, or an array.
    """
    local = np.asarray(values, order="C")
    total = np.empty_like(local)
    comm.Allreduce(local, total, operation)
    return total if total.ndim else total.item()


def asleep(comm: MPI.Intracomm) -> None:
    """Wait for the other ranks, without work for the core, as MPI has when it waits. Collective."""
    barrier = comm.Ibarrier()
    while not barrier.Test():
        time.sleep(_NAP)


def cores(comm: MPI.Intracomm) -> frozenset[int]:
    """Those that the ranks of this node may use, together. Collective."""
    node = comm.Split_type(MPI.COMM_TYPE_SHARED)
    found = frozenset[int]().union(*node.allgather(os.sched_getaffinity(0)))
    node.Free()
    return found


def on_every(comm: MPI.Intracomm, work: Callable[[], object]) -> None:
    """Do `work` on every rank; the first exception of any is raised on all. Nothing in it may be collective."""
    error: Exception | None = None
    try:
        work()
    except Exception as caught:
        error = caught
    for one in comm.allgather(error):
        if one is not None:
            raise one


def peak_memory_gb(comm: MPI.Intracomm) -> float:
    """The peak of all ranks together since they started (GB); what they share counts once for each. Collective."""
    return float(comm.allreduce(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, MPI.SUM)) / 1e6


def guarded(comm: MPI.Intracomm, work: Callable[[], int]) -> int:
    """Run a command; on an error print one message and return (or abort with) its exit code.

    An error on every rank is printed by rank 0. An error on some ranks only is printed by them, and the others, which
    would wait for ever, are ended.
    """
    try:
        return work()
    except Exception as error:
        code = error.exit_code if isinstance(error, PlanishError) else 1
        text = f"planish: {error}" if _is_for_the_user(error) else traceback.format_exc()
        everywhere = _everywhere(comm)
        if comm.rank == 0 or not everywhere:
            print(text, file=sys.stderr, flush=True)
        if not everywhere:
            comm.Abort(code)
        return code


def _is_for_the_user(error: Exception) -> bool:
    """True if its text is enough: a message of ours, or what the file system says of a file."""
    return isinstance(error, PlanishError) or (isinstance(error, OSError) and error.errno in PLACE)


def _everywhere(comm: MPI.Intracomm) -> bool:
    if comm.size == 1:
        return True
    barrier = comm.Ibarrier()
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if barrier.Test():
            return True
        time.sleep(0.01)
    return False
