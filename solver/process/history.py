"""What a stack goes through: the steps of the process, at small deflection and, where it matters, at large."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.field_transfer import by_cell, discontinuous
from solver.arrays import Array
from solver.case.load import LoadedCase
from solver.linalg.krylov import SolveRecord
from solver.materials.material import MECHANICAL, Material
from solver.metrics import over_time, plausibility, strength, stress, warpage
from solver.metrics.branch import SYMMETRIC
from solver.metrics.contact import contact_summary
from solver.metrics.evaluated import Evaluated
from solver.metrics.readings import Reading, Readings
from solver.metrics.sign import in_words, signed_or_size
from solver.metrics.words import surface_notes
from solver.output.summary import plain
from solver.parallel import peak_memory_gb
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.solid import Balance, Solid
from solver.process import laminate_estimate
from solver.process.birth import bowed
from solver.process.checkpoint import Cells, Position, Saved
from solver.process.decision import Decision, Judges
from solver.process.laminate_estimate import Laminate
from solver.process.load_step import LoadStep
from solver.process.messages import iterations, what, where
from solver.process.plan import PlannedStep, Stage
from solver.process.stage_model import LargeDeflection, SmallDeflection, StageModel
from solver.process.temperature_snapshots import TemperatureSnapshot, TemperatureSnapshots
from solver.progress import Progress
from solver.units import to_celsius

MakeStageModel: TypeAlias = Callable[[Stage, bool, StageModel | None], StageModel]
Keep: TypeAlias = Callable[[Position, dict[str, Cells]], None]


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
        reading: tables of die shift and exposure fields.
    """

    index: int
    step: PlannedStep
    stack_mesh: StackMesh
    displacement: fem.Function
    sigma: Array
    temperature: float | fem.Function
    record: SolveRecord
    summary: dict[str, Any]
    reading: Reading


