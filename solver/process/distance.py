"""How far a stack has come on its way to a temperature, looks aside included: for the bar of a run."""

from collections.abc import Sequence

from dolfinx import fem

from solver.process.equilibrium_path import EquilibriumPath, PathPoint
from solver.process.time_path import TimePath


class Distance:
    """The way of a step, in kelvin; of a hold in seconds.

    Args:
        way: at its start.
        end: temperature (K), or the field it goes into.
        reported: temperatures (K) that are seen on the way, or from its end: first those above it, then those below.
    """

    def __init__(self, way: EquilibriumPath, end: float | fem.Function, reported: Sequence[float]) -> None:
        self._start, self._end = way.temperature, None if isinstance(end, fem.Function) else end
        self._lasts = way.lasts if isinstance(way, TimePath) else 0.0
        self._there = self._above = self._below = 0.0
        if self._start is not None and self._end is not None:
            low, high = sorted((self._start, self._end))
            self._there = high - low
            beyond = [kelvin for kelvin in reported if not low <= kelvin <= high]
            self._above = max([0.0, *(kelvin - self._end for kelvin in beyond)])
            self._below = max([0.0, *(self._end - kelvin for kelvin in beyond)])

    def share(self, stop: PathPoint) -> float:
        """At a stop on the way."""
        if self._there and stop.temperature is not None and self._start is not None:
            return abs(stop.temperature - self._start) / (self._there + self._above + self._below)
        if self._above or self._below or not (stop.seconds and self._lasts):
            return 0.0
        return stop.seconds / self._lasts

    def share_aside(self, stop: PathPoint) -> float:
        """At a stop beside the way."""
        whole = self._there + self._above + self._below
        if not whole or stop.temperature is None or self._end is None:
            return 0.0
        beyond = stop.temperature - self._end
        return (self._there + (beyond if beyond > 0.0 else self._above - beyond)) / whole
