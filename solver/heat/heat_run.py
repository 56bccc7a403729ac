"""The heat problem of a case: solved with its circuit, in time, or in turn with the mechanics; read and judged."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver.case.geometry import MaterialChoice
from solver.case.loaded import LoadedCase
from solver.heat import coarse_power, coupling, resolution, step_response, thermal_metrics, transient_run
from solver.heat.coupling import Coupled
from solver.heat.current import CurrentResult, CurrentRun
from solver.heat.transient_run import SaveHeat, TransientRun
from solver.materials.material import Material
from solver.metrics import plausibility, thermal
from solver.metrics.constriction import constrictions
from solver.metrics.heat_summary import Figures, HeatSummary, ImpedanceSummary, Resolution
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.heat_flow import HeatSolution
from solver.physics.heat.interface_conductance import InterfaceConductance
from solver.physics.heat.interfaces import ThermalInterfaces
from solver.physics.heat.power import heat_sources
from solver.physics.sources import Coarse
from solver.process.checkpoint import HeatPosition, Saved
from solver.process.plan import Stage, plan
from solver.process.stage_model import StageModel
from solver.process.temperature_snapshots import TemperatureSnapshot, TemperatureSnapshots
from solver.progress import Progress, Tell
from solver.remaining import HEAT
from solver.units import ZERO_CELSIUS

MakeStage: TypeAlias = Callable[[Stage, StackMesh | None, StageModel | None], StageModel]


@dataclass(frozen=True)
class Heat:
    """Outcome of the heat problem.

    Attributes:
        stack_mesh: of the stack, without interfaces.
        solution: the field.
        numbers: what is read of it.
        snapshots: of a transient: time (s) and temperature (K).
        current: of a case that has some.
    """

    stack_mesh: StackMesh
    solution: HeatSolution
    numbers: HeatSummary
    snapshots: tuple[tuple[float, fem.Function], ...] = ()
    current: CurrentResult | None = None

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The `thermal` part of summary.json."""
        return self.numbers.entry()

    @property
    def temperature_snapshots(self) -> TemperatureSnapshots:
        """The fields that load the process."""
        steady = TemperatureSnapshot(None, self.solution.temperature)
        return TemperatureSnapshots([TemperatureSnapshot(time, field) for time, field in self.snapshots] or [steady])


@dataclass(frozen=True)
class _SolvedHeat:
    """What was solved: the field where interfaces still have cells, and what only the problem could log."""

    solution: HeatSolution
    course: TransientRun | None
    coupled: Coupled | None
    figures: Figures
    resolution: Resolution | None
    current: CurrentResult | None
    coarse: tuple[Coarse, ...]


