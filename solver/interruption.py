"""SIGTERM, which a batch system sends before it ends a job: the run stops after its increment, which is kept."""

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

from mpi4py import MPI

from solver.errors import PlanishError


class InterruptedRunError(PlanishError):
    """The run was asked to stop; what it had is in its checkpoint."""

    exit_code = 128 + signal.SIGTERM


class Interruption:
    """Listens while a run works; a context.

    Args:
        comm: every rank listens; one that is told is enough.
        say: tells the user.
    """

    def __init__(self, comm: MPI.Intracomm, say: Callable[[str], None]) -> None:
        self._comm, self._say, self._asked = comm, say, False
        self._before: Any = None

    def __enter__(self) -> "Interruption":
        self._before = signal.signal(signal.SIGTERM, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGTERM, self._before)

    def asked(self) -> bool:
        """True if any rank was told to stop. Collective."""
        return bool(self._comm.allreduce(self._asked, MPI.LOR))

    def check(self) -> None:
        """Stop here if any rank was told to. Collective.

        Raises:
            InterruptedRunError: on all ranks.
        """
        if self.asked():
            raise InterruptedRunError("stopped by SIGTERM; `planish run CASE --resume` goes on from the last increment")

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if not self._asked:
            self._asked = True
            self._say("SIGTERM: stops after this increment; the last one is kept, --resume goes on from it")
