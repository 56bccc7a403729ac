"""Being told to stop: Ctrl-C ends a command at once, SIGTERM (of a batch system) a run after its increment.

A run loses little by being ended at any moment, so SIGINT, and SIGTERM where no increment is under way, end the
process where it stands, with one line. A handler in Python would wait for the end of a factorisation, and its exception
would come out of PETSc as a traceback: so the handler is in C once that is loaded, and nothing is raised.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress

from solver.errors import PlanishError

TYPE_CHECKING = False  # what listens first has no time for `typing`
if TYPE_CHECKING:
    from typing import Any

    from mpi4py import MPI

GOES_ON = "; `planish run CASE --resume` goes on from the last increment"
_RANKS = ("OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID")  # of this process, to its launcher
_CLEAR = "\r\033[K\033[?25h"  # the line of a spinner, which hides the cursor
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class InterruptedRunError(PlanishError):
    """The run was asked to stop; what it had is in its checkpoint."""

    exit_code = 128 + signal.SIGTERM


def listen(what_next: str = "") -> None:
    """End the process from now on where SIGINT or SIGTERM finds it, with one line of the first rank.

    Args:
        what_next: said after "interrupted".
    """
    output, line = _output(), _line(what_next)
    for number in _SIGNALS:
        signal.signal(number, lambda received, _: _end(output, line, received))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)  # the launcher lets them wait until somebody listens


def listen_in_c(comm: "MPI.Intracomm", what_next: str = "") -> None:
    """The same, also while a library computes. Collective."""
    from solver.linalg.kernels import signals

    library, output = signals(comm), _output()
    for number in _SIGNALS:
        library.end_on(int(number), output, _line(what_next))
    if comm.size > 1:
        library.end_with_parent()


def is_first_rank() -> bool:
    """True for the one that speaks, before MPI is there to say so."""
    return next((os.environ[name] for name in _RANKS if name in os.environ), "0") == "0"


def _is_under_open_mpi() -> bool:
    return "OMPI_COMM_WORLD_RANK" in os.environ


def _output() -> int:
    """Where the line goes: Open MPI's mpirun, the parent, hands on nothing that its ranks say once it ends them."""
    with suppress(OSError):
        if _is_under_open_mpi():
            return os.open(f"/proc/{os.getppid()}/fd/2", os.O_WRONLY | os.O_APPEND | os.O_NOCTTY | os.O_CLOEXEC)
    return 2


def _line(what_next: str) -> bytes:
    clear = _CLEAR if sys.stderr.isatty() else ""
    return b"" if not is_first_rank() else f"{clear}planish: interrupted{what_next}\n".encode()


def _end(output: int, line: bytes, number: int) -> None:
    os.write(output, line)
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
        self._obey_launcher: Callable[[], Any] = lambda: None

    def __enter__(self) -> "Interruption":
        self._before = signal.signal(signal.SIGTERM, self._hear)
        self._obey_launcher = self._launcher()
        self._obey_launcher()
        return self

    def __exit__(self, *_: object) -> None:  # not collective: a rank may leave alone, with an error
        signal.signal(signal.SIGTERM, self._before)
        self._obey_launcher()

    def _launcher(self) -> "Callable[[], Any]":
        """Open MPI's mpirun waits for no increment: SIGCONT, SIGTERM, and a second later it kills. Collective."""
        from solver.linalg.kernels import signals

        if self._comm.allreduce(_is_under_open_mpi()):
            return signals(self._comm).end_on_sigcont_and_sigterm
        return lambda: None

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
