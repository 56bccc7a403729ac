"""A way of a plate on many cells: its coarse plate goes ahead, it is only corrected where it is looked at.

The coarse plate follows the shapes, finds where one loses its stability and which one comes then. The fine plate starts
from there. Where that does not converge, goes far, or ends in an unstable shape, it goes its own way from the shape
before, and the coarse one is asked no more: it decides nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from dolfinx import fem

from solver.arrays import Array
from solver.errors import NotConvergedError
from solver.physics.plate.coarse import CoarsePlate, coarse_plate
from solver.physics.plate.problem import PlateProblem
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.load import Diverged, State
from solver.physics.solid.newton import FINAL
from solver.process.equilibrium_path import INSTEAD, NESTED, Bent, EquilibriumPath, PathPoint, stations

_APART = 0.25  # part of the displacement by which both may differ: they are on one branch


class GuidedPath(EquilibriumPath):
    """A way of a plate.

    Args:
        problem, temperature, flat, stable, bent: as of `EquilibriumPath`.
    """

    def __init__(
        self,
        problem: PlateProblem,
        temperature: float | None,
        flat: float | None = None,
        stable: bool = True,
        bent: Bent | None = None,
    ) -> None:
        super().__init__(cast(LargeDeflectionSolid, problem), temperature, flat, stable, bent)
        self._coarse = coarse_plate(problem)
        self._ahead: EquilibriumPath | None = None
        self._left_at: Array | None = None  # the displacement at which the coarse plate was beside

    def to(
        self, end: float | fem.Function, through: Sequence[float] = (), ramp: tuple[float, float] | None = None
    ) -> Iterator[PathPoint]:
        """As of `EquilibriumPath`; stops are those of `through` and the end alone, while the coarse plate leads."""
        start = self.temperature
        if self._coarse is None or isinstance(end, fem.Function) or start is None or start == end or ramp is not None:
            yield from super().to(end, through, ramp)
            return
        flat = () if self._flat is None or self._flat == start else (self._flat,)
        goals = stations(start, end, (*through, *flat))
        while goals:
            if self._coarse is None:
                for own in super().to(end, goals[:-1]):
                    yield replace(own, path=INSTEAD) if own.temperature == goals[0] else own
                return
            stop = self._guided(goals[0])
            if stop is not None:
                goals.pop(0)
                yield stop

    def destroy(self) -> None:
        """Free the factors of both; they are made again where they are needed."""
        super().destroy()
        if self._coarse is not None:
            self._coarse.destroy()

    def _stop(self, kelvin: float, tolerance: float = FINAL) -> PathPoint:
        if self._coarse is None or self.temperature is None:
            return super()._stop(kelvin, tolerance)
        return self._guided(kelvin) or replace(super()._stop(kelvin, tolerance), path=INSTEAD)

    def _guided(self, kelvin: float) -> PathPoint | None:
        """The shape at a temperature (K) from that of the coarse plate; None, and nothing has changed, if it fails."""
        coarse, problem, before = self._coarse, self.problem, self.problem.state
        assert coarse is not None
        if kelvin == self._flat:
            return super()._stop(kelvin)
        counted = problem.newton_iterations, problem.linear_iterations
        try:
            ahead, bifurcation = self._gone(coarse, kelvin, before)
            if ahead.contested and ahead.bent != self.bent:
                raise NotConvergedError("which shape has least energy is not for few cells to say")
            guess = coarse.prolonged()
            guess[problem.support.unknowns] = 0.0
            problem.state = State(guess, problem.load_at(kelvin))
            problem.newton(problem.state.load, FINAL)
            apart = problem.part_of_displacement(problem.displacement.x.array - guess)
            if apart > _APART or problem.unstable():
                raise Diverged
        except (Diverged, NotConvergedError):
            coarse.destroy()
            problem.state, self._coarse, self._ahead = before, None, None
            return None
        spent = problem.newton_iterations - counted[0], problem.linear_iterations - counted[1]
        self.temperature, self.stable, self.bent, self.contested = kelvin, True, ahead.bent, ahead.contested
        self._left_at = problem.displacement.x.array.copy()
        return PathPoint(kelvin, 0, bifurcation, *spent, path=NESTED)

    def _gone(self, coarse: CoarsePlate, kelvin: float, state: State) -> tuple[EquilibriumPath, float | None]:
        """The way of the coarse plate, at a temperature (K) now, and where it lost its stability since the one before.

        Raises:
            NotConvergedError: it is unstable, or found nothing.
        """
        ahead, here = self._ahead, self.temperature
        assert here is not None
        if ahead is None or ahead.temperature != here or not self._is_where_it_was(state.displacement):
            coarse.take_over(coarse.restricted(state.displacement), coarse.load_at(here))
            ahead = EquilibriumPath(cast(LargeDeflectionSolid, coarse), here, self._flat, self.stable, self.bent)
        ahead.locates = self.locates
        stops = [ahead.release(kelvin)] if kelvin == here else list(ahead.to(kelvin))
        if not ahead.stable:
            raise NotConvergedError("the coarse plate is unstable")
        self._ahead = ahead
        found = [stop.bifurcation for stop in stops if stop.bifurcation is not None]
        return ahead, found[0] if found and self.locates else None

    def _is_where_it_was(self, displacement: Array) -> bool:
        """True if the fine plate has not been moved since the coarse one was beside it. Collective."""
        known = self._left_at
        return known is not None and self.problem.part_of_displacement(displacement - known) == 0.0
