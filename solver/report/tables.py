"""Tables of the report, and the words and rounded numbers that drawings and the report share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from solver.case.geometry import MaterialChoice

ABSENT = "–"
_TIMES = 10.0  # a ratio from which on it is no part


@dataclass(frozen=True)
class Table:
    """A table of the report: texts ready to show.

    Attributes:
        title: heading.
        columns: column heads with units.
        rows: one text per column.
        note: definition or remark below the table.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def number(value: Any, digits: int = 4) -> str:
    """A rounded number; words and missing values as they are."""
    if value is None:
        return ABSENT
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e9):
        return f"{int(value)}"
    size = abs(value)
    if size >= 10**digits and size < 1e9:
        return f"{value:.0f}"
    return f"{value:.{digits}g}"


def percent(part: float | None) -> str:
    """A part of one as a signed percentage."""
    return ABSENT if part is None else f"{100 * part:+.3g} %"


def against(theory: float | None, solved: float | None) -> str:
    """By how much a signed warpage is off another one; no part of it where they bend to different sides."""
    if theory is None or not solved:
        return ABSENT
    if theory * solved < 0:
        return "other sign"
    ratio = theory / solved
    return f"{ratio:.3g} times" if ratio >= _TIMES else percent(ratio - 1)


def material_name(choice: MaterialChoice) -> str:
    """`silicon`, or the words of a mixture or an array."""
    return choice if isinstance(choice, str) else choice.words
