"""How near Newton's method is to an equilibrium: how well its equations need solving, and when it has ended."""

import numpy as np

from solver.arrays import Array
from solver.linalg.stopping import BALANCED
from solver.linalg.tangent import TangentSolver
from solver.physics.solid.forms import LargeDeflectionForms
from solver.physics.solid.reactions import Imbalance

_ROUGH, _FINE = 1e-2, 1e-4  # residual that linear solves leave, far from and near the equilibrium
_CAUTION = 20.0  # times what a correction is estimated to have left that it may have left
_SPARE = 0.5  # of what a linear solve may leave that would do if the next correction is as small as expected
_ANSWERS, _WELL = 3, 1e-7  # of the plates to what is out of balance with the weight, and part of it that is let be


class Convergence:
    """Of one equilibrium; sizes of corrections are parts of the displacement.

    Args:
        distance: the last correction; 1: there was none.
        quadratic: True if corrections are those of the tangent as it is: the first one answers the load at the stress
            from before it, or starts from a guess.

    Attributes:
        distance: the last correction.
    """

    def __init__(self, distance: float, quadratic: bool) -> None:
        self.distance, self._before, self._expected, self._quadratic = distance, 1.0, 1.0, quadratic
        self._wait = 1 if distance < 1.0 else 2  # corrections before the square of one says what the next will be

    def rough(self, tolerance: float) -> float:
        """Residual the next linear solve may leave: as much as the correction is large, or as does at the end."""
        enough = _SPARE * tolerance / (_CAUTION * max(self._expected, np.finfo(float).tiny))
        return float(np.clip(max(self.distance, enough), _FINE, _ROUGH))

    def corrected(self, distance: float, rough: float) -> float:
        """Note a correction whose linear solve left a part `rough`; what is to correct yet, held to less than it is."""
        self._before, self.distance = self.distance, distance
        self._expected = self._next(rough)
        self._wait -= 1
        return min(distance, _CAUTION * self._expected)

    def went(self, distance: float) -> None:
        """Note that the stack went on otherwise, by a last correction of this size."""
        self.distance, self._expected, self._quadratic = distance, 1.0, False

    def _next(self, rough: float) -> float:
        """Size of the next correction: what the linear solve left of the last, and by the rate of the last two.

        As if they went on by that rate, or, where it is theirs, by its square.
        """
        if self._before >= 1.0 or self._before == 0.0:
            return self.distance
        rate = min(self.distance / self._before, 1.0)
        power = 2 if self._quadratic and self._wait <= 0 else 1
        return max(rough, rate**power) * self.distance


def balanced(forms: LargeDeflectionForms, solver: TangentSolver, imbalance: Imbalance, out: Array) -> bool:
    """True if supports carry the weight, after motions of the plates alone if need be. Collective.

    What the forces out of balance of a whole stack add up to is a load that plates answer as they rise and sink.

    Args:
        forms: of the stack, which is nearly at an equilibrium; it is moved by next to nothing.
        solver: of its tangent.
        imbalance: as of `reactions.imbalance`.
        out: (owned unknowns,) forces out of balance (N), zero where the stack is held.
    """
    motion = forms.correction.x
    for _ in range(_ANSWERS):
        if imbalance(out) <= _WELL:
            return True
        motion.array[: forms.owned] = solver.by_plates(-out)
        motion.scatter_forward()
        forms.displacement.x.array[:] += motion.array
        out = out + solver.operator.product(motion.array[: forms.owned])
        out[solver.operator.constrained] = 0.0
    return imbalance(out) <= BALANCED
