"""Increments of time: as large as the displacement lets them be, which between two of them is taken to go evenly.

That is the one error of laws that answer an even strain exactly: half way through an increment dt the displacement is
off by dt^2 u''/8, with u'' from the velocities before and in it. It is held to a part of the displacement there is, and
falls with the square of the increments.
"""

from collections.abc import Sequence

import numpy as np
from mpi4py import MPI

from solver.arrays import Array

_FIRST = 1 / 64  # of a way, its first increment
_LEAST = 1 / 2**16  # of a way, below which an increment is taken as it is
_FASTER, _SLOWER, _SAFE = 3.0, 0.2, 0.8  # by which the next increment may differ, and a margin
_OF_LAG = 1 / 64  # of a viscosity, to which increments are cut where a stack is in equilibrium by that alone
_WAITS = 3  # increments after one that found no answer, before one may be as long again, beside an interface that parts
_THIN, _WIDE = 0.02, 1e-5  # least displacements that count: of the thickness across, of the span in the plane
_SHARE = 2.0  # of the tolerance, for one increment: what it misses half way mostly cancels until its end


class TimeControl:
    """Of one stack from way to way. All methods that take displacements are collective.

    Args:
        comm: of its mesh.
        tolerance: part of the displacement by which a way may be wrong.
        thickness, span: of the stack (m).

    Attributes:
        forced: increments of the way that are as small as can be, and miss more than the tolerance allows.
        longest: part of a way that an increment may be.
        lag: viscosity (s) of a cohesive interface; 0 without one.
    """

    def __init__(self, comm: MPI.Intracomm, tolerance: float, thickness: float, span: float) -> None:
        self._comm, self._tolerance = comm, tolerance
        self._scale = np.array([_WIDE * span, _THIN * thickness])
        self._slope: Array | None = None
        self._last = self._seconds = self._now = self._stride = 0.0
        self._rests = False
        self._goals: list[float] = []
        self.forced = 0
        self.longest, self.lag = 1.0, 0.0
        self._refused, self._since = np.inf, 0  # an increment that found no answer (s), and those accepted since

    def begin(self, seconds: float, through: Sequence[float] = (), rests: bool = False) -> None:
        """Begin a way.

        Args:
            seconds: it takes.
            through: times (s) at which an increment has to end, where velocities may jump.
            rests: True if nothing drives the stack but what it remembers: it stood still before.
        """
        self._seconds, self._now, self._stride = seconds, 0.0, seconds * _FIRST
        self._goals = sorted({time for time in through if 0.0 < time < seconds} | {seconds})
        self._slope, self._last, self._rests = None, 0.0, rests
        self.forced = 0

    @property
    def now(self) -> float:
        """Time (s) on the way."""
        return self._now

    @property
    def clock(self) -> tuple[float, float, float, float] | None:
        """Time on the way, the next increment, the last one, and all of the way (s); None at its end."""
        return (self._now, self._stride, self._last, self._seconds) if self._goals else None

    @property
    def scale(self) -> Array:
        """(2,) largest displacement so far in the plane and across (m), which errors of increments are parts of."""
        return self._scale

    @scale.setter
    def scale(self, largest: Array) -> None:
        self._scale = np.maximum(self._scale, largest)

    @property
    def slope(self) -> Array | None:
        """Velocity (local nodes, 3) in the last increment (m/s)."""
        return self._slope

    def resume(self, clock: tuple[float, float, float, float], slope: Array | None) -> None:
        """Go on with a way that was begun the same, from `clock` and `slope`."""
        self._now, self._stride, self._last, self._seconds = clock
        self._slope = slope
        self._goals = [time for time in self._goals if time > self._now * (1.0 + 1e-12)]

    def next(self) -> float | None:
        """Seconds of the next increment, None at the end of the way."""
        if not self._goals:
            return None
        left, stride = self._goals[0] - self._now, min(self._stride, self.longest * self._seconds)
        if left < 1.001 * stride:
            return left
        return stride if left > 1.5 * stride else 0.5 * left

    def cut(self, seconds: float, share: float = 0.25) -> bool:
        """Take a smaller increment instead of one that found no answer; False if it is as small as can be."""
        self._refused, self._since = seconds, 0
        self._stride = share * seconds
        return self._stride > min(_LEAST * self._seconds, _OF_LAG * self.lag or np.inf)

    def accepts(self, seconds: float, before: Array, after: Array, jumped: bool = False, spoilt: float = 0.0) -> bool:
        """Judge an increment by displacements (local unknowns, m); if it is accepted, go on to the next.

        Args:
            seconds: it takes.
            before: displacement at its start.
            after: displacement at its end.
            jumped: True if the shape has left another by a jump, which says nothing of its increments.
            spoilt: part of the stress that laws say the length of the increment has spoilt.
        """
        change = (after - before).reshape(-1, 3)
        slope = change / seconds
        self._scale = np.maximum(self._scale, self._sizes(after.reshape(-1, 3)))
        error = _SHARE * spoilt  # nothing of it cancels
        old = np.zeros_like(slope) if self._slope is None and self._rests else self._slope
        if old is not None and not jumped:
            bend = self._sizes(slope - old)
            missed = float((0.25 * seconds**2 / (seconds + self._last) * bend / self._scale).max())
            error = max(error, _SHARE * missed if self._freezes(seconds) else missed)
        ratio = _SAFE * np.sqrt(_SHARE * self._tolerance / max(error, 1e-300))
        if error > _SHARE * self._tolerance:
            if seconds > _LEAST * self._seconds:
                self._stride = seconds * min(max(ratio, _SLOWER), 0.7)
                return False
            self.forced += seconds > self.lag  # what parts within a viscosity is no longer way than it is
        self._now, self._last, self._slope = self._now + seconds, seconds, None if jumped else slope
        self._stride = max(self._stride, seconds) if old is None else seconds * min(max(ratio, _SLOWER), _FASTER)
        self._since += 1
        if self.lag and self._since <= _WAITS:
            self._stride = min(self._stride, 0.5 * self._refused)
        if self._goals[0] - self._now < 1e-9 * self._seconds:
            self._now = self._goals.pop(0)
            if self._goals:  # velocities jump here
                self._slope = None
        return True

    def _freezes(self, seconds: float) -> bool:
        """True of an increment that ends on the way where velocities jump: what it misses is frozen in at Tg."""
        return len(self._goals) > 1 and self._goals[0] - self._now - seconds < 1e-9 * self._seconds

    def _sizes(self, u: Array) -> Array:
        """(2,) largest size in the plane and across, over all ranks."""
        most = np.abs(u).max(axis=0, initial=0.0)
        local = np.array([max(most[0], most[1]), most[2]])
        total = np.empty_like(local)
        self._comm.Allreduce(local, total, MPI.MAX)
        return total
