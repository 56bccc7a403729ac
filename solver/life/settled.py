"""Whether cycles have settled, and what they settle to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from solver.arrays import Array

SETTLED = 0.01  # change from cycle to cycle, as a part, below which it has
UNSETTLED = "have not settled"  # in the words of every warning that cycles have not
_SHRINKS = 0.9  # ratio of one change to that before it, up to which the rest of the way may be told
_SLOWEST = 0.99  # the same, where what is left is only to be bounded
_FARTHEST = 0.5  # of the last cycle, that the rest of the way may add or take
_OF_ALL = 0.01  # of the largest: changes of smaller values are held to this


@dataclass(frozen=True)
class SettledValue:
    """What cycles settle to.

    Attributes:
        value: (n,) per cycle.
        change: largest change from the cycle before to the last, as a part of it; None of one cycle.
        error: largest distance of `value` from the last cycle, as a part of it: how far it was extrapolated.
        remaining: largest that all further changes add up to, if they go on shrinking as they do, as a part of the
            last cycle, with `value` as without; None of fewer than three cycles.
    """

    value: Array
    change: float | None
    error: float
    remaining: float | None


@dataclass(frozen=True)
class Approach:
    """How far cycles are from where they go.

    Attributes:
        change: from the last but one to the last, as a part of the last.
        remaining: what all further changes add up to, as a part of it, if they go on shrinking as they do.
    """

    change: float
    remaining: float


def approach(cycles: Array, least: float) -> Approach:
    """How far the last of some cycles is from where they go, by the geometric series of their changes, as `settle`.

    Args:
        cycles: (n,) increment of each in turn; three at least.
        least: increments below this count as this: what has all but died out has settled.
    """
    scale = max(abs(float(cycles[-1])), least, 1e-300)
    before, change = (abs(float(one)) for one in np.diff(cycles)[-2:])
    ratio = min(change / before, _SLOWEST) if before > 0.0 else 0.0 if change == 0.0 else _SLOWEST
    return Approach(change / scale, change / scale * ratio / (1.0 - ratio))


def per_cycle(ends: Mapping[int, Array], loop_of: Callable[[int], int | None]) -> dict[int, Array]:
    """What each of some cycles did; those that were jumped over did what the last before them did.

    Args:
        ends: (n,) since birth at the ends of cycles, by their numbers; by minus its number what was before a cycle,
            where steps of no cycle lie before it.
        loop_of: the repeat a cycle is of, by its number: in one, cycles that are missing were jumped over.
    """
    numbers = sorted(number for number in ends if number > 0)
    found: dict[int, Array] = {}
    for before, now in zip([None, *numbers], numbers, strict=False):
        start = ends.get(-now)
        if start is None:
            start = np.zeros_like(ends[now]) if before is None else ends[before]
            if before and loop_of(before) is not None and loop_of(before) == loop_of(now):
                start = start + (now - before - 1) * found[before]
        found[now] = ends[now] - start
    return found


def settle(cycles: Array, extrapolate: bool = False, least: Array | float = 0.0) -> SettledValue:
    """The settled value of increments per cycle.

    Changes that shrink by a steady ratio r leave change x r / (1 - r) to go (Aitken, Proc. R. Soc. Edinburgh 46 (1926)
    289).

    Args:
        cycles: (cycles, n) increments of each, in turn; at least one.
        extrapolate: go on to the limit where three cycles tell it; else the last cycle is taken.
        least: (n,) changes of smaller values are parts of this: what has died out has settled.
    """
    last = cycles[-1]
    if len(cycles) == 1:
        return SettledValue(last, None, 0.0, None)
    change = last - cycles[-2]
    if len(cycles) == 2:
        return SettledValue(last, _part(change, last, least), 0.0, None)
    before = cycles[-2] - cycles[-3]
    ratio = np.divide(change, before, out=np.where(change == 0.0, 0.0, 1.0), where=before != 0.0)
    slow = np.minimum(np.abs(ratio), _SLOWEST)
    remaining = _part(change * slow / (1.0 - slow), last, least)
    rest = np.zeros_like(change)
    if extrapolate:
        rest = change * np.where(np.abs(ratio) < _SHRINKS, ratio / (1.0 - np.where(ratio < _SHRINKS, ratio, 0.0)), 0.0)
        rest = np.where(np.abs(rest) <= _FARTHEST * np.abs(last), rest, 0.0)
    return SettledValue(last + rest, _part(change, last, least), _part(rest, last, least), remaining)


def _part(difference: Array, of: Array, least: Array | float) -> float:
    size = np.maximum(np.abs(of), least)
    scale = np.maximum(np.maximum(size, _OF_ALL * np.nanmax(size, initial=0.0)), 1e-300)
    return float(np.nanmax(np.where(difference == 0.0, 0.0, np.abs(difference) / scale), initial=0.0))


def unsettled(change: float | None, remaining: float | None, extrapolated: float, of: str, last: int) -> str | None:
    """Why cycles have not settled, as a part of a sentence; None if they have.

    Args:
        change: that of a `SettledValue`.
        remaining: likewise.
        extrapolated: its `error`.
        of: what changes, such as "work".
        last: number of the last cycle.
    """
    if change is None:
        return "one cycle only; the first is not the settled one, repeat it"
    if max(change, remaining or 0.0) <= SETTLED:
        return None
    words = f"cycles {UNSETTLED}, {of} changes by {100.0 * change:.2g} % from cycle {last - 1} to {last}"
    if remaining is not None and remaining > SETTLED:
        words += f", {100.0 * remaining:.2g} % to go"
    return words + (f", extrapolated by {100.0 * extrapolated:.2g} %" if extrapolated else "")


def largest(*found: float | None) -> float | None:
    """The largest of some parts, None if none is known."""
    return max((one for one in found if one is not None), default=None)
