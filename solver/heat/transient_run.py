"""The course of a heat problem in time: steps, history, fields at the times the case names."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from typing import TypeAlias

import numpy as np
from dolfinx import fem

from solver.arrays import Array
from solver.case.transient import Transient
from solver.linalg.krylov import SolveRecord
from solver.linalg.stopping import End
from solver.metrics.heat_history import History
from solver.metrics.heat_summary import ReactionSummary, TransientSummary
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.heat_flow import HeatSolution
from solver.physics.heat.transient import TransientHeat, TransientState
from solver.process.checkpoint import Cells, HeatPosition, Saved
from solver.progress import Tell

SaveHeat: TypeAlias = Callable[[Callable[[], tuple[HeatPosition, dict[str, Cells]]], bool], None]

_FIELDS = ("temperature", "slope", "start", "cured")
_CURED = "cured"


@dataclass(frozen=True)
class TransientRun:
    """Outcome of a transient.

    Attributes:
        solution: its end.
        summary: what is told of it.
        snapshots: time (s) and field (K) where the case wants them, and at the end.
    """

    solution: HeatSolution
    summary: TransientSummary
    snapshots: tuple[tuple[float, fem.Function], ...]


def run(
    problem: HeatProblem,
    settings: Transient,
    log: Tell,
    save_checkpoint: SaveHeat | None = None,
    saved: Saved[HeatPosition] | None = None,
) -> TransientRun:
    """Go from time 0 to the end. Collective.

    Args:
        problem: made for stages.
        settings: of the case.
        log: takes a line on how far it is.
        save_checkpoint: takes what is to be kept after a step, if it is wanted then, and whether it was the last step;
            None to keep nothing.
        saved: where to go on from, or None.

    Raises:
        NotConvergedError: with the time.
    """
    course = _Course(problem, settings)
    if saved is None:
        course.begin()
    else:
        course.restore(saved)
    for time, step in course.steps():
        log(f"{time:.3g} s of {settings.duration:.3g} s, step {step:.2g} s", time / settings.duration)
        if save_checkpoint is not None:
            save_checkpoint(course.kept, time >= settings.duration)
    return course.outcome()


class _Course:
    """What goes on from step to step, and what is kept of it."""

    def __init__(self, problem: HeatProblem, settings: Transient) -> None:
        self._problem, self._settings = problem, settings
        self._heat, self._history = TransientHeat(problem, settings), History(problem)
        self._snapshots: list[tuple[float, fem.Function]] = []
        self._worst: SolveRecord | None = None
        self._linear = self._newton = 0
        self._state: TransientState

    def begin(self) -> None:
        """Begin at time 0, and say what flows there. Collective."""
        self._state = self._heat.start()
        self._history.add(0.0, self._heat.flows_at_start())

    def steps(self) -> Iterator[tuple[float, float]]:
        """The steps to the end: time (s) reached, and what the next step may be (s)."""
        wanted = {*self._settings.times, self._settings.duration}
        for step in self._heat.run(self._state):
            self._state = state = step.state
            self._linear += step.linear_iterations
            self._newton = step.newton_iterations
            if self._worst is None or step.record.error > self._worst.error:
                self._worst = step.record
            self._history.add(state.time, step.flows)
            if state.time in wanted:
                self._snapshots.append((state.time, copied(self._problem)))
            yield state.time, state.step

    def outcome(self) -> TransientRun:
        """The field at the end, and the balance of heat from the start to it. Collective."""
        state, flows = self._state, self._history.flows
        assert self._worst is not None
        error = self._heat.balance_error(state)
        solution = HeatSolution(self._problem.temperature, flows.into, flows.outflow, error, self._newton, self._worst)
        peak, peak_time = self._history.peak()
        summary = TransientSummary(
            duration_s=self._settings.duration,
            peak_temperature_degc=peak,
            peak_time_s=peak_time,
            time_steps=state.steps,
            rejected_time_steps=state.rejected,
            largest_step_error_k=state.largest_error,
            largest_change_k=state.largest_change,
            linear_iterations=self._linear,
            history=self._history.summary(),
            reaction=self._reaction(),
        )
        return TransientRun(solution, summary, tuple(self._snapshots))

    def _reaction(self) -> ReactionSummary | None:
        """What has cured. Collective."""
        reaction = self._problem.reaction
        if reaction is None:
            return None
        low, high = reaction.ends()
        whole = self._problem.stack_mesh.stack.multiplicity
        return ReactionSummary(reaction.means(), low, high, whole * reaction.given_off())

    def kept(self) -> tuple[HeatPosition, dict[str, Cells]]:
        """What a checkpoint holds: fields in local numbering (K), and what goes on from step to step."""
        state = self._state
        numbers = {part.name: getattr(state, part.name) for part in fields(state) if part.name not in _FIELDS}
        parts = [state.temperature, np.zeros_like(state.temperature) if state.slope is None else state.slope]
        nodal = {"state": self._by_cell(*parts, state.start)}
        for number, (_, field) in enumerate(self._snapshots):
            nodal[f"snapshot {number}"] = self._by_cell(*[field.x.array] * 3)
        if (reaction := self._problem.reaction) is not None:
            nodal[_CURED] = self._problem.stack_mesh.keys, reaction.by_cell
        times = [time for time, _ in self._snapshots]
        assert self._worst is not None
        counts = {"linear": self._linear, "newton": self._newton, "worst": asdict(self._worst)}
        return HeatPosition(numbers, state.slope is not None, times, self._history.so_far, counts), nodal

    def restore(self, saved: Saved[HeatPosition]) -> None:
        """Stand where a checkpoint was made. Collective."""
        position = saved.position
        temperature, slope, start = self._nodal(saved, "state")
        reaction = self._problem.reaction
        cured: Array = np.empty(0)
        if reaction is not None:
            reaction.restore(saved.values(_CURED, self._problem.stack_mesh.keys))
            cured = reaction.v.copy()
        self._state = TransientState(
            temperature=temperature,
            slope=slope if position.sloped else None,
            start=start,
            cured=cured,
            **position.state,
        )
        self._problem.stand(temperature, cured)
        for number, time in enumerate(position.snapshots):
            field = copied(self._problem)
            field.x.array[:] = self._nodal(saved, f"snapshot {number}")[0]
            self._snapshots.append((time, field))
        self._history.resume(position.history)
        self._linear, self._newton = position.course["linear"], position.course["newton"]
        worst = position.course["worst"]
        self._worst = SolveRecord(**{**worst, "end": End(worst["end"])})

    def _by_cell(self, *parts: Array) -> Cells:
        """Three nodal arrays as values of the owned cells."""
        mesh = self._problem.stack_mesh
        nodes = self._problem.space.dofmap.list[: len(mesh.block)]
        return mesh.keys, np.stack(parts, axis=-1)[nodes]

    def _nodal(self, saved: Saved[HeatPosition], name: str) -> list[Array]:
        """The three arrays back, ghosts included. Collective."""
        mesh, field = self._problem.stack_mesh, fem.Function(self._problem.space)
        values = saved.values(name, mesh.keys)
        found = []
        for part in range(3):
            field.x.array[self._problem.space.dofmap.list[: len(values)]] = values[..., part]
            field.x.scatter_forward()
            found.append(field.x.array.copy())
        return found


def copied(problem: HeatProblem) -> fem.Function:
    """The field as it is now."""
    copy = fem.Function(problem.space, name="temperature")
    copy.x.array[:] = problem.temperature.x.array
    return copy
