"""What planish says of an input: nothing, when it is a case, or lines for the user; never anything else."""

import io
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import FrameType

from solver.check import check
from solver.errors import CaseError
from solver.screen import show

LIMIT = 20.0  # seconds for one input, on a machine that does other things
_LONGEST = 600  # characters of a line
_MOST = 21  # lines: twenty mistakes, and how many more there are


class TooLongError(BaseException):
    """No answer in time; not an `Exception`, so that nobody takes it for one of his own."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """End what takes longer."""

    def end(number: int, frame: FrameType | None) -> None:
        raise TooLongError(f"no answer in {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def answer(case: Path, overrides: Sequence[str] = ()) -> list[str]:
    """The lines of the refusal of a case (or of a file that may be none), [] if it is accepted.

    Raises:
        AssertionError: a line that is not fit for the user.
        Exception: what is not meant for the user at all.
    """
    try:
        with limited(LIMIT), redirect_stdout(io.StringIO()):
            show(check(case, overrides).as_table())
    except CaseError as error:
        lines = str(error).split("\n")
    else:
        return []
    assert len(lines) <= _MOST
    for line in lines:
        assert line.startswith((str(case)[:50], "--set ")), line
        assert line.isprintable(), repr(line)
        assert len(line) <= _LONGEST, line
        assert line.count(": ") >= 1, line
    return lines
