"""The errors a user meets, with the exit code of each."""

TYPE_CHECKING = False  # as in `interruption`
if TYPE_CHECKING:
    from typing import Any

_LONGEST, _SHORT = 600, 60  # characters of a line, and of a value in it


def one_line(text: str) -> str:
    """Text that cannot pass for another line or move the cursor: what is not printable is written as an escape."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."


def short(value: "Any") -> str:
    """A value of the user as a message shows it."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 3]}..."


class PlanishError(Exception):
    """A message for the user: no traceback. `exit_code` is what the command returns.

    Args:
        lines: one for each mistake, usually a single one; whatever they quote stays in its line.
    """

    exit_code = 1

    def __init__(self, *lines: str) -> None:
        super().__init__(*(one_line(line) for line in lines))

    def __str__(self) -> str:
        return "\n".join(self.args)


class CaseError(PlanishError):
    """The case file (or an override of it) is wrong; the message names file, line, key, value, rule."""

    exit_code = 2


class NotConvergedError(PlanishError):
    """A solve did not converge; the message says at which step and iteration."""

    exit_code = 3


class OutOfMemoryError(PlanishError):
    """A factorisation does not fit in memory: no other start and no smaller increment mends that."""


class UnsuitableError(NotConvergedError):
    """The preconditioner does not suit the problem; another method may."""
