"""Model `plate`: the steps of a process on von Karman plates of the plane mesh, at large deflection."""

from typing import TYPE_CHECKING, ClassVar

from meshes.plane import PlaneMesh
from meshes.quality import quality
from solver.case.loaded import LoadedCase
from solver.case.models import Case
from solver.case.source import Source
from solver.case.support import lets_go
from solver.linalg import estimate
from solver.linalg.choose import Decision
from solver.linalg.estimate import Size, available_memory
from solver.metrics import plausibility
from solver.metrics.arrays import uneven_plating
from solver.models.forecast import Forecast, Problem, check_memory
from solver.models.heated import solve_heat
from solver.models.model import Model, Outcomes, Task
from solver.models.needs import (
    CURRENT,
    ERROR_ESTIMATE,
    HEAT,
    LARGE_DEFLECTION,
    LOADS,
    MEMORY,
    MOTION_IN_PLANE,
    PLACES,
    REGIONS,
    SETTLING,
    SUPPORTS,
    TAPERS,
    WEIGHT,
    Need,
)
from solver.models.solid import streets
from solver.models.solid.forecast import heat_problems
from solver.models.solid.process_forecast import stops
from solver.parallel import on_root
from solver.process import laminate_estimate, loose
from solver.process.plan import plan
from solver.process.rounds import Rounds
from solver.remaining import of_step
from solver.simulation import Simulation

if TYPE_CHECKING:
    from solver.process.plate_history import PlateHistory

_NEWTON = 5.0  # iterations in an increment, each with a factorisation
_CONTACT = 3.0  # times as many where a stack may lift off


class PlateModel(Model):
    """Layers whose normals stay straight and normal: A, B and D cell by cell (`solver.physics.plate`)."""

    provides: ClassVar = frozenset[Need](
        {
            HEAT,
            CURRENT,
            LARGE_DEFLECTION,
            ERROR_ESTIMATE,
            WEIGHT,
            SUPPORTS,
            LOADS,
            REGIONS,
            TAPERS,
            MOTION_IN_PLANE,
            PLACES,
            MEMORY,
            SETTLING,
        }
    )

    def check(self, case: Case, text: Source) -> None:
        if case.process is None:
            raise text.error(("analysis", "model"), "the plate model bends stacks: it needs a process")
        if case.thermal is not None and case.thermal.coupled:
            rule = "resistances that follow the mechanics need what presses in 3-D; use model `solid`"
            raise text.error(("analysis", "model"), rule)
        for i, step in enumerate(case.process.steps):
            for j, load in enumerate(step.loads):
                if load.face is not None and load.face.endswith("sides"):
                    key = "process", "steps", i, "loads", j, "face"
                    raise text.error(key, "the plate model bears loads on `end`s of the outline, not on all `sides`")

    def forecast(self, loaded: LoadedCase, ranks: int) -> Forecast:
        _refuse(loaded)
        plane = loose.meshed(loaded)
        found = problems(loaded, plane, ranks)
        return Forecast(found, len(plane.quads), quality(loaded.stack, plane), available_memory())

    def solve(self, task: Task, outcomes: Outcomes) -> None:
        from solver.process.plate_history import PlateHistory  # SciPy's sparse matrices take a while to import
        from solver.process.plate_stage import PlateStageMaker

        loaded, progress, before = task.loaded, task.progress, task.before
        assert loaded.case.process is not None
        on_root(task.comm, lambda: _refuse(loaded))
        with task.checkpointing() as savers:
            simulation = Simulation(loaded, task.comm, progress, save_heat=savers.heat, saved_heat=before.heat)
            task.planes.give(simulation)
            if not task.force:
                check_memory(problems, loaded, simulation.plane, task.comm, progress.remaining)
            if before.finished and before.place is not None:
                simulation.readings.restore(before.place, task.comm)
            mesh = *plausibility.poor_mesh(simulation.quality), *uneven_plating(loaded.stack)
            for text in (*mesh, *streets.at_the_outline(loaded)):
                progress.warn(text)
            outcomes.mesh(simulation.quality)
            heat = solve_heat(simulation, outcomes)
            if heat is not None:
                simulation.readings.heated(heat.numbers)
            maker = PlateStageMaker(
                lambda stage, in_field, last: simulation.stage_model(stage, heat if in_field else None, last),
                loaded.case.process.gravity,
            )
            snapshots = None if heat is None else heat.temperature_snapshots
            history = PlateHistory(loaded, progress, maker, simulation.readings, savers.process, snapshots)
            _go(history, task, simulation, outcomes)
            history.destroy()


def _refuse(loaded: LoadedCase) -> None:
    """Refuse heat in dies and streets that are not drawn.

    Raises:
        CaseError: with what to do instead.
    """
    case, stack = loaded.case, loaded.stack
    if case.thermal is None or not stack.cells:
        return
    regions = [region for layer in stack.layers for region in layer.regions]
    if any(region.parts is not None and not region.parts.drawn for region in regions):
        rule = "heat flows in dies and streets that are drawn; leave it out"
        raise loaded.source.error(("mesh", "homogenise_below"), rule)


def problems(loaded: LoadedCase, plane: PlaneMesh, ranks: int) -> list[Problem]:
    """Heat, currents and the plates of the steps of a process, in their order."""
    case, columns, found = loaded.case, estimate.columns(plane), heat_problems(loaded, plane, ranks)
    steps = plan(case.process, loaded.stack.layers) if case.process is not None else ()
    size = Size(3 * columns, columns)
    for number, step in enumerate(steps):
        begin = step.before if step.before is not None else max(step.end.references.values())
        reported = [] if step.temperature is None else case.report.warpage_at
        count = stops(begin, begin if step.temperature is None else step.temperature, reported, None)
        count += len(step.stages) - 1
        lifts = any(lets_go(stage.held_by) for stage in step.stages)
        solves = round((_CONTACT if lifts else 1.0) * _NEWTON * count)
        what, decision = f"step '{step.name}' as a plate", Decision("direct", "pivots tell stable from unstable")
        one = Problem(what, size, decision, estimate.plate(size, ranks), solves, 1, count, lifts)
        found.append(one.of(of_step(number, True)))
    return found


def _go(history: "PlateHistory", task: Task, simulation: Simulation, outcomes: Outcomes) -> None:
    loaded = task.loaded
    assert loaded.case.process is not None
    steps = plan(loaded.case.process, loaded.stack.layers)
    laminates = laminate_estimate.laminates(loaded.stack, steps, simulation.material_of)
    rounds = Rounds(loaded, steps, simulation.readings, task.progress)
    for outcome in rounds.go(history, laminates, task.before.process):
        outcomes.step(outcome.result, outcome)
