"""A stack on a plane that a plate goes ahead: it starts from the plate as that lies there, wherever it is looked at.

Which nodes touch comes with the shape of the plate, and the free shape of the solid is not needed. Where that start
leads to no stable shape near it, and where the plate was beside a bifurcation, the free shape is followed and put down,
and the plate is asked no more. Where the plate has left a shape that lost its stability, the solid starts from all that
the plate may have, and takes that of its own lowest energy.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import cast

from dolfinx import fem

from solver.errors import NotConvergedError
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.load import Diverged
from solver.process.contact_path import ContactPath
from solver.process.equilibrium_path import INSTEAD, NESTED, EquilibriumPath, PathPoint, stations
from solver.process.nested_path import SURELY, Guide, on_to, started_from


class NestedContactPath(ContactPath):
    """A way on a plane.

    Args:
        free: of the same stack without support and weight.
        problem: with both.
        guide: the plate, in the same stage.
        place: step and number of that.
        held: temperature (K) at which the free stack is to be released of what it was left with; None: of nothing.
    """

    def __init__(
        self,
        free: EquilibriumPath,
        problem: LargeDeflectionSolid,
        guide: Guide,
        place: tuple[int, int],
        held: float | None,
    ) -> None:
        super().__init__(free, problem)
        self.temperature = free.temperature if held is None else held
        self._guide: Guide | None = guide
        self._stage, self._held = place, held
        self._in_vain = 0, 0  # iterations that led to no shape

    def to(
        self, end: float | fem.Function, through: Sequence[float] = (), ramp: tuple[float, float] | None = None
    ) -> Iterator[PathPoint]:
        """As of `ContactPath`; stops are those of `through` and the end alone, while the plate leads."""
        start, guide = self.temperature, self._guide
        if isinstance(end, fem.Function) or guide is None or start is None or ramp is not None:
            self._go_alone()
            yield from super().to(end, through, ramp)
            return
        goals = [end] if start == end else stations(start, end, through)
        stops = guide.way.to(end, tuple(goals))
        for number, goal in enumerate(goals):
            point = self._nested(goal, partial(on_to, stops, goal))
            if point is None:
                self._go_alone()
                for stop in super().to(end, goals[number:-1]):
                    yield self._instead(stop) if stop.temperature == goal else stop
                return
            yield point

    def release(self, at: float | fem.Function) -> PathPoint:
        """As of `ContactPath`; the plate, which was released already, leads."""
        point = None
        if self._guide is not None and isinstance(at, float) and at == self._guide.way.temperature:
            point = self._nested(at, lambda: None)
        if point is not None:
            return point
        self._go_alone()
        return self._instead(super().release(at))

    def aside(self, temperatures: Sequence[float]) -> Iterator[PathPoint]:
        """As of `EquilibriumPath`."""
        here, goals, guide = self.mark(), sorted(temperatures), self._guide
        stops = iter(()) if guide is None else guide.way.aside(goals)
        for number, goal in enumerate(goals):
            point = self._nested(goal, partial(next, stops))
            if point is None:
                self.back(here)
                self._go_alone()
                for stop in super().aside(goals[number:]):
                    yield self._instead(stop) if stop.temperature == goal else stop
                return
            yield point
        next(stops, None)  # the plate goes back
        self.back(here)

    def into(self, field: fem.Function) -> PathPoint:
        """As of `ContactPath`."""
        self._go_alone()
        return super().into(field)

    def goes_on(self, place: tuple[int, int]) -> None:
        """Say that a stage (step, number) is the one before in all it is made of."""
        if self._guide is not None:
            self._guide.goes_on(self._stage, place)
        self._stage = place

    def destroy(self) -> None:
        """Free the factors of its linear solver; they are made again where they are needed."""
        super().destroy()
        if self._guide is not None:
            self._guide.destroy()

    def _nested(self, kelvin: float, go: Callable[[], object]) -> PathPoint | None:
        """The shape at a temperature (K) from that of the plate; None, and nothing has changed, if it leads to none.

        Args:
            kelvin: the temperature.
            go: lets the plate go there.
        """
        guide, problem, before, begun = self._guide, self.problem, self.problem.state, self.temperature
        if guide is None or begun is None:
            return None
        free = cast(ContactPath, guide.way).free
        bent = free.bent
        try:
            go()
            lost_at = None if free.bent is None else free.bent[0]
            if lost_at is not None and abs(kelvin - lost_at) < (1.0 - SURELY) * abs(kelvin - begun):
                return None
            left = free.bent not in (None, bent)
            shapes = guide.choices(kelvin) if left else [guide.shape]
        except (NotConvergedError, Diverged):
            return None
        counted = problem.newton_iterations, problem.linear_iterations
        found = started_from(problem, guide, kelvin, shapes)
        spent = problem.newton_iterations - counted[0], problem.linear_iterations - counted[1]
        if not found:
            problem.state, self._in_vain = before, spent
            return None
        self.temperature, self.stable, self.bent = kelvin, True, free.bent
        return PathPoint(kelvin, 0, None, *spent, path=NESTED)

    def _go_alone(self) -> None:
        """Go on without the plate: the free stack is where this one is."""
        if self._guide is None:
            return
        self._guide.destroy()
        self._guide.lost, self._guide = True, None
        stops = [] if self._held is None else [self.free.release(self._held)]
        if self.temperature is not None and self.free.temperature != self.temperature:
            stops += list(self.free.to(self.temperature))
        for stop in stops:
            self._in_vain = self._in_vain[0] + stop.newton_iterations, self._in_vain[1] + stop.linear_iterations

    def _instead(self, stop: PathPoint) -> PathPoint:
        """A stop of the stack without the plate, where that has led to none."""
        newton, linear = self._in_vain
        if (newton, linear) == (0, 0):
            return stop
        self._in_vain = 0, 0
        newton, linear = newton + stop.newton_iterations, linear + stop.linear_iterations
        return replace(stop, newton_iterations=newton, linear_iterations=linear, path=INSTEAD)
