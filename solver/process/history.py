"""What a stack goes through: the steps of the process, solved at small deflection and, where it matters, at large.

`judgement` warns of them, `step_words` tells how they went.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from dolfinx import fem

from meshes.extrude import StackMesh
from meshes.field_transfer import by_cell, discontinuous
from solver.arrays import Array
from solver.case.loaded import LoadedCase
from solver.errors import NotConvergedError
from solver.linalg.krylov import SolveRecord
from solver.metrics import over_time, stress, warpage
from solver.metrics.branch import SYMMETRIC
from solver.metrics.contact import contact_summary
from solver.metrics.evaluated import Evaluated
from solver.metrics.reading import SolvedStep
from solver.metrics.readings import Readings, StepReading
from solver.metrics.step_result import Comparison, CurvePoint, Moment, PathResult, StepResult
from solver.output.summary import plain
from solver.parallel import peak_memory_gb
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.physics.solid.solid import Solid
from solver.process import laminate_estimate
from solver.process.birth import bowed
from solver.process.checkpoint import Cells, Position, Saved
from solver.process.decision import Decision, Judges
from solver.process.judgement import StepDoubts
from solver.process.laminate_estimate import Laminate
from solver.process.load_step import LoadStep, SoFar
from solver.process.messages import iterations, what, where
from solver.process.plan import PlannedStep, Stage
from solver.process.solved import SmallStage, SolvedEnd
from solver.process.small_in_time import Ramp, SmallInTime, ramps
from solver.process.stage_model import LargeDeflection, SmallDeflection, SmallKept, StageModel
from solver.process.step_words import births, lines
from solver.process.temperature_snapshots import TemperatureSnapshot, TemperatureSnapshots
from solver.progress import Progress
from solver.units import to_celsius

MakeStageModel: TypeAlias = Callable[[Stage, bool, StageModel | None], StageModel]
Keep: TypeAlias = Callable[[Position, dict[str, Cells]], None]


@dataclass(frozen=True)
class StepOutcome:
    """Outcome of a process step: its fields and its numbers.

    Attributes:
        index: number of the step, from 0.
        step: as planned.
        stack_mesh: the layers present.
        displacement: in m.
        sigma: (local cells, corners, 6) stress in Pa.
        temperature: uniform (K) or the field.
        record: of the linear solve.
        result: its numbers.
        reading: tables of die shift and exposure fields.
    """

    index: int
    step: PlannedStep
    stack_mesh: StackMesh
    displacement: fem.Function
    sigma: Array
    temperature: float | fem.Function
    record: SolveRecord
    result: StepResult
    reading: StepReading

    @property
    def summary(self) -> dict[str, Any]:
        """The entry of `steps` in the summary."""
        return self.result.summary()


class History:
    """The stack from step to step.

    Args:
        loaded: the case.
        progress: what the user sees.
        make_setting: gives a stage its mesh, from whether it is solved in the temperature field and the stage before.
        moments: temperature fields of the heat problem, if there is one.
        readings: of die shift and exposure fields.
        keep: keeps a position with its fields, or None.
    """

    def __init__(
        self,
        loaded: LoadedCase,
        progress: Progress,
        make_setting: MakeStageModel,
        moments: TemperatureSnapshots | None,
        readings: Readings,
        keep: Keep | None = None,
    ) -> None:
        self.case, self.progress = loaded.case, progress
        self._make_setting, self._moments, self._keep_at = make_setting, moments, keep
        self._readings = readings
        self._finished: list[dict[str, Any]] = []  # entries of the summary, for checkpoints
        self._done: list[PlannedStep] = []
        self._doubts = StepDoubts(progress)
        self._small_birth: Cells | None = None
        self._saved: Saved[Position] | None = None
        self._linear = SmallDeflection(loaded.case.analysis.solver)
        self._begun: tuple[SmallKept, fem.Function | None] | None = None  # small deflection at the start of the step
        self._rate: float | None = None  # of temperature, in the last step that changed it (K/s)
        self._judges = Judges()
        self._following: LargeDeflection | None = None
        self._setting: StageModel | None = None

    def restore(self, saved: Saved[Position], done: Sequence[PlannedStep]) -> None:
        """Be where a checkpoint was made.

        Args:
            saved: the checkpoint.
            done: the steps before the one it was made in.
        """
        position, self._done = saved.position, list(done)
        self._finished = list(position.finished)
        for text in position.warnings:
            self.progress.warn(text)
        if done:
            before = done[-1]
            self._setting = setting = self._make_setting(before.end, before.temperature is None, None)
            self._linear.restore(setting, self._restored(saved, "small birth", setting))
            if position.large and position.stage is None:
                self._restore_large(saved, setting, before.at)
        self._saved = saved if position.stage is not None else None

    def _restore_large(self, saved: Saved[Position], setting: StageModel, time: float | None) -> None:
        position, keys = saved.position, setting.stack_mesh.keys
        at = self._field(time) if position.temperature is None else position.temperature
        self._following = LargeDeflection()
        birth, u = self._restored(saved, "birth", setting), saved.values("displacement", keys)
        self._following.restore(setting, birth, u, at, position.stable, position.bent)

    def _restored(self, saved: Saved[Position], name: str, setting: StageModel) -> fem.Function | None:
        if name not in saved.fields:
            return None
        return discontinuous(setting.stack_mesh, saved.values(name, setting.stack_mesh.keys))

    def begin(self, index: int) -> None:
        """Stand before a step, the number after the last one included."""
        problem = self._linear.problem if index else None
        self._small_birth = None if problem is None else _born(problem)
        if index and self._saved is None:
            self._keep(index, None, None)

    def _keep(self, step: int, stage: int | None, course: SoFar | None) -> None:
        """Keep where the stack is."""
        if self._keep_at is None:
            return
        fields = {} if self._small_birth is None else {"small birth": self._small_birth}
        way = None if self._following is None else self._following.way
        if way is not None:
            mesh, born = way.problem.stack_mesh, _born(way.problem)
            fields["displacement"] = mesh.keys, by_cell(mesh, way.problem.displacement)
            fields |= {} if born is None else {"birth": born}
        kelvin, stable, ramp = (None, True, None) if way is None else (way.temperature, way.stable, way.ramp)
        place = (
            step,
            stage,
            kelvin,
            stable,
            ramp,
            {} if course is None else course.entry(),
            self._finished,
            way is not None,
        )
        self._keep_at(Position(*place, self.progress.warnings, None if way is None else way.bent), fields)

    def step(self, index: int, step: PlannedStep, laminates: Sequence[Laminate]) -> StepOutcome:
        """Go through a step.

        Args:
            index: its number, from 0.
            step: the step.
            laminates: one for each of its stages.
        """
        temperature = self._field(step.at) if step.temperature is None else step.temperature
        passed = self._passed(step)
        first, settings, small = self._setting, [], []
        follows, without = self._following is not None, _no_equilibrium(self._finished)
        decision = Decision(self.case.analysis.deflection, step, follows, without)
        for stage in step.stages:
            settings.append(self._enter(stage, step.temperature is None, step))
            small.append(self._small(step, settings[-1], passed, temperature, decision))
        end = small[-1]
        self._doubts.of_solve(step, end.record)
        shapes = [one.shape for one in small]
        solved = self._at_small(small)
        if decision.large:
            try:
                solved = self._deflect(index, step, first, settings, shapes, passed, temperature)
            except NotConvergedError as error:
                decision.stay_small(error)
                self._leave_large()
        sigma = solved.solution.stress(temperature)
        seen = SolvedStep(step.name, solved.solution, solved.displacement, temperature, self.case.report)
        reading = self._readings.read(seen)
        compared = self._compared(step, laminates[-1], end.shape)
        result = self._result(step, solved, sigma, temperature, decision, compared, reading)
        self._doubts.of_step(step, result, self._linear.problem, temperature, decision.worst)
        for text in lines(result, end.record, self.case.report.surface):
            self.progress.say(f"           {text}")
        self._doubts.of_births(result)
        self._finished.append(plain(result.summary()))
        self._done.append(step)
        reached = solved.displacement, sigma, temperature
        return StepOutcome(index, step, solved.solution.stack_mesh, *reached, end.record, result, reading)

    def _result(
        self,
        step: PlannedStep,
        solved: SolvedEnd,
        sigma: Array,
        temperature: float | fem.Function,
        decision: Decision,
        compared: Comparison | None,
        reading: StepReading,
    ) -> StepResult:
        solution, path, time = solved.solution, solved.path, self._time(step)
        mesh, distance = solution.stack_mesh, self.case.report.stress_distance
        stresses = stress.evaluate(mesh, sigma, solution.strain_energy(), solution.materials, temperature, distance)
        if time is not None:
            assert isinstance(temperature, fem.Function)
            moment = over_time.moment(time, temperature, path.shape, stresses)
            path = replace(path, over_time=(*path.over_time, moment))
        return StepResult(
            name=step.name,
            temperature_degc=None if step.temperature is None else to_celsius(step.temperature),
            time_s=step.seconds,
            thermal_time_s=time,
            deflection="large" if decision.large else "small",
            decision=decision.record,
            singulated=step.end.cut_out,
            evaluated=Evaluated(mesh, self.case.report).summary(solved.displacement),
            path=path,
            births=births(step, solved.shapes),
            stress=stresses,
            balance=solved.balance,
            contact=contact_summary(step.end.support, solution, solved.balance),
            laminate=compared,
            readings=reading.summary,
            peak_memory_gb=peak_memory_gb(mesh.comm),
        )

    @staticmethod
    def _compared(step: PlannedStep, laminate: Laminate, end: warpage.Warpage) -> Comparison | None:
        solved = end.curvature_x_per_m, end.curvature_y_per_m, 2.0 * end.twist_per_m
        return laminate_estimate.compare(step, laminate, solved)

    def _field(self, time: float | None) -> fem.Function:
        assert self._moments is not None  # the case file was checked for it
        return self._moments.at(time).field

    def _time(self, step: PlannedStep) -> float | None:
        """Time (s) of the temperature field of a step, None if it has none."""
        if step.temperature is not None or self._moments is None:
            return None
        return self._moments.at(step.at).time

    def _passed(self, step: PlannedStep) -> list[TemperatureSnapshot]:
        """Moments on the way to that of a step, since the last step in a field."""
        if step.temperature is not None or self._moments is None:
            return []
        before = [time for one in self._done if (time := self._time(one)) is not None]
        return self._moments.passed(before[-1] if before else None, self._moments.at(step.at))

    def destroy(self) -> None:
        """Free the factors."""
        self._linear.destroy()
        self._leave_large()

    # ---- small deflection

    def _enter(self, stage: Stage, in_field: bool, step: PlannedStep) -> StageModel:
        setting, first = self._make_setting(stage, in_field, self._setting), self._setting is None
        if self._setting is None or not setting.is_like(self._setting):
            with self.progress.stage("setup", f"forms for {setting.stack_mesh.cells} cells"):
                self._linear.enter(setting)
        self._setting, problem = setting, self._linear.problem
        if isinstance(problem, SmallDeflectionInTime) and stage is step.stages[0]:
            if first and step.before is not None:
                problem.solve(step.before)
            self._begun = problem.snapshot, problem.birth
        return setting

    def _small(
        self,
        step: PlannedStep,
        setting: StageModel,
        passed: Sequence[TemperatureSnapshot],
        temperature: float | fem.Function,
        decision: Decision,
    ) -> SmallStage:
        problem = self._linear.problem
        if isinstance(problem, SmallDeflectionInTime):
            return self._small_in_time(problem, step, setting, passed, temperature, decision)
        evaluated = Evaluated(problem.stack_mesh, self.case.report)
        last = setting.stage is step.end
        elsewhere = self.case.report.warpage_at if last and isinstance(temperature, float) else []
        looks: list[tuple[float | fem.Function, float | None]] = [(kelvin, None) for kelvin in elsewhere]
        looks += [(moment.field, moment.time) for moment in passed]
        curve: list[CurvePoint] = []
        course: list[Moment] = []
        for kelvin, time in (*looks, (temperature, self._time(step))):
            there = f"{where(kelvin, time)}{what(step, setting.stage)}"
            with self.progress.stage("solve", f"step '{step.name}' {there}") as tell:
                record, balance = problem.solve(kelvin, iterations(tell), evaluated.face)
                decision.see(self._judges.of(problem, evaluated.face), kelvin, time, last and kelvin is temperature)
            shape = warpage.evaluate(evaluated.of(problem.displacement))
            if isinstance(kelvin, float):
                curve.append(CurvePoint(to_celsius(kelvin), shape))
            elif kelvin is not temperature:
                course.append(self._moment(TemperatureSnapshot(time, kelvin), shape, problem))
        return SmallStage(record, balance, shape, tuple(curve[: len(elsewhere)]), tuple(course))

    def _small_in_time(
        self,
        problem: SmallDeflectionInTime,
        step: PlannedStep,
        setting: StageModel,
        passed: Sequence[TemperatureSnapshot],
        temperature: float | fem.Function,
        decision: Decision,
    ) -> SmallStage:
        assert setting.in_time is not None
        evaluated, last = Evaluated(problem.stack_mesh, self.case.report), setting.stage is step.end
        moments: list[Moment] = []
        with self.progress.stage("solve", f"step '{step.name}'{what(step, setting.stage)}") as tell:
            way = SmallInTime(problem, setting.in_time, evaluated, iterations(tell), tell)
            for number, ramp in enumerate(self._ramps(step, setting, passed, temperature)):
                way.go(ramp)
                if number < len(passed):
                    moments.append(self._moment(passed[number], way.shape, problem))
            decision.see(self._judges.of(problem, evaluated.face), temperature, self._time(step), last)
            ends = SmallStage(way.record, way.balance, way.shape, (), tuple(moments))
            if last and isinstance(temperature, float):
                way.look(self.case.report.warpage_at, self._rate)
        return replace(ends, curve=tuple(way.curve))

    def _ramps(
        self,
        step: PlannedStep,
        setting: StageModel,
        passed: Sequence[TemperatureSnapshot],
        temperature: float | fem.Function,
    ) -> list[Ramp]:
        """Where a stage goes in time: the first one to the temperature of the step, through the moments on the way."""
        if setting.stage is not step.stages[0]:
            return [Ramp(temperature, 0.0, step.seconds)]
        now, end = self._times(step)
        lasts = step.lasts if end is None else end - now
        fields = [(one.time - now, one.field) for one in passed if one.time is not None]
        begins = None if step.seconds is None or lasts is None else step.seconds - lasts
        if lasts and step.temperature is not None and step.before is not None and step.temperature != step.before:
            self._rate = abs(step.temperature - step.before) / lasts
        return ramps(temperature, lasts or 0.0, begins, fields)

    def _times(self, step: PlannedStep) -> tuple[float, float | None]:
        """Time (s) of the transient at which a step begins, and its end; None if it is in no transient."""
        before = [time for one in self._done if (time := self._time(one)) is not None]
        return (before[-1] if before else 0.0), self._time(step)

    def _moment(self, moment: TemperatureSnapshot, shape: warpage.Warpage, solved: Solid) -> Moment:
        """Shape and stress at a moment that a step passes."""
        assert moment.time is not None
        sigma, energy = solved.stress(moment.field), solved.strain_energy()
        found = stress.evaluate(solved.stack_mesh, sigma, energy, solved.materials, moment.field)
        return over_time.moment(moment.time, moment.field, shape, found)

    def _at_small(self, stages: Sequence[SmallStage]) -> SolvedEnd:
        """The answer of a step, from those of its stages."""
        end, problem = stages[-1], self._linear.problem
        path = PathResult(end.shape, SYMMETRIC, None, None, end.curve, end.over_time, None)
        return SolvedEnd(problem, problem.displacement, end.balance, path, [one.shape for one in stages])

    # ---- large deflection

    def _leave_large(self) -> None:
        if self._following is not None:
            self._following.destroy()
            self._following = None

    def _deflect(
        self,
        index: int,
        step: PlannedStep,
        before: StageModel | None,
        settings: Sequence[StageModel],
        small: Sequence[warpage.Warpage],
        passed: Sequence[TemperatureSnapshot],
        temperature: float | fem.Function,
    ) -> SolvedEnd:
        """A step at large deflection."""
        self._linear.destroy()  # its factors only
        self._judges.dismiss()
        at = 0
        ways = self._ramps(step, settings[0], passed, temperature)
        told = step.name, self.case.report, self.progress
        course = LoadStep(*told, lambda: self._keep(index, at, course.so_far), ways[0].begins)
        goes, ramp = 0, None  # the stage that changes the temperature
        resumed, self._saved = self._saved, None
        if resumed is not None and resumed.position.stage is not None:
            at, ramp = resumed.position.stage, resumed.position.ramp
            before = settings[at]
            self._restore_large(resumed, before, step.at)
            assert self._following is not None
            course.resume(self._following.way, SoFar.read(resumed.position.course))
            there = at > 0 or (ramp is None and self._following.way.temperature == step.temperature)
            goes = -1 if there else 0
        elif self._following is None and self._begun is not None:
            self._following = LargeDeflection()
            with self.progress.stage("setup", "forms of large deflection"):
                known, birth = self._begun
                self._following.begin_in_time(settings[0], birth, known)
            before = settings[0]
        elif self._following is None:
            self._following = LargeDeflection()
            at = goes = 0 if index == 0 else len(settings) - 1
            course.ends = list(small[:at])
            with self.progress.stage("setup", "forms of large deflection"):
                birth = bowed(settings[0].stack_mesh) if index == 0 else self._linear.problem.birth
                self._following.begin(settings[at], birth, temperature)
            before = settings[at]
        with self.progress.stage("solve", f"step '{step.name}' at large deflection"):
            for number in range(at, len(settings)):
                at = number
                setting, shape = settings[at], small[at]
                reported = self.case.report.warpage_at if at == len(settings) - 1 else []
                if before is None or not setting.is_like(before):
                    course.pass_over(self._following, setting, shape, temperature)
                if at == goes:
                    for moment, ramp_to in zip(passed, ways, strict=False):
                        self._following.lasts(ramp_to.seconds)
                        course.pass_by(self._following.way, shape, moment.field)
                        course.over_time.append(self._moment(moment, course.shape, self._following.way.problem))
                    self._following.lasts(ways[-1].seconds)
                    course.go(self._following.way, shape, temperature, reported, ramp)
                else:
                    course.visit(self._following.way, shape, reported)
                before = setting
                course.ends.append(course.shape)
        solution = self._following.way.problem
        return SolvedEnd(solution, course.displacement, solution.balance(), course.result(small[-1]), course.ends)


def _no_equilibrium(finished: Sequence[Mapping[str, Any]]) -> str | None:
    """What large deflection said in the first step where it found none, from the entries of the summary."""
    return next((said for one in finished if (said := one["decision"].get("no_equilibrium"))), None)


def _born(problem: Solid) -> Cells | None:
    """The displacement its cells were born at."""
    mesh = problem.stack_mesh
    return None if problem.birth is None else (mesh.keys, by_cell(mesh, problem.birth))
