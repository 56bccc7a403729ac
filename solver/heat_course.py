"""The course of a heat problem in time: steps, history, fields at the times the case names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dolfinx import fem

from solver.case.transient import Transient
from solver.linalg.krylov import SolveRecord
from solver.physics.heat import HeatProblem
from solver.physics.heat_flow import HeatSolution
from solver.physics.transient import Step, TransientHeat
from solver.results.heat_history import History


@dataclass(frozen=True)
class HeatCourse:
    """Outcome of a transient.

    Attributes:
        solution: its end.
        summary: `history`, `time_steps` and what else the `thermal` part of summary.json says of a transient.
        snapshots: time (s) and field (K) where the case wants them, and at the end.
    """

    solution: HeatSolution
    summary: dict[str, Any]
    snapshots: tuple[tuple[float, fem.Function], ...]


def run(problem: HeatProblem, settings: Transient, tell: Callable[[str], None]) -> HeatCourse:
    """Go from time 0 to the end. Collective.

    Args:
        problem: made for stages.
        settings: of the case.
        tell: takes a line on how far it is.

    Raises:
        NotConvergedError: with the time.
    """
    heat, history = TransientHeat(problem, settings), History(problem)
    state = heat.start()
    history.add(0.0, heat.flows_at_start())
    wanted, snapshots = {*settings.times, settings.duration}, []
    last: Step | None = None
    worst: SolveRecord | None = None
    linear = 0
    for step in heat.run(state):
        state, last = step.state, step
        linear += step.linear_iterations
        worst = step.record if worst is None or step.record.error > worst.error else worst
        history.add(state.time, step.flows)
        if state.time in wanted:
            snapshots.append((state.time, copied(problem)))
        tell(f"{state.time:.3g} s of {settings.duration:.3g} s, step {state.step:.2g} s")
    assert last is not None and worst is not None
    solution = HeatSolution(
        problem.temperature,
        last.flows.into,
        last.flows.outflow,
        heat.balance_error(state),
        last.newton_iterations,
        worst,
    )
    summary = {
        "duration_s": settings.duration,
        **history.peak(),
        "time_steps": state.steps,
        "rejected_time_steps": state.rejected,
        "largest_step_error_k": state.largest_error,
        "largest_change_k": state.largest_change,
        "linear_iterations": linear,
        "history": history.summary(),
    }
    return HeatCourse(solution, summary, tuple(snapshots))


def copied(problem: HeatProblem) -> fem.Function:
    """The field as it is now."""
    copy = fem.Function(problem.space, name="temperature")
    copy.x.array[:] = problem.temperature.x.array
    return copy
