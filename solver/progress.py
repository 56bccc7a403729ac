"""What a run tells while it works: one line per stage on rank 0, also in log.txt; a bar on a terminal."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mpi4py import MPI

from solver.remaining import Remaining

if TYPE_CHECKING:
    from solver.terminal import Terminal

_SILENCE = 20.0  # seconds between lines on the progress of one stage


class Tell(Protocol):
    """Tells how far a stage is, in words, and with the share of its part of the run where that is known."""

    def __call__(self, note: str, share: float | None = None) -> None:
        """Tell it."""


class Progress:
    """Stages with their wall time.

    Args:
        comm: communicator; only rank 0 speaks.
        log: file that gets every line too, or None.
        quiet: no output on the terminal.
        append: go on with the log that is there.

    Attributes:
        seconds: of each kind of work so far.
        warnings: so far.
        remaining: what there is to do, as far as it is known.
    """

    def __init__(self, comm: MPI.Intracomm, log: Path | None = None, quiet: bool = False, append: bool = False) -> None:
        self.comm = comm
        self.seconds: dict[str, float] = {}
        self.warnings: list[str] = []
        self.remaining = Remaining()
        self._speaks = comm.rank == 0 and not quiet
        self._terminal = _terminal() if self._speaks and comm.size == 1 else None
        self._log = log.open("a" if append else "w", encoding="utf-8") if log is not None and comm.rank == 0 else None
        self._start = time.perf_counter()

    def say(self, text: str, style: str = "") -> None:
        """Print a line of text on rank 0, and keep it in the log."""
        if self._terminal is not None:
            self._terminal.say(text, style)
        elif self._speaks:
            print(text, flush=True)
        if self._log is not None:
            try:
                self._log.write(text + "\n")
                self._log.flush()
            except OSError:  # a full disk: what matters more will say so
                self._forsake()

    def warn(self, text: str) -> None:
        """A doubt about the result: shown now, kept for summary and report."""
        if text not in self.warnings:
            self.warnings.append(text)
            self.say(f"warning: {text}", "yellow")

    @contextmanager
    def stage(self, kind: str, text: str) -> Iterator["Tell"]:
        """A stage of work; its wall time is added to `seconds[kind]`.

        Yields:
            A function that tells how far it is: at once on a terminal, once in a while as a line elsewhere.
        """
        start = said = time.perf_counter()
        bar = None if self._terminal is None else self._terminal.bar(self.remaining)
        task = None if bar is None else bar.add_task(text, total=None)

        def tell(note: str, share: float | None = None) -> None:
            nonlocal said
            if share is not None:
                self.remaining.reached(share)
            if bar is not None and task is not None:
                bar.update(task, description=f"{text}: {note}")
            elif time.perf_counter() - said > _SILENCE:
                said, left = time.perf_counter(), str(self.remaining)
                self.say(f"{said - start:8.0f} s  {text}: {note}" + (f" ({left})" if left else ""))

        with nullcontext() if bar is None else bar:
            yield tell
        taken = time.perf_counter() - start
        self.seconds[kind] = self.seconds.get(kind, 0.0) + taken
        self.say(f"{taken:8.2f} s  {text}")

    @property
    def total(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._start

    def close(self) -> None:
        """Close the log; nothing is kept after it."""
        if self._log is not None:
            self._forsake()

    def _forsake(self) -> None:
        log, self._log = self._log, None
        if log is not None:
            with suppress(OSError):
                log.close()


def _terminal() -> "Terminal | None":
    """The terminal, if this process has one that somebody looks at.

    mpirun gives every rank a terminal, also when its output goes to a file; nobody sees that of a service.
    """
    if os.environ.get("CI") or not (sys.stdout.isatty() or os.environ.get("FORCE_COLOR")):
        return None
    from solver.terminal import Terminal  # rich takes a while to import

    return Terminal()
