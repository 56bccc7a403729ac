"""Numbers that change with time: constants, tables, pulses, sines. At a jump the value is the one before it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from solver.arrays import Array

_SLACK = 1e-9  # of a period or of the whole table: times nearer than this are the same


class Signal(ABC):
    """A number as a function of time (s)."""

    @abstractmethod
    def at(self, time: float) -> float:
        """Value at the end of an interval that ends at `time`; at 0 and before, the value just after 0."""

    @abstractmethod
    def next_break(self, time: float) -> float:
        """First time after `time` at which the signal jumps or has a kink; inf if there is none."""

    @abstractmethod
    def mean(self) -> float:
        """Mean over a period, or over the table: what a steady state takes."""


@dataclass(frozen=True)
class Constant(Signal):
    """The same value at any time."""

    value: float

    def at(self, time: float) -> float:  # noqa: ARG002  as of `Signal`
        """As `Signal.at`."""
        return self.value

    def next_break(self, time: float) -> float:  # noqa: ARG002  as of `Signal`
        """As `Signal.next_break`."""
        return np.inf

    def mean(self) -> float:
        """As `Signal.mean`."""
        return self.value


@dataclass(frozen=True)
class Step(Constant):
    """0 up to time 0, and in the steady state before it; a value from then on."""

    def mean(self) -> float:
        """Of the state before."""
        return 0.0


@dataclass(frozen=True)
class Sine(Signal):
    """mean + amplitude sin(2 pi t / period)."""

    middle: float
    amplitude: float
    period: float

    def at(self, time: float) -> float:
        """As `Signal.at`."""
        return float(self.middle + self.amplitude * np.sin(2.0 * np.pi * time / self.period))

    def next_break(self, time: float) -> float:  # noqa: ARG002  as of `Signal`
        """As `Signal.next_break`."""
        return np.inf

    def mean(self) -> float:
        """As `Signal.mean`."""
        return self.middle


@dataclass(frozen=True, eq=False)
class Table(Signal):
    """Values at ascending times, the first of which is 0.

    Attributes:
        times: (n,) in s.
        values: (n,).
        steps: True if each value holds until the next time, False for straight lines.
        period: after which all begins again, or None: the last value holds for ever.
    """

    times: Array
    values: Array
    steps: bool = False
    period: float | None = None

    def at(self, time: float) -> float:
        """As `Signal.at`."""
        _, phase = self._place(time)
        if self.steps:
            last = np.searchsorted(self.times, phase - self._slack) - 1
            return float(self.values[max(int(last), 0)])
        times, values = self._closed()
        return float(np.interp(phase, times, values))

    def next_break(self, time: float) -> float:
        """As `Signal.next_break`."""
        if self.period is None:
            later = self.times[self.times > time + self._slack]
            return float(later[0]) if len(later) else np.inf
        turn = np.floor((time + self._slack) / self.period)
        candidates = np.concatenate([turn * self.period + self.times, [(turn + 1) * self.period]])
        return float(candidates[candidates > time + self._slack][0])

    def mean(self) -> float:
        """As `Signal.mean`; a table of steps that ends ends with its last value."""
        times, values = self._closed()
        if times[-1] == times[0]:
            return float(self.values[-1])
        if self.steps:
            return float(np.sum(np.diff(times) * values[:-1]) / (times[-1] - times[0]))
        return float(np.sum(np.diff(times) * (values[1:] + values[:-1])) / 2.0 / (times[-1] - times[0]))

    @property
    def _slack(self) -> float:
        return _SLACK * (self.period or max(float(self.times[-1]), 1e-300))

    def _closed(self) -> tuple[Array, Array]:
        """Times and values with the end of the period."""
        if self.period is None or self.times[-1] >= self.period:
            return self.times, self.values
        return np.append(self.times, self.period), np.append(self.values, self.values[-1 if self.steps else 0])

    def _place(self, time: float) -> tuple[int, float]:
        """Turn, and time since its beginning: in (0, period], or 0 at the very beginning."""
        if self.period is None or time <= 0.0:
            return 0, max(time, 0.0)
        turn = int(np.ceil((time - self._slack) / self.period)) - 1
        return turn, time - max(turn, 0) * self.period


@dataclass(frozen=True)
class Product(Signal):
    """Two signals multiplied, time by time."""

    one: Signal
    other: Signal

    def at(self, time: float) -> float:
        """As `Signal.at`."""
        return self.one.at(time) * self.other.at(time)

    def next_break(self, time: float) -> float:
        """As `Signal.next_break`."""
        return min(self.one.next_break(time), self.other.next_break(time))

    def mean(self) -> float:
        """The product of the means: exact if one of them is constant, which the case file sees to."""
        return self.one.mean() * self.other.mean()
