"""Whether cycles have settled, and what they settle to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from solver.arrays import Array

SETTLED = 0.01  # change from cycle to cycle, as a part, below which it has
UNSETTLED = "have not settled"  # in the words of every warning that cycles have not
_SHRINKS = 0.9  # ratio of one change to that before it, up to which the rest of the way may be told
_SLOWEST = 0.99  # the same, where what is left is only to be bounded


@dataclass(frozen=True)
class SettledValue:
    """What cycles settle to.

    Attributes:
        value: (n,) per cycle.
        change: largest change from the cycle before to the last, as a part of it; None of one cycle.
        error: largest distance of `value` from the last cycle, as a part of it: how far it was extrapolated.
    """

    value: Array
    change: float | None
    error: float


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
        ends: (n,) since birth at the ends of cycles, by their numbers; 0 is what was before the first, if anything was.
        loop_of: the repeat a cycle is of, by its number: in one, cycles that are missing were jumped over.
    """
    numbers = sorted(ends)
    found: dict[int, Array] = {}
    for before, now in zip([None, *numbers], numbers, strict=False):
        if now == 0:
            continue
        start = np.zeros_like(ends[now]) if before is None else ends[before]
        if before and loop_of(before) is not None and loop_of(before) == loop_of(now):
            start = start + (now - before - 1) * found[before]
        found[now] = ends[now] - start
    return found


def settle(cycles: Array, extrapolate: bool = False) -> SettledValue:
    """The settled value of increments per cycle.

    Changes that shrink by a steady ratio r leave change x r / (1 - r) to go (Aitken, Proc. R. Soc. Edinburgh 46 (1926)
    289).

    Args:
        cycles: (cycles, n) increments of each, in turn; at least one.
        extrapolate: go on to the limit where three cycles tell it; else the last cycle is taken.
    """
    last = cycles[-1]
    if len(cycles) == 1:
        return SettledValue(last, None, 0.0)
    change = last - cycles[-2]
    value = last
    if extrapolate and len(cycles) > 2:
        before = cycles[-2] - cycles[-3]
        ratio = np.divide(change, before, out=np.ones_like(change), where=before != 0.0)
        tells = (np.abs(ratio) < _SHRINKS) & (before != 0.0)
        rest = np.where(tells, ratio / (1.0 - np.where(tells, ratio, 0.0)), 0.0)
        value = last + change * rest
    return SettledValue(value, _part(change, last), _part(value - last, last))


def _part(difference: Array, of: Array) -> float:
    scale = np.maximum(np.abs(of), 1e-300)
    return float(np.nanmax(np.where(difference == 0.0, 0.0, np.abs(difference) / scale), initial=0.0))
