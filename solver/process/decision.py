"""Whether a step is solved at large deflection, and why."""

from dolfinx import fem

from solver.case.support import lets_go
from solver.errors import NotConvergedError
from solver.metrics.step_result import DecisionRecord, JudgedAnswer
from solver.physics.geometric import Judge, Judgement
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.process.laminate_estimate import LARGE, is_large
from solver.process.plan import PlannedStep
from solver.units import in_percent, to_celsius

_FAR = 0.3  # overestimate from which an estimate says no more than that


class Decision:
    """Of one step, from its answers at small deflection.

    Args:
        asked: `analysis: {deflection: ...}`.
        step: as planned.
        follows: True if the step before was at large deflection.
        without: what large deflection said in a step before that found no equilibrium, None if there was none.

    Attributes:
        worst: the judgement of largest error so far, None before the first.
        without: the same, and of this step.
    """

    def __init__(self, asked: str, step: PlannedStep, follows: bool, without: str | None = None) -> None:
        self._asked, self.without = asked, without
        self.worst: Judgement | None = None
        self._where: tuple[float | None, float | None] = None, None  # temperature (degC) and time (s) of the worst
        self._settled = None
        if asked == "large":
            self._settled = "the case asks for it"
        elif follows:
            self._settled = "the step before is"
        elif any(lets_go(stage.support) for stage in step.stages):
            self._settled = "the stack may lift off its support"
        self._must = asked == "large" or any(lets_go(stage.held_by) for stage in step.stages)

    def see(self, judge: Judge, temperature: float | fem.Function, time: float | None, last: bool) -> None:
        """Look at an answer, if that may change anything.

        Args:
            judge: of the problem that gave it.
            temperature: K, or a field.
            time: of the field (s).
            last: True for the end of the step.
        """
        small = self._asked == "small" or self.without is not None
        if self._settled is not None or (not small and self.large) or (small and not last):
            return
        found = judge.judge(LARGE)
        if self.worst is None or found.error > self.worst.error:
            self.worst = found
            kelvin = temperature if isinstance(temperature, float) else None
            self._where = None if kelvin is None else to_celsius(kelvin), time

    @property
    def large(self) -> bool:
        """True if the step is solved at large deflection."""
        if self.without is not None and not self._must:
            return False
        error = 0.0 if self.worst is None else self.worst.error
        return self._settled is not None or is_large(self._asked, error)

    def stay_small(self, error: NotConvergedError) -> None:
        """Large deflection finds no equilibrium: be content with small deflection.

        Raises:
            NotConvergedError: the same, if the case asks for large deflection or the stack may lift off.
        """
        if self._must:
            raise error
        self.without = str(error)

    @property
    def why(self) -> str:
        """The reason, in words."""
        if self.without is not None and not self._must:
            return f"no equilibrium was found at large deflection ({self.without})"
        if self._settled is not None:
            return self._settled
        assert self.worst is not None, "see an answer first"
        return f"{'the case asks for it; ' if self._asked == 'small' else ''}{in_words(self.worst)}"

    @property
    def record(self) -> DecisionRecord:
        """The reason, and the numbers behind it."""
        without = None if self.large else self.without
        if self.worst is None:
            return DecisionRecord(self.why, None, without)
        worst = self.worst
        judged = JudgedAnswer(*self._where, worst.overestimate, max(worst.moved), worst.buckling)
        return DecisionRecord(self.why, judged, without)


def in_words(judged: Judgement) -> str:
    """What large deflection would do to an answer of small deflection."""
    if judged.buckles:
        return f"its membrane stress is {judged.buckling:.2g} times what buckles it"
    change = f"changes heights by {_percent(max(judged.moved))} and the warpage by {_percent(judged.overestimate)}"
    stress = max(judged.buckling, 0.0)
    return f"what it leaves out {change}, and its membrane stress is {in_percent(stress)} of what buckles it"


def _percent(part: float) -> str:
    return f"more than {100 * _FAR:.0f} %" if abs(part) > _FAR else f"{in_percent(part)}"


class Judges:
    """The judge of the problem that is solved now: what it has judged once it need not judge again."""

    def __init__(self) -> None:
        self._last: tuple[SmallDeflectionSolid, Judge] | None = None

    def of(self, problem: SmallDeflectionSolid, face: str) -> Judge:
        """The judge of a problem, by a face as of `meshes.faces`."""
        if self._last is None or self._last[0] is not problem:
            self._last = problem, Judge(problem, face)
        return self._last[1]

    def dismiss(self) -> None:
        """Forget what was known."""
        self._last = None
