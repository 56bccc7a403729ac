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
from solver import doubts, heat_course, ladder
from solver.arrays import Array
from solver.case.geometry import MaterialChoice
from solver.case.load import LoadedCase
from solver.course import Course
from solver.linalg.krylov import SolveRecord
from solver.linalg.stopping import Iteration, Monitor
from solver.materials import library
from solver.materials.material import MECHANICAL, Material
from solver.parallel import on_root
from solver.physics.elasticity import ThermoElasticity
from solver.physics.heat import HeatProblem
from solver.physics.heat_flow import HeatSolution
from solver.physics.interfaces import ThermalInterfaces
from solver.physics.laminate import slenderness
from solver.physics.large_deflection import LargeDeflection
from solver.physics.power import heat_sources
from solver.process.models import Models
from solver.process.plan import PlannedStep, plan
from solver.progress import Progress
from solver.results import stress, thermal, warpage
from solver.results.branch import SYMMETRIC
from solver.results.surface import Surface
from solver.units import to_celsius


@dataclass(frozen=True)
class Heat:
    """Outcome of the heat problem: the fields and the `thermal` part of the summary."""

    stack_mesh: StackMesh
    solution: HeatSolution
    summary: dict[str, Any]
    snapshots: tuple[tuple[float, fem.Function], ...] = ()  # time (s) and temperature (K), of a transient


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


