"""A stack at large deflection on its way through temperatures: the shapes it takes, and where one loses stability."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from dolfinx import fem

from solver.errors import NotConvergedError
from solver.physics.large_deflection import LargeDeflection, Load, State
from solver.physics.stability import settle
from solver.units import to_celsius

_INCREMENTS = 8  # of a way at least: its curve can be drawn
_CLOSE = 0.1  # K to which a bifurcation is located
_TRIES = 10
_ADVANCE = 0.9  # part of the way to where the stiffness is expected to vanish


@dataclass(frozen=True)
class Stop:
    """An equilibrium on the way; the problem holds it until the next one.

    Attributes:
        temperature: K; None in a temperature field.
        unstable: directions found in which the energy falls, 0 for a stable shape.
        bifurcation: temperature (K) since the stop before at which the shape followed so far lost its stability.
        newton_iterations, linear_iterations: since the stop before.
    """

    temperature: float | None
    unstable: int
    bifurcation: float | None
    newton_iterations: int
    linear_iterations: int


class Way:
    """A stack that starts flat and goes from temperature to temperature, each shape found from the one before.

    Args:
        problem: flat.
        temperature: at which it is (K); None if no temperature leaves its layers without stress.
    """

    def __init__(self, problem: LargeDeflection, temperature: float | None) -> None:
        self.problem, self.temperature, self._flat = problem, temperature, temperature
        self._stable = True

    def to(self, end: float, through: Sequence[float] = ()) -> Iterator[Stop]:
        """Stops up to a temperature (K), at least eight, among them those of `through` that lie on the way."""
        for kelvin in stops(self.temperature, end, through):
            yield self._stop(kelvin)

    def into(self, field: fem.Function) -> Stop:
        """The shape in a temperature field."""
        self.temperature = None
        return self._arrive(self.problem.load_at(field))

    def aside(self, temperatures: Sequence[float]) -> Iterator[Stop]:
        """Stops at other temperatures (K), going up and going down from here; then the stack is here again."""
        here, kelvin, stable = self.problem.state, self.temperature, self._stable
        assert kelvin is not None
        above = sorted(other for other in temperatures if other > kelvin)
        below = sorted((other for other in temperatures if other < kelvin), reverse=True)
        for chain in (above, below):
            for other in chain:
                yield self._stop(other)
            self.problem.state, self.temperature, self._stable = here, kelvin, stable

    def destroy(self) -> None:
        """Free the factors."""
        self.problem.destroy()

    def _stop(self, kelvin: float) -> Stop:
        try:
            stop = self._arrive(self.problem.load_at(kelvin), kelvin)
        except NotConvergedError as error:
            raise NotConvergedError(f"on the way to {to_celsius(kelvin):.4g} degC: {error}") from None
        self.temperature = kelvin
        return stop

    def _arrive(self, load: Load, kelvin: float | None = None) -> Stop:
        problem, before, stable = self.problem, self.problem.state, self._stable
        if kelvin is not None and kelvin == self._flat:
            problem.state, self._stable = problem.flat(load), True
            return Stop(kelvin, 0, None, 0, 0)
        counted = problem.newton_iterations, problem.linear_iterations
        unstable, left = _settled(problem, load)
        spent = problem.newton_iterations - counted[0], problem.linear_iterations - counted[1]
        self._stable = unstable == 0
        bifurcation = None
        if left and stable and kelvin is not None and self.temperature is not None:
            here = problem.state
            bifurcation = locate(problem, before, self.temperature, kelvin)
            problem.state = here
        return Stop(kelvin, unstable, bifurcation, *spent)


def stops(start: float | None, end: float, through: Sequence[float] = ()) -> list[float]:
    """Temperatures (K) from one to another: eighths of the way, moved to those of `through` that are near."""
    if start is None or start == end:
        return [end]
    named = [kelvin for kelvin in through if 0 <= (kelvin - start) / (end - start) < 1] + [end]
    even = np.linspace(start, end, _INCREMENTS + 1)[1:]
    apart = abs(end - start) / _INCREMENTS
    kept = [float(kelvin) for kelvin in even if min(abs(kelvin - other) for other in named) > 0.5 * apart]
    return sorted({*kept, *named}, reverse=bool(end < start))


def locate(problem: LargeDeflection, state: State, start: float, end: float) -> float | None:
    """Temperature (K) at which a stable shape loses its stability; None if it does not before `end`.

    Where the stiffness of its softest mode vanishes, by secants from the stable side.

    Args:
        problem: it is left at an equilibrium near that temperature.
        state: the shape at `start`.
        start, end: temperatures (K).
    """
    problem.state = state
    last, stiffness = start, problem.soft_mode()[1]
    zero: float | None = None
    guess, bound = 0.5 * (start + end), end
    for _ in range(_TRIES):
        problem.state = state
        softer = _stable_stiffness(problem, problem.load_at(guess))
        if softer is not None and softer < stiffness:
            found = guess + softer * (guess - last) / (stiffness - softer)
            if zero is not None and abs(found - zero) < _CLOSE:
                return found
            state, last, stiffness, zero = problem.state, guess, softer, found
        else:
            bound = guess
        guess = 0.5 * (last + bound) if zero is None else last + _ADVANCE * (zero - last)
        if (bound - guess) * (end - start) <= 0:
            guess = 0.5 * (last + bound)
    return None


def _stable_stiffness(problem: LargeDeflection, load: Load) -> float | None:
    """Of the softest mode under a load (N/m^4), None if the shape followed there is unstable."""
    try:
        if problem.follow(load, only_stable=True)[-1].unstable:
            return None
    except NotConvergedError:
        return None
    return problem.soft_mode()[1]


def _settled(problem: LargeDeflection, load: Load) -> tuple[int, bool]:
    """Go to a stable equilibrium, or to an unstable one if none is found.

    Returns:
        Directions in which the energy falls, and whether the shape followed so far was left or became unstable.
    """
    before = problem.state
    try:
        found = settle(problem, load)
    except NotConvergedError:
        problem.state = before
        return problem.follow(load)[-1].unstable, True
    return found.unstable, found.path != "followed"
