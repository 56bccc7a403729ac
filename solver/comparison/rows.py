"""Metrics of two entries side by side, with their difference."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# below it a number of that unit is nothing: by the end of its name
_NOTHING = {
    "_um": 1e-3, "_per_m": 1e-6, "_mpa": 1e-3, "_ppm": 1e-3, "_urad": 1e-3, "_percent": 1e-5, "_n": 1e-6, "_kpa": 1e-6,
    "_mj": 1e-9,
}  # fmt: skip
_NO_ZERO = "_degc"  # a difference is no part of such a number


@dataclass(frozen=True)
class Row:
    """A metric in both.

    Attributes:
        metric: its path in the entry, with its unit.
        a, b: numbers, texts or truths.
        difference: b - a; None of texts.
        relative: the difference as a part of the larger of the two; None of texts and of temperatures in degC.
    """

    metric: str
    a: Any
    b: Any
    difference: float | None
    relative: float | None

    @property
    def size(self) -> float:
        """By which rows are ranked: the relative difference; texts that differ go before all numbers."""
        if self.difference is None:
            return 0.0 if self.a == self.b else float("inf")
        return abs(self.relative or 0.0)

    @property
    def same(self) -> bool:
        """True if nothing tells the two apart, numbers that are nothing included."""
        return self.size == 0.0 if self.relative is not None or self.difference is None else self.difference == 0.0


def rows(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Row]:
    """What both have, in the order of the first.

    Args:
        a: values by path, as `leaves` gives them.
        b: those of the other.
    """
    return [_row(path, a[path], b[path]) for path in a if _is_there(a[path]) and _is_there(b.get(path))]


def only_in(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Paths of what the other has not."""
    return [path for path, value in one.items() if _is_there(value) and not _is_there(other.get(path))]


def largest(found: Iterable[Row]) -> Row | None:
    """The number with the largest relative difference; None if there is no number."""
    numbers = [row for row in found if row.relative is not None]
    return max(numbers, key=lambda row: row.size) if numbers else None


def _is_there(value: Any) -> bool:
    return value is not None and value != [] and value != {}


def _row(path: str, a: Any, b: Any) -> Row:
    if not (_is_number(a) and _is_number(b)):
        return Row(path, a, b, None, None)
    name = path.rpartition(".")[2].partition("[")[0]
    larger = max(abs(a), abs(b))
    nothing = next((floor for end, floor in _NOTHING.items() if name.endswith(end)), 0.0)
    relative = (b - a) / larger if larger > nothing else 0.0
    return Row(path, a, b, b - a, None if name.endswith(_NO_ZERO) else relative)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
