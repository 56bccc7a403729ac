"""A stack on its way through time: increments that follow the displacement, each from what the materials remember."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from dolfinx import fem

from solver.arrays import Array
from solver.errors import NotConvergedError
from solver.materials.material import Material
from solver.metrics.idealised import substances
from solver.physics.solid.answers import Kelvin
from solver.physics.solid.held_cracks import LONGEST
from solver.physics.solid.held_in_time import HeldInTime
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.load import Diverged, State
from solver.physics.solid.newton import FINAL
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.process.equilibrium_path import Bent, EquilibriumPath, PathPoint, locate
from solver.process.time_control import TimeControl
from solver.units import to_celsius

T = TypeVar("T")


@dataclass(frozen=True)
class Leg:
    """A way in time on which the temperature changes evenly.

    Attributes:
        start, end: temperature (K).
        seconds: it takes.
    """

    start: Kelvin
    end: Kelvin
    seconds: float

    def at(self, time: float) -> Kelvin:
        """Temperature at a time (s) on the way."""
        share = time / self.seconds if self.seconds else 1.0
        if share >= 1.0:
            return self.end
        return self.start + share * (self.end - self.start)

    @property
    def change(self) -> float | None:
        """Of the temperature (K), None in fields."""
        fields = isinstance(self.start, np.ndarray) or isinstance(self.end, np.ndarray)
        return None if fields else float(self.end - self.start)

    def times(self, temperatures: Sequence[float]) -> list[float]:
        """Times (s) at which the stack passes temperatures (K)."""
        if not self.change:
            return []
        shares = [(kelvin - float(self.start)) / self.change for kelvin in temperatures]
        return [share * self.seconds for share in shares if 0.0 < share < 1.0]


def jumps_of(materials: Iterable[Material]) -> list[float]:
    """Temperatures (K) at which the expansion of a material, or of a part of it, jumps, and with it the velocities.

    Where cure moves a glass transition its law knows when it is passed (`Memory.moments`).
    """
    found = set()
    for material in materials:
        for one in substances(material):
            cure = None if one.inelastic is None else one.inelastic.cure
            moves = cure is not None and cure.glass_transition is not None
            if one.glass_transition is not None and one.is_temperature_dependent_expansion and not moves:
                found.add(one.glass_transition)
    return sorted(found)


def control_of(problem: SmallDeflectionInTime | LargeDeflectionInTime, tolerance: float) -> TimeControl:
    """The increments of a problem."""
    mesh = problem.stack_mesh
    control = TimeControl(mesh.comm, tolerance, mesh.top - mesh.bottom, mesh.stack.span)
    if isinstance(problem, HeldInTime):
        control.longest, control.lag = LONGEST, problem.cohesion.law.viscosity
    return control


def march(
    problem: SmallDeflectionInTime | LargeDeflectionInTime,
    control: TimeControl,
    leg: Leg,
    attempt: Callable[[Kelvin, float], tuple[T, bool]],
    forget: Callable[[], None],
    followed: fem.Function | None = None,
) -> Iterator[tuple[float, Kelvin, T]]:
    """Go a way that `control` has begun: time (s) at the end of each increment, temperature, and what `attempt` gave.

    Args:
        problem: at the start of the next increment.
        control: of its increments.
        leg: the way.
        attempt: goes to a temperature in so many seconds; whether the shape has jumped.
        forget: frees linear solvers, which are made again: what they were made for may have softened or gelled since.
        followed: displacement the increments follow, None: that of the problem.

    Raises:
        NotConvergedError: increments became too small.
    """
    shown = problem.displacement if followed is None else followed
    start = shown.x.array.copy()  # what is followed may stay where an increment was refused
    while (seconds := control.next()) is not None:
        before = problem.state
        at = leg.at(control.now + seconds)
        try:
            found, jumped = attempt(at, seconds)
            problem.confirm()
        except (Diverged, NotConvergedError) as error:
            problem.state = before
            forget()
            if not control.cut(seconds):
                raise NotConvergedError(f"no equilibrium found with increments down to {seconds:.3g} s") from error
            continue
        if control.accepts(seconds, start, shown.x.array, jumped, problem.memory.spoilt):
            problem.accept()
            yield control.now, at, found
            start = shown.x.array.copy()
        else:
            problem.state = before


class TimePath(EquilibriumPath):
    """A stack at large deflection on its way through time.

    Args:
        problem: at the start; what it remembers has the temperature it is at.
        tolerance: of the increments of time.
        stable, bent: as of `EquilibriumPath`.

    Attributes:
        lasts: seconds the next way takes.
        rate: of temperature on the last way that changed it (K/s), which looks aside take; None before.
        control: of the increments.
        followed: displacement they follow.
    """

    problem: LargeDeflectionInTime

    def __init__(
        self, problem: LargeDeflectionInTime, tolerance: float, stable: bool = True, bent: Bent | None = None
    ) -> None:
        kelvin = problem.memory.kelvin
        super().__init__(problem, kelvin if isinstance(kelvin, float) else None, None, stable, bent)
        self.lasts = 0.0
        self.rate: float | None = None
        self.tolerance = tolerance
        self.control = control_of(problem, tolerance)
        self.followed = problem.displacement
        self._resumed: tuple[tuple[float, float, float, float], Array | None] | None = None

    @property
    def forced(self) -> int:
        """As of `TimeControl`."""
        return self.control.forced

    @property
    def waiting(self) -> tuple[tuple[float, float, float, float], Array | None] | None:
        """Time and velocity the next way goes on from, None if it begins."""
        return self._resumed

    def resume(self, clock: tuple[float, float, float, float], slope: Array | None) -> None:
        """Go on, in the next way, from a time on it; arguments as of `TimeControl.resume`."""
        self._resumed = clock, slope

    def to(
        self,
        end: float | fem.Function,
        through: Sequence[float] = (),
        ramp: tuple[float, float] | None = None,  # noqa: ARG002  as of `EquilibriumPath`
    ) -> Iterator[PathPoint]:
        """Increments of `lasts` seconds to a temperature (K) or into a field; some end at those of `through`."""
        problem = self.problem
        target = problem.kelvin_in(end)
        leg = Leg(problem.memory.kelvin, target, self.lasts)
        if not leg.seconds:
            self.problem.drive(0.0)
            yield replace(self._jump(target), seconds=0.0)
            return
        if leg.change:
            self.rate = abs(leg.change) / leg.seconds
        yield from self._go(leg, self.control, through)

    def into(self, field: fem.Function) -> PathPoint:
        """The shape in a temperature field that is there in no time."""
        self.problem.drive(0.0)
        return self._jump(self.problem.kelvin_in(field))

    def release(self, at: float | fem.Function) -> PathPoint:  # noqa: ARG002  it is where it was
        """The equilibrium of a state that was taken over."""
        self.problem.drive(np.inf)
        return self._jump(self.problem.memory.kelvin)

    def aside(self, temperatures: Sequence[float]) -> Iterator[PathPoint]:
        """Stops at other temperatures (K), going up and down from here at `rate`; then the stack is here again."""
        kept, kelvin = self._kept(), self.temperature
        assert kelvin is not None
        above = sorted(other for other in temperatures if other > kelvin)
        below = sorted((other for other in temperatures if other < kelvin), reverse=True)
        course, self.problem.course = self.problem.course, None  # nothing of it is part of the process
        for chain in (above, below):
            for other in chain:
                start = self.problem.memory.kelvin
                leg = Leg(start, other, abs(other - float(start)) / self.rate if self.rate else 0.0)
                if not leg.seconds:
                    yield replace(self._jump(other), seconds=None)
                    continue
                *_, last = self._go(leg, control_of(self.problem, self.tolerance), ())
                yield replace(last, seconds=None)
            self._return(kept)
        self.problem.course = course

    def _kept(self) -> Any:
        """All that tells where the stack is, for `_return`."""
        return self.problem.snapshot, self.temperature, self.stable, self.bent

    def _return(self, kept: Any) -> None:
        self.problem.snapshot, self.temperature, self.stable, self.bent = kept

    def _go(self, leg: Leg, control: TimeControl, through: Sequence[float]) -> Iterator[PathPoint]:
        resumed, self._resumed = self._resumed, None
        if resumed is not None and leg.change != 0.0:  # a hold stays one, to the last digit
            share = resumed[0][0] / leg.seconds  # the way began before what is remembered now
            start = (leg.start - share * leg.end) / (1.0 - share)
            leg = Leg(start, leg.end, leg.seconds)
        begun = 0.0 if resumed is None else resumed[0][0]
        self.problem.drive(leg.seconds - begun)
        moments = self.problem.memory.moments(leg.end, leg.seconds - begun)
        passed = leg.times([*through, *jumps_of(self.problem.materials)])
        control.begin(leg.seconds, [*passed, *(begun + time for time in moments)], leg.change == 0.0)
        if resumed is not None:
            control.resume(*resumed)

        def attempt(kelvin: Kelvin, seconds: float) -> tuple[PathPoint, bool]:
            self._foresee(control.slope, seconds)
            return self._increment(leg, control.now, kelvin, seconds)

        for time, _, stop in march(self.problem, control, leg, attempt, self._forget, self.followed):
            yield replace(stop, seconds=time)

    def _foresee(self, slope: Array | None, seconds: float) -> None:
        """Note where an increment will end if the stack goes on with a velocity (local nodes, 3) (m/s)."""
        here = self.problem.displacement.x.array
        self.problem.ahead = None if slope is None else here + seconds * slope.ravel()

    def _forget(self) -> None:
        """An increment was refused: what linear solvers were made for may have softened."""
        self.destroy()

    def _jump(self, kelvin: Kelvin) -> PathPoint:
        leg = Leg(self.problem.memory.kelvin, kelvin, 0.0)
        stop, _ = self._increment(leg, 0.0, kelvin, 0.0)
        self.problem.accept()
        return stop

    def _increment(self, leg: Leg, now: float, kelvin: Kelvin, seconds: float) -> tuple[PathPoint, bool]:
        """The equilibrium at the end of an increment, and whether the shape has jumped."""
        problem, stable, bent = self.problem, self.stable, self.bent
        here = kelvin if isinstance(kelvin, float) else None
        begun = self.temperature

        def bifurcation(before: State) -> float | None:
            found = problem.state
            close = 1e-2 * seconds
            time = locate(problem, before, 0.0, seconds, lambda t: problem.load_after(leg.at(now + t), t), close)
            problem.load_after(kelvin, seconds)
            problem.state = found
            at = None if time is None else leg.at(now + time)
            return at if isinstance(at, float) else None

        try:
            stop = self._arrive(problem.load_after(kelvin, seconds), here, FINAL, bifurcation if seconds else None)
        except (Diverged, NotConvergedError) as error:
            self.stable, self.bent, self.temperature = stable, bent, begun
            where = "in the temperature field" if here is None else f"on the way to {to_celsius(here):.4g} degC"
            raise NotConvergedError(f"{where}: {error or 'the increment is too large'}") from None
        self.temperature = here
        return stop, (self.bent is None) != (bent is None) or not self.stable
