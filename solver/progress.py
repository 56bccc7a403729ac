"""What a run tells while it works: one line per stage on rank 0, also in log.txt; a bar on a terminal."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Protocol

from mpi4py import MPI
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bar
from rich.progress import ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.progress_bar import ProgressBar
from rich.table import Column
from rich.text import Text

from solver.remaining import Remaining

_WIDTH = 24  # of the bar, characters
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
        # mpirun gives every rank a terminal, also when its output goes to a file; nobody sees that of a service
        terminal = False if comm.size > 1 or os.environ.get("CI") else None
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
    def stage(self, kind: str, text: str) -> Iterator["Tell"]:
        """A stage of work; its wall time is added to `seconds[kind]`.

        Yields:
            A function that tells how far it is: at once on a terminal, once in a while as a line elsewhere.
        """
        start = said = time.perf_counter()
        bar = self._bar() if self._console.is_terminal and not self._console.is_dumb_terminal else None
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

    def _bar(self) -> Bar:
        """A spinner and words, and how far the run is where that is known; gone when the stage ends."""
        rest = Column(no_wrap=True, overflow="ellipsis", ratio=1)
        words = TextColumn("{task.description}", markup=False, table_column=rest)
        columns = SpinnerColumn(), words, _Share(self.remaining), _Left(self.remaining)
        return Bar(*columns, console=self._console, transient=True, expand=True)

    def close(self) -> None:
        """Close the log; nothing is kept after it."""
        if self._log is not None:
            self._forsake()

    def _forsake(self) -> None:
        log, self._log = self._log, None
        if log is not None:
            with suppress(OSError):
                log.close()


class _Share(ProgressColumn):
    """The bar, of the whole run."""

    def __init__(self, remaining: Remaining) -> None:
        super().__init__(Column(no_wrap=True))
        self._remaining = remaining

    def render(self, task: Task) -> ProgressBar | Text:  # noqa: ARG002  as of `ProgressColumn`
        """The bar as it is now."""
        share = self._remaining.share
        return Text() if share is None else ProgressBar(total=1.0, completed=share, width=_WIDTH)


class _Left(ProgressColumn):
    """Percentage and time."""

    def __init__(self, remaining: Remaining) -> None:
        super().__init__(Column(no_wrap=True))
        self._remaining = remaining

    def render(self, task: Task) -> Text:  # noqa: ARG002  as of `ProgressColumn`
        """The words as they are now."""
        return Text(str(self._remaining))
