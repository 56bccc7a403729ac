"""Model `solid`: heat, current and the steps of a process in 3-D."""

from typing import ClassVar

from meshes.parts import held
from meshes.quality import quality
from solver.case.loaded import LoadedCase
from solver.linalg.estimate import available_memory
from solver.metrics import plausibility
from solver.metrics.arrays import uneven_plating
from solver.models.forecast import Forecast, check_memory, fitting, largest
from solver.models.heated import solve_heat
from solver.models.model import Model, Outcomes, Task
from solver.models.needs import ERROR_ESTIMATE, NEEDS
from solver.models.solid import streets
from solver.models.solid.forecast import problems
from solver.parallel import on_root
from solver.process import loose, timing
from solver.simulation import Simulation
from solver.stackup import fine


class SolidModel(Model):
    """All that a case may ask for, on hexahedra of degree 2."""

    provides: ClassVar = frozenset(NEEDS) - {ERROR_ESTIMATE}

    def forecast(self, loaded: LoadedCase, ranks: int) -> Forecast:
        timing.check(loaded)
        plane, stack, available = loose.meshed(loaded), loaded.stack, available_memory()
        found, mesh, hurts = problems(loaded, plane, ranks), quality(stack, plane), []
        worst = largest(found)
        if worst.cost.memory > available:
            hurts.append(f"the mesh will not fit; {fitting(problems, loaded, worst, ranks, available)}")
        hurts += [*plausibility.poor_mesh(mesh), *fine.coarse(stack), *uneven_plating(stack)]
        hurts += streets.coarse(loaded, plane)
        return Forecast(found, len(plane.quads), mesh, available, hurts)

    def solve(self, task: Task, outcomes: Outcomes) -> None:
        before, comm = task.before, task.comm
        on_root(comm, lambda: timing.check(task.loaded))
        with task.checkpointing() as savers:
            simulation = Simulation(
                task.loaded, comm, task.progress, savers.process, before.process, savers.heat, before.heat
            )
            task.planes.give(simulation)
            if not task.force:
                check_memory(problems, task.loaded, simulation.plane, comm, task.progress.remaining)
            if before.finished and before.place is not None:
                simulation.readings.restore(before.place, comm)
            _judge_mesh(simulation)
            outcomes.mesh(simulation.quality)
            _solve(simulation, outcomes)


def _solve(simulation: Simulation, outcomes: Outcomes) -> None:
    for outcome in simulation.steps(solve_heat(simulation, outcomes)):
        outcomes.step(outcome.result, outcome)


def _judge_mesh(simulation: Simulation) -> None:
    stack, wanted = simulation.loaded.stack, simulation.case.report.lithography
    for text in (*plausibility.poor_mesh(simulation.quality), *fine.coarse(stack), *uneven_plating(stack)):
        simulation.progress.warn(text)
    plane = simulation.plane
    for text in on_root(simulation.comm, lambda: list(streets.coarse(simulation.loaded, held(plane)))):
        simulation.progress.warn(text)
    for text in () if wanted is None else plausibility.coarse_fields(stack.size, wanted.field):
        simulation.progress.warn(text)
