"""When conjugate gradients stop, and what it means that they did."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from petsc4py import PETSc

from solver.arrays import Array

ENOUGH = 1e-7  # of the residual: 1e-7 of the warpage of a panel
BALANCED = 1e-4  # of a load that is carried, by which it and the forces of the supports may differ
SETTLED = 1e-6  # of the observed number and of the energy norm: what a result needs
_WINDOW = 30  # iterations in which a residual that is going anywhere halves
_REASON = PETSc.KSP.ConvergedReason


class End(StrEnum):
    """How a linear solve ended."""

    CONVERGED = "converged"
    STAGNATED = "stagnated"
    INDEFINITE = "indefinite"
    ROUND_OFF = "round-off"


MEANING = {
    End.STAGNATED: (
        "its residual does not fall any more: the preconditioner does not suit the problem; "
        "try another `analysis: {solver: ...}`"
    ),
    End.INDEFINITE: (
        "the operator is not positive definite: a modulus or conductivity is negative, or the equilibrium is unstable; "
        "check the material data"
    ),
    End.ROUND_OFF: (
        "rounding hides the rest of the residual: stiffnesses or lengths differ by more than double precision holds; "
        "make very thin, very soft or very stiff parts less extreme"
    ),
}


@dataclass(frozen=True)
class Iteration:
    """How far a solve is.

    Attributes:
        number: of the iteration.
        residual: preconditioned norm, as a part of that of the right-hand side.
        observed: the number that is watched, in its own unit; None if there is none.
        seconds_left: None while nobody knows.
    """

    number: int
    residual: float
    observed: float | None
    seconds_left: float | None


Observer = Callable[[Array], float]  # owned entries of the iterate -> one number, the same on every rank
Monitor = Callable[[Iteration], object]


def settled(changes: list[float], value: float, condition: float) -> bool:
    """True if what two successive iterations changed bounds what all the following will, by `SETTLED` of the value.

    Conjugate gradients shrink an error by q = (sqrt(c) - 1) / (sqrt(c) + 1) at condition number c, so the changes still
    to come add up to the last one over 1 - q (Y. Saad, Iterative Methods for Sparse Linear Systems, 2003, eq. 6.128).
    """
    if len(changes) < 2:
        return False
    return max(changes[-2:]) * (np.sqrt(condition) + 1) / 2 <= SETTLED * abs(value)


class Stopping:
    """PETSc's convergence test of one solve: a small residual, or a less small one and a settled observed number.

    Args:
        tolerance: residual at which the solve ends in any case.
        reference: norm of the preconditioned right-hand side; None: the first residual is that.
        observer: the watched number, None for none.
        monitor: told of every iteration, or None.
        imbalance: of the residual, a number that has to be below `BALANCED` if it is given.
    """

    def __init__(
        self,
        tolerance: float,
        reference: float | None,
        observer: Observer | None,
        monitor: Monitor | None,
        imbalance: Observer | None = None,
    ) -> None:
        self.reference = reference
        self._tolerance, self._observer, self._monitor = tolerance, observer, monitor
        self._imbalance = imbalance
        self._start = time.perf_counter()
        self.residuals: list[float] = []
        self.observed: float | None = None
        self._changes: list[float] = []

    def __call__(self, ksp: PETSc.KSP, number: int, norm: float) -> int:
        """PETSc's call, once per iteration; its reason to stop or to go on."""
        if self.reference is None:
            self.reference = norm
        residual = norm / self.reference if self.reference > 0 else 0.0
        self.residuals.append(residual)
        self._observe(ksp)
        if self._monitor is not None:
            self._monitor(Iteration(number, residual, self.observed, self._left(number)))
        if not np.isfinite(residual):
            return int(_REASON.DIVERGED_NANORINF)
        if residual <= self._tolerance or self._is_good_enough(ksp, number, residual):
            return int(_REASON.CONVERGED_RTOL)
        earlier = self.residuals[:-_WINDOW]
        if earlier and min(self.residuals[-_WINDOW:]) > 0.5 * min(earlier):
            return int(_REASON.DIVERGED_BREAKDOWN)
        return int(_REASON.ITERATING)

    def _observe(self, ksp: PETSc.KSP) -> None:
        if self._observer is None:
            return
        value = self._observer(ksp.getSolution().array_r)
        if self.observed is not None:
            self._changes.append(abs(value - self.observed))
        self.observed = value

    def _is_good_enough(self, ksp: PETSc.KSP, number: int, residual: float) -> bool:
        if self.observed is None or number < 2 or residual > ENOUGH:
            return False
        highest, lowest = ksp.computeExtremeSingularValues()
        if lowest <= 0:
            return False
        condition = highest / lowest
        right = residual * np.sqrt(condition) <= SETTLED and settled(self._changes, self.observed, condition)
        return right and (self._imbalance is None or self._imbalance(ksp.buildResidual().array_r) <= BALANCED)

    def _left(self, number: int) -> float | None:
        """Seconds to the end at the mean rate so far."""
        residual, target = self.residuals[-1], self._tolerance if self._observer is None else ENOUGH
        if number < 2 or not 0 < residual < self.residuals[0]:
            return None
        done = np.log(residual / self.residuals[0])
        todo = min(0.0, np.log(target / residual))
        return float((time.perf_counter() - self._start) * todo / done)