class HeatRun:
    """The heat problem of a case.

    Args:
        loaded: the case, with a thermal section.
        progress: what the user sees.
        thin: the mesh of the stack, and the one of heat, which knows the interfaces.
        circuit: the current that heats, or None.
        material_of: material of a layer or region.
        make_stage: as of `StageMaker`, for mechanics that resistances follow.
        keep: keeps a position of heat in time, or None.
        saved: where to go on from, or None.
    """

    def __init__(
        self,
        loaded: LoadedCase,
        progress: Progress,
        thin: ThermalInterfaces,
        circuit: CurrentRun | None,
        material_of: Callable[[MaterialChoice], Material],
        make_stage: MakeStage,
        keep: SaveHeat | None = None,
        saved: Saved[HeatPosition] | None = None,
    ) -> None:
        assert loaded.case.thermal is not None
        self._loaded, self._case, self._thermal = loaded, loaded.case, loaded.case.thermal
        self._progress, self._thin, self._circuit = progress, thin, circuit
        self._material_of, self._make_stage = material_of, make_stage
        self._kept = keep, saved
        self._materials = thin.materials(material_of)

    def solve(self) -> Heat:
        """Solve it, warn of what is doubtful, and say how hot it runs. Collective.

        Raises:
            NotConvergedError: a solve did not converge.
        """
        thin, progress = self._thin, self._progress
        progress.remaining.begin(HEAT)
        with progress.stage("solve", f"heat: {thin.split_mesh.cells} cells") as log:
            found = self._solved(log)
        impedance = self._impedance()
        solution = replace(found.solution, temperature=thin.without(found.solution.temperature))
        numbers = self._numbers(found, solution, impedance)
        self._warn(solution, numbers, found.coarse)
        progress.say(f"           solver: {solution.record.name}, because {solution.record.why}")
        read = numbers.readings
        progress.say(f"           T_max {read.max_temperature_degc:.2f} degC, {read.power_w:.4g} W")
        for text in thermal_metrics.lines(numbers):
            progress.say(f"           {text}")
        kept = () if found.course is None else found.course.snapshots
        snapshots = tuple((time, thin.without(field)) for time, field in kept)
        return Heat(thin.mesh, solution, numbers, snapshots, found.current)

    def _solved(self, log: Tell) -> _SolvedHeat:
        stack_mesh, files, settings = self._thin.split_mesh, self._loaded.files, self._case.analysis.transient
        circuit = self._circuit
        sources = heat_sources(stack_mesh, self._thermal.power, files)
        joule = None if circuit is None else circuit.joule(stack_mesh, self._materials)
        choice, in_time = self._case.analysis.solver, settings is not None
        cures = settings is not None and settings.reaction
        problem = HeatProblem(stack_mesh, self._materials, self._thermal, sources, choice, in_time, files, joule, cures)
        course = None if settings is None else transient_run.run(problem, settings, log, *self._kept)
        solution = problem.solve() if course is None else course.solution
        coupled = self._coupled(problem, log) if self._thermal.coupled else None
        if coupled is not None:
            solution = coupled.solution
        figures = thermal_metrics.figures(problem, self._case, course, log)
        resolved = None if settings is None else resolution.in_time(problem, self._materials, settings)
        current = None
        if circuit is not None and joule is not None:
            current = circuit.after(joule, problem.joule_power())
            circuit.destroy()
        problem.destroy()
        return _SolvedHeat(solution, course, coupled, figures, resolved, current, sources.coarse)

    def _coupled(self, problem: HeatProblem, log: Tell) -> Coupled:
        """Heat and mechanics in turn, where resistances follow the mechanics."""
        assert self._case.process is not None
        thin = self._thin
        line = coupling.mechanics(
            plan(self._case.process, self._loaded.stack.layers),
            lambda stage, in_field, before: self._make_stage(stage, thin.mesh if in_field else None, before),
            self._case.analysis.solver,
        )
        conductance = InterfaceConductance(thin, self._thermal.interfaces, self._thermal.bond_lines)
        found = coupling.solve(problem, line.problem, thin, conductance, self._thermal.coupling, log)
        line.destroy()
        return found

    def _impedance(self) -> ImpedanceSummary | None:
        """Response to a step of power, if the case wants it."""
        if self._case.analysis.impedance is None:
            return None
        with self._progress.stage("solve", "heat: response to a step of power") as log:
            return step_response.solve(self._thin.split_mesh, self._materials, self._loaded, log)

    def _numbers(self, found: _SolvedHeat, solution: HeatSolution, impedance: ImpedanceSummary | None) -> HeatSummary:
        """What is read of the fields: temperatures, figures of merit, drops at interfaces, crowding."""
        thin, coupled, course = self._thin, found.coupled, found.course
        return HeatSummary(
            readings=thermal.readings(thin.mesh, self._case, solution, self._loaded.files),
            figures=found.figures,
            resolution=found.resolution,
            impedance=impedance,
            interfaces=thin.summary(found.solution.temperature, None if coupled is None else coupled.factors) or None,
            constrictions=constrictions(thin.mesh, solution.temperature, self._material_of) or None,
            coupling=None if coupled is None else coupled.summary,
            transient=None if course is None else course.summary,
        )

    def _warn(self, solution: HeatSolution, found: HeatSummary, coarse: tuple[Coarse, ...]) -> None:
        """What is doubtful."""
        settings, (low, high) = self._case.analysis.transient, _range(solution.temperature)
        course, mesh = found.transient, self._thin.mesh
        span = low, high if course is None else max(high, course.peak_temperature_degc + ZERO_CELSIUS)
        used = ("thermal_conductivity",) if course is None else ("thermal_conductivity", "specific_heat")
        blocks = [self._material_of(block.material) for block in mesh.blocks]
        for text in (
            *plausibility.heat_unbalanced(solution.balance_error),
            *plausibility.barely_converged("heat", solution.record),
            *plausibility.outside_data("heat", dict.fromkeys(self._materials), *span, used),
            *plausibility.beyond_reason("heat", *span),
            *(() if settings is None or settings.reaction else plausibility.no_heat_of_reaction(dict.fromkeys(blocks))),
            *plausibility.crowding(found.constrictions or (), high - low),
            *(() if found.coupling is None else plausibility.uncoupled(found.coupling)),
            *thermal_metrics.doubts(found),
        ):
            self._progress.warn(text)
        process = self._case.process
        if settings is not None and settings.reaction and process is not None:
            for text in plausibility.cured_twice() if any(step.in_field for step in process.steps) else ():
                self._progress.warn(text)
        if settings is not None and course is not None and found.resolution is not None:
            for text in plausibility.of_transient(course, found.resolution, settings.tolerance):
                self._progress.warn(text)
        for text in coarse_power.doubts(mesh, coarse, blocks, self._thermal.boundaries, high):
            self._progress.warn(text)


def _range(field: fem.Function) -> tuple[float, float]:
    """Lowest and highest value over all ranks."""
    comm = field.function_space.mesh.comm
    low = comm.allreduce(float(field.x.array.min(initial=np.inf)), MPI.MIN)
    return low, comm.allreduce(float(field.x.array.max(initial=-np.inf)), MPI.MAX)
