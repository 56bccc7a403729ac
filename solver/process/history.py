"""What a stack goes through: the steps of the process, solved at small deflection and, where it matters, at large.

`judgement` warns of them, `step_log` tells how they went.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

from dolfinx import fem

from meshes.extrude import StackMesh
from meshes.field_transfer import by_cell, discontinuous
from solver.arrays import Array
from solver.case.loaded import LoadedCase
from solver.errors import NotConvergedError
from solver.linalg.krylov import SolveRecord
from solver.metrics import memory_means, over_time, stress, warpage
from solver.metrics.branch import SYMMETRIC
from solver.metrics.contact import contact_summary
from solver.metrics.evaluated import Evaluated
from solver.metrics.reading import SolvedStep
from solver.metrics.readings import Readings, StepReading
from solver.metrics.step_result import Comparison, PathResult, StepResult
from solver.output.summary import plain
from solver.parallel import peak_memory_gb
from solver.physics.solid.cell_stress import along_axes_of_cells
from solver.physics.solid.course import Leg, taken
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.process import kept_in_time, laminate_estimate
from solver.process.birth import bowed
from solver.process.checkpoint import Cells, Position, Saved
from solver.process.decision import Decision
from solver.process.held_path import HeldPath
from solver.process.judgement import StepDoubts
from solver.process.laminate_estimate import Laminate
from solver.process.large_following import GuideOf, LargeDeflection
from solver.process.load_step import LoadStep, SoFar
from solver.process.other_cracks import solves_with
from solver.process.plan import PlannedStep
from solver.process.small_history import SmallHistory, born, led, moment_of
from solver.process.solved import SmallStage, SolvedEnd
from solver.process.stage_model import MakeStageModel, StageModel
from solver.process.step_fields import StepFields
from solver.process.step_log import births, lines
from solver.process.temperature_snapshots import TemperatureSnapshots
from solver.process.time_path import TimePath
from solver.progress import Progress
from solver.remaining import of_step
from solver.units import to_celsius

SaveCheckpoint: TypeAlias = Callable[[Position, dict[str, Cells]], None]


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
        cells: further values of cells by name, for the fields.
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
    cells: Mapping[str, Array]

    @property
    def summary(self) -> dict[str, Any]:
        """The entry of `steps` in the summary."""
        return self.result.summary()


class History:
    """The stack from step to step.

    Args:
        loaded: the case.
        progress: what the user sees.
        make_stage_model: gives a stage its model, from whether it is in the temperature field and the model before.
        snapshots: temperature fields of the heat problem, if there is one.
        readings: of die shift and exposure fields.
        save_checkpoint: saves a position with its fields; None: nothing is saved.
        guide_of: gives a plate that goes ahead of a problem at large deflection, None where that does not pay.
    """

    def __init__(
        self,
        loaded: LoadedCase,
        progress: Progress,
        make_stage_model: MakeStageModel,
        snapshots: TemperatureSnapshots | None,
        readings: Readings,
        save_checkpoint: SaveCheckpoint | None = None,
        guide_of: GuideOf = lambda *_: None,
    ) -> None:
        self.case, self.progress = loaded.case, progress
        self._make_stage_model, self._save_checkpoint = make_stage_model, save_checkpoint
        self._readings, self._guide_of, self._finished = readings, guide_of, list[dict[str, Any]]()
        self._without: str | None = None  # what large deflection said in the first step where it found no equilibrium
        self._works: dict[str, float] = {}  # inelastic work of layers and blocks at the start of the step (MPa)
        self._doubts = StepDoubts(progress)
        self._saved: Saved[Position] | None = None
        self._fields = StepFields(snapshots)
        self._small = SmallHistory(loaded, progress, self._fields)
        self._large: LargeDeflection | None = None
        self._stage_model: StageModel | None = None

    def restore(self, saved: Saved[Position], done: Sequence[PlannedStep]) -> None:
        """Be where a checkpoint was made.

        Args:
            saved: the checkpoint.
            done: the steps before the one it was made in.
        """
        position = saved.position
        self._fields.finish(*done)
        self._fields.rate, self._finished = position.rate, list(position.finished)
        for text in position.warnings:
            self.progress.warn(text)
        for result in map(StepResult.read, self._finished):
            self._works = memory_means.works(result.stress)
            self._without = self._without or result.decision.no_equilibrium
        if done:
            self._readings.resume(saved.known, self._finished)
            before = done[-1]
            setting = self._make_stage_model(before.end, before.temperature is None, None)
            self._stage_model = setting = self._small.growing.restored(saved, setting)
            self._small.line.restore(setting, self._restored(saved, "small birth", setting))
            if isinstance(self._small.problem, SmallDeflectionInTime):
                kept_in_time.restore_small(saved, self._small.problem, before.temperature or 0.0)
                self._small.round_before = kept_in_time.restored_round(saved, self._small.problem)
                if self._small.round_before:  # rounds may have been jumped over since
                    self._works = self._present_works()
            kept_in_time.restore_faces(saved, self._small.problem)
            if position.large and position.stage is None:
                self._restore_large(saved, setting, before.at)
        self._small.growing.resume(saved)
        self._saved = saved if position.stage is not None else None

    def _restore_large(self, saved: Saved[Position], setting: StageModel, time: float | None) -> None:
        position, birth = saved.position, self._restored(saved, "birth", setting)
        at = self._fields.field(time) if position.temperature is None else position.temperature
        self._large = LargeDeflection(self._guide_of)
        self._large.place = None if position.stage is None else (position.step, position.stage)
        if setting.in_time is None:
            u = saved.values("displacement", setting.stack_mesh.keys)
            self._large.restore(setting, birth, u, at, position.stable, position.bent)
        else:
            kelvin = position.temperature or 0.0  # where it is None, those of points are kept
            self._large.restore_in_time(
                setting, birth, lambda problem, tolerance: kept_in_time.restore_way(saved, problem, tolerance, kelvin)
            )
        kept_in_time.restore_held(saved, self._large.way.problem)

    def _restored(self, saved: Saved[Position], name: str, setting: StageModel) -> fem.Function | None:
        if name not in saved.fields:
            return None
        return discontinuous(setting.stack_mesh, saved.values(name, setting.stack_mesh.keys))

    def begin(self, index: int) -> None:
        """Stand before a step, the number after the last one included."""
        if index:
            self._small.stand()
        if index and self._saved is None:
            self._checkpoint(index, None, None)

    def _checkpoint(self, step: int, stage: int | None, course: SoFar | None) -> None:
        """Save where the stack is."""
        way, clock = None if self._large is None else self._large.way, None
        whole = isinstance(way, HeldPath) and way.ramp is None  # else nothing tells whether it has gone its way
        follows = self._stage_model is not None and bool(self._stage_model.followed)  # places go with a step as a whole
        if self._save_checkpoint is None or (stage is not None and (whole or follows)):
            return
        if (kept := self._readings.kept()) is None:
            return
        fields = self._small.kept | kept
        if way is not None:
            mesh, birth = way.problem.stack_mesh, born(way.problem)
            fields["displacement"] = mesh.keys, by_cell(mesh, way.problem.displacement)
            fields |= ({} if birth is None else {"birth": birth}) | kept_in_time.of_held(way.problem)
            if isinstance(way, TimePath):
                fields, clock = fields | kept_in_time.of_way(way), way.control.clock
        at = (None, True, None) if way is None else (way.temperature, way.stable, way.ramp)
        place = step, stage, *at, {} if course is None else course.entry(), self._finished, way is not None
        more = self.progress.warnings, None if way is None else way.bent, clock, self._fields.rate
        self._save_checkpoint(Position(*place, *more), fields)

    def round_ends(self, jump: int) -> None:
        """Stand at the end of a round, and go on as in it for some rounds more, without solving them. Collective."""
        self._small.round_ends(jump)
        self._works = self._present_works()

    def _present_works(self) -> dict[str, float]:
        """Inelastic work of layers and blocks at small deflection (MPa), by name. Collective."""
        stresses = StepResult.read(self._finished[-1]).stress
        return memory_means.works(memory_means.added(stresses, self._small.problem, {}))

    def step(self, index: int, step: PlannedStep, laminates: Sequence[Laminate]) -> StepOutcome:
        """Go through a step.

        Args:
            index: its number, from 0.
            step: the step.
            laminates: one for each of its stages.
        """
        temperature = self._fields.temperature(step)
        self.progress.remaining.begin(of_step(index, False))
        first, settings, small = self._stage_model, [], []
        decision = Decision(self.case.analysis.deflection, step, self._large is not None, self._without)
        for stage in step.stages:
            setting = self._make_stage_model(stage, step.temperature is None, self._stage_model)
            self._small.enter(setting, step, self._stage_model)
            self._stage_model = setting
            settings.append(setting)
            small.append(self._small.solve(step, setting, decision))
        keep = partial(self._checkpoint, index, None, None)
        self._stage_model, end = settings[-1], small[-1] = self._small.grow(step, setting, small[-1], decision, keep)
        self._doubts.of_solve(step, end.record)
        solved = self._at_small(small)
        if decision.large:
            try:
                solved = self._deflect(index, step, first, settings, [one.shape for one in small])
            except NotConvergedError as error:
                decision.stay_small(error)
                self._leave_large()
        sigma = solved.solution.stress(temperature)
        again = solves_with(self.case, settings[-1], solved.solution, temperature)
        at_end = step.name, solved.solution, solved.displacement, temperature, self.case.report
        reading = self._readings.read(SolvedStep(*at_end, again, solved.legs, growth=self._small.growth))
        compared = self._compared(step, laminates[-1], end.shape)
        result = self._result(step, solved, sigma, temperature, decision, compared, reading)
        self._doubts.of_step(step, result, self._small.problem, temperature, decision.worst)
        self._doubts.of_forms(step, laminates[-1])
        self._doubts.of_readings(reading)
        for text in lines(result, end.record, self.case.report.surface):
            self.progress.say(f"           {text}")
        self._doubts.of_births(result)
        self._finished.append(plain(result.summary()))
        self._without = self._without or result.decision.no_equilibrium
        self._fields.finish(step)
        reached = solved.displacement, sigma, temperature
        mesh = solved.solution.stack_mesh
        cells = along_axes_of_cells(mesh, solved.solution.materials, sigma)
        return StepOutcome(index, step, mesh, *reached, end.record, result, reading, cells)

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
        solution, path, time = solved.solution, solved.path, self._fields.time(step)
        mesh, distance = solution.stack_mesh, self.case.report.stress_distance
        stresses = stress.evaluate(mesh, sigma, solution.strain_energy(), solution.materials, temperature, distance)
        stresses = memory_means.added(stresses, solution, self._works)
        self._works = memory_means.works(stresses)
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

    def destroy(self) -> None:
        """Free the factors of what is solved and followed."""
        self._small.dismiss()
        self._leave_large()

    def _at_small(self, stages: Sequence[SmallStage]) -> SolvedEnd:
        """The answer of a step, from those of its stages."""
        end, problem = stages[-1], self._small.problem
        path = PathResult(end.shape, SYMMETRIC, None, None, end.curve, end.over_time, None)
        legs = tuple(one.leg for one in stages)
        return SolvedEnd(problem, problem.displacement, end.balance, path, [one.shape for one in stages], legs)

    # ---- large deflection

    def _leave_large(self) -> None:
        if self._large is not None:
            self._large.destroy()
            self._large = None

    def _deflect(
        self,
        index: int,
        step: PlannedStep,
        before: StageModel | None,
        settings: Sequence[StageModel],
        small: Sequence[warpage.Warpage],
    ) -> SolvedEnd:
        """A step at large deflection."""
        self.progress.remaining.begin(of_step(index, True))
        self._small.dismiss()
        at, temperature = 0, self._fields.temperature(step)
        ways, passed = self._fields.ramps(step, settings[0]), self._fields.passed(step)
        told = step.name, self.case.report, self.progress
        course = LoadStep(*told, lambda: self._checkpoint(index, at, course.so_far), ways[0].begins)
        goes, ramp = 0, None  # the stage that changes the temperature
        legs: list[Leg] = []
        resumed, self._saved = self._saved, None
        if resumed is not None and resumed.position.stage is not None:
            at, ramp = resumed.position.stage, resumed.position.ramp
            before = settings[at]
            self._restore_large(resumed, before, step.at)
            assert self._large is not None
            course.resume(self._large.way, SoFar.read(resumed.position.course))
            timed = isinstance(self._large.way, TimePath) and bool(step.lasts)
            goes = -1 if resumed.position.arrived(step.temperature, timed) else 0
        elif self._large is None:
            at = goes = self._begin_large(index, step, settings)
            course.ends = list(small[:at])
            before = settings[at]
        following = self._large
        assert following is not None
        following.led = led(step, self._small.problem)
        with self.progress.stage("solve", f"step '{step.name}' at large deflection"):
            for number in range(at, len(settings)):
                at, following.place = number, (index, number)
                setting, shape = settings[at], partial(small.__getitem__, at)
                reported = self.case.report.warpage_at if at == len(settings) - 1 else []
                if before is None or not setting.is_like(before):
                    course.pass_over(following, setting, shape, temperature)
                else:
                    following.goes_on()
                if at == goes:
                    for moment, way in [*zip(passed, ways, strict=False)][len(course.over_time) :]:  # those to come
                        following.lasts(way.seconds)
                        course.pass_by(following.way, shape, moment.field)
                        course.over_time.append(moment_of(moment, course.shape, following.way.problem))
                    following.lasts(ways[-1].seconds)
                    course.go(following.way, shape, temperature, reported, ramp)
                else:
                    course.visit(following.way, shape, reported)
                before = setting
                course.ends.append(course.shape)
                legs.append(taken(following.way.problem))
        solution = following.way.problem
        path = course.result(small[-1])
        return SolvedEnd(solution, course.displacement, solution.balance(), path, course.ends, tuple(legs))

    def _begin_large(self, index: int, step: PlannedStep, settings: Sequence[StageModel]) -> int:
        """Begin with large deflection in a step; the number of the stage, which is the one that goes on its way.

        Elastic stacks begin flat, and are in the shape of the last stage; what materials with a memory remember at the
        start of the step goes on from there.
        """
        self._large, temperature = LargeDeflection(self._guide_of), self._fields.temperature(step)
        self._large.led = led(step, self._small.problem)
        with self.progress.stage("setup", "forms of large deflection"):
            if self._small.begun is not None:
                known, birth = self._small.begun
                self._large.begin_in_time(settings[0], birth, known)
                return 0
            at = 0 if index == 0 else len(settings) - 1
            self._large.place = index, at
            birth = bowed(settings[0].stack_mesh) if index == 0 else self._small.problem.birth
            self._large.begin(settings[at], birth, temperature)
            return at
