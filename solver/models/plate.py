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
from solver.models.model import Model, Outcomes, Task
from solver.models.needs import (
    ERROR_ESTIMATE,
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
from solver.models.solid.process_forecast import stops
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
            raise text.error(
                ("analysis", "model"), "the plate model bends stacks at uniform temperature: it needs a process"
            )
        for i, step in enumerate(case.process.steps):
            for j, load in enumerate(step.loads):
                if load.face is not None and load.face.endswith("sides"):
                    key = "process", "steps", i, "loads", j, "face"
                    raise text.error(key, "the plate model bears loads on `end`s of the outline, not on all `sides`")

    def forecast(self, loaded: LoadedCase, ranks: int) -> Forecast:
        plane = loose.meshed(loaded)
        found = problems(loaded, plane, ranks)
        return Forecast(found, len(plane.quads), quality(loaded.stack, plane), available_memory())

    def solve(self, task: Task, outcomes: Outcomes) -> None:
        from solver.process.plate_history import PlateHistory  # SciPy's sparse matrices take a while to import
        from solver.process.plate_stage import PlateStageMaker

        loaded, progress, before = task.loaded, task.progress, task.before
        assert loaded.case.process is not None
        with task.checkpointing() as savers:
            simulation = Simulation(loaded, task.comm, progress)
            task.planes.give(simulation)
            if not task.force:
                check_memory(problems, loaded, simulation.plane, task.comm, progress.remaining)
            if before.finished and before.place is not None:
                simulation.readings.restore(before.place, task.comm)
            mesh = *plausibility.poor_mesh(simulation.quality), *uneven_plating(loaded.stack)
            for text in (*mesh, *streets.in_unit_cells(loaded)):
                progress.warn(text)
            outcomes.mesh(simulation.quality)
            maker = PlateStageMaker(
                lambda stage, last: simulation.stage_model(stage, None, last), loaded.case.process.gravity
            )
            history = PlateHistory(loaded, progress, maker, simulation.readings, savers.process)
            _go(history, task, simulation, outcomes)
            history.destroy()


def problems(loaded: LoadedCase, plane: PlaneMesh, ranks: int) -> list[Problem]:
    """The plates of the steps of a process, in their order."""
    case, columns, found = loaded.case, estimate.columns(plane), list[Problem]()
    steps = plan(case.process, loaded.stack.layers) if case.process is not None else ()
    size = Size(3 * columns, columns)
    for number, step in enumerate(steps):
        assert step.temperature is not None  # the plate solves no heat
        begin = step.before if step.before is not None else max(step.end.references.values())
        count = stops(begin, step.temperature, case.report.warpage_at, None) + len(step.stages) - 1
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
