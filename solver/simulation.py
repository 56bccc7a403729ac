"""The ladder from a case to its numbers: plane mesh, heat, then the steps of the process one by one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh, extrude
from meshes.interfaces import ThermalInterface, split
from meshes.plane import PlaneMesh, plane_mesh
from meshes.quality import Quality, quality
from solver import doubts, heat_course, heat_figures, ladder, step_response
from solver.case.geometry import MaterialChoice
from solver.case.load import LoadedCase
from solver.case.support import gravity_on
from solver.history import History, Keep, StepOutcome
from solver.linalg.krylov import SolveRecord
from solver.materials import library
from solver.materials.material import Material
from solver.parallel import on_root
from solver.physics.heat import HeatProblem
from solver.physics.heat_flow import HeatSolution
from solver.physics.interfaces import ThermalInterfaces
from solver.physics.power import heat_sources
from solver.process.models import Setting
from solver.process.plan import Stage, plan
from solver.process.support import dead_load
from solver.progress import Progress
from solver.results import thermal
from solver.results.checkpoint import Saved
from solver.results.readings import Readings


@dataclass(frozen=True)
class Heat:
    """Outcome of the heat problem: the fields and the `thermal` part of the summary."""

    stack_mesh: StackMesh
    solution: HeatSolution
    summary: dict[str, Any]
    snapshots: tuple[tuple[float, fem.Function], ...] = ()  # time (s) and temperature (K), of a transient


class Simulation:
    """A loaded case on a communicator.

    Args:
        loaded: the case.
        comm: all ranks of it take part in every method.
        progress: what the user sees.
        keep: keeps a position in the process with its fields, or None.
        saved: where to go on from, or None.
    """

    def __init__(
        self,
        loaded: LoadedCase,
        comm: MPI.Intracomm,
        progress: Progress,
        keep: Keep | None = None,
        saved: Saved | None = None,
    ) -> None:
        self.loaded, self.case, self.comm, self.progress = loaded, loaded.case, comm, progress
        self._keep, self._saved = keep, saved
        self.readings = Readings(loaded.case)

    @cached_property
    def plane(self) -> PlaneMesh:
        """The in-plane mesh, made on rank 0 and sent to the others."""
        with self.progress.stage("mesh", "in-plane mesh"):
            return on_root(self.comm, lambda: plane_mesh(self.loaded.stack))

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

    def heat(self) -> Heat | None:
        """Solve the heat problem, if the case has one."""
        if self.case.thermal is None:
            return None
        thermal_case = self.case.thermal
        thin = self._interfaces()
        stack_mesh, materials = thin.split_mesh, thin.materials(self.material_of)
        settings = self.case.analysis.transient
        with self.progress.stage("solve", f"heat: {stack_mesh.cells} cells") as tell:
            sources = heat_sources(stack_mesh, thermal_case.power, self.loaded.directory)
            choice, directory = self.case.analysis.solver, self.loaded.directory
            problem = HeatProblem(stack_mesh, materials, thermal_case, sources, choice, settings is not None, directory)
            course = None if settings is None else heat_course.run(problem, settings, tell)
            solution = problem.solve() if course is None else course.solution
            figures = heat_figures.figures(problem, self.case, course, tell)
            problem.destroy()
        impedance = self._impedance(stack_mesh, materials)
        drops = thin.summary(solution.temperature)
        solution = replace(solution, temperature=thin.without(solution.temperature))
        summary = thermal.summary(thin.mesh, self.case, solution) | figures | impedance
        snapshots: tuple[tuple[float, fem.Function], ...] = ()
        if drops:
            summary["interfaces"] = drops
        if course is not None:
            summary |= course.summary
            snapshots = tuple((time, thin.without(field)) for time, field in course.snapshots)
        low, high = self._range(solution.temperature)
        used = ("thermal_conductivity", "specific_heat") if course is not None else ("thermal_conductivity",)
        for text in (
            *doubts.heat_unbalanced(solution.balance_error),
            *doubts.barely_converged("heat", solution.record),
            *doubts.outside_data("heat", dict.fromkeys(materials), low, high, used),
            *heat_figures.doubts(summary),
        ):
            self.progress.warn(text)
        if course is not None and settings is not None:
            for text in doubts.coarse_steps(course.summary, settings.tolerance):
                self.progress.warn(text)
        self._say_solver(solution.record)
        self.progress.say(f"           T_max {summary['max_temperature_degc']:.2f} degC, {summary['power_w']:.4g} W")
        for text in heat_figures.lines(summary):
            self.progress.say(f"           {text}")
        return Heat(thin.mesh, solution, summary, snapshots)

    def _impedance(self, stack_mesh: StackMesh, materials: list[Material]) -> dict[str, Any]:
        """Response to a step of power, if the case wants it."""
        if self.case.analysis.impedance is None:
            return {}
        with self.progress.stage("solve", "heat: response to a step of power") as tell:
            return {"impedance": step_response.solve(stack_mesh, materials, self.loaded, tell)}

    def _interfaces(self) -> ThermalInterfaces:
        """The mesh of the whole stack, and the one of heat, which knows the interfaces."""
        assert self.case.thermal is not None
        plane = self.plane
        with self.progress.stage("mesh", "mesh of the whole stack"):
            mesh = extrude(self.comm, self.loaded.stack, plane)
        given = [ThermalInterface(interface.between, interface.film) for interface in self.case.thermal.interfaces]
        if not given:
            return ThermalInterfaces(given, mesh, mesh)
        with self.progress.stage("mesh", "mesh with interfaces"):
            return ThermalInterfaces(given, mesh, extrude(self.comm, *split(self.loaded.stack, plane, given)))

    def steps(self, heat: Heat | None) -> Iterator[StepOutcome]:
        """Solve the steps of the process one by one; each outcome is valid until the next is asked for."""
        if self.case.process is None:
            return
        steps = plan(self.case.process, self.loaded.stack.layers)
        laminates = ladder.laminates(self.loaded.stack, steps, self.material_of)
        field = None if heat is None else heat.solution.temperature
        history = History(
            self.loaded,
            self.progress,
            lambda stage, in_field, before: self.setting(stage, heat if in_field else None, before),
            field,
            self.readings,
            self._keep,
        )
        first = 0
        if self._saved is not None:
            first = self._saved.position.step
            with self.progress.stage("setup", f"back to where step {first + 1} was"):
                history.restore(self._saved, steps[first - 1] if first else None)
        for index in range(first, len(steps)):
            history.begin(index)
            yield history.step(index, steps[index], laminates[index])
        history.begin(len(steps))
        history.destroy()

    def setting(self, stage: Stage, heat: Heat | None, before: Setting | None) -> Setting:
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
        load = dead_load(mesh, materials, gravity_on(support, self.case.process.gravity), support)
        return Setting(stage, mesh, materials, heat is not None, load)

    def _materials(self, stack_mesh: StackMesh) -> list[Material]:
        return [self.material_of(block.material) for block in stack_mesh.blocks]

    def _say_solver(self, record: SolveRecord) -> None:
        self.progress.say(f"           solver: {record.name}, because {record.why}")

    def _range(self, field: fem.Function) -> tuple[float, float]:
        """Lowest and highest value over all ranks."""
        low = self.comm.allreduce(float(field.x.array.min(initial=np.inf)), MPI.MIN)
        return low, self.comm.allreduce(float(field.x.array.max(initial=-np.inf)), MPI.MAX)
