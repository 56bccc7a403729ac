"""The course of a step at large deflection: its increments, in words and in numbers."""

from typing import Any

from dolfinx import fem

from solver import doubts
from solver.errors import NotConvergedError
from solver.process.way import Stop, Way
from solver.progress import Progress
from solver.results import warpage
from solver.results.branch import branch
from solver.results.level import levelled
from solver.results.surface import Surface
from solver.units import to_celsius


class Course:
    """One step.

    Args:
        way: of the stack so far.
        name: of the step.
        small: its shape at small deflection.
        side: "top" or "bottom": the surface warpage is evaluated on.
        progress: told of every increment.

    Attributes:
        displacement: at the end of the step, laid level (m).
    """

    displacement: fem.Function

    def __init__(self, way: Way, name: str, small: warpage.Warpage, side: str, progress: Progress) -> None:
        self.way, self.name, self.small, self.side, self.progress = way, name, small, side, progress
        self._increments = self._newton = self._linear = 0
        self._bifurcation: float | None = None

    def run(self, end: float | fem.Function, reported: list[float]) -> dict[str, Any]:
        """Go to a temperature (K) or into a field: the step's part of the summary, its curve with all increments.

        Args:
            end: of the step.
            reported: other temperatures (K) to look at, on the way or from its end.

        Raises:
            NotConvergedError: naming step and increment.
        """
        curve: list[dict[str, Any]] = []
        try:
            if isinstance(end, fem.Function):
                last = self._look(self.way.into(end))
            else:
                curve = [self._look(stop) for stop in self.way.to(end, reported)]
                last, passed = curve[-1], {point["temperature_degc"] for point in curve}
                others = [kelvin for kelvin in reported if to_celsius(kelvin) not in passed]
                end_shape = self.displacement
                curve += [self._look(stop) for stop in self.way.aside(others)]
                self.displacement = end_shape
        except NotConvergedError as error:
            raise NotConvergedError(f"step '{self.name}', increment {self._increments + 1}: {error}") from None
        for text in doubts.unstable(self.name, [point["stable"] for point in curve or [last]]):
            self.progress.warn(text)
        return {
            **last,
            "bifurcation_temperature_degc": self._bifurcation,
            "curve": curve,
            "small_deflection": self.small,
            "increments": self._increments,
            "newton_iterations": self._newton,
            "linear_iterations": self._linear,
        }

    def _look(self, stop: Stop) -> dict[str, Any]:
        """A point of the curve."""
        problem, progress = self.way.problem, self.progress
        celsius = None if stop.temperature is None else to_celsius(stop.temperature)
        self.displacement = levelled(problem.stack_mesh, problem.displacement, self.side)
        shape = warpage.evaluate(Surface(problem.stack_mesh, self.displacement, self.side))
        bent = branch(shape, self.small, problem.thickness)
        self._increments += 1
        self._newton += stop.newton_iterations
        self._linear += stop.linear_iterations
        if stop.bifurcation is not None and self._bifurcation is None:
            self._bifurcation = to_celsius(stop.bifurcation)
            progress.say(f"           the shape so far loses its stability at {self._bifurcation:.4g} degC")
        where = "temperature field" if celsius is None else f"{celsius:.4g} degC"
        spent = f"{stop.newton_iterations} Newton and {stop.linear_iterations} linear iterations"
        progress.say(
            f"           step '{self.name}', increment {self._increments}, {where}, "
            f"warpage {shape.signed_warpage_um:.4g} um ({bent}{', unstable' if stop.unstable else ''}; {spent})"
        )
        return {"temperature_degc": celsius, **shape.__dict__, "branch": bent, "stable": stop.unstable == 0}
