"""`planish` in the process of a test: as its entry point does, without a start of some seconds."""

import contextlib
import io
import signal
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from solver.cli import main


class Done(NamedTuple):
    """What a command left: its exit code, output and errors."""

    returncode: int
    stdout: str
    stderr: str


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    """Signals go where they went before: a command listens to them, Python's handlers and those in C."""
    numbers = signal.SIGINT, signal.SIGTERM
    before = [signal.getsignal(number) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def planish(*arguments: object) -> Done:
    """Run a command to its end, on one rank."""
    said, wrong = io.StringIO(), io.StringIO()
    with _signals_kept(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["planish", *map(str, arguments)])
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(wrong), pytest.raises(SystemExit) as end:
            main()
    code = end.value.code
    assert isinstance(code, int)
    return Done(code, said.getvalue(), wrong.getvalue())
