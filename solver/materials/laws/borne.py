"""The part of an increment in which a curing polymer bears stress: from gel on, or all of it, for m paths at once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from solver.arrays import Array
from solver.materials.inelastic.cure import Cure
from solver.materials.laws.degree import Course, course

_SAMPLES = 256  # of an increment, between which the glass transition is passed once
_HALVINGS = 40


@dataclass(frozen=True)
class Borne:
    """Temperature and cure over parts (m or 1, ...) of it, from 0 to 1.

    Args:
        before: (m,) temperature (K) at the start of the increment.
        after: (m,) at its end.
        cured: (m,) degree of cure at its start.
        seconds: of the increment.
        cure: of the material, or None.
    """

    before: Array
    after: Array
    cured: Array
    seconds: float
    cure: Cure | None

    @cached_property
    def course(self) -> Course | None:
        """Degree of cure over the whole increment; None if nothing cures."""
        if self.cure is None:
            return None
        return course(self.cure.kinetics, self.cured, self.before, self.after, self.seconds)

    @cached_property
    def start(self) -> Array:
        """(m,) part of the whole increment at which it begins: 1 where nothing is borne."""
        if self.cure is None or self.course is None:
            return np.zeros(len(self.before))
        return np.minimum(self.course.reaches(self.cure.gel), 1.0)

    @property
    def was_liquid(self) -> Array:
        """(m,) True if it had not gelled at the start of the increment."""
        gel = -1.0 if self.cure is None else self.cure.gel
        return np.asarray(self.cured < gel)

    @property
    def is_liquid(self) -> Array:
        """(m,) True if it has not gelled at the end."""
        gel = -1.0 if self.cure is None else self.cure.gel
        return np.asarray(self.degree(np.ones((1, 1)))[:, 0] < gel)

    @property
    def duration(self) -> Array:
        """(m,) seconds of it."""
        return (1.0 - self.start) * self.seconds

    def passes(self, glass: float) -> Array:
        """(m, 2) parts of the whole increment at which a ramp passes Tg(a), first and last; infinity where none does.

        Args:
            glass: transition of full cure (K).
        """
        assert self.cure is not None and self.course is not None
        cure, of_degree = self.cure, self.course

        def above(part: Array) -> Array:
            kelvin = self.before[:, None] + (self.after - self.before)[:, None] * part
            return np.asarray(kelvin - cure.below(of_degree(part)) >= glass)

        part = np.broadcast_to(np.linspace(0.0, 1.0, _SAMPLES + 1), (len(self.before), _SAMPLES + 1))
        there = above(part)
        crossed = (there[:, 1:] != there[:, :-1]) & (self.before != self.after)[:, None]
        ends = np.stack([crossed.argmax(axis=1), _SAMPLES - 1 - crossed[:, ::-1].argmax(axis=1)], axis=1)
        low, was = np.take_along_axis(part, ends, axis=1), np.take_along_axis(there, ends, axis=1)
        high = low + 1.0 / _SAMPLES
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            same = above(middle) == was
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        return np.where(crossed.any(axis=1)[:, None], high, np.inf)

    def kelvin(self, part: Array) -> Array:
        """Temperature (K) at parts of the time in which stress is borne."""
        before, after = (_beside(one, part) for one in (self.before, self.after))
        return np.asarray(before + (after - before) * self._whole(part))

    def degree(self, part: Array) -> Array:
        """Degree of cure at parts of the time in which stress is borne, 0 to 1."""
        whole = self._whole(part)
        return np.broadcast_to(_beside(self.cured, part), whole.shape) if self.course is None else self.course(whole)

    def below(self, part: Array) -> Array:
        """By how much the glass transition lies above that of full cure (K): zero or negative."""
        degree = self.degree(part)
        return np.zeros_like(degree) if self.cure is None else self.cure.below(degree)

    def moved(self, part: Array) -> Array:
        """Temperature (K) at which properties of full cure are read."""
        return self.kelvin(part) - self.below(part)

    def _whole(self, part: Array) -> Array:
        """Parts of the whole increment."""
        start = _beside(self.start, part)
        return np.asarray(start + (1.0 - start) * part)


def _beside(values: Array, part: Array) -> Array:
    """(m, 1, ...) of (m,)."""
    return values.reshape(-1, *(1,) * (part.ndim - 1))
