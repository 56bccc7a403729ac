"""A stack at large deflection on its way through temperatures: the shapes it takes, and where one loses stability."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from dolfinx import fem

from solver.errors import NotConvergedError
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.load import Load, Lost, State
from solver.physics.solid.newton import FINAL, PASSING
from solver.physics.solid.slender import Slender
from solver.physics.solid.stability import Equilibrium, settle
from solver.units import to_celsius

FIRST_STRIDE = 1 / 8  # stride, as a part of the way: its curve can be drawn
_EASY = 6  # Newton iterations up to which the next stride is twice as long
_CLOSE = 0.1  # K to which a bifurcation is located
_TRIES = 30
_ADVANCE = 0.9  # part of the way to where the stiffness is expected to vanish

FOLLOWED, NESTED, INSTEAD = "followed", "nested", "followed, as from the shape of the plate none was found"

Bent: TypeAlias = tuple[float | None, float]
Place: TypeAlias = tuple[State, float | None, bool, Bent | None, bool]


@dataclass(frozen=True)
class PathPoint:
    """An equilibrium on the way; the problem holds it until the next one.

    Attributes:
        temperature: K; None in a temperature field.
        unstable: directions found in which the energy falls, 0 for a stable shape.
        bifurcation: temperature (K) since the stop before at which the shape followed so far lost its stability.
        newton_iterations, linear_iterations: since the stop before.
        seconds: since the way began, None where nothing tells the time.
        passing: True if the problem does not hold it: it only lies on the way to those that are looked at.
        path: how it was found: FOLLOWED from the one before, NESTED in the shape of a plate, or INSTEAD of that.
    """

    temperature: float | None
    unstable: int
    bifurcation: float | None
    newton_iterations: int
    linear_iterations: int
    seconds: float | None = None
    passing: bool = False
    path: str = FOLLOWED


class EquilibriumPath:
    """A stack that goes from temperature to temperature, each shape found from the one before.

    Args:
        problem: flat, or in a state that was taken over.
        temperature: at which it is (K); None if it is flat and no temperature leaves its layers without stress.
        flat: temperature (K) at which it is flat and nothing acts on it, or None.
        stable: False if the state is known to be unstable.
        bent: as of the attribute.

    Attributes:
        ramp: of a way that is being gone: where it began (K), and its next stride (K).
        locates: where a bifurcation is, is asked: of the process, not of looks aside.
        contested: True in a shape that was taken before another one of nearly its energy, as of `Equilibrium`.
        bent: past a bifurcation, its temperature (K; None if that is not known) and the side of it (1 above, -1 below);
            None for a shape that has lost no stability, or found it again.
    """

    def __init__(
        self,
        problem: LargeDeflectionSolid,
        temperature: float | None,
        flat: float | None = None,
        stable: bool = True,
        bent: Bent | None = None,
    ) -> None:
        self.problem, self.temperature = problem, temperature
        self._flat, self.stable, self.bent = flat, stable, bent
        self.ramp: tuple[float, float] | None = None
        self.locates, self.contested = True, False

    @property
    def forced(self) -> int:
        """Increments of time of the last way that miss more than they may."""
        return 0

    def to(
        self, end: float | fem.Function, through: Sequence[float] = (), ramp: tuple[float, float] | None = None
    ) -> Iterator[PathPoint]:
        """Stops on the way to a temperature (K), among them those of `through` that lie on it, or into a field.

        Strides are an eighth of the way, and a quarter where Newton's method has it easy; of a stack that is held flat
        they are the whole way.

        Args:
            end: of the way.
            through: other temperatures (K).
            ramp: as of the attribute, to go on with a way that was begun.
        """
        if isinstance(end, fem.Function):
            yield self.into(end)
            return
        start = here = self.temperature
        if start is None or here is None or start == end:
            yield self._stop(end)
            return
        flat = () if self._flat is None or self._flat == start else (self._flat,)
        goals = stations(start, end, (*through, *flat))
        origin = start if ramp is None else ramp[0]
        first = abs(end - origin) * (1.0 if self.problem.held_flat else FIRST_STRIDE)
        stride = first if ramp is None else ramp[1]
        while goals:
            far = abs(goals[0] - here) > 1.5 * stride
            here = here + np.copysign(stride, end - start) if far else goals.pop(0)
            stop = self._stop(float(here), PASSING if far else FINAL)
            stride = min(2 * stride, 2 * first) if stop.newton_iterations <= _EASY else first
            self.ramp = (origin, stride) if goals else None
            yield stop
        self.ramp = None

    def into(self, field: fem.Function) -> PathPoint:
        """The shape in a temperature field."""
        self.temperature = None
        return self._arrive(self.problem.load_at(field))

    def release(self, at: float | fem.Function) -> PathPoint:
        """The equilibrium at the temperature (K) or in the field of a state that was taken over."""
        if isinstance(at, fem.Function):
            return self.into(at)
        flat, self._flat = self._flat, None  # it may have been left bent
        try:
            return self._stop(at)
        finally:
            self._flat = flat

    def aside(self, temperatures: Sequence[float]) -> Iterator[PathPoint]:
        """Stops at other temperatures (K), going up and going down from here; then the stack is here again."""
        here, kelvin = self.mark(), self.temperature
        assert kelvin is not None
        above = sorted(other for other in temperatures if other > kelvin)
        below = sorted((other for other in temperatures if other < kelvin), reverse=True)
        for chain in (above, below):
            for other in chain:
                yield self._look(kelvin, other)
            self.back(here)

    def mark(self) -> tuple[Place, ...]:
        """Where it is; `back` is the way back."""
        return ((self.problem.state, self.temperature, self.stable, self.bent, self.contested),)

    def back(self, mark: tuple[Place, ...]) -> None:
        """Be where it was."""
        self.problem.state, self.temperature, self.stable, self.bent, self.contested = mark[0]

    def destroy(self) -> None:
        """Free the factors of its linear solver; they are made again where they are needed."""
        self.problem.destroy()

    def _look(self, kelvin: float, other: float) -> PathPoint:
        """Go to another temperature (K), through the flat shape if that lies between it and one that is left."""
        locates, self.locates = self.locates, False
        try:
            if self._flat is not None and min(kelvin, other) < self._flat < max(kelvin, other):
                self._stop(self._flat)
            return self._stop(other)
        finally:
            self.locates = locates

    def _stop(self, kelvin: float, tolerance: float = FINAL) -> PathPoint:
        try:
            stop = self._arrive(self.problem.load_at(kelvin), kelvin, tolerance)
        except NotConvergedError as error:
            raise NotConvergedError(f"on the way to {to_celsius(kelvin):.4g} degC: {error}") from None
        self.temperature = kelvin
        return stop

    def _arrive(
        self,
        load: Load,
        kelvin: float | None = None,
        tolerance: float = FINAL,
        bifurcation_since: Callable[[State], float | None] | None = None,
    ) -> PathPoint:
        problem, before, stable = self.problem, self.problem.state, self.stable
        if kelvin is not None and kelvin == self._flat:
            problem.state, self.stable, self.bent = problem.flat(load), True, None
            return PathPoint(kelvin, 0, None, 0, 0)
        counted = problem.newton_iterations, problem.linear_iterations
        looks = stable and self.locates and kelvin is not None and self.temperature is not None
        looked: list[float | None] = []  # once that is asked for, what `locate` said

        def regained() -> bool:  # a long stride had lost it
            assert kelvin is not None and self.temperature is not None
            looked.append(locate(problem, before, self.temperature, kelvin, problem.load_at))
            return looked[0] is None and followed_on(problem, load, tolerance)

        asks = looks and bifurcation_since is None and kelvin != self.temperature
        unstable, found = settled(problem, load, tolerance, regained if asks else None)
        left = found is None or found.path != "followed"
        spent = problem.newton_iterations - counted[0], problem.linear_iterations - counted[1]
        bifurcation = looked[0] if looked else None
        if left and looks and not looked:
            here = problem.state
            if bifurcation_since is not None:
                bifurcation = bifurcation_since(before)
            elif asks and regained():
                here, left, unstable = problem.state, False, 0
            bifurcation = looked[0] if looked else bifurcation
            problem.state = here
        self.stable = unstable == 0
        switched = left and found is not None and self.stable and (found.lost or bifurcation is not None)
        self._bend(switched, bifurcation, kelvin)
        chosen = found is not None and found.contested
        self.contested = chosen if left else self.contested and self.bent is not None
        return PathPoint(kelvin, unstable, bifurcation, *spent)

    def _bend(self, left: bool, bifurcation: float | None, kelvin: float | None) -> None:
        """Note whether the shape is past a bifurcation; `left`: it is a stable one that followed on one that is not."""
        if left and (kelvin is None or self.temperature is None):
            self.bent = None, 0.0
        elif left and kelvin is not None and self.temperature is not None:
            there = self.temperature if bifurcation is None else bifurcation
            self.bent = there, float(np.sign(kelvin - self.temperature))
        elif self.bent is not None and self.bent[0] is not None and kelvin is not None:
            at, side = self.bent
            self.bent = self.bent if at is not None and (kelvin - at) * side > 0.0 else None


def stations(start: float, end: float, through: Sequence[float]) -> list[float]:
    """Temperatures (K) of `through` on the way from one to another, in order, and the end."""
    passed = {kelvin for kelvin in through if 0 <= (kelvin - start) / (end - start) < 1}
    return sorted({*passed, end}, reverse=end < start)


def locate(
    problem: Slender,
    state: State,
    start: float,
    end: float,
    load_at: Callable[[float], Load] | None = None,
    close: float = _CLOSE,
    expected: float | None = None,
) -> float | None:
    """Temperature (K) or time (s) at which a stable shape loses its stability; None if it does not before `end`.

    Where the stiffness of its softest mode vanishes, by secants from the stable side; where that does not fall the end
    is looked at: it may have been soft on the way and no more. If that is unstable, and where a secant leads past a
    place where the shape is unstable, halfway to the next such place or the end. A shape that turns fast may be lost
    from afar alone: such a place is gone to from beside it before it counts.

    Args:
        problem: it is left at an equilibrium near there; where none is found, on the shape that was followed.
        state: the shape at `start`.
        start: temperature (K) or time (s) of the shape.
        end: that it is followed to.
        load_at: the load there; None: that of the problem at a temperature.
        close: how near it is located.
        expected: about where it is, if that is known.
    """
    load_at = load_at or problem.load_at
    problem.state = state
    last, stiffness = start, problem.soft_mode()[1]
    zero: float | None = None
    stiffer = False
    bound, ahead, looked = end, np.sign(end - start), False
    for _ in range(_TRIES):
        aim = expected if zero is None else zero
        guess = 0.5 * (last + bound) if aim is None else last + _ADVANCE * (aim - last)
        if (bound - guess) * ahead <= 0:
            guess = 0.5 * (last + bound)
        if stiffer and not looked and bound == end:
            guess, looked = end, True
        problem.state = state
        softer = _stable_stiffness(problem, load_at(guess))
        if softer is None:
            bound, stiffer = guess, False
        elif guess == end:
            return None
        else:
            found = guess + softer * (guess - last) / (stiffness - softer) if softer < stiffness else None
            if found is not None and zero is not None and abs(found - zero) < close:
                return found
            stiffer = softer >= stiffness
            state, last, stiffness, zero = problem.state, guess, softer, found
        if abs(bound - last) >= close:
            continue
        problem.state = state
        softer = None if guess == bound else _stable_stiffness(problem, load_at(bound))
        if softer is None:
            break
        state, last, stiffness, zero, expected = problem.state, bound, softer, None, None
        stiffer, bound = False, end
    return None if bound == end else 0.5 * (last + bound)


def _stable_stiffness(problem: Slender, load: Load) -> float | None:
    """Of the softest mode under a load (N/m^4), None if the shape followed there is unstable."""
    try:
        if problem.follow(load, PASSING, only_stable=True)[-1].unstable:
            return None
    except (NotConvergedError, Lost):
        return None
    return problem.soft_mode()[1]


def followed_on(problem: Slender, load: Load, tolerance: float) -> bool:
    """Follow a shape to a load: True if it is stable there; else the problem is anywhere."""
    try:
        return not problem.follow(load, tolerance, only_stable=True)[-1].unstable
    except (NotConvergedError, Lost):
        return False


def settled(
    problem: Slender, load: Load, tolerance: float, regained: Callable[[], bool] | None = None
) -> tuple[int, Equilibrium | None]:
    """Go to a stable equilibrium, or to an unstable one if none is found; arguments as of `settle`.

    Returns:
        Directions in which the energy falls, and the stable equilibrium, None if the shape followed so far became
        unstable and there was no other.
    """
    before = problem.state
    try:
        found = settle(problem, load, tolerance, regained)
    except NotConvergedError:
        problem.state = before
        return problem.follow(load)[-1].unstable, None
    return found.unstable, found
