"""The errors a user meets, with the exit code of each."""

TYPE_CHECKING = False  # as in `interruption`
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_LONGEST, _SHORT = 600, 60  # characters of a line, and of a value in it
_LONGEST_WORD, _FEW = 80, 12  # characters of a word that are compared, and names that a message lists


def one_line(text: str) -> str:
    """Text that cannot pass for another line or move the cursor: what is not printable is written as an escape."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."


def short(value: "Any") -> str:
    """A value of the user as a message shows it."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 3]}..."


def nearest(word: str, valid: "Iterable[Any]", count: int = 3) -> str:
    """Tail of a message: the nearest valid spellings, or all of them when they are few."""
    from difflib import get_close_matches

    words = sorted({one for one in valid if isinstance(one, str)})
    if not words:
        return "there is none"
    plain = {one.lower(): one for one in reversed(words)}
    close = get_close_matches(word[:_LONGEST_WORD].strip().lower(), plain, n=count, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(f"'{plain[one]}'" for one in close) + "?"
    if len(words) <= _FEW:
        return "valid: " + ", ".join(words)
    return f"valid: {', '.join(words[:_FEW])} and {len(words) - _FEW} more"


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
