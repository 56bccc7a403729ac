"""How far a run is and how long it still takes: what was forecast of its parts, corrected by the time they took."""

import time
from collections.abc import Callable, Mapping
from typing import TypeAlias

Part: TypeAlias = tuple[int, int]
HEAT: Part = (-2, 0)
CURRENT: Part = (-1, 0)
_TRUSTED = 0.03  # of the forecast: from so much work on the time that was taken counts more than the forecast


def of_step(number: int, large: bool) -> Part:
    """What a step of the process (from 0) takes at small or at large deflection."""
    return number, int(large)


class Remaining:
    """The parts of a run in their order, and how far it is.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock, self._start = clock, clock()
        self._work: dict[Part, float] = {}
        self._part: Part | None = None
        self._skipped: float | None = None  # done before this run, or left out
        self._done = 0.0

    def expect(self, work: Mapping[Part, float]) -> None:
        """Say what there is to do.

        Args:
            work: seconds of each part.
        """
        self._work, self._start = dict(work), self._clock()

    def begin(self, part: Part) -> None:
        """A part begins, and those before it are done."""
        self._part = part
        if self._work and self._skipped is None:
            self._skipped = self._before(part)
        self.reached(0.0)

    def reached(self, share: float) -> None:
        """How far the part is that was begun last, from 0 to 1."""
        if self._part is not None:
            work = min(max(share, 0.0), 1.0) * self._work.get(self._part, 0.0)
            self._done = max(self._done, self._before(self._part) + work)

    def _before(self, part: Part) -> float:
        return sum(work for other, work in self._work.items() if other < part)

    @property
    def share(self) -> float | None:
        """Of all work that is done; None if nothing is expected."""
        whole = sum(self._work.values())
        return None if whole <= 0.0 or self._skipped is None else min(self._done / whole, 1.0)

    @property
    def seconds(self) -> float | None:
        """Until the end; None if nothing is expected."""
        if self.share is None or self._skipped is None:
            return None
        whole = sum(self._work.values())
        trusted = _TRUSTED * whole
        taken, done = self._clock() - self._start, self._done - self._skipped
        return (whole - self._done) * (taken + trusted) / (done + trusted)

    def __str__(self) -> str:
        """`42 %, about 1:20 left`; empty if nothing is expected."""
        if self.share is None or self.seconds is None:
            return ""
        return f"{100 * self.share:.0f} %, about {clock_text(self.seconds)} left"


def clock_text(seconds: float) -> str:
    """Seconds as a clock shows them: `0:08`, `12:34`, `3:00:00`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
