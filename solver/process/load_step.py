"""The course of a step at large deflection: its increments, in words and in numbers."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from dolfinx import fem

from solver.case.models import Report
from solver.errors import NotConvergedError
from solver.metrics import plausibility, warpage
from solver.metrics.branch import branch
from solver.metrics.evaluated import Evaluated
from solver.metrics.sign import in_words
from solver.metrics.tilt_removal import copied, levelled
from solver.process.equilibrium_path import EquilibriumPath, PathPoint
from solver.process.stage_model import LargeDeflection, StageModel
from solver.progress import Progress
from solver.units import to_celsius


class LoadStep:
    """One step.

    Args:
        name: of the step.
        report: what the case says of the surface warpage is evaluated on.
        progress: told of every increment.
        keep: called after each that is part of the process.

    Attributes:
        displacement: at the last increment that is part of the process, laid level (m).
        shape: there.
        ends: shapes at the ends of stages.
        over_time: entries of the summary for moments that were passed.
    """

    displacement: fem.Function
    shape: warpage.Warpage

    def __init__(self, name: str, report: Report, progress: Progress, keep: Callable[[], None]) -> None:
        self.name, self.report, self.progress, self._keep = name, report, progress, keep
        self.ends: list[warpage.Warpage] = []
        self.over_time: list[dict[str, Any]] = []
        self._curve: list[dict[str, Any]] = []
        self._last: dict[str, Any] = {}
        self._newton = self._linear = 0
        self._bifurcation: float | None = None

    def go(
        self,
        way: EquilibriumPath,
        small: warpage.Warpage,
        end: float | fem.Function,
        reported: list[float],
        ramp: tuple[float, float] | None = None,
    ) -> None:
        """Go to a temperature (K) or into a field.

        Args:
            way: of the stack.
            small: shape at small deflection there.
            end: of the way.
            reported: other temperatures (K) to look at, on the way or from its end.
            ramp: as of `EquilibriumPath.to`.

        Raises:
            NotConvergedError: naming step and increment.
        """
        with _Naming(self):
            if isinstance(end, fem.Function):
                self._look(way, way.into(end), small)
                self._keep()
                return
            passed = []
            for stop in way.to(end, reported, ramp):
                self._look(way, stop, small)
                self._keep()
                passed.append(stop.temperature)
        self.visit(way, small, [kelvin for kelvin in reported if kelvin not in passed])

    def pass_by(self, way: EquilibriumPath, small: warpage.Warpage, field: fem.Function) -> None:
        """Go into a temperature field that is not the end of the step; arguments as of `go`.

        It is not kept: a run that goes on passes it again.
        """
        with _Naming(self):
            self._look(way, way.into(field), small)

    def visit(self, way: EquilibriumPath, small: warpage.Warpage, reported: list[float]) -> None:
        """Look at other temperatures (K) from here; arguments as of `go`."""
        kept = (self.displacement, self.shape, self._last)
        if reported and way.temperature is not None:
            with _Naming(self):
                for stop in way.aside([kelvin for kelvin in reported if kelvin != way.temperature]):
                    self._look(way, stop, small)
        self.displacement, self.shape, self._last = kept

    def pass_over(
        self, following: LargeDeflection, setting: StageModel, small: warpage.Warpage, temperature: float | fem.Function
    ) -> None:
        """Go to another stage, where layers come or go or supports change; arguments as of `LargeDeflection.enter`."""
        with _Naming(self):
            before = following.newton_iterations, following.linear_iterations
            at = following.enter(setting, temperature)
            spent = following.newton_iterations - before[0], following.linear_iterations - before[1]
            stop = following.way.release(at)
            newton, linear = stop.newton_iterations + spent[0], stop.linear_iterations + spent[1]
            self._look(following.way, replace(stop, newton_iterations=newton, linear_iterations=linear), small)
            if following.way.temperature is not None:  # else nothing tells it from the end of the step
                self._keep()

    def summary(self, small: warpage.Warpage) -> dict[str, Any]:
        """The step's part of the summary, its curve with all increments.

        Args:
            small: shape at small deflection at its end.
        """
        for text in plausibility.unstable(self.name, [point["stable"] for point in self._curve]):
            self.progress.warn(text)
        return {
            **self._last,
            "bifurcation_temperature_degc": self._bifurcation,
            "curve": [point for point in self._curve if point["temperature_degc"] is not None],
            "over_time": self.over_time,
            "small_deflection": small,
            "increments": len(self._curve),
            "newton_iterations": self._newton,
            "linear_iterations": self._linear,
        }

    @property
    def so_far(self) -> dict[str, Any]:
        """What goes into a checkpoint."""
        return {
            "curve": self._curve,
            "newton_iterations": self._newton,
            "linear_iterations": self._linear,
            "bifurcation_temperature_degc": self._bifurcation,
            "ends": [asdict(shape) for shape in self.ends],
            "over_time": self.over_time,
        }

    def resume(self, way: EquilibriumPath, so_far: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self._curve = [dict(point) for point in so_far["curve"]]
        self._newton, self._linear = so_far["newton_iterations"], so_far["linear_iterations"]
        self._bifurcation = so_far["bifurcation_temperature_degc"]
        self._last = self._curve[-1]
        self.over_time = [dict(entry) for entry in so_far.get("over_time", [])]
        self.ends = [
            warpage.Warpage(**{**end, "in_plane": warpage.Overlay(**end["in_plane"])}) for end in so_far["ends"]
        ]
        self._shape_of(way)

    @property
    def increments(self) -> int:
        """So far."""
        return len(self._curve)

    def _look(self, way: EquilibriumPath, stop: PathPoint, small: warpage.Warpage) -> None:
        """A point of the curve."""
        problem, progress = way.problem, self.progress
        celsius = None if stop.temperature is None else to_celsius(stop.temperature)
        self._shape_of(way)
        bent = branch(self.shape, small, problem.thickness, way.bent is not None)
        self._newton += stop.newton_iterations
        self._linear += stop.linear_iterations
        if stop.bifurcation is not None and self._bifurcation is None:
            self._bifurcation = to_celsius(stop.bifurcation)
            progress.say(f"           the shape so far loses its stability at {self._bifurcation:.4g} degC")
        self._last = {
            "temperature_degc": celsius,
            **self.shape.__dict__,
            "branch": bent,
            "stable": stop.unstable == 0,
        }
        self._curve.append(self._last)
        where = "temperature field" if celsius is None else f"{celsius:.4g} degC"
        spent = f"{stop.newton_iterations} Newton and {stop.linear_iterations} linear iterations"
        progress.say(
            f"           step '{self.name}', increment {self.increments}, {where}, "
            f"warpage {in_words(self.shape.__dict__)} ({bent}{', unstable' if stop.unstable else ''}; {spent})"
        )

    def _shape_of(self, way: EquilibriumPath) -> None:
        problem = way.problem
        evaluated = Evaluated(problem.stack_mesh, self.report)
        clamped = bool(problem.stack_mesh.comm.allreduce(len(problem.support.clamped)))  # it stands where it is held
        self.displacement = (
            copied(problem.displacement)
            if clamped
            else levelled(problem.stack_mesh, problem.displacement, evaluated.face)
        )
        self.shape = warpage.evaluate(evaluated.of(self.displacement))


class _Naming:
    """Names step and increment where no equilibrium is found."""

    def __init__(self, course: LoadStep) -> None:
        self._course = course

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, NotConvergedError):
            at = f"step '{self._course.name}', increment {self._course.increments + 1}"
            raise NotConvergedError(f"{at}: {error}") from None
