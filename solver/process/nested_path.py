"""A way of a solid that is followed by a plate: the solid is only corrected where it is looked at.

A plate cannot decide for the solid: where the start from its shape does not converge in a few iterations, goes far or
ends in an unstable shape, and where the plate was beside a bifurcation, the solid goes its own way from the shape
before. Where the plate had a choice, the solid takes the shape in which its own energy is lowest.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeAlias

from dolfinx import fem

from solver.arrays import Array
from solver.errors import NotConvergedError
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.load import Diverged, State
from solver.physics.solid.soft_expansion import lowest
from solver.process.equilibrium_path import INSTEAD, NESTED, Bent, EquilibriumPath, PathPoint, Place, locate, stations

_APART = 0.25  # part of the displacement by which plate and solid may differ: they are on one branch
SURELY = 0.9  # of a way: a plate that leaves its shape before that is past the bifurcation, not beside it


Shape: TypeAlias = tuple[State, ...]  # of a plate, and of the same when it is free if it lies on a plane


class Guide(Protocol):
    """A simpler model of the same stack that goes ahead, such as `solver.process.guide.PlateGuide`."""

    lost: bool
    left: bool

    @property
    def way(self) -> EquilibriumPath:
        """The way it goes."""

    def goes_on(self, before: tuple[int, int], place: tuple[int, int]) -> None:
        """Say that a stage is the one before in all it is made of."""

    def shape_of(self, problem: LargeDeflectionSolid) -> Array:
        """Displacement (local unknowns, m) of the solid in its shape, on the supports of the solid."""

    @property
    def shape(self) -> Shape:
        """Where the plate is now."""

    def take(self, shape: Shape) -> None:
        """Be in a shape at the temperature it is at."""

    def choices(self, kelvin: float) -> list[Shape]:
        """Its shape at a temperature (K) and others that are stable; it stays in its own. Collective."""

    def destroy(self) -> None:
        """Free the factors of its way; they are made again where they are needed."""


class NestedPath(EquilibriumPath):
    """A way of a solid that a plate goes ahead.

    Args:
        problem, temperature, flat, stable, bent: as of `EquilibriumPath`; without a temperature the solid begins flat.
        guide: the plate, in the same stage.
        place: step and number of that.
    """

    def __init__(
        self,
        problem: LargeDeflectionSolid,
        temperature: float | None,
        guide: Guide,
        place: tuple[int, int],
        flat: float | None = None,
        stable: bool = True,
        bent: Bent | None = None,
    ) -> None:
        super().__init__(problem, temperature, flat, stable, bent)
        self._guide: Guide | None = guide
        self._place = place
        self._beside = self._begins = temperature is None  # the plate is known to be on the same branch
        self._in_vain = 0, 0  # iterations from the last shape of the plate that led to none

    def to(
        self, end: float | fem.Function, through: Sequence[float] = (), ramp: tuple[float, float] | None = None
    ) -> Iterator[PathPoint]:
        """As of `EquilibriumPath`; stops are those of `through` and the end alone."""
        start, guide = self.temperature, self._guide
        if isinstance(end, fem.Function) or start == end or ramp is not None or not self._accompanied():
            yield from super().to(end, through, ramp)
            return
        assert guide is not None
        flat = () if self._flat is None or self._flat == start else (self._flat,)
        goals = [end] if start is None else stations(start, end, (*through, *flat))
        stops = guide.way.to(end, tuple(goals))
        while goals:
            goal = goals.pop(0)
            point = self._nested(goal, partial(on_to, stops, goal))
            if point is None:
                for stop in super().to(goal):
                    yield self._instead(stop) if stop.temperature == goal else stop
            else:
                yield point
            if goals and not self._accompanied():
                yield from super().to(end, goals[:-1])
                return

    def release(self, at: float | fem.Function) -> PathPoint:
        """As of `EquilibriumPath`; the plate, which was released already, leads where it did not leave its shape."""
        guide = self._guide
        if guide is not None and not guide.left and isinstance(at, float) and at == guide.way.temperature:
            point = self._corrected(at, False, None, [guide.shape])
            return self._instead(super().release(at)) if point is None else point
        return super().release(at)

    def goes_on(self, place: tuple[int, int]) -> None:
        """Say that a stage (step, number) is the one before in all it is made of."""
        if self._guide is not None:
            self._guide.goes_on(self._place, place)
        self._place = place

    def mark(self) -> tuple[Place, ...]:
        """As of `EquilibriumPath`, of both."""
        return super().mark() if self._guide is None else (*super().mark(), *self._guide.way.mark())

    def back(self, mark: tuple[Place, ...]) -> None:
        """As of `EquilibriumPath`, of both."""
        super().back(mark)
        if self._guide is not None:
            self._guide.way.back(mark[1:])

    def destroy(self) -> None:
        """Free the factors of its linear solver; they are made again where they are needed."""
        super().destroy()
        if self._guide is not None:
            self._guide.destroy()

    def _look(self, kelvin: float, other: float) -> PathPoint:
        if not self._accompanied():
            return super()._look(kelvin, other)
        guide, flat = self._guide, self._flat
        assert guide is not None
        if flat is not None and min(kelvin, other) < flat < max(kelvin, other):
            self._stop(flat)
            guide.way._stop(flat)
        point = self._nested(other, partial(guide.way._look, other, other), aside=True)
        if point is None:
            point = self._instead(super()._look(kelvin, other))
        return point

    # ---- beside the plate

    def _accompanied(self) -> bool:
        """True if the plate is where the solid is; it goes there if it is not. Collective."""
        guide, kelvin, begins = self._guide, self.temperature, self._begins
        self._begins = False
        if guide is None or (kelvin is None and not begins):
            return False
        way = guide.way
        try:
            if kelvin is not None and way.temperature != kelvin:
                self._beside = False
                for _ in way.to(kelvin):
                    pass
        except (NotConvergedError, Diverged):
            return self._alone()
        if not self._beside and kelvin != self._flat:
            here = self.problem.displacement.x.array
            if self.problem.part_of_displacement(guide.shape_of(self.problem) - here) > _APART:
                return self._alone()
        self._beside = True
        return True

    def _alone(self) -> bool:
        """Go on without the plate; False."""
        assert self._guide is not None
        self._guide.destroy()
        self._guide.lost = True
        self._guide = None
        return False

    def _nested(self, kelvin: float, go: Callable[[], object], aside: bool = False) -> PathPoint | None:
        """The shape at a temperature (K) from that of the plate; None, and nothing has changed, if it leads to none.

        Args:
            kelvin: the temperature.
            go: lets the plate go there.
            aside: where a bifurcation is, is not asked.
        """
        guide, here = self._guide, self.temperature
        assert guide is not None
        place, bent, begun = guide.way.mark(), guide.way.bent, guide.way.temperature
        assert begun is not None
        try:
            go()
            if kelvin == self._flat:
                return self._stop(kelvin)
            contested = guide.way.contested or here is None  # from flat the solid would choose as well
            left = guide.way.bent not in (None, bent) and self._leaves(place, begun, kelvin)
            expected = self._expected(place, begun, kelvin) if left and not aside and here is not None else None
            shapes = guide.choices(kelvin) if left and contested else [guide.shape]
        except (NotConvergedError, Diverged):
            self._alone()
            return None
        return None if left is None else self._corrected(kelvin, left, expected, shapes)

    def _instead(self, stop: PathPoint) -> PathPoint:
        """A stop of the solid without the plate, where that has led to none."""
        newton, linear = (
            a + b for a, b in zip((stop.newton_iterations, stop.linear_iterations), self._in_vain, strict=True)
        )
        self._beside, self._in_vain = False, (0, 0)
        return replace(stop, newton_iterations=newton, linear_iterations=linear, path=INSTEAD)

    def _leaves(self, place: tuple[Place, ...], begun: float, kelvin: float) -> bool | None:
        """True if the plate, which is at a temperature (K), has lost the shape at another place well before it.

        False if that shape can be followed there, in strides that are shorter; None if it is lost near there, where the
        solid may have it still.
        """
        assert self._guide is not None
        way = self._guide.way
        here = way.mark()
        way.back(place)
        before = way.bent
        way._stop(begun + SURELY * (kelvin - begun))
        if way.bent != before:
            way.back(here)
            return True
        way._stop(kelvin)
        return None if way.bent not in (before, None) else False

    def _expected(self, place: tuple[Place, ...], begun: float, kelvin: float) -> float | None:
        """Temperature (K) between two at which the plate loses the shape at a place, if that is found."""
        assert self._guide is not None
        way = self._guide.way
        here = way.mark()
        found = locate(way.problem, place[0][0], begun, kelvin)
        way.back(here)
        return found

    def _corrected(
        self, kelvin: float, left: bool, expected: float | None, shapes: Sequence[Shape]
    ) -> PathPoint | None:
        """The stable shape of the solid beside that of the plate; None, and nothing has changed, if there is none.

        Args:
            kelvin: temperature.
            left: the plate has left a shape that lost its stability since the stop before.
            expected: where it did (K), if that is known.
            shapes: of the plate, of which the solid takes the one of lowest energy.
        """
        problem, before, guide, begun = self.problem, self.problem.state, self._guide, self.temperature
        assert guide is not None
        counted = problem.newton_iterations, problem.linear_iterations
        found = started_from(problem, guide, kelvin, shapes)
        bifurcation = None
        if found and expected is not None and begun is not None:
            here = problem.state
            known = problem.flat(problem.load_at(begun)) if begun == self._flat else before  # at first it has no moduli
            bifurcation = locate(problem, known, begun, kelvin, expected=expected)
            problem.state, found = here, bifurcation is not None
        spent = problem.newton_iterations - counted[0], problem.linear_iterations - counted[1]
        if not found:
            problem.state, self._in_vain = before, spent
            return None
        self.stable = True
        self._bend(left, bifurcation, kelvin)
        self.temperature = kelvin
        return PathPoint(kelvin, 0, bifurcation, *spent, path=NESTED)


def started_from(problem: LargeDeflectionSolid, guide: Guide, kelvin: float, shapes: Sequence[Shape]) -> bool:
    """Go from shapes of a plate to the stable one of a solid beside one, at a temperature (K). Collective.

    Of several that of least energy is taken, and the plate is then in the shape beside it.

    Returns:
        False if one of them leads to none near it; problem and plate are then anywhere.
    """
    load, found = problem.load_at(kelvin), []
    for shape in shapes:
        guide.take(shape)
        guess = guide.shape_of(problem)
        try:
            near = problem.solve_from(guess, load)
            near = near and problem.part_of_displacement(problem.displacement.x.array - guess) <= _APART
            if not near or problem.unstable():
                return False
        except Diverged:
            return False
        found.append((shape, problem.state, problem.energy() if len(shapes) > 1 else 0.0))
    if not found:
        return False
    shape, problem.state, _ = lowest(found, lambda one: one[2])
    guide.take(shape)
    return True


def on_to(stops: Iterator[PathPoint], goal: float) -> None:
    """Let a way go on to one of its stops (K)."""
    while next(stops).temperature != goal:
        pass
