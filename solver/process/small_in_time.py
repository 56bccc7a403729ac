"""A stage at small deflection of materials with a memory: its increments of time, and looks aside."""

from collections.abc import Callable, Iterator, Sequence

from dolfinx import fem

from solver.linalg.krylov import SolveRecord
from solver.linalg.stopping import Monitor
from solver.metrics import warpage
from solver.metrics.evaluated import Evaluated
from solver.metrics.memory_means import block_means, over_all
from solver.metrics.step_result import CurvePoint
from solver.physics.solid.answers import Kelvin
from solver.physics.solid.cohesive_cracks import Led
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.physics.solid.solid import Balance
from solver.process.step_fields import Ramp
from solver.process.time_control import TimeControl
from solver.process.time_path import Leg, control_of, jumps_of, march
from solver.progress import Tell
from solver.units import to_celsius

_BENT, _FURTHER = 0.2, 1.5  # warpage from which shapes on the way are judged, in thicknesses, and times the last one


class SmallInTime:
    """Increments of one problem.

    Args:
        problem: of the stage.
        tolerance: of the increments of time.
        evaluated: surface of the shape.
        monitor: told of every iteration of the linear solver.
        tell: told of every increment, in words.
        judge: told of temperatures (K) where the stack is bent further than before: it may be flatter at the end.
        led: how far loads move beside an interface; None: they are as they are.

    Attributes:
        record, balance: of the last increment.
        curve: shapes at its increments, and those of looks aside.
        forced: as of `TimeControl`, of all ways.
    """

    record: SolveRecord
    balance: Balance

    def __init__(
        self,
        problem: SmallDeflectionInTime,
        tolerance: float,
        evaluated: Evaluated,
        monitor: Monitor,
        tell: Tell,
        judge: Callable[[float], None],
        led: Led | None = None,
    ) -> None:
        self._problem, self._tolerance, self._evaluated = problem, tolerance, evaluated
        self._monitor, self._tell, self._judge, self._led = monitor, tell, judge, led
        mesh = problem.stack_mesh
        self._judged = 1e6 * _BENT * (mesh.top - mesh.bottom) / _FURTHER
        self.curve: list[CurvePoint] = []
        self.forced = 0

    def go(self, ramp: Ramp) -> None:
        """Go to the end of a ramp."""
        problem, field = self._problem, ramp.end
        target = problem.coefficients.at_points(field) if isinstance(field, fem.Function) else field
        for time, kelvin in self._increments(target, ramp.seconds):
            if isinstance(kelvin, float):
                when = None if ramp.begins is None else ramp.begins + time
                known = over_all(problem), block_means(problem)
                shape = self.shape
                self.curve.append(CurvePoint(to_celsius(kelvin), shape, None, None, when, *known))
                if shape.warpage_um > _FURTHER * self._judged:
                    self._judged = shape.warpage_um
                    self._judge(kelvin)

    def look(self, temperatures: Sequence[float], rate: float | None) -> None:
        """Shapes at other temperatures (K), reached at a rate (K/s) and forgotten; None: in no time."""
        course, self._problem.course = self._problem.course, None  # nothing of it is part of the process
        pads, facing = self._problem.facing, None if self._problem.facing is None else self._problem.facing.state
        for other in temperatures:
            here, found = self._problem.snapshot, (self.record, self.balance)
            start = self._problem.memory.kelvin
            seconds = abs(other - start) / rate if rate and isinstance(start, float) else 0.0
            for _ in self._increments(other, seconds):
                pass
            self.curve.append(CurvePoint(to_celsius(other), self.shape))
            self._problem.snapshot, (self.record, self.balance) = here, found
            if pads is not None and facing is not None:
                pads.state = facing
        self._problem.course = course

    @property
    def shape(self) -> warpage.Warpage:
        """Of the present displacement."""
        return warpage.evaluate(self._evaluated.of(self._problem.displacement))

    def _increments(self, target: Kelvin, seconds: float) -> Iterator[tuple[float, Kelvin]]:
        """Time (s) and temperature at the end of each."""
        problem = self._problem
        problem.sets_out(seconds, self._led)
        if not seconds:
            self._attempt(target, 0.0)
            problem.accept()
            yield 0.0, target
            return
        if not problem.solved:  # another support holds it: it is there in no time
            problem.sets_out(0.0, self._led, rests=True)
            self._attempt(problem.memory.kelvin, 0.0)
            problem.accept()
            problem.sets_out(seconds, self._led)
        leg = Leg(problem.memory.kelvin, target, seconds)
        control: TimeControl = control_of(problem, self._tolerance)
        through = [*leg.times(jumps_of(problem.materials)), *problem.memory.moments(target, seconds)]
        control.begin(seconds, through, leg.change == 0.0)
        for time, kelvin, _ in march(problem, control, leg, self._attempt, problem.forget):
            self._tell(f"{time:.4g} of {seconds:.4g} s", time / seconds)
            yield time, kelvin
        self.forced += control.forced

    def _attempt(self, kelvin: Kelvin, seconds: float) -> tuple[None, bool]:
        self.record, self.balance = self._problem.advance(kelvin, seconds, self._monitor, self._evaluated.face)
        return None, False
