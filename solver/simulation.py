"""The ladder from a case to its numbers: plane mesh, heat, then the steps of the process one by one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh, extrude
from meshes.interfaces import ThermalInterface, present, split
from meshes.plane import PlaneMesh
from meshes.quality import Quality, quality
from solver.case.geometry import MaterialChoice
from solver.case.load import LoadedCase
from solver.case.support import gravity_on
from solver.heat import coarse_power, coupling, resolution, step_response, thermal_metrics, transient_run
from solver.heat.coupling import Coupled
from solver.heat.current import CurrentResult, CurrentRun, words
from solver.heat.transient_run import KeepHeat, TransientRun
from solver.linalg.krylov import SolveRecord
from solver.materials import library
from solver.materials.material import Material
from solver.metrics import plausibility, thermal
from solver.metrics.constriction import constrictions
from solver.metrics.readings import Readings
from solver.parallel import on_root
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.heat_flow import HeatSolution
from solver.physics.heat.interface_conductance import Squeeze
from solver.physics.heat.interfaces import ThermalInterfaces
from solver.physics.heat.power import heat_sources
from solver.physics.sources import Coarse
from solver.process import laminate_estimate, loose
from solver.process.checkpoint import HeatPosition, Position, Saved
from solver.process.history import History, Keep, StepOutcome
from solver.process.plan import Stage, heated, plan
from solver.process.stage_model import StageModel
from solver.process.support import dead_load
from solver.process.temperature_snapshots import TemperatureSnapshot, TemperatureSnapshots
from solver.progress import Progress
from solver.units import ZERO_CELSIUS


@dataclass(frozen=True)
class Heat:
    """Outcome of the heat problem: the fields and the `thermal` part of the summary."""

    stack_mesh: StackMesh
    solution: HeatSolution
    summary: dict[str, Any]
    snapshots: tuple[tuple[float, fem.Function], ...] = ()  # time (s) and temperature (K), of a transient
    current: CurrentResult | None = None

    @property
    def moments(self) -> TemperatureSnapshots:
        """The fields that load the process."""
        steady = TemperatureSnapshot(None, self.solution.temperature)
        return TemperatureSnapshots([TemperatureSnapshot(time, field) for time, field in self.snapshots] or [steady])


@dataclass(frozen=True)
class _SolvedHeat:
    """What was solved: the field where interfaces still have cells, and what only the problem could tell."""

    solution: HeatSolution
    course: TransientRun | None
    coupled: Coupled | None
    figures: dict[str, Any]
    current: CurrentResult | None
    coarse: tuple[Coarse, ...]


class Simulation:
    """A loaded case on a communicator.

    Args:
        loaded: the case.
        comm: all ranks of it take part in every method.
        progress: what the user sees.
        keep: keeps a position in the process with its fields, or None.
        saved: where to go on from, or None.
        keep_heat, saved_heat: the same of heat in time.
    """

    def __init__(
        self,
        loaded: LoadedCase,
        comm: MPI.Intracomm,
        progress: Progress,
        keep: Keep | None = None,
        saved: Saved[Position] | None = None,
        keep_heat: KeepHeat | None = None,
        saved_heat: Saved[HeatPosition] | None = None,
    ) -> None:
        self.loaded, self.case, self.comm, self.progress = loaded, loaded.case, comm, progress
        self._keep, self._saved = keep, saved
        self._keep_heat, self._saved_heat = keep_heat, saved_heat
        self.readings = Readings(loaded.case)

    @cached_property
    def plane(self) -> PlaneMesh:
        """The in-plane mesh, made on rank 0, searched for loose parts, and sent to the others."""
        with self.progress.stage("mesh", "in-plane mesh"):
            return on_root(self.comm, lambda: loose.meshed(self.loaded))

    @cached_property
    def quality(self) -> Quality:
        """Quality of the mesh of the whole stack."""
        return quality(self.loaded.stack, self.plane)

    @cached_property
    def material_of(self) -> Callable[[MaterialChoice], Material]:
        """Material of a layer or region, resolved once."""
        by_text = cache(lambda text: library.resolve(choices[text], self.case.materials))
        choices: dict[str, MaterialChoice] = {}

        def material(choice: MaterialChoice) -> Material:
            choices[repr(choice)] = choice
            return by_text(repr(choice))

        return material

    @cached_property
    def _film(self) -> Callable[[Material, tuple[float, float] | None], Material]:
        """A material born with a stress (Pa), made once."""
        return cache(Material.with_stress)

    def heat(self) -> Heat | None:
        """Solve the heat problem, if the case has one."""
        if self.case.thermal is None:
            return None
        thin, circuit = self.interfaces(), self._circuit()
        materials = thin.materials(self.material_of)
        with self.progress.stage("solve", f"heat: {thin.split_mesh.cells} cells") as tell:
            found = self._solved_heat(thin, materials, circuit, tell)
        impedance = self._impedance(thin.split_mesh, materials)
        course, coupled = found.course, found.coupled
        drops = thin.summary(found.solution.temperature, None if coupled is None else coupled.factors)
        solution = replace(found.solution, temperature=thin.without(found.solution.temperature))
        summary = thermal.summary(thin.mesh, self.case, solution, self.loaded.files) | found.figures | impedance
        if drops:
            summary["interfaces"] = drops
        crowded = constrictions(thin.mesh, solution.temperature, self.material_of)
        if crowded:
            summary["constrictions"] = crowded
        if coupled is not None:
            summary["coupling"] = coupled.summary
        if course is not None:
            summary |= course.summary
        self._heat_doubts(solution, summary, materials)
        blocks = [self.material_of(block.material) for block in thin.mesh.blocks]
        warmest = self._range(solution.temperature)[1]
        for text in coarse_power.doubts(thin.mesh, found.coarse, blocks, self.case.thermal.boundaries, warmest):
            self.progress.warn(text)
        self._say_solver(solution.record)
        self.progress.say(f"           T_max {summary['max_temperature_degc']:.2f} degC, {summary['power_w']:.4g} W")
        for text in thermal_metrics.lines(summary):
            self.progress.say(f"           {text}")
        kept = () if course is None else course.snapshots
        snapshots = tuple((time, thin.without(field)) for time, field in kept)
        return Heat(thin.mesh, solution, summary, snapshots, found.current)

    def _solved_heat(
        self,
        thin: ThermalInterfaces,
        materials: list[Material],
        circuit: CurrentRun | None,
        tell: Callable[[str], None],
    ) -> _SolvedHeat:
        assert self.case.thermal is not None
        stack_mesh, files, settings = thin.split_mesh, self.loaded.files, self.case.analysis.transient
        sources = heat_sources(stack_mesh, self.case.thermal.power, files)
        joule = None if circuit is None else circuit.joule(stack_mesh, materials)
        choice, in_time = self.case.analysis.solver, settings is not None
        problem = HeatProblem(stack_mesh, materials, self.case.thermal, sources, choice, in_time, files, joule)
        kept = self._keep_heat, self._saved_heat
        course = None if settings is None else transient_run.run(problem, settings, tell, *kept)
        solution = problem.solve() if course is None else course.solution
        coupled = self._coupled(problem, thin, solution, tell) if self.case.thermal.coupled else None
        if coupled is not None:
            solution = coupled.solution
        read = thermal_metrics.figures(problem, self.case, course, tell)
        if settings is not None:
            read |= resolution.in_time(problem, materials, settings)
        current = None
        if circuit is not None and joule is not None:
            current = circuit.after(joule, problem.joule_power())
            circuit.destroy()
        problem.destroy()
        return _SolvedHeat(solution, course, coupled, read, current, sources.coarse)

    def _heat_doubts(self, solution: HeatSolution, summary: dict[str, Any], materials: list[Material]) -> None:
        settings, (low, high) = self.case.analysis.transient, self._range(solution.temperature)
        span = low, max(high, summary.get("peak_temperature_degc", -ZERO_CELSIUS) + ZERO_CELSIUS)
        used = ("thermal_conductivity",) if settings is None else ("thermal_conductivity", "specific_heat")
        for text in (
            *plausibility.heat_unbalanced(solution.balance_error),
            *plausibility.barely_converged("heat", solution.record),
            *plausibility.outside_data("heat", dict.fromkeys(materials), *span, used),
            *plausibility.beyond_reason("heat", *span),
            *plausibility.crowding(summary.get("constrictions", ()), high - low),
            *(plausibility.uncoupled(summary["coupling"]) if "coupling" in summary else ()),
            *thermal_metrics.doubts(summary),
            *(() if settings is None else plausibility.of_transient(summary, settings.tolerance)),
        ):
            self.progress.warn(text)

    def _impedance(self, stack_mesh: StackMesh, materials: list[Material]) -> dict[str, Any]:
        """Response to a step of power, if the case wants it."""
        if self.case.analysis.impedance is None:
            return {}
        with self.progress.stage("solve", "heat: response to a step of power") as tell:
            return {"impedance": step_response.solve(stack_mesh, materials, self.loaded, tell)}

    def _coupled(
        self, problem: HeatProblem, thin: ThermalInterfaces, first: HeatSolution, tell: Callable[[str], None]
    ) -> Coupled:
        """Heat and mechanics in turn, where resistances follow the mechanics."""
        assert self.case.thermal is not None and self.case.process is not None
        start = Heat(thin.mesh, first, {})
        line = coupling.mechanics(
            plan(self.case.process, self.loaded.stack.layers),
            lambda stage, in_field, before: self.setting(stage, start if in_field else None, before),
            self.case.analysis.solver,
        )
        squeeze = Squeeze(thin, self.case.thermal.interfaces, self.case.thermal.bond_lines)
        found = coupling.solve(problem, line.problem, thin, squeeze, self.case.thermal.coupling, tell)
        line.destroy()
        return found

    def current(self, heat: Heat | None) -> CurrentResult | None:
        """The direct current of a case that has some: at the temperatures of its heat problem, or at one."""
        electric = self.case.electric
        if electric is None:
            return None
        if heat is None:
            circuit = self._circuit()
            assert circuit is not None and electric.temperature is not None
            with self.progress.stage("solve", f"current: {circuit.cells} cells"):
                result = circuit.at(electric.temperature)
            circuit.destroy()
        else:
            assert heat.current is not None
            result = heat.current
        for text in (
            *plausibility.current_unbalanced(result.summary),
            *plausibility.barely_converged("current", result.record),
            *plausibility.outside_data(
                "current", dict.fromkeys(result.materials), *result.span, ("electrical_resistivity",)
            ),
            *plausibility.short_lives(result.summary["electromigration"], electric.required_life),
            *plausibility.smeared_conductors(self.loaded.stack, self.material_of),
        ):
            self.progress.warn(text)
        self._say_solver(result.record)
        self.progress.say(f"           {words(result.summary)}")
        return result

    def _circuit(self) -> CurrentRun | None:
        if self.case.electric is None:
            return None
        plane = self.plane
        with self.progress.stage("mesh", "mesh of the conductors"):
            return CurrentRun(self.loaded, self.comm, plane, self.material_of)

    def interfaces(self) -> ThermalInterfaces:
        """The mesh of the whole stack, and the one of heat, which knows the interfaces."""
        assert self.case.thermal is not None
        plane, stage = self.plane, heated(self.case.process, self.loaded.stack.layers)
        stack = self.loaded.stack.singulated() if stage is not None and stage.cut_out else self.loaded.stack
        parts = None if stage is None else stage.parts
        what = "the whole stack" if stage is None else ", ".join(stage.layers)
        with self.progress.stage("mesh", f"mesh of {what}"):
            mesh = extrude(self.comm, stack, plane, parts)
        given = [ThermalInterface(interface.between, interface.film) for interface in self.case.thermal.interfaces]
        if not given:
            return ThermalInterfaces(given, mesh, mesh)
        with self.progress.stage("mesh", "mesh with interfaces"):
            return ThermalInterfaces(given, mesh, extrude(self.comm, *split(*present(stack, plane, parts), given)))

    def steps(self, heat: Heat | None) -> Iterator[StepOutcome]:
        """Solve the steps of the process one by one; each outcome is valid until the next is asked for."""
        if self.case.process is None:
            return
        steps = plan(self.case.process, self.loaded.stack.layers)
        laminates = laminate_estimate.laminates(self.loaded.stack, steps, self.material_of)
        history = History(
            self.loaded,
            self.progress,
            lambda stage, in_field, before: self.setting(stage, heat if in_field else None, before),
            None if heat is None else heat.moments,
            self.readings,
            self._keep,
        )
        first = 0
        if self._saved is not None:
            first = self._saved.position.step
            with self.progress.stage("setup", f"back to where step {first + 1} was"):
                history.restore(self._saved, steps[:first])
        for index in range(first, len(steps)):
            history.begin(index)
            yield history.step(index, steps[index], laminates[index])
        history.begin(len(steps))
        history.destroy()

    def setting(self, stage: Stage, heat: Heat | None, before: StageModel | None) -> StageModel:
        """A stage with its mesh, that of the stage before if nothing came or went.

        Args:
            stage: as planned.
            heat: whose field it is solved in, or None.
            before: the stage before.
        """
        assert self.case.process is not None
        same = before is not None and (stage.parts, stage.cut_out) == (before.stage.parts, before.stage.cut_out)
        if heat is not None:
            mesh = heat.stack_mesh
        elif same and before is not None:
            mesh = before.stack_mesh
        else:
            stack = self.loaded.stack.singulated() if stage.cut_out else self.loaded.stack
            plane = self.plane
            with self.progress.stage("mesh", f"mesh of {', '.join(stage.layers)}"):
                mesh = extrude(self.comm, stack, plane, stage.parts)
        materials, support = self._materials(mesh), stage.held_by
        load = dead_load(mesh, materials, gravity_on(support, self.case.process.gravity), support, stage.loads)
        return StageModel(stage, mesh, materials, heat is not None, load)

    def _materials(self, stack_mesh: StackMesh) -> list[Material]:
        origins = [stack_mesh.stack.layer(block.layer).origin_of(block.name) for block in stack_mesh.blocks]
        choices = [block.material for block in stack_mesh.blocks]
        return [
            self._film(self.material_of(choice), origin.stress) for choice, origin in zip(choices, origins, strict=True)
        ]

    def _say_solver(self, record: SolveRecord) -> None:
        self.progress.say(f"           solver: {record.name}, because {record.why}")

    def _range(self, field: fem.Function) -> tuple[float, float]:
        """Lowest and highest value over all ranks."""
        low = self.comm.allreduce(float(field.x.array.min(initial=np.inf)), MPI.MIN)
        return low, self.comm.allreduce(float(field.x.array.max(initial=-np.inf)), MPI.MAX)