class Simulation:
    """A loaded case on a communicator.

    Args:
        loaded: the case.
        comm: all ranks of it take part in every method.
        progress: what the user sees.
    """

    def __init__(self, loaded: LoadedCase, comm: MPI.Intracomm, progress: Progress) -> None:
        self.loaded, self.case, self.comm, self.progress = loaded, loaded.case, comm, progress

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
            problem.destroy()
        drops = thin.summary(solution.temperature)
        solution = replace(solution, temperature=thin.without(solution.temperature))
        summary = thermal.summary(thin.mesh, self.case, solution)
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
        ):
            self.progress.warn(text)
        if course is not None and settings is not None:
            for text in doubts.coarse_steps(course.summary, settings.tolerance):
                self.progress.warn(text)
        self._say_solver(solution.record)
        self.progress.say(f"           T_max {summary['max_temperature_degc']:.2f} degC, {summary['power_w']:.4g} W")
        return Heat(thin.mesh, solution, summary, snapshots)

    def _interfaces(self) -> ThermalInterfaces:
        """The mesh of the whole stack, and the one of heat, which knows the interfaces."""
        assert self.case.thermal is not None
        mesh = self._mesh(tuple(layer.name for layer in self.loaded.stack.layers))
        given = [ThermalInterface(interface.between, interface.film) for interface in self.case.thermal.interfaces]
        if not given:
            return ThermalInterfaces(given, mesh, mesh)
        with self.progress.stage("mesh", "mesh with interfaces"):
            return ThermalInterfaces(given, mesh, extrude(self.comm, *split(self.loaded.stack, self.plane, given)))

    def steps(self, heat: Heat | None) -> Iterator[StepOutcome]:
        """Solve the steps of the process one by one; each outcome is valid until the next is asked for."""
        if self.case.process is None:
            return
        models: Models | None = None
        previous: tuple[Any, ...] = ()
        for index, step in enumerate(plan(self.case.process, [layer.name for layer in self.loaded.stack.layers])):
            field = heat.solution.temperature if heat is not None and step.temperature is None else None
            key = (step.layers, tuple(step.references.items()), repr(step.support), field is None)
            if models is None or key != previous:
                if models is not None:
                    models.destroy()
                models = self._models(step, heat if field is not None else None)
                previous = key
            yield self._solve(index, step, models, field)
        if models is not None:
            models.destroy()

    def _mesh(self, layers: tuple[str, ...]) -> StackMesh:
        plane = self.plane
        with self.progress.stage("mesh", f"mesh of {', '.join(layers)}"):
            return extrude(self.comm, self.loaded.stack, plane, layers)

    def _materials(self, stack_mesh: StackMesh) -> list[Material]:
        return [self.material_of(block.material) for block in stack_mesh.blocks]

    def _models(self, step: PlannedStep, heat: Heat | None) -> Models:
        assert self.case.process is not None
        stack_mesh = heat.stack_mesh if heat is not None else self._mesh(step.layers)
        references = np.array([step.references[block.layer] for block in stack_mesh.blocks])
        with self.progress.stage("setup", f"forms for {stack_mesh.cells} cells"):
            stack = stack_mesh, self._materials(stack_mesh), references, heat is not None
            return Models(*stack, self.case.analysis.solver, self.case.process.gravity, step.support)

    def _solve(self, index: int, step: PlannedStep, models: Models, field: fem.Function | None) -> StepOutcome:
        problem, side = models.small, self.case.report.surface
        curve, slender = [], []
        temperature: float | fem.Function = field if field is not None else step.temperature
        elsewhere = self.case.report.warpage_at if field is None else []
        for kelvin in (*elsewhere, temperature):
            with self.progress.stage("solve", f"step '{step.name}' {_where(kelvin)}") as tell:
                record, balance = problem.solve(kelvin, _iterations(tell), side)
            shape = warpage.evaluate(Surface(problem.stack_mesh, problem.displacement, side))
            slender.append(self._overestimate(step, shape, kelvin))
            if not isinstance(kelvin, fem.Function):
                curve.append({"temperature_degc": to_celsius(kelvin), **shape.__dict__})
        comparison = ladder.compare(
            self.loaded.stack, step, self.material_of, (shape.curvature_x_per_m, shape.curvature_y_per_m)
        )
        for text in doubts.barely_converged(f"step '{step.name}'", record):
            self.progress.warn(text)
        large = ladder.is_large(self.case.analysis.deflection, max(slender))
        solution: ThermoElasticity | LargeDeflection = problem
        displacement = problem.displacement
        if large:
            solution, displacement, found = self._deflect(step, models, shape, field)
            balance = solution.balance()
        else:
            found = {
                **shape.__dict__,
                "branch": SYMMETRIC,
                "stable": None,
                "bifurcation_temperature_degc": None,
                "curve": curve[: len(elsewhere)],
            }
        sigma = solution.stress(temperature)
        self._doubts(step, problem, None if large else comparison, temperature)
        for text in doubts.unbalanced(step.name, balance):
            self.progress.warn(text)
        sense = "convex" if found["signed_warpage_um"] > 0 else "concave"
        solved = f"{record.unknowns} unknowns, {record.iterations} iterations"
        self._say_solver(record)
        if large:
            solved = f"{found['branch']}; small deflection would give {shape.signed_warpage_um:.4g} um"
        self.progress.say(f"           warpage {found['signed_warpage_um']:.4g} um ({sense}), {solved}")
        summary = {
            "name": step.name,
            "temperature_degc": None if step.temperature is None else to_celsius(step.temperature),
            "deflection": "large" if large else "small",
            **found,
            "layers": stress.by_layer(problem.stack_mesh, sigma),
            "balance": balance,
            "laminate": comparison,
        }
        return StepOutcome(index, step, problem.stack_mesh, displacement, sigma, temperature, record, summary)

    def _overestimate(self, step: PlannedStep, shape: warpage.Warpage, temperature: float | fem.Function) -> float:
        """Part by which small deflection overestimates a curvature it has found."""
        kelvin = float(np.mean(self._range(temperature))) if isinstance(temperature, fem.Function) else temperature
        end = ladder.state(self.loaded.stack, step, self.material_of, kelvin)
        curvature = np.array([shape.curvature_x_per_m, shape.curvature_y_per_m])
        return slenderness(self.loaded.stack, curvature, end.effective_thickness).overestimate

    def _deflect(
        self, step: PlannedStep, models: Models, small: warpage.Warpage, field: fem.Function | None
    ) -> tuple[LargeDeflection, fem.Function, dict[str, Any]]:
        """A step at large deflection: the problem at its end, the displacement, and its part of the summary."""
        models.small.destroy()
        with self.progress.stage("setup", "forms of large deflection"):
            course = Course(models.way, step.name, small, self.case.report.surface, self.progress)
        with self.progress.stage("solve", f"step '{step.name}' at large deflection"):
            found = course.run(step.temperature if field is None else field, self.case.report.warpage_at)
        return models.way.problem, course.displacement, found

    def _say_solver(self, record: SolveRecord) -> None:
        self.progress.say(f"           solver: {record.name}, because {record.why}")

    def _range(self, field: fem.Function) -> tuple[float, float]:
        """Lowest and highest value over all ranks."""
        low = self.comm.allreduce(float(field.x.array.min(initial=np.inf)), MPI.MIN)
        return low, self.comm.allreduce(float(field.x.array.max(initial=-np.inf)), MPI.MAX)

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
        if isinstance(temperature, fem.Function):
            low, high = self._range(temperature)
        else:
            low = high = temperature
        low, high = min(low, *step.references.values()), max(high, *step.references.values())
        for text in doubts.outside_data(f"step '{step.name}'", dict.fromkeys(problem.materials), low, high, MECHANICAL):
            self.progress.warn(text)


def _where(temperature: float | fem.Function) -> str:
    if isinstance(temperature, fem.Function):
        return "in the temperature field"
    return f"at {to_celsius(temperature):.4g} degC"


def _iterations(tell: Callable[[str], None]) -> Monitor:
    """Words on the iterations of a linear solver."""

    def monitor(now: Iteration) -> None:
        warped = "" if now.observed is None else f", warpage {1e6 * now.observed:.7g} um"
        wait = "" if now.seconds_left is None else f", about {now.seconds_left:.0f} s left"
        tell(f"iteration {now.number}, residual {now.residual:.1e}{warped}{wait}")

    return monitor
