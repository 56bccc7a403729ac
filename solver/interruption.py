"""Being told to stop: Ctrl-C ends a command at once, SIGTERM (of a batch system) a run after its increment.

A run loses little by being ended at any moment, so SIGINT, and SIGTERM where no increment is under way, end the
process where it stands, with one line. A handler in Python would wait for the end of a factorisation, and its exception
would come out of PETSc as a traceback: so the handler is in C once that is loaded, and nothing is raised.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any

from solver.errors import PlanishError

if TYPE_CHECKING:  # what listens first has no time for these
    from mpi4py import MPI

GOES_ON = "; `planish run CASE --resume` goes on from the last increment"
_RANKS = ("OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID")  # of this process, to its launcher
_CLEAR = "\r\033[K\033[?25h"  # the line of a spinner, which hides the cursor


class InterruptedRunError(PlanishError):
    """The run was asked to stop; what it had is in its checkpoint."""

    exit_code = 128 + signal.SIGTERM


def listen(what_next: str = "") -> None:
    """End the process from now on where SIGINT or SIGTERM finds it, with one line of the first rank.

    Args:
        what_next: said after "interrupted".
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, partial(_end, _line(what_next)))


def listen_in_c(comm: "MPI.Intracomm", what_next: str = "") -> None:
    """The same, also while a library computes. Collective."""
    from solver.linalg.kernels import handler

    end_on = handler(comm)
    for number in (signal.SIGINT, signal.SIGTERM):
        end_on(int(number), _line(what_next))


def is_first_rank() -> bool:
    """True for the one that speaks, before MPI is there to say so."""
    return next((os.environ[name] for name in _RANKS if name in os.environ), "0") == "0"


def _line(what_next: str) -> bytes:
    clear = _CLEAR if sys.stderr.isatty() else ""
    return b"" if not is_first_rank() else f"{clear}planish: interrupted{what_next}\n".encode()


def _end(line: bytes, number: int, _: FrameType | None) -> None:
    os.write(2, line)
    os._exit(128 + number)


class Interruption:
    """Listens for SIGTERM while a run works, and lets it come to the end of an increment; a context.

    Args:
        comm: every rank listens; one that is told is enough.
        say: tells the user.
    """

    def __init__(self, comm: "MPI.Intracomm", say: Callable[[str], None]) -> None:
        self._comm, self._say, self._asked = comm, say, False
        self._before: Any = None

    def __enter__(self) -> "Interruption":
        self._before = signal.signal(signal.SIGTERM, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGTERM, self._before)

    def asked(self) -> bool:
        """True if any rank was told to stop. Collective."""
        from mpi4py import MPI

        return bool(self._comm.allreduce(self._asked, MPI.LOR))

    def check(self) -> None:
        """Stop here if any rank was told to. Collective.

        Raises:
            InterruptedRunError: on all ranks.
        """
        if self.asked():
            raise InterruptedRunError("stopped by SIGTERM; `planish run CASE --resume` goes on from the last increment")

    def _hear(self, *_: object) -> None:
        if not self._asked:
            self._asked = True
            self._say("SIGTERM: stops after this increment; the last one is kept, --resume goes on from it")
