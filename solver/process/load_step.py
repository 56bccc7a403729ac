"""The course of a step at large deflection: its increments, in words and in numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from dolfinx import fem

from solver.case.models import Report
from solver.errors import NotConvergedError
from solver.metrics import plausibility, warpage
from solver.metrics.branch import SYMMETRIC, branch, is_flat
from solver.metrics.evaluated import Evaluations
from solver.metrics.memory_means import block_means, over_all
from solver.metrics.sign import in_words
from solver.metrics.step_result import CurvePoint, LargeDeflectionRecord, Moment, PathResult, shape_read
from solver.metrics.tilt_removal import copied, levelled
from solver.output.summary import entry
from solver.physics.solid.solid import Solid
from solver.physics.solid.stability import RULE
from solver.process.distance import Distance
from solver.process.equilibrium_path import FOLLOWED, NESTED, EquilibriumPath, PathPoint
from solver.progress import Progress
from solver.units import to_celsius

Setting_contra = TypeVar("Setting_contra", contravariant=True)


class Following(Protocol[Setting_contra]):
    """A stack that goes from stage to stage, such as `solver.process.large_following.LargeDeflection`.

    Attributes:
        newton_iterations, linear_iterations: spent between stages, so far.
    """

    newton_iterations: int
    linear_iterations: int

    @property
    def way(self) -> EquilibriumPath:
        """Of the present stage."""

    def enter(self, setting: Setting_contra, kelvin: float | fem.Function) -> float | fem.Function:
        """Go to another stage; the temperature (K) or field to release at."""


@dataclass(frozen=True)
class SoFar:
    """What a step has found: what goes into a checkpoint, and is read from it.

    Attributes:
        curve: one point for each increment.
        newton_iterations, linear_iterations: in all of them.
        bifurcation_temperature_degc: where the first shape lost its stability.
        ends: shapes at the ends of stages.
        over_time: moments that were passed.
    """

    curve: tuple[CurvePoint, ...]
    newton_iterations: int
    linear_iterations: int
    bifurcation_temperature_degc: float | None
    ends: tuple[warpage.Warpage, ...]
    over_time: tuple[Moment, ...]

    def entry(self) -> dict[str, Any]:
        """Plain values for a checkpoint; `read` is the way back."""
        found: dict[str, Any] = entry(self)
        return found

    @staticmethod
    def read(known: Mapping[str, Any]) -> "SoFar":
        """The value back from its entry in a checkpoint."""
        return SoFar(
            tuple(CurvePoint.read(point) for point in known["curve"]),
            known["newton_iterations"],
            known["linear_iterations"],
            known["bifurcation_temperature_degc"],
            tuple(shape_read(end) for end in known["ends"]),
            tuple(Moment.read(one) for one in known["over_time"]),
        )


class LoadStep:
    """One step.

    Args:
        name: of the step.
        report: what the case says of the surface warpage is evaluated on.
        progress: told of every increment.
        keep: called after each that is part of the process.
        begins: when it begins (s), None if that is not known.
        solid: gives the solid that is looked at, from where a way is.

    Attributes:
        displacement: at the last increment that is part of the process, laid level (m).
        shape: there.
        ends: shapes at the ends of stages.
        over_time: moments that were passed.
    """

    displacement: fem.Function
    shape: warpage.Warpage

    def __init__(
        self,
        name: str,
        report: Report,
        progress: Progress,
        keep: Callable[[], None],
        begins: float | None = None,
        solid: Callable[[EquilibriumPath], Solid] = lambda way: way.problem,
    ) -> None:
        self._begins, self._solid, self._evaluations = begins, solid, Evaluations(report)
        self.name, self.report, self.progress, self._keep = name, report, progress, keep
        self.ends: list[warpage.Warpage] = []
        self.over_time: list[Moment] = []
        self._curve: list[CurvePoint] = []
        self._known: set[float | None] = set()  # temperatures (degC) of the curve of a run that goes on
        self._last: CurvePoint | None = None
        self._newton = self._linear = 0
        self._bifurcation: float | None = None

    def go(
        self,
        way: EquilibriumPath,
        small: Callable[[], warpage.Warpage],
        end: float | fem.Function,
        reported: list[float],
        ramp: tuple[float, float] | None = None,
    ) -> None:
        """Go to a temperature (K) or into a field.

        Args:
            way: of the stack.
            small: gives the shape at small deflection there, if it is asked.
            end: of the way.
            reported: other temperatures (K) to look at, on the way or from its end.
            ramp: as of `EquilibriumPath.to`.

        Raises:
            NotConvergedError: naming step and increment.
        """
        passed = []
        reported = [kelvin for kelvin in reported if to_celsius(kelvin) not in self._known]
        far = Distance(way, end, reported)
        with _Naming(self):
            for stop in way.to(end, reported, ramp):
                self.progress.remaining.reached(far.share(stop))
                if stop.passing:
                    self._pass(stop)
                    continue
                self._look(way, stop, small)
                self._keep()
                passed.append(stop.temperature)
        for text in plausibility.forced(self.name, way.forced):
            self.progress.warn(text)
        self.visit(way, small, [kelvin for kelvin in reported if kelvin not in passed], far)

    def pass_by(self, way: EquilibriumPath, small: Callable[[], warpage.Warpage], field: fem.Function) -> None:
        """Go into a temperature field that is not the end of the step; arguments as of `go`.

        It is not kept: a run that goes on passes it again.
        """
        with _Naming(self):
            for stop in way.to(field):
                self._look(way, stop, small)

    def visit(
        self,
        way: EquilibriumPath,
        small: Callable[[], warpage.Warpage],
        reported: list[float],
        far: Distance | None = None,
    ) -> None:
        """Look at other temperatures (K) from here; arguments as of `go`."""
        kept = (self.displacement, self.shape, self._last)
        if reported and way.temperature is not None:
            with _Naming(self):
                for stop in way.aside([kelvin for kelvin in reported if kelvin != way.temperature]):
                    self._look(way, stop, small)
                    if far is not None:
                        self.progress.remaining.reached(far.share_aside(stop))
        self.displacement, self.shape, self._last = kept

    def pass_over(
        self,
        following: Following[Setting_contra],
        setting: Setting_contra,
        small: Callable[[], warpage.Warpage],
        temperature: float | fem.Function,
    ) -> None:
        """Go to another stage, where layers come or go or supports change; arguments as of `LargeDeflection.enter`.

        `small` gives the shape at small deflection, once the stage is entered.
        """
        with _Naming(self):
            before = following.newton_iterations, following.linear_iterations
            at = following.enter(setting, temperature)
            spent = following.newton_iterations - before[0], following.linear_iterations - before[1]
            stop = following.way.release(at)
            newton, linear = stop.newton_iterations + spent[0], stop.linear_iterations + spent[1]
            self._look(following.way, replace(stop, newton_iterations=newton, linear_iterations=linear), small)
            if following.way.temperature is not None:  # else nothing tells it from the end of the step
                self._keep()

    def result(self, small: warpage.Warpage) -> PathResult:
        """What the step has found, its curve with all increments.

        Args:
            small: shape at small deflection at its end.
        """
        for text in plausibility.unstable(self.name, [point.stable is not False for point in self._curve]):
            self.progress.warn(text)
        assert self._last is not None and self._last.branch is not None, "go somewhere first"
        paths = [point.path for point in self._curve if point.path != FOLLOWED]
        nested = paths.count(NESTED) if paths else None
        return PathResult(
            shape=self._last.shape,
            branch=self._last.branch,
            stable=self._last.stable,
            bifurcation_temperature_degc=self._bifurcation,
            curve=tuple(point for point in self._curve if point.temperature_degc is not None),
            over_time=tuple(self.over_time),
            large=LargeDeflectionRecord(small, len(self._curve), self._newton, self._linear, RULE, nested),
        )

    @property
    def so_far(self) -> SoFar:
        """What goes into a checkpoint."""
        counts = self._newton, self._linear, self._bifurcation
        return SoFar(tuple(self._curve), *counts, tuple(self.ends), tuple(self.over_time))

    def resume(self, way: EquilibriumPath, so_far: SoFar) -> None:
        """Go on from a checkpoint."""
        self._curve, self._last = list(so_far.curve), so_far.curve[-1]
        self._known = {point.temperature_degc for point in self._curve}
        self._newton, self._linear = so_far.newton_iterations, so_far.linear_iterations
        self._bifurcation = so_far.bifurcation_temperature_degc
        self.over_time, self.ends = list(so_far.over_time), list(so_far.ends)
        self._shape_of(way)

    @property
    def increments(self) -> int:
        """Increments of the step so far."""
        return len(self._curve)

    def _look(self, way: EquilibriumPath, stop: PathPoint, small: Callable[[], warpage.Warpage]) -> None:
        """A point of the curve."""
        solid = self._shape_of(way)
        thickness = way.problem.thickness
        flat = is_flat(self.shape, thickness)
        bent = SYMMETRIC if flat else branch(self.shape, small(), thickness, way.bent is not None)
        celsius, where, spent = self._count(stop)
        when = None if stop.seconds is None or self._begins is None else self._begins + stop.seconds
        known = over_all(solid), block_means(solid)
        self._last = CurvePoint(celsius, self.shape, bent, stop.unstable == 0, when, *known, stop.path)
        self._curve.append(self._last)
        self.progress.say(
            f"           step '{self.name}', increment {self.increments}, {where}, "
            f"warpage {in_words(self.shape)} ({bent}{', unstable' if stop.unstable else ''}; {spent}"
            f"{'' if stop.path == FOLLOWED else f', {stop.path}'})"
        )

    def _pass(self, stop: PathPoint) -> None:
        """A shape on the way that is not looked at: on a plane, that of the free stack."""
        _, where, spent = self._count(stop)
        self.progress.say(f"           step '{self.name}', free at {where} ({spent})")

    def _count(self, stop: PathPoint) -> tuple[float | None, str, str]:
        """Its temperature (degC), and in words where it is and what was spent, which is added up."""
        celsius = None if stop.temperature is None else to_celsius(stop.temperature)
        self._newton += stop.newton_iterations
        self._linear += stop.linear_iterations
        if stop.bifurcation is not None and self._bifurcation is None:
            self._bifurcation = to_celsius(stop.bifurcation)
            self.progress.say(f"           the shape so far loses its stability at {self._bifurcation:.4g} degC")
        where = "temperature field" if celsius is None else f"{celsius:.4g} degC"
        return celsius, where, f"{stop.newton_iterations} Newton and {stop.linear_iterations} linear iterations"

    def _shape_of(self, way: EquilibriumPath) -> Solid:
        problem = self._solid(way)
        evaluated = self._evaluations.on(problem.stack_mesh)
        clamped = bool(problem.stack_mesh.comm.allreduce(len(problem.support.clamped)))  # it stands where it is held
        self.displacement = (
            copied(problem.displacement)
            if clamped
            else levelled(problem.stack_mesh, problem.displacement, evaluated.face)
        )
        self.shape = warpage.evaluate(evaluated.of(self.displacement))
        return problem


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
