"""The second process that draws the pictures of a run, as the run sees it: started, told, waited for, ended with it.

Nothing that draws is imported here, and nothing of a run there: `artist` starts anew, without MPI.
"""

import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from pathlib import Path

from solver.case.loaded import LoadedCase

FINISH, LOOK = "finish", "look"  # orders
MISSING = "no 3-D pictures: VTK cannot render without a display here (the library libEGL or libOSMesa is missing)"
_LAUNCHERS = ("OMPI_", "PMIX_", "PRTE_", "PMI_", "PMI2_", "MPI_", "MPICH_", "HYDRA_", "HYDI_", "SLURM_")
_PATIENCE = 10.0  # s, for a process that has drawn all to end
_BROKEN = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL)  # how OpenGL that is broken ends a process


@dataclass(frozen=True)
class Commission:
    """What is to be drawn.

    Attributes:
        loaded: the case.
        results: folder of the results.
        since: what is not as it was when the run was made, for the report.
        rendered: 3-D pictures too.
        cores: to draw on.
        parent: process to end with.
    """

    loaded: LoadedCase
    results: Path
    since: tuple[str, ...]
    rendered: bool
    cores: frozenset[int]
    parent: int


class Drawing:
    """Draws what a results folder holds, while it grows; a context, of one rank.

    Args:
        loaded: the case.
        results: folder of the results, with `summary.json` as far as it goes.
        cores: to draw on; those of this process if none.
        since: what is not as it was when the run was made, for the report.
    """

    def __init__(
        self, loaded: LoadedCase, results: Path, cores: Collection[int] = (), since: Sequence[str] = ()
    ) -> None:
        there = frozenset(cores or os.sched_getaffinity(0))
        self._given = loaded, results, tuple(since)
        self._cores, self._run = there, _Run(Commission(*self._given, True, there, os.getpid()))

    def __enter__(self) -> "Drawing":
        return self

    def __exit__(self, *_: object) -> None:
        self._run.end()

    def look(self) -> None:
        """There is more to draw; returns at once."""
        self._run.tell(LOOK)

    def finish(self) -> list[str]:
        """Wait until everything is drawn, with tables and report; a line for what could not be."""
        found, more = self._run.finish(), list[str]()
        if found is None:
            more = [MISSING if self._run.broken else f"no 3-D pictures: {self._run.ending()}"]
            self._run.end()
            self._run = _Run(Commission(*self._given, False, self._cores, os.getpid()))
            found = self._run.finish()
        if found is None:
            return [f"no pictures, no report: {self._run.ending()}; `planish post` draws them"]
        return found + more


class _Run:
    """One start of the process.

    Args:
        commission: what it is to draw.
    """

    def __init__(self, commission: Commission) -> None:
        # the modules it finds are those of this process, wherever that was started
        start = f"import sys; sys.path[:] = {sys.path!r}; from solver.report.artist import main; main()"
        self._said, (self._orders, other) = tempfile.TemporaryFile(), Pipe()  # noqa: SIM115  closed by `end`
        with tempfile.TemporaryFile() as given, other:
            pickle.dump(commission, given)
            given.seek(0)
            self._process = subprocess.Popen(
                [sys.executable, "-c", start, str(other.fileno())],
                stdin=given,
                stdout=self._said,
                stderr=self._said,
                pass_fds=[other.fileno()],
                env=_without_launcher(os.environ),
            )

    def tell(self, order: str) -> None:
        """An order; one that has ended hears none."""
        with suppress(OSError):
            self._orders.send(order)

    def finish(self) -> list[str] | None:
        """What could not be drawn; None if it has ended without an answer."""
        self.tell(FINISH)
        try:
            found: list[str] = self._orders.recv()
        except (EOFError, OSError):
            self._process.wait()
            return None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE)
        return found

    @property
    def broken(self) -> bool:
        """True if it has ended as broken OpenGL ends a process."""
        return -(self._process.returncode or 0) in _BROKEN

    def ending(self) -> str:
        """How it has ended, in words."""
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f"the process that draws has ended ({self._process.returncode}){': ' if last else ''}{last}"

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._orders.close()
        self._said.close()


def _without_launcher(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that is no rank: one that asks for MPI (a unit cell of a material) is a world alone.

    With what the launcher says to a rank it would take itself for the one that has started it, and wait for ever.
    """
    return {name: value for name, value in environment.items() if not name.startswith(_LAUNCHERS)}
