"""Heat in time: two implicit stages a step, of second order, with a step that follows the error.

R. Alexander, SIAM J. Numer. Anal. 14, 1006 (1977): singly diagonally implicit Runge-Kutta method of order 2 with gamma
= 1 - sqrt(1/2). It is L-stable, so parts of a temperature that relax faster than a step do not ring; both stages have
the same matrix; and what is stored is what the stages let in, to rounding, whatever the step. A step needs nothing of
the one before, so a jump of power costs no more than a small step.

The error of a step is C dt^3 T''' with C = gamma^2 (3 - 2 gamma) - 1/6 = 0.0404, and T''' follows from the slopes at
its beginning (the last stage of the step before), middle and end. Where a power or an ambient jumps, the slope does so
by what the jump brings in over the heat capacity, lumped to the nodes; so a trace of samples goes on with the step it
has, one for each sample where nothing is fast. Where prescribed nodes or currents jump, the smallest step begins again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from mpi4py import MPI

from solver.arrays import Array
from solver.case.transient import Transient
from solver.errors import NotConvergedError
from solver.linalg.krylov import SolveRecord
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.heat_flow import Flows

GAMMA = 1.0 - np.sqrt(0.5)
_ERROR = GAMMA**2 * (3.0 - 2.0 * GAMMA) - 1.0 / 6.0
_SAFETY = 0.85
_GROWTH, _SHRINK = 4.0, 0.2  # most and least a step is multiplied by
_FAST = 0.01  # least a step is multiplied by after a jump, where what is fast has an error that falls more slowly
_SOON = 1e-6  # of the time to the next jump: just after one
_KEPT = 1.25  # a step that could grow by less stays, and with it the matrix
_FIRST = 1e-6  # of the duration
_SMALLEST = 1e-3  # of the first step: where Newton's method fails even there, a temperature runs away
_NEWTON = 1e-3  # of the error of a step
_NOTHING = 1e-6  # K: a smaller change of temperature is none


@dataclass(frozen=True, eq=False)
class TransientState:
    """All that goes on from one step to the next.

    Attributes:
        time: in s.
        step: what the next step may be (s).
        temperature: (local nodes,) in K.
        slope: (local nodes,) in K/s just after `time`, or None where that is not known.
        start: (local nodes,) at time 0, in K.
        cured: v of what cures, as of `Reaction`; empty if nothing does.
        stored_at_start: heat in the stack at time 0, up to a constant (J).
        largest_change: of the temperature since the start, over all nodes and steps (K).
        largest_error: estimated error of a step, the largest of all that were accepted (K).
        gained: heat that came in or was made since the start, less what left (J).
        exchanged: the larger of heat in and heat out since the start, signs left out (J).
        steps, rejected: so far.
        kinked: True just after a jump: the slope tells the error of a step, and nothing of where a long one leads.
        after_jump: what a step may be by the error of that after the last jump (s), 0 before one was: the next jump is
            much like it.
    """

    time: float
    step: float
    temperature: Array
    slope: Array | None
    start: Array
    cured: Array
    stored_at_start: float
    largest_change: float = 0.0
    largest_error: float = 0.0
    gained: float = 0.0
    exchanged: float = 0.0
    steps: int = 0
    rejected: int = 0
    kinked: bool = False
    after_jump: float = 0.0


@dataclass(frozen=True)
class Step:
    """An accepted step: the state at its end, the heat that flows there, and what it took."""

    state: TransientState
    flows: Flows
    record: SolveRecord
    newton_iterations: int
    linear_iterations: int


@dataclass(frozen=True)
class _Attempt:
    temperature: Array
    middle: Array
    end: Array | None  # slopes; None if they are those of a jump
    cured: Array
    curing: Array  # (3, points) rate of the degree of cure at the start, in the middle, at the end (1/s)
    gained: float
    exchanged: float
    flows: Flows
    record: SolveRecord
    newton_iterations: int
    linear_iterations: int


class TransientHeat:
    """Steps of a heat problem in time.

    Args:
        problem: made for stages.
        settings: of the case.
    """

    def __init__(self, problem: HeatProblem, settings: Transient) -> None:
        self.problem, self.settings = problem, settings
        self._comm = problem.stack_mesh.comm
        self._first = settings.first_step or _FIRST * settings.duration
        self._largest = settings.largest_step or settings.duration
        courses = [one for one in problem.exchanges if one.surroundings is not None]
        self._restarts: list[Callable[[float], float]] = [
            *(() if problem.joule is None else (problem.joule.course.next_break,)),
            *(one.surroundings.next_break for one in courses if one.surroundings and one.flux is None),
            *(one.film[1].next_break for one in problem.exchanges if one.film is not None),
        ]
        self._breaks: list[Callable[[float], float]] = [
            problem.sources.next_break,
            *(one.surroundings.next_break for one in courses if one.surroundings and one.flux is not None),
            *self._restarts,
        ]

    def start(self) -> TransientState:
        """The state at time 0.

        Raises:
            NotConvergedError: it is a steady state, and that was not found.
        """
        problem = self.problem
        if self.settings.start is None:
            problem.solve()
        else:
            problem.temperature.x.array[:] = self.settings.start
        temperature = problem.temperature.x.array.copy()
        cured = np.empty(0) if problem.reaction is None else problem.reaction.v.copy()
        problem.stand(temperature, cured)
        return TransientState(0.0, self._first, temperature, None, temperature, cured, problem.stored())

    def run(self, state: TransientState) -> Iterator[Step]:
        """The steps from a state to the end; after each `problem.temperature` is the field.

        Raises:
            NotConvergedError: with the time.
        """
        while state.time < self.settings.duration:
            step = self._advance(state)
            state = step.state
            yield step

    def flows_at_start(self) -> Flows:
        """Heat that flows at time 0, just after what jumps then; nothing through faces of fixed temperature."""
        return self.problem.flows_at(0.0)

    def balance_error(self, state: TransientState) -> float:
        """|stored - gained| over the heat exchanged since the start; the problem is at this state. Collective."""
        stored = self.problem.stored() - state.stored_at_start
        return abs(stored - state.gained) / state.exchanged if state.exchanged else 0.0

    def _advance(self, state: TransientState) -> Step:
        """One accepted step."""
        smallest = _SMALLEST * self._first
        while True:
            dt, stop = self._length(state)
            done = self._attempt(state, dt, smallest)
            if done is None:
                state = replace(state, step=_SHRINK * dt, rejected=state.rejected + 1)
                continue
            error, change, jumped = self._error(state, done, dt)
            if error > 1.0 and dt > self._first * (1.0 + 1e-9):
                order, least = (2.0, _FAST) if state.kinked else (3.0, _SHRINK)
                factor = max(least, _SAFETY * error ** (-1.0 / order))
                state = replace(state, step=max(factor * dt, self._first), rejected=state.rejected + 1)
                continue
            if jumped:
                done = replace(done, end=None)
            return self._accepted(state, done, dt, stop, error, change)

    def _length(self, state: TransientState) -> tuple[float, float | None]:
        """Length of the next step, and the time it lands on if that is one that is wanted."""
        t = state.time
        wanted = [s for s in (self.settings.duration, *self.settings.times) if s > t * (1.0 + 1e-12)]
        stop = min(*wanted, self._next_break(t))
        dt, left = min(state.step, self._largest), stop - t
        if dt >= left * (1.0 - 1e-6):
            return left, stop
        return (0.5 * left, None) if dt > 0.5 * left else (dt, None)

    def _next_break(self, time: float) -> float:
        return min(after(time) for after in self._breaks)

    def _attempt(self, state: TransientState, dt: float, smallest: float) -> _Attempt | None:
        """Both stages; None if a smaller step may do."""
        problem, rate = self.problem, 1.0 / (GAMMA * dt)
        tolerance = _NEWTON * self.settings.tolerance * max(state.largest_change, 1.0)
        nodes = len(state.temperature)
        problem.stand(state.temperature, state.cured)
        old, curing = problem.content(), [self._curing()]
        try:
            self._guess(state.temperature, None if state.kinked else state.slope, GAMMA * dt)
            count_middle, linear_middle, _ = problem.stage(state.time + GAMMA * dt, rate, old, tolerance)
            middle, first = problem.content(), problem.flows()
            curing.append(self._curing())
            base = old + (1.0 - GAMMA) / GAMMA * (middle - old)
            self._guess(middle[:nodes], rate * (middle[:nodes] - old[:nodes]), (1.0 - GAMMA) * dt)
            count_end, linear_end, record = problem.stage(state.time + dt, rate, base, tolerance)
        except NotConvergedError as error:
            problem.stand(state.temperature, state.cured)
            if dt <= smallest:
                raise NotConvergedError(f"heat at {state.time:.6g} s, step {dt:.2g} s: {error}") from None
            return None
        end, second = problem.temperature.x.array.copy(), problem.flows()
        curing.append(self._curing())
        weights = ((1.0 - GAMMA) * dt, GAMMA * dt)
        into = sum(w * _gross(f)[0] for w, f in zip(weights, (first, second), strict=True))
        out = sum(w * _gross(f)[1] for w, f in zip(weights, (first, second), strict=True))
        return _Attempt(
            temperature=end,
            middle=rate * (middle[:nodes] - old[:nodes]),
            end=rate * (end - base[:nodes]),
            cured=state.cured if problem.reaction is None else problem.reaction.v.copy(),
            curing=np.array(curing),
            gained=sum(w * (f.into - f.out) for w, f in zip(weights, (first, second), strict=True)),
            exchanged=max(into, out),
            flows=second,
            record=record,
            newton_iterations=max(count_middle, count_end),
            linear_iterations=linear_middle + linear_end,
        )

    def _curing(self) -> Array:
        """Rate of the degree of cure (1/s) at the present temperature."""
        problem = self.problem
        if problem.reaction is None:
            return np.empty(0)
        return problem.reaction.speed(problem.coefficients.at_points(problem.temperature))

    def _guess(self, temperature: Array, slope: Array | None, dt: float) -> None:
        """Newton's method starts where the slope leads; a linear problem takes one solve from anywhere."""
        lead = 0.0 if slope is None or self.problem.is_linear else dt * slope
        self.problem.temperature.x.array[:] = temperature + lead

    def _error(self, state: TransientState, done: _Attempt, dt: float) -> tuple[float, float, bool]:
        """Largest error of a step over what is allowed, largest change since the start, and whether faces jumped.

        Degrees of cure may be wrong by the tolerance, of 1.

        If prescribed temperatures did, its slopes are those of the jump, and tell nothing of what follows.
        """
        if state.slope is None:
            error = np.zeros(0)  # nothing to tell it from; the step is the smallest
        else:
            assert done.end is not None
            bend = (done.end - done.middle) / (1.0 - GAMMA) - (done.middle - state.slope) / GAMMA
            error = 2.0 * _ERROR * dt * bend
            error[self.problem.prescribed_nodes] = 0.0  # what they do is given
        jumps = self._jumps(done) if state.slope is None else np.zeros(0)
        start, middle, end = done.curing
        cure = 2.0 * _ERROR * dt * ((end - middle) / (1.0 - GAMMA) - (middle - start) / GAMMA)
        changes = (error, done.temperature - state.start, jumps, cure)
        largest = [np.abs(values).max(initial=0.0) for values in changes]
        found = np.empty(len(largest))
        self._comm.Allreduce(np.array(largest), found, MPI.MAX)
        change = max(float(found[1]), state.largest_change)
        worst = max(float(found[0]) / self._allowed(change), float(found[3]) / self.settings.tolerance)
        return worst, change, state.slope is None and bool(found[2] > 0.0)

    def _jumps(self, done: _Attempt) -> Array:
        """1 at prescribed nodes whose temperature has jumped in a step, 0 where it stayed or went its way.

        On its way it has the same slope in both stages; after a jump all of the change is in the first.
        """
        assert done.end is not None
        nodes = self.problem.prescribed_nodes
        first, second = done.middle[nodes], done.end[nodes]
        return np.asarray((np.abs(second - first) > 0.5 * np.abs(first)).astype(float))

    def _allowed(self, change: float) -> float:
        """Error a step may have (K)."""
        return self.settings.tolerance * max(change, _NOTHING)

    def _accepted(
        self, state: TransientState, done: _Attempt, dt: float, stop: float | None, error: float, change: float
    ) -> Step:
        factor = 1.0 if state.slope is None else min(_GROWTH, max(_SHRINK, _SAFETY * max(error, 1e-9) ** (-1.0 / 3.0)))
        step = max(factor * dt if factor < 1.0 or factor >= _KEPT else dt, self._first)
        if factor >= 1.0:
            step = max(step, state.step)  # a step that was cut short says nothing against the one that was wanted
        jumps = stop is not None and stop == self._next_break(state.time)
        slope = done.end if stop is None or not jumps else self._slope_after(state.time, stop, done)
        kinked, after_jump = jumps and slope is not None, step if state.kinked else state.after_jump
        if kinked and after_jump:
            step = min(step, after_jump)
        new = replace(
            state,
            time=state.time + dt if stop is None else stop,
            step=self._first if slope is None else min(step, self._largest),
            temperature=done.temperature,
            cured=done.cured,
            slope=slope,
            kinked=kinked,
            after_jump=after_jump,
            largest_change=change,
            largest_error=max(state.largest_error, error * self._allowed(change)),
            gained=state.gained + done.gained,
            exchanged=state.exchanged + done.exchanged,
            steps=state.steps + 1,
        )
        return Step(new, done.flows, done.record, done.newton_iterations, done.linear_iterations)

    def _slope_after(self, before: float, time: float, done: _Attempt) -> Array | None:
        """Slope after a jump; None where prescribed nodes or currents do."""
        if done.end is None or any(after(before) == time for after in self._restarts):
            return None
        soon = time + _SOON * (min(self._next_break(time), self.settings.duration) - time)
        return np.asarray(done.end + self.problem.slope_jump(time, soon))


def _gross(flows: Flows) -> tuple[float, float]:
    """Heat that comes in or is made, and heat that leaves, neither negative (W)."""
    parts = [flows.into, *(-face.heat for face in flows.outflow)]
    return sum(part for part in parts if part > 0), -sum(part for part in parts if part < 0)
