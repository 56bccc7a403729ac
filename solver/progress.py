"""What a run tells while it works: one line per stage on rank 0, also in log.txt; a spinner on a terminal."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mpi4py import MPI
from rich.console import Console
from rich.markup import escape

_SILENCE = 20.0  # seconds between lines on the progress of one stage


class Progress:
    """Stages with their wall time.

    Args:
        comm: communicator; only rank 0 speaks.
        log: file that gets every line too, or None.
        quiet: no output on the terminal.
        append: go on with the log that is there.
    """

    def __init__(self, comm: MPI.Intracomm, log: Path | None = None, quiet: bool = False, append: bool = False) -> None:
        self.comm = comm
        self.seconds: dict[str, float] = {}
        self.warnings: list[str] = []
        # mpirun gives every rank a terminal of its own, also when its output goes to a file
        terminal = False if comm.size > 1 else None
        quiet = quiet or comm.rank != 0
        self._console = Console(quiet=quiet, force_terminal=terminal, highlight=False, emoji=False, soft_wrap=True)
        self._log = log.open("a" if append else "w", encoding="utf-8") if log is not None and comm.rank == 0 else None
        self._start = time.perf_counter()

    def say(self, text: str, style: str = "") -> None:
        """Print a line of text on rank 0, and keep it in the log."""
        self._console.print(f"[{style}]{escape(text)}[/]" if style else escape(text))
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
    def stage(self, kind: str, text: str) -> Iterator[Callable[[str], None]]:
        """A stage of work; its wall time is added to `seconds[kind]`.

        Yields:
            A function that tells how far it is: at once on a terminal, once in a while as a line elsewhere.
        """
        start = said = time.perf_counter()
        if self._console.is_terminal:
            with self._console.status(escape(text)) as status:
                yield lambda note: status.update(escape(f"{text}: {note}"))
        else:

            def line(note: str) -> None:
                nonlocal said
                if time.perf_counter() - said > _SILENCE:
                    said = time.perf_counter()
                    self.say(f"{said - start:8.0f} s  {text}: {note}")

            yield line
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