@dataclass(frozen=True)
class _Small:
    """A stage at small deflection: linear solve, balance, the shape at each temperature and time, the laminate."""

    record: SolveRecord
    balance: Balance
    shape: warpage.Warpage
    curve: list[dict[str, Any]]
    over_time: list[dict[str, Any]]


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
        self._finished: list[dict[str, Any]] = []
        self._used: dict[Material, tuple[float, float]] = {}  # materials, with the temperatures they have been used at
        self._small_birth: Cells | None = None
        self._saved: Saved[Position] | None = None
        self._linear = SmallDeflection(loaded.case.analysis.solver)
        self._judges = Judges()
        self._following: LargeDeflection | None = None
        self._setting: StageModel | None = None

    def restore(self, saved: Saved[Position], before: PlannedStep | None) -> None:
        """Be where a checkpoint was made.

        Args:
            saved: the checkpoint.
            before: the step before the one it was made in, if there is one.
        """
        position = saved.position
        self._finished = list(position.finished)
        for text in position.warnings:
            self.progress.warn(text)
        if before is not None:
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
            self._keep(index, None, {})

    def _keep(self, step: int, stage: int | None, course: dict[str, Any]) -> None:
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
        place = step, stage, kelvin, stable, ramp, course, self._finished, way is not None
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
        decision = Decision(self.case.analysis.deflection, step, self._following is not None)
        for stage in step.stages:
            settings.append(self._enter(stage, step.temperature is None))
            small.append(self._small(step, settings[-1], passed, temperature, decision))
        end, problem = small[-1], self._linear.problem
        solved = end.shape.curvature_x_per_m, end.shape.curvature_y_per_m, 2.0 * end.shape.twist_per_m
        comparison = laminate_estimate.compare(step, laminates[-1], solved)
        for text in plausibility.barely_converged(f"step '{step.name}'", end.record):
            self.progress.warn(text)
        large = decision.large
        shapes = [one.shape for one in small]
        solution: Solid = problem
        displacement, balance = problem.displacement, end.balance
        if large:
            displacement, found, shapes = self._deflect(index, step, first, settings, shapes, passed, temperature)
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
                "over_time": end.over_time,
            }
        sigma = solution.stress(temperature)
        stresses = stress.evaluate(
            problem.stack_mesh,
            sigma,
            solution.strain_energy(),
            solution.materials,
            temperature,
            self.case.report.stress_distance,
        )
        time = self._time(step)
        if time is not None:
            assert isinstance(temperature, fem.Function)
            end_of_it = warpage.Warpage(**{key: found[key] for key in end.shape.__dict__})
            found["over_time"].append(over_time.entry(time, temperature, end_of_it, stresses))
        reading = self._readings.read(step.name, problem.stack_mesh, displacement)
        self._doubts(step, problem, None if large else comparison, temperature)
        moments = [(point["thermal_time_s"], point.get("blocks") or {}) for point in found["over_time"]]
        for text in strength.beyond(step.name, [*moments, (time, plain(stresses.blocks))]):
            self.progress.warn(text)
        if not large and decision.worst is not None:
            for text in plausibility.nonlinear(step.name, decision.worst, bool(problem.stack_mesh.stack.mirrors)):
                self.progress.warn(text)
        touching = contact_summary(step.end.support, solution, balance)
        for text in plausibility.carried(step.name, balance, touching):
            self.progress.warn(text)
        self._tell(end, found, decision)
        summary = {
            "name": step.name,
            "temperature_degc": None if step.temperature is None else to_celsius(step.temperature),
            "time_s": step.seconds,
            "thermal_time_s": time,
            "deflection": "large" if large else "small",
            "decision": decision.summary,
            "singulated": step.end.cut_out,
            **Evaluated(problem.stack_mesh, self.case.report).summary(displacement),
            **found,
            "births": self._births(step, shapes),
            "layers": stresses.layers,
            "blocks": stresses.blocks,
            "balance": balance,
            "contact": touching,
            "laminate": comparison,
            **reading.summary,
            "peak_memory_gb": peak_memory_gb(problem.stack_mesh.comm),
        }
        for text in surface_notes(summary, self.case.report.surface):
            self.progress.say(f"           {text}")
        self._finished.append(plain(summary))
        reached = displacement, sigma, temperature
        return StepOutcome(index, step, problem.stack_mesh, *reached, end.record, summary, reading)

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
        before = [one["thermal_time_s"] for one in self._finished if one.get("thermal_time_s") is not None]
        return self._moments.passed(before[-1] if before else None, self._moments.at(step.at))

    def destroy(self) -> None:
        """Free the factors."""
        self._linear.destroy()
        if self._following is not None:
            self._following.destroy()

    # ---- small deflection

    def _enter(self, stage: Stage, in_field: bool) -> StageModel:
        setting = self._make_setting(stage, in_field, self._setting)
        if self._setting is None or not setting.is_like(self._setting):
            with self.progress.stage("setup", f"forms for {setting.stack_mesh.cells} cells"):
                self._linear.enter(setting)
        self._setting = setting
        return setting

    def _small(
        self,
        step: PlannedStep,
        setting: StageModel,
        passed: Sequence[TemperatureSnapshot],
        temperature: float | fem.Function,
        decision: Decision,
    ) -> _Small:
        problem = self._linear.problem
        evaluated = Evaluated(problem.stack_mesh, self.case.report)
        last = setting.stage is step.end
        elsewhere = self.case.report.warpage_at if last and isinstance(temperature, float) else []
        looks: list[tuple[float | fem.Function, float | None]] = [(kelvin, None) for kelvin in elsewhere]
        looks += [(moment.field, moment.time) for moment in passed]
        curve, course = [], []
        for kelvin, time in (*looks, (temperature, self._time(step))):
            there = f"{where(kelvin, time)}{what(step, setting.stage)}"
            with self.progress.stage("solve", f"step '{step.name}' {there}") as tell:
                record, balance = problem.solve(kelvin, iterations(tell), evaluated.face)
                decision.see(self._judges.of(problem, evaluated.face), kelvin, time, last and kelvin is temperature)
            shape = warpage.evaluate(evaluated.of(problem.displacement))
            if isinstance(kelvin, float):
                curve.append({"temperature_degc": to_celsius(kelvin), **shape.__dict__})
            elif kelvin is not temperature:
                course.append(self._moment(TemperatureSnapshot(time, kelvin), shape, problem))
        return _Small(record, balance, shape, curve[: len(elsewhere)], course)

    def _moment(self, moment: TemperatureSnapshot, shape: warpage.Warpage, solved: Solid) -> dict[str, Any]:
        """Shape and stress at a moment that a step passes."""
        assert moment.time is not None
        sigma, energy = solved.stress(moment.field), solved.strain_energy()
        found = stress.evaluate(solved.stack_mesh, sigma, energy, solved.materials, moment.field)
        return over_time.entry(moment.time, moment.field, shape, found)

    # ---- large deflection

    def _deflect(
        self,
        index: int,
        step: PlannedStep,
        before: StageModel | None,
        settings: Sequence[StageModel],
        small: Sequence[warpage.Warpage],
        passed: Sequence[TemperatureSnapshot],
        temperature: float | fem.Function,
    ) -> tuple[fem.Function, dict[str, Any], list[warpage.Warpage]]:
        """A step at large deflection: displacement, its part of the summary, and the shape at the end of each stage."""
        self._linear.destroy()  # its factors only
        self._judges.dismiss()
        at = 0
        course = LoadStep(step.name, self.case.report, self.progress, lambda: self._keep(index, at, course.so_far))
        goes, ramp = 0, None  # the stage that changes the temperature
        resumed, self._saved = self._saved, None
        if resumed is not None and resumed.position.stage is not None:
            at, ramp = resumed.position.stage, resumed.position.ramp
            before = settings[at]
            self._restore_large(resumed, before, step.at)
            assert self._following is not None
            course.resume(self._following.way, resumed.position.course)
            there = at > 0 or (ramp is None and self._following.way.temperature == step.temperature)
            goes = -1 if there else 0
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
                    for moment in passed:
                        course.pass_by(self._following.way, shape, moment.field)
                        course.over_time.append(self._moment(moment, course.shape, self._following.way.problem))
                    course.go(self._following.way, shape, temperature, reported, ramp)
                else:
                    course.visit(self._following.way, shape, reported)
                before = setting
                course.ends.append(course.shape)
        return course.displacement, course.summary(small[-1]), course.ends

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
                "on_warpage_um": None if under is None else signed_or_size(under.__dict__),
                "on_scale_x_ppm": None if under is None else under.in_plane.scale_x_ppm,
                "on_scale_y_ppm": None if under is None else under.in_plane.scale_y_ppm,
            }
            found.append(entry)
            self.progress.say(f"           {plausibility.birth_in_words(entry)}")
            for text in plausibility.born_strained(step.name, entry):
                self.progress.warn(text)
        return found

    def _tell(self, end: _Small, found: dict[str, Any], decision: Decision) -> None:
        solved = f"{end.record.unknowns} unknowns, {end.record.iterations} iterations"
        if decision.large:
            solved = f"{found['branch']}; small deflection would give {in_words(end.shape.__dict__)}"
        self.progress.say(f"           solver: {end.record.name}, because {end.record.why}")
        kind = "large" if decision.large else "small"
        self.progress.say(f"           {kind} deflection: {decision.why}")
        self.progress.say(f"           warpage {in_words(found)}, {solved}")

    def _doubts(
        self,
        step: PlannedStep,
        problem: SmallDeflectionSolid,
        comparison: laminate_estimate.Comparison | None,
        temperature: float | fem.Function,
    ) -> None:
        if comparison is not None:
            for text in plausibility.slender(step.name, comparison.slenderness, comparison.bifurcation_kelvin):
                self.progress.warn(text)
        low, high = _range(temperature) if isinstance(temperature, fem.Function) else (temperature, temperature)
        references = step.end.references.values()
        low, high = min(low, *references), max(high, *references)
        for material in dict.fromkeys(problem.materials):
            known = self._used.get(material, (np.inf, -np.inf))
            if material not in self._used:
                for text in plausibility.locking(step.name, [material], high):
                    self.progress.warn(text)
            self._used[material] = min(low, known[0]), max(high, known[1])
            if low < known[0] or high > known[1]:  # else a step before has said so
                for text in plausibility.outside_data(f"step '{step.name}'", [material], low, high, MECHANICAL):
                    self.progress.warn(text)


def _born(problem: Solid) -> Cells | None:
    """The displacement its cells were born at."""
    mesh = problem.stack_mesh
    return None if problem.birth is None else (mesh.keys, by_cell(mesh, problem.birth))


def _range(field: fem.Function) -> tuple[float, float]:
    """Lowest and highest value over all ranks."""
    comm = field.function_space.mesh.comm
    low = comm.allreduce(float(field.x.array.min(initial=np.inf)), MPI.MIN)
    return low, comm.allreduce(float(field.x.array.max(initial=-np.inf)), MPI.MAX)
