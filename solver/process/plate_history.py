"""What a stack goes through as a plate: the steps of the process at large deflection, read as those of solids are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import chain
from typing import Any

from dolfinx import fem

from solver.arrays import Array
from solver.case.loaded import LoadedCase
from solver.linalg.krylov import SolveRecord
from solver.linalg.stopping import End
from solver.metrics import memory_means, over_time, stress, warpage
from solver.metrics.contact import contact_summary
from solver.metrics.evaluated import Evaluations
from solver.metrics.plate_limits import no_plate, sliding
from solver.metrics.reading import SolvedStep
from solver.metrics.readings import Readings, StepReading
from solver.metrics.step_result import DecisionRecord, ErrorEstimate, PathResult, StepResult
from solver.output.summary import plain
from solver.parallel import peak_memory_gb
from solver.physics.plate.in_time import PlateInTime
from solver.physics.plate.temperatures import Temperature
from solver.physics.solid.cell_stress import along_axes_of_cells
from solver.process import laminate_estimate
from solver.process.checkpoint import Position, Saved
from solver.process.equilibrium_path import EquilibriumPath
from solver.process.history import SaveCheckpoint, StepOutcome
from solver.process.judgement import StepDoubts
from solver.process.laminate_estimate import Laminate
from solver.process.layer_temperatures import hottest
from solver.process.load_step import LoadStep, SoFar
from solver.process.plan import PlannedStep
from solver.process.plate_error import coarse, error_estimate
from solver.process.plate_following import PlateFollowing, of_path, small_answer
from solver.process.plate_stage import PlateStage, PlateStageMaker
from solver.process.plate_view import PlateSolid
from solver.process.plate_view_in_time import PlateSolidInTime
from solver.process.small_history import moment_of
from solver.process.step_fields import Ramp, StepFields
from solver.process.step_log import births, lines
from solver.process.temperature_snapshots import TemperatureSnapshot, TemperatureSnapshots
from solver.process.time_path import TimePath
from solver.progress import Progress
from solver.remaining import of_step
from solver.units import to_celsius

_WHY = "every step of a plate is"


class PlateHistory:
    """The plate from step to step.

    Args:
        loaded: the case.
        progress: what the user sees.
        maker: makes stages.
        readings: of die shift and exposure fields.
        keep: keeps a position with its fields, or None.
        snapshots: temperature fields of the heat problem, if there is one.
    """

    def __init__(
        self,
        loaded: LoadedCase,
        progress: Progress,
        maker: PlateStageMaker,
        readings: Readings,
        keep: SaveCheckpoint | None,
        snapshots: TemperatureSnapshots | None = None,
    ) -> None:
        self.case, self.progress, self._maker = loaded.case, progress, maker
        self._readings, self._keep_at = readings, keep
        self._finished: list[dict[str, Any]] = []  # entries of the summary, for checkpoints
        self._doubts = StepDoubts(progress)
        self._saved: Saved[Position] | None = None
        self._works: dict[str, float] = {}  # inelastic work of layers and blocks at the start of the step (MPa)
        self._fields, self._evaluations = StepFields(snapshots), Evaluations(loaded.case.report)
        self._told: set[str] = set()  # parts whose limits have been said
        self._following = PlateFollowing()
        self._field: float | fem.Function = 0.0  # where the stack is, or goes
        self._setting: PlateStage | None = None

    def restore(self, saved: Saved[Position], done: Sequence[PlannedStep]) -> None:
        """Be where a checkpoint was made, as of `History.restore`."""
        position = saved.position
        self._fields.finish(*done)
        self._finished = list(position.finished)
        self._fields.rate = position.rate
        for text in position.warnings:
            self.progress.warn(text)
        for result in map(StepResult.read, self._finished):
            self._works = memory_means.works(result.stress)
        if done:
            self._setting = self._maker.stage(done[-1].end, None, done[-1].temperature is None)
        if position.stage is not None:
            self._saved = saved
        elif self._setting is not None:
            self._following.restore(self._setting, saved, self._fields.temperature(done[-1]))

    def begin(self, index: int) -> None:
        """Stand before a step, the number after the last one included."""
        if index and self._saved is None:
            self._keep(index, None, None)

    def round_ends(self, jump: int) -> None:
        """Jump over nothing: rounds of plates are all solved."""
        assert not jump  # the case file was checked for it

    def _keep(self, step: int, stage: int | None, course: SoFar | None) -> None:
        if self._keep_at is None:
            return
        way = self._following.way
        clock = way.control.clock if isinstance(way, TimePath) else None
        so_far = {} if course is None else course.entry()
        place = step, stage, way.temperature, way.stable, way.ramp, so_far, self._finished, True
        known = self.progress.warnings, way.bent, clock, self._fields.rate
        self._keep_at(Position(*place, *known), self._following.kept)

    def step(self, index: int, step: PlannedStep, laminates: Sequence[Laminate]) -> StepOutcome:
        """Go through a step, as of `History.step`."""
        self.progress.remaining.begin(of_step(index, True))
        path, ends, displacement = self._deflect(index, step)
        assert self._setting is not None
        solid, setting = self._solid(self._following.way), self._setting
        mesh, temperature = setting.solid.stack_mesh, self._fields.temperature(step)
        sigma = solid.stress(temperature)
        seen = SolvedStep(step.name, solid, displacement, temperature, self.case.report)
        reading = self._readings.read(seen)
        record = self._record(solid)
        result = self._result(step, path, ends, solid, displacement, sigma, laminates[-1], reading)
        self._fields.finish(step)
        self._doubts.of_step(step, result, solid, temperature, None)
        self._doubts.of_forms(step, laminates[-1])
        self._doubts.of_readings(reading)
        for text in lines(result, record, self.case.report.surface):
            self.progress.say(f"           {text}")
        self._doubts.of_births(result)
        self._finished.append(plain(result.summary()))
        cells: Mapping[str, Array] = along_axes_of_cells(mesh, solid.materials, sigma)
        return StepOutcome(index, step, mesh, displacement, sigma, temperature, record, result, reading, cells)

    def _deflect(self, index: int, step: PlannedStep) -> tuple[PathResult, Sequence[warpage.Warpage], fem.Function]:
        """Through the stages of a step: what was found, shapes at their ends, displacement laid level."""
        at, goes, following, before, ramp = 0, 0, self._following, self._setting, None
        temperature, settings = self._fields.temperature(step), list[PlateStage]()
        self._field = temperature
        for stage in step.stages:
            last = settings[-1] if settings else before
            settings.append(self._maker.stage(stage, last, step.temperature is None))
        ways, passed = self._fields.ramps(step, settings[0].solid), self._fields.passed(step)
        told = step.name, self.case.report, self.progress
        course = LoadStep(*told, lambda: self._keep(index, at, course.so_far), ways[0].begins, self._solid)
        resumed, self._saved = self._saved, None
        if resumed is not None and resumed.position.stage is not None:
            at, ramp = resumed.position.stage, resumed.position.ramp
            before = self._setting = settings[at]
            following.restore(before, resumed, resumed.position.temperature or temperature)
            course.resume(following.way, SoFar.read(resumed.position.course))
            timed = isinstance(following.way, TimePath) and bool(step.lasts)
            goes = -1 if resumed.position.arrived(step.temperature, timed) else 0
        look: Callable[[], warpage.Warpage] | None = None
        with self.progress.stage("solve", f"step '{step.name}' as a plate"):
            for number in range(at, len(settings)):
                at, setting = number, settings[number]
                reported = self.case.report.warpage_at if at == len(settings) - 1 else []
                self._setting = setting
                look = cache(partial(self._small, setting, temperature))
                if before is None:
                    following.begin(setting, step.before)
                elif not setting.is_like(before):
                    course.pass_over(following, setting, look, temperature)
                self._doubt(setting, temperature)
                before = setting
                if at == goes:
                    self._pass(course, setting, passed, ways)
                    self._field = temperature
                    following.lasts(ways[-1].seconds)
                    course.go(following.way, look, temperature, reported, ramp)
                else:
                    course.visit(following.way, look, reported)
                course.ends.append(course.shape)
        following.rest()
        assert look is not None and self._setting is not None
        remembers = self._setting.solid.in_time is not None  # with what layers have come to remember
        small = self._small(self._setting, temperature) if remembers else look()
        return course.result(small), course.ends, course.displacement

    def _pass(
        self, course: LoadStep, setting: PlateStage, passed: Sequence[TemperatureSnapshot], ways: Sequence[Ramp]
    ) -> None:
        """Through moments of heat in time on the way to that of a step."""
        for moment, way in [*zip(passed, ways, strict=False)][len(course.over_time) :]:
            self._field = moment.field
            self._following.lasts(way.seconds)
            look = partial(self._small, setting, moment.field)
            course.pass_by(self._following.way, look, moment.field)
            course.over_time.append(moment_of(moment, course.shape, self._solid(self._following.way)))

    def _doubt(self, setting: PlateStage, temperature: float | fem.Function) -> None:
        """Say where the plate is no model, once of each part; in a field as at its hottest place. Collective."""
        kelvin = hottest(temperature)
        plate, solid = setting.plate, setting.solid
        materials = dict(zip((block.name for block in plate.blocks), solid.materials, strict=True))
        repeating, flat = self._following.free.section.repeating, self._following.plate.held_flat
        parts = no_plate(plate, materials, kelvin, repeating, remembers=solid.in_time is not None)
        for about, text in chain(parts, sliding(plate, materials, kelvin, repeating, flat)):
            if about not in self._told:
                self.progress.warn(text)
            self._told.add(about)

    def _small(self, setting: PlateStage, kelvin: float | fem.Function) -> warpage.Warpage:
        """The shape small deflection gives the present stage, with layers born where large deflection had them."""
        problem = self._following.free
        displacement = setting.normals.displacement(problem, small_answer(problem, kelvin))
        return warpage.evaluate(self._evaluations.on(setting.solid.stack_mesh).of(displacement))

    def _solid(self, way: EquilibriumPath) -> PlateSolid:
        """The plate on a way as a solid. Collective in a field."""
        assert self._setting is not None
        setting, problem = self._setting, of_path(way)
        kind = PlateSolidInTime if isinstance(problem, PlateInTime) else PlateSolid
        kelvin: Temperature
        if way.temperature is not None:
            kelvin = way.temperature
        else:
            kelvin = problem.memory.kelvin if isinstance(problem, PlateInTime) else problem.kelvin_in(self._field)
        return kind(problem, setting.normals, setting.solid, setting.held, kelvin)

    def _record(self, solid: PlateSolid) -> SolveRecord:
        problem = of_path(self._following.way)
        unknowns = 3 * problem.space.dofmap.index_map.size_global
        balance = solid.balance()
        reached = balance.energy_error, balance.energy_error, 0.0, 0.0, None, 0.0, 0.0
        why = "a plate's tangent is small, and its pivots tell stable from unstable"
        return SolveRecord("MUMPS", why, unknowns, End.CONVERGED, 1, *reached)

    def _result(
        self,
        step: PlannedStep,
        path: PathResult,
        ends: Sequence[warpage.Warpage],
        solid: PlateSolid,
        displacement: fem.Function,
        sigma: Array,
        laminate: Laminate,
        reading: StepReading,
    ) -> StepResult:
        assert path.large is not None
        mesh, balance, small = solid.stack_mesh, solid.balance(), path.large.small_deflection
        energy, distance = solid.strain_energy(), self.case.report.stress_distance
        curved = small.curvature_x_per_m, small.curvature_y_per_m, 2.0 * small.twist_per_m
        temperature, time = self._fields.temperature(step), self._fields.time(step)
        stresses = stress.evaluate(mesh, sigma, energy, solid.materials, temperature, distance)
        stresses = memory_means.added(stresses, solid, self._works)
        self._works = memory_means.works(stresses)
        if time is not None:
            assert isinstance(temperature, fem.Function)
            path = replace(path, over_time=(*path.over_time, over_time.moment(time, temperature, path.shape, stresses)))
        return StepResult(
            name=step.name,
            temperature_degc=None if step.temperature is None else to_celsius(step.temperature),
            time_s=step.seconds,
            thermal_time_s=time,
            deflection="large",
            decision=DecisionRecord(_WHY, None),
            singulated=step.end.cut_out,
            evaluated=self._evaluations.on(mesh).summary(displacement),
            path=path,
            births=births(step, ends),
            stress=stresses,
            balance=balance,
            contact=contact_summary(step.end.support, solid, balance),
            laminate=laminate_estimate.compare(step, laminate, curved),
            readings=reading.summary,
            peak_memory_gb=peak_memory_gb(mesh.comm),
            error_estimate=self._error(step, path),
        )

    def _error(self, step: PlannedStep, path: PathResult) -> ErrorEstimate | None:
        """What its cells leave out, if the case asks for it; said where it is much."""
        if not self.case.analysis.error_estimate:
            return None
        assert self._setting is not None
        found = error_estimate(self._setting, self._following.plate, path.shape, self.case.report)
        for text in coarse(step.name, found):
            self.progress.warn(text)
        return found

    def destroy(self) -> None:
        """Free the factors of what is followed."""
        self._following.destroy()
