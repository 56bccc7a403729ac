"""The temperature fields a process may be in: of a steady state, or of a transient at the times that were kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from dolfinx import fem


@dataclass(frozen=True)
class TemperatureSnapshot:
    """A temperature field (K), and its time (s) where it is of a transient."""

    time: float | None
    field: fem.Function


class TemperatureSnapshots:
    """The fields of a heat problem in order of time; a steady state has one, without a time.

    Args:
        snapshots: the last one is the end.
    """

    def __init__(self, snapshots: Sequence[TemperatureSnapshot]) -> None:
        self._snapshots = tuple(snapshots)

    def at(self, time: float | None) -> TemperatureSnapshot:
        """The one at a time (s) that was kept; None: the end."""
        return self._snapshots[-1] if time is None else next(one for one in self._snapshots if one.time == time)

    def passed(self, since: float | None, until: TemperatureSnapshot) -> list[TemperatureSnapshot]:
        """Those on the way to a moment.

        Args:
            since: time (s) of the moment before, None: from the beginning.
            until: itself left out.
        """
        if until.time is None:
            return []
        known = {one.time: one for one in self._snapshots if one.time is not None}
        return [known[time] for time in passed(tuple(known), since, until.time)]


def passed(times: Sequence[float], since: float | None, until: float) -> list[float]:
    """Times (s) after one moment, or the beginning, and before another."""
    return [time for time in times if (since or 0.0) < time < until]
