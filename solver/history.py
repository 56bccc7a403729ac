"""What a stack goes through: the steps of the process, at small deflection and, where it matters, at large."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import doubts, ladder
from solver.arrays import Array
from solver.case.load import LoadedCase
from solver.course import Course
from solver.ladder import Laminate
from solver.linalg.krylov import SolveRecord
from solver.linalg.stopping import Iteration, Monitor
from solver.materials.material import MECHANICAL
from solver.physics.elasticity import Balance, ThermoElasticity
from solver.physics.laminate import slenderness
from solver.physics.large_deflection import LargeDeflection
from solver.process.models import Following, Linear, Setting
from solver.process.plan import PlannedStep, Stage
from solver.progress import Progress
from solver.results import stress, warpage
from solver.results.branch import SYMMETRIC
from solver.results.surface import Surface
from solver.units import to_celsius

MakeSetting: TypeAlias = Callable[[Stage, bool, Setting | None], Setting]


@dataclass(frozen=True)
class StepOutcome:
    """Outcome of a process step: the fields and its entry in the summary.

    Attributes:
        index: number of the step, from 0.
        step: as planned.
        stack_mesh: the layers present.
        displacement: in m.
        sigma: (local cells, corners, 6) stress in Pa.
        temperature: uniform (K) or the field.
        record: of the linear solve.
        summary: the entry of `steps`.
    """

    index: int
    step: PlannedStep
    stack_mesh: StackMesh
    displacement: fem.Function
    sigma: Array
    temperature: float | fem.Function
    record: SolveRecord
    summary: dict[str, Any]


@dataclass(frozen=True)
class _Small:
    """A stage at small deflection: the linear solve, its balance, the shape at each temperature, the laminate."""

    record: SolveRecord
    balance: Balance
    shape: warpage.Warpage
    curve: list[dict[str, Any]]
    overestimate: float


class History:
    """The stack from step to step.

    Args:
        loaded: the case.
        progress: what the user sees.
        make_setting: gives a stage its mesh, from whether it is solved in the temperature field and the stage before.
        field: temperatures of the heat problem (K), if there are any.
    """

    def __init__(
        self, loaded: LoadedCase, progress: Progress, make_setting: MakeSetting, field: fem.Function | None
    ) -> None:
        self.case, self.progress = loaded.case, progress
        self._make_setting, self._field = make_setting, field
        self._linear = Linear(loaded.case.analysis.solver)
        self._following: Following | None = None
        self._setting: Setting | None = None

    def step(self, index: int, step: PlannedStep, laminates: Sequence[Laminate]) -> StepOutcome:
        """Go through a step.

        Args:
            index: its number, from 0.
            step: the step.
            laminates: one for each of its stages.
        """
        temperature = self._field if step.temperature is None else step.temperature
        assert temperature is not None  # the case file was checked for it
        first, settings, small = self._setting, [], []
        for stage, laminate in zip(step.stages, laminates, strict=True):
            settings.append(self._enter(stage, step.temperature is None))
            small.append(self._small(step, settings[-1], laminate, temperature))
        end, problem = small[-1], self._linear.problem
        solved = end.shape.curvature_x_per_m, end.shape.curvature_y_per_m
        comparison = ladder.compare(step, laminates[-1], solved)
        for text in doubts.barely_converged(f"step '{step.name}'", end.record):
            self.progress.warn(text)
        worst = max(one.overestimate for one in small)
        large = self._following is not None or ladder.is_large(self.case.analysis.deflection, worst)
        shapes = [one.shape for one in small]
        solution: ThermoElasticity | LargeDeflection = problem
        displacement, balance = problem.displacement, end.balance
        if large:
            displacement, found, shapes = self._deflect(index, step, first, settings, shapes, temperature)
            assert self._following is not None
            solution = self._following.way.problem
            balance = solution.balance()
        else:
            found = {
                **end.shape.__dict__,
                "branch": SYMMETRIC,
                "stable": None,
                "bifurcation_temperature_degc": None,
                "curve": end.curve,
            }
        sigma = solution.stress(temperature)
        self._doubts(step, problem, None if large else comparison, temperature)
        for text in doubts.unbalanced(step.name, balance):
            self.progress.warn(text)
        self._tell(end, found, large)
        summary = {
            "name": step.name,
            "temperature_degc": None if step.temperature is None else to_celsius(step.temperature),
            "time_s": step.seconds,
            "deflection": "large" if large else "small",
            **found,
            "births": self._births(step, shapes),
            "layers": stress.by_layer(problem.stack_mesh, sigma),
            "balance": balance,
            "laminate": comparison,
        }
        return StepOutcome(index, step, problem.stack_mesh, displacement, sigma, temperature, end.record, summary)

    def destroy(self) -> None:
        """Free the factors."""
        self._linear.destroy()
        if self._following is not None:
            self._following.destroy()

    # ---- small deflection

    def _enter(self, stage: Stage, in_field: bool) -> Setting:
        setting = self._make_setting(stage, in_field, self._setting)
        if self._setting is None or not setting.is_like(self._setting):
            with self.progress.stage("setup", f"forms for {setting.stack_mesh.cells} cells"):
                self._linear.enter(setting)
        self._setting = setting
        return setting

    def _small(
        self, step: PlannedStep, setting: Setting, laminate: Laminate, temperature: float | fem.Function
    ) -> _Small:
        problem, side = self._linear.problem, self.case.report.surface
        last = setting.stage is step.end
        elsewhere = self.case.report.warpage_at if last and isinstance(temperature, float) else []
        curve, overestimate = [], 0.0
        for kelvin in (*elsewhere, temperature):
            with self.progress.stage("solve", f"step '{step.name}' {_where(kelvin)}{_what(step, setting)}") as tell:
                record, balance = problem.solve(kelvin, _iterations(tell), side)
            shape = warpage.evaluate(Surface(problem.stack_mesh, problem.displacement, side))
            overestimate = max(overestimate, self._overestimate(laminate, shape, kelvin))
            if isinstance(kelvin, float):
                curve.append({"temperature_degc": to_celsius(kelvin), **shape.__dict__})
        return _Small(record, balance, shape, curve[: len(elsewhere)], overestimate)

    def _overestimate(self, laminate: Laminate, shape: warpage.Warpage, temperature: float | fem.Function) -> float:
        """Part by which small deflection overestimates a curvature it has found."""
        field = isinstance(temperature, fem.Function)
        end = laminate.at(float(np.mean(_range(temperature))) if field else temperature)
        curvature = np.array([shape.curvature_x_per_m, shape.curvature_y_per_m])
        return slenderness(laminate.stack, curvature, end.effective_thickness).overestimate

    # ---- large deflection

    def _deflect(
        self,
        index: int,
        step: PlannedStep,
        before: Setting | None,
        settings: Sequence[Setting],
        small: Sequence[warpage.Warpage],
        temperature: float | fem.Function,
    ) -> tuple[fem.Function, dict[str, Any], list[warpage.Warpage]]:
        """A step at large deflection: displacement, its part of the summary, and the shape at the end of each stage."""
        self._linear.destroy()  # its factors only
        course = Course(step.name, self.case.report.surface, self.progress)
        stages = list(zip(settings, small, strict=True))
        if self._following is None:
            self._following = Following()
            birth = None if index == 0 else self._linear.problem.birth
            stages = stages if index == 0 else stages[-1:]
            with self.progress.stage("setup", "forms of large deflection"):
                self._following.begin(stages[0][0], birth)
            before = stages[0][0]
        shapes = []
        with self.progress.stage("solve", f"step '{step.name}' at large deflection"):
            for setting, shape in stages:
                reported = self.case.report.warpage_at if setting is settings[-1] else []
                if before is None or not setting.is_like(before):
                    course.pass_over(self._following, setting, shape, temperature)
                if setting is stages[0][0]:
                    course.go(self._following.way, shape, temperature, reported)
                else:
                    course.visit(self._following.way, shape, reported)
                before = setting
                shapes.append(course.shape)
        if len(shapes) < len(settings):
            shapes = [*small[: len(settings) - len(shapes)], *shapes]
        return course.displacement, course.summary(small[-1]), shapes

    # ---- words

    def _births(self, step: PlannedStep, shapes: Sequence[warpage.Warpage]) -> list[dict[str, Any]]:
        """What was built, how, and on what; with a doubt where a layer is born strained."""
        found = []
        for number, stage in enumerate(step.stages):
            if not stage.born:
                continue
            under = shapes[number - 1] if number else None
            entry = {
                "parts": [part for part in stage.parts if part in stage.born],
                "rule": stage.birth,
                "stress_free_temperature_degc": to_celsius(stage.references[next(iter(stage.born))]),
                "on_warpage_um": None if under is None else under.signed_warpage_um,
                "on_scale_x_ppm": None if under is None else under.in_plane.scale_x_ppm,
                "on_scale_y_ppm": None if under is None else under.in_plane.scale_y_ppm,
            }
            found.append(entry)
            self.progress.say(f"           {doubts.birth_in_words(entry)}")
            for text in doubts.born_strained(step.name, entry):
                self.progress.warn(text)
        return found

    def _tell(self, end: _Small, found: dict[str, Any], large: bool) -> None:
        sense = "convex" if found["signed_warpage_um"] > 0 else "concave"
        solved = f"{end.record.unknowns} unknowns, {end.record.iterations} iterations"
        if large:
            solved = f"{found['branch']}; small deflection would give {end.shape.signed_warpage_um:.4g} um"
        self.progress.say(f"           solver: {end.record.name}, because {end.record.why}")
        self.progress.say(f"           warpage {found['signed_warpage_um']:.4g} um ({sense}), {solved}")

    def _doubts(
        self,
        step: PlannedStep,
        problem: ThermoElasticity,
        comparison: ladder.Comparison | None,
        temperature: float | fem.Function,
    ) -> None:
        if comparison is not None:
            for text in doubts.slender(step.name, comparison.slenderness, comparison.bifurcation_kelvin):
                self.progress.warn(text)
        low, high = _range(temperature) if isinstance(temperature, fem.Function) else (temperature, temperature)
        references = step.end.references.values()
        low, high = min(low, *references), max(high, *references)
        for text in doubts.outside_data(f"step '{step.name}'", dict.fromkeys(problem.materials), low, high, MECHANICAL):
            self.progress.warn(text)


def _range(field: fem.Function) -> tuple[float, float]:
    """Lowest and highest value over all ranks."""
    comm = field.function_space.mesh.comm
    low = comm.allreduce(float(field.x.array.min(initial=np.inf)), MPI.MIN)
    return low, comm.allreduce(float(field.x.array.max(initial=-np.inf)), MPI.MAX)


def _where(temperature: float | fem.Function) -> str:
    if isinstance(temperature, fem.Function):
        return "in the temperature field"
    return f"at {to_celsius(temperature):.4g} degC"


def _what(step: PlannedStep, setting: Setting) -> str:
    """Which stage of a step that has several."""
    if len(step.stages) == 1:
        return ""
    return f", {event(setting.stage)}" if setting.stage is not step.stages[0] else ", before layers come or go"


def event(stage: Stage) -> str:
    """What a stage begins with."""
    if stage.pressed:
        return "pressed flat"
    if stage.born:
        return f"with {', '.join(part for part in stage.parts if part in stage.born)}"
    return "package cut out" if stage.cut_out else "layers removed"


def _iterations(tell: Callable[[str], None]) -> Monitor:
    """Words on the iterations of a linear solver."""

    def monitor(now: Iteration) -> None:
        warped = "" if now.observed is None else f", warpage {1e6 * now.observed:.7g} um"
        wait = "" if now.seconds_left is None else f", about {now.seconds_left:.0f} s left"
        tell(f"iteration {now.number}, residual {now.residual:.1e}{warped}{wait}")

    return monitor
