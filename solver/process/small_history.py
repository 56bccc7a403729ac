"""The process at small deflection, step by step: what decides on large deflection, and what that starts from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from dolfinx import fem

from meshes.field_transfer import by_cell
from solver.case.loaded import LoadedCase
from solver.errors import NotConvergedError
from solver.linalg.krylov import SolveRecord
from solver.linalg.stopping import Monitor
from solver.metrics import over_time, plausibility, stress, warpage
from solver.metrics.crack_release import Growth
from solver.metrics.evaluated import Evaluated
from solver.metrics.step_result import CurvePoint, Moment
from solver.physics.solid.cohesive_cracks import CohesiveCracks, Led
from solver.physics.solid.course import taken
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.physics.solid.solid import Balance, Solid
from solver.process.checkpoint import Cells
from solver.process.crack_growth import GrowingCracks
from solver.process.decision import Decision, Judges
from solver.process.kept_in_time import as_round, carry_on, of_faces, of_small
from solver.process.messages import iterations, what, where
from solver.process.plan import PlannedStep
from solver.process.small_in_time import SmallInTime
from solver.process.solved import SmallStage
from solver.process.stage_model import SmallDeflection, SmallKept, StageModel
from solver.process.step_fields import StepFields
from solver.process.temperature_snapshots import TemperatureSnapshot
from solver.progress import Progress
from solver.units import to_celsius

_HANGS = (
    "a layer seems to hang on by its cohesive interface alone, which is solved of elastic materials at large "
    "deflection only: use `analysis: {deflection: large}`, or let the layers be joined beside it"
)
Begun: TypeAlias = tuple[SmallKept, fem.Function | None]


class SmallHistory:
    """The stack at small deflection.

    Args:
        loaded: the case.
        progress: what the user sees.
        fields: temperature and time of the steps.

    Attributes:
        line: of its problems.
        growing: cracks that grow.
        growth: of each in the last step, by its name.
        begun: where materials with a memory begin the step, and the displacement cells were born at; None of others.
        kept: what checkpoints keep of the start of the step.
        round_before: the same of the end of the last round, of rounds that may be jumped over.
    """

    def __init__(self, loaded: LoadedCase, progress: Progress, fields: StepFields) -> None:
        self._case, self._progress, self._fields = loaded.case, progress, fields
        analysis = loaded.case.analysis
        self.line = SmallDeflection(analysis.solver, sound=analysis.deflection == "large")
        self.growing = GrowingCracks(loaded.case, loaded.stack.cracks)
        self.growth: Mapping[str, Growth] = {}
        self._judges = Judges()
        self.begun: Begun | None = None
        self.kept: dict[str, Cells] = {}
        self.round_before: dict[str, Cells] = {}

    @property
    def problem(self) -> SmallDeflectionSolid:
        """Of the present stage."""
        return self.line.problem

    def stand(self) -> None:
        """Note what a checkpoint keeps: the stack stands before a step that is not the first."""
        problem = self.problem
        birth = born(problem)
        self.kept = {} if birth is None else {"small birth": birth}
        if isinstance(problem, SmallDeflectionInTime):
            self.kept |= of_small(problem) | as_round(self.round_before)
        self.kept |= of_faces(problem)
        self.kept |= self.growing.kept(problem.stack_mesh.comm)

    def round_ends(self, jump: int) -> None:
        """Stand at the end of a round, and go on as in it for some rounds more, without solving them. Collective."""
        problem = self.problem
        assert isinstance(problem, SmallDeflectionInTime)  # the case file was checked for it
        if jump:
            carry_on(problem, self.round_before, jump)
        self.round_before = of_small(problem)

    def enter(self, setting: StageModel, step: PlannedStep, before: StageModel | None) -> None:
        """Go to a stage of a step, from the one before; None: from the start of the process."""
        if before is None or not setting.is_like(before):
            with self._progress.stage("setup", f"forms for {setting.stack_mesh.cells} cells"):
                self.line.enter(setting)
        problem = self.problem
        if problem.facing is not None and setting.stage is step.stages[0]:
            problem.facing.met_at[:] = np.nan
        if isinstance(problem, SmallDeflectionInTime) and setting.stage is step.stages[0]:
            if before is None and step.before is not None:
                problem.sets_out(0.0, led(step, problem), rests=True)
                problem.solve(step.before)
            self.begun = problem.snapshot, problem.birth

    def solve(self, step: PlannedStep, setting: StageModel, decision: Decision) -> SmallStage:
        """A stage of a step; `decision` sees what it comes to."""
        problem = self.problem
        if isinstance(problem, SmallDeflectionInTime):
            return self._in_time(problem, step, setting, decision)
        temperature, passed = self._fields.temperature(step), self._fields.passed(step)
        ways = [ramp.seconds for ramp in self._fields.ramps(step, setting)]
        if isinstance(problem.cohesion, CohesiveCracks):
            passed = passed if setting.stage is step.stages[0] else []  # what parted on the way did so once
            problem.cohesion.led = led(step, problem)
        problem.led = led(step, problem)
        evaluated = Evaluated(problem.stack_mesh, self._case.report)
        last = setting.stage is step.end
        elsewhere = self._case.report.warpage_at if last and isinstance(temperature, float) else []
        parts = isinstance(problem.cohesion, CohesiveCracks)  # it looks aside once it is there
        looks: list[tuple[float | fem.Function, float | None]] = [(kelvin, None) for kelvin in elsewhere if not parts]
        looks += [(moment.field, moment.time) for moment in passed]
        curve: list[CurvePoint] = []
        course: list[Moment] = []
        wanted = (*looks, (temperature, self._fields.time(step)))
        for number, (kelvin, time) in enumerate(wanted):
            there = f"{where(kelvin, time)}{what(step, setting.stage)}"
            if isinstance(problem.cohesion, CohesiveCracks):
                problem.cohesion.seconds = ways[number]
            with self._progress.stage("solve", f"step '{step.name}' {there}") as tell:
                record, balance = _solved(problem, kelvin, iterations(tell), evaluated.face)
                decision.see(self._judges.of(problem, evaluated.face), kelvin, time, last and kelvin is temperature)
            if last:
                self._progress.remaining.reached((number + 1) / len(wanted))
            shape = warpage.evaluate(evaluated.of(problem.displacement))
            if isinstance(kelvin, float):
                curve.append(CurvePoint(to_celsius(kelvin), shape))
            elif kelvin is not temperature:
                course.append(moment_of(TemperatureSnapshot(time, kelvin), shape, problem))
        if last and problem.facing is not None:
            problem.facing.join()
        seen = self._aside(problem, evaluated, elsewhere, temperature) if parts else curve[: len(elsewhere)]
        return SmallStage(record, balance, shape, tuple(seen), tuple(course), taken(problem))

    def _aside(
        self,
        problem: SmallDeflectionSolid,
        evaluated: Evaluated,
        elsewhere: Sequence[float],
        temperature: float | fem.Function,
    ) -> list[CurvePoint]:
        """Shapes of a stack that may part at other temperatures (K), reached at the rate of the step, and forgotten."""
        interface, found = problem.cohesion, list[CurvePoint]()
        assert isinstance(interface, CohesiveCracks)
        for kelvin in elsewhere:
            here, mark, rate = problem.state, interface.mark, self._fields.rate
            interface.seconds = abs(kelvin - temperature) / rate if rate and isinstance(temperature, float) else 0.0
            problem.solve(kelvin)
            found.append(CurvePoint(to_celsius(kelvin), warpage.evaluate(evaluated.of(problem.displacement))))
            problem.state, interface.mark = here, mark
        return found

    def grow(
        self,
        step: PlannedStep,
        setting: StageModel,
        end: SmallStage,
        decision: Decision,
        keep: Callable[[], None],
    ) -> tuple[StageModel, SmallStage]:
        """Let delaminations grow at the end of a step: its last stage with them, and its solution. Collective.

        Args:
            step: as planned.
            setting: of its last stage.
            end: its solution with the cracks as they are.
            decision: sees what it comes to.
            keep: makes a checkpoint of `kept`, after every move.
        """
        temperature = self._fields.temperature(step)
        if not self.growing.some or not isinstance(temperature, float):
            return setting, end
        with self._progress.stage("solve", f"step '{step.name}', growth of delaminations") as tell:

            def moved() -> None:
                self.kept |= self.growing.kept_so_far(setting.stack_mesh.comm)
                keep()

            found = self.growing.follow(setting, self.line, temperature, tell, moved)
        self.growth = found.growth
        if found.line is self.line:
            return setting, end
        self.dismiss()
        self.line = found.line
        return found.setting, self.solve(step, found.setting, decision)

    def _in_time(
        self, problem: SmallDeflectionInTime, step: PlannedStep, setting: StageModel, decision: Decision
    ) -> SmallStage:
        assert setting.in_time is not None
        temperature, passed = self._fields.temperature(step), self._fields.passed(step)
        evaluated, last = Evaluated(problem.stack_mesh, self._case.report), setting.stage is step.end
        moments: list[Moment] = []
        with self._progress.stage("solve", f"step '{step.name}'{what(step, setting.stage)}") as tell:

            def judge(kelvin: float) -> None:
                decision.see(self._judges.of(problem, evaluated.face), kelvin, None, False)

            way = SmallInTime(problem, setting.in_time, evaluated, iterations(tell), tell, judge, led(step, problem))
            ramps = self._fields.ramps(step, setting)
            problem.drive(sum(ramp.seconds for ramp in ramps))
            for number, ramp in enumerate(ramps):
                try:
                    way.go(ramp)
                except NotConvergedError as error:
                    raise NotConvergedError(f"step '{step.name}': {error}") from error
                if number < len(passed):
                    moments.append(moment_of(passed[number], way.shape, problem))
            decision.see(self._judges.of(problem, evaluated.face), temperature, self._fields.time(step), last)
            end = SmallStage(way.record, way.balance, way.shape, (), tuple(moments), taken(problem))
            if last and problem.facing is not None:
                problem.facing.join()
            if last and isinstance(temperature, float):
                way.look(self._case.report.warpage_at, self._fields.rate)
            for text in plausibility.forced(step.name, way.forced):
                self._progress.warn(text)
        return replace(end, curve=tuple(way.curve))

    def dismiss(self) -> None:
        """Free the factors and what was judged; both are made again where they are needed."""
        self.line.destroy()
        self._judges.dismiss()


def _solved(
    problem: SmallDeflectionSolid, kelvin: float | fem.Function, monitor: Monitor, face: str
) -> tuple[SolveRecord, Balance]:
    """As `SmallDeflectionSolid.solve`; of a stack with an interface that fails at once it says what that may be."""
    try:
        return problem.solve(kelvin, monitor, face)
    except NotConvergedError as error:
        if isinstance(problem.cohesion, CohesiveCracks) and not problem.cohesion.kept[1].any():
            raise NotConvergedError(f"{_HANGS} ({error})") from error
        raise


def moment_of(moment: TemperatureSnapshot, shape: warpage.Warpage, solved: Solid) -> Moment:
    """Shape and stress at a moment that a step passes."""
    assert moment.time is not None
    sigma, energy = solved.stress(moment.field), solved.strain_energy()
    found = stress.evaluate(solved.stack_mesh, sigma, energy, solved.materials, moment.field)
    return over_time.moment(moment.time, moment.field, shape, found)


def led(step: PlannedStep, problem: Solid) -> Led | None:
    """How far the loads of a step move, if it says so."""
    if step.opens is None:
        return None
    largest = max(float(np.linalg.norm(load.force)) for load in step.end.loads if load.force is not None)
    return Led(step.opens / problem.stack_mesh.stack.multiplicity, largest)


def born(problem: Solid) -> Cells | None:
    """The displacement its cells were born at."""
    mesh = problem.stack_mesh
    return None if problem.birth is None else (mesh.keys, by_cell(mesh, problem.birth))
