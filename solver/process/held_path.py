"""A stack at large deflection whose layers hold together by a cohesive law, over temperatures or in time."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from dolfinx import fem

from solver.physics.solid.answers import Kelvin
from solver.physics.solid.cohesive_cracks import Led
from solver.physics.solid.held_cracks import LONGEST
from solver.physics.solid.held_in_time import HeldLargeInTime
from solver.physics.solid.held_large import HeldLargeDeflection
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.load import Load
from solver.physics.solid.newton import FINAL
from solver.process.equilibrium_path import FIRST_STRIDE, Bent, EquilibriumPath, PathPoint, Place
from solver.process.time_path import Leg, TimePath


class HeldPath(EquilibriumPath):
    """Every increment is one of the process, as what has parted stays so.

    An unstable shape at a stop is left along its softest mode, if there is a stable one; where that began is not asked.

    Arguments as of `EquilibriumPath`; no temperature leaves it flat by itself.

    Attributes:
        lasts: seconds the next way takes.
        led: how far the loads move on it; None: they are as they are.
    """

    problem: HeldLargeDeflection

    def __init__(
        self, problem: HeldLargeDeflection, temperature: float | None, stable: bool = True, bent: Bent | None = None
    ) -> None:
        super().__init__(problem, temperature, None, stable, bent)
        self.lasts = 0.0
        self.led: Led | None = None
        self._begun = problem.cohesion.mark
        self._way: tuple[float, float] | None = None  # on which temperature changes: seconds for each K, and its end

    def to(
        self, end: float | fem.Function, through: Sequence[float] = (), ramp: tuple[float, float] | None = None
    ) -> Iterator[PathPoint]:
        """As of `EquilibriumPath.to`, in `lasts` seconds."""
        start = self.temperature if ramp is None else ramp[0]
        self._way = None
        if start is not None and isinstance(end, float) and end != start:
            self._way = self.lasts / abs(end - start), end
        done, passed = 0.0, self.temperature
        for stop in super().to(end, through, ramp):
            done += self._seconds(passed, stop.temperature)
            passed = stop.temperature
            yield replace(stop, seconds=done)

    def aside(self, temperatures: Sequence[float]) -> Iterator[PathPoint]:
        """As of `EquilibriumPath.aside`, at the rate of the last way; what parts there has not parted here."""
        self._begun = self.problem.cohesion.mark
        yield from super().aside(temperatures)

    def back(self, mark: tuple[Place, ...]) -> None:
        """As of `EquilibriumPath.back`, from looks aside."""
        super().back(mark)
        self.problem.cohesion.mark = self._begun

    def release(self, at: float | fem.Function) -> PathPoint:
        """As of `EquilibriumPath.release`: it takes no time, and loads that are led have not begun."""
        problem = self.problem
        lasts, self.lasts, self._way, problem.cohesion.rests = self.lasts, 0.0, None, True
        try:
            return super().release(at)
        finally:
            self.lasts, problem.cohesion.rests = lasts, False
            problem.begins()

    def into(self, field: fem.Function) -> PathPoint:
        """As of `EquilibriumPath.into`, in `lasts` seconds."""
        cohesion = self.problem.cohesion
        cohesion.seconds, cohesion.led, cohesion.longest = self.lasts, self.led, LONGEST
        return super().into(field)

    def _stop(self, kelvin: float, tolerance: float = FINAL) -> PathPoint:  # noqa: ARG002  what has parted stays so
        cohesion, here = self.problem.cohesion, self.temperature
        cohesion.seconds, cohesion.led = self._seconds(here, kelvin), self.led
        cohesion.longest = LONGEST if self._way is None else LONGEST / FIRST_STRIDE
        if self.led is not None and self._way is not None and here is not None:
            opened, share = self.problem.opening, (kelvin - here) / (self._way[1] - here)
            cohesion.led = Led(opened + share * (self.led.opening - opened), self.led.force)
        return super()._stop(kelvin, FINAL)

    def _seconds(self, start: float | None, end: float | None) -> float:
        """That a stop takes."""
        if self._way is None or start is None or end is None:
            return self.lasts
        return self._way[0] * abs(end - start)

    def _arrive(self, load: Load, kelvin: float | None = None, *_: object) -> PathPoint:
        increments = self.problem.follow(load)
        newton, linear = (sum(counts) for counts in zip(*(one.iterations for one in increments), strict=True))
        unstable = increments[-1].unstable
        self.stable = unstable == 0
        self._bend(self.problem.cohesion.left, None, kelvin)
        return PathPoint(kelvin, unstable, None, newton, linear)


class HeldTimePath(TimePath):
    """Such a stack of materials with a memory on its way through time; arguments as of `TimePath`.

    An unstable shape at the end of a way is left as of `HeldPath`.

    Attributes:
        led: how far the loads move on the next way; None: they are as they are.
    """

    problem: HeldLargeInTime
    led: Led | None = None

    def to(
        self, end: float | fem.Function, through: Sequence[float] = (), ramp: tuple[float, float] | None = None
    ) -> Iterator[PathPoint]:
        """As of `TimePath.to`."""
        gone = 0.0 if self.waiting is None else self.waiting[0][0]
        self.problem.cohesion.seconds, self.problem.cohesion.led = self.lasts - gone, self.led
        yield from super().to(end, through, ramp)

    def release(self, at: float | fem.Function) -> PathPoint:
        """As of `TimePath.release`: loads that are led have not begun."""
        cohesion = self.problem.cohesion
        cohesion.rests = True
        try:
            return super().release(at)
        finally:
            cohesion.rests = False
            self.problem.begins()

    def aside(self, temperatures: Sequence[float]) -> Iterator[PathPoint]:
        """As of `TimePath.aside`: no shape there is the end of a way."""
        cohesion = self.problem.cohesion
        left, cohesion.seconds = cohesion.seconds, np.inf
        yield from super().aside(temperatures)
        cohesion.seconds = left

    def _forget(self) -> None:
        self.problem.forget()

    def _increment(self, leg: Leg, now: float, kelvin: Kelvin, seconds: float) -> tuple[PathPoint, bool]:  # noqa: ARG002  as of the base
        problem, here = self.problem, kelvin if isinstance(kelvin, float) else None
        found = problem.increment(problem.load_after(kelvin, seconds), seconds)
        self.temperature, self.stable = here, found.unstable == 0
        return PathPoint(here, found.unstable, None, *found.iterations), problem.cohesion.left


def time_path(
    problem: LargeDeflectionInTime, tolerance: float, stable: bool = True, bent: Bent | None = None
) -> TimePath:
    """The way of a stack through time; arguments as of `TimePath`."""
    kind = HeldTimePath if isinstance(problem, HeldLargeInTime) else TimePath
    return kind(problem, tolerance, stable, bent)
