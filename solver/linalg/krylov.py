"""Conjugate gradients on a matrix-free operator: what every linear solve ends with, whatever preconditions it."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import ufl
from dolfinx import fem
from petsc4py import PETSc

from solver.arrays import Array, Integers
from solver.errors import NotConvergedError
from solver.linalg.operator import matrix_free
from solver.linalg.upright import Bilinear

T = TypeVar("T")

_CORRECTION = 1e-2  # to which the last correction is solved: its first digits say how large the error was

_STAGNATION = 1e-7  # a residual no lower than this after all iterations is a failure


@dataclass(frozen=True)
class SolveRecord:
    """What one linear solve took.

    Attributes:
        name: of the method.
        unknowns: of the whole problem.
        iterations: of conjugate gradients (GMRES for an unsymmetric tangent).
        residual: preconditioned residual norm left, as a part of the first one.
        correction: largest change that solving once more for the true residual made, as a part of the largest value:
            an estimate of the error that iteration and rounding leave.
        setup_seconds: spent on the preconditioner so far.
        solve_seconds: spent on this solve.
    """

    name: str
    unknowns: int
    iterations: int
    residual: float
    correction: float
    setup_seconds: float
    solve_seconds: float


# (iteration, residual as a part of the first, seconds left or None) -> anything
Monitor = Callable[[int, float, float | None], object]


class KrylovSolver(ABC):
    """Set up once, solve for many right-hand sides.

    Attributes:
        operator: the matrix-free product.
        space: the function space.
        monitor: told of every iteration.

    Args:
        a: symmetric positive definite bilinear form (on the unconstrained unknowns) that preconditions.
        space: its function space.
        constrained: local unknowns held at zero.
        tangent: the form that is solved, if it differs from `a` (it may be unsymmetric: GMRES then).
    """

    name: str
    tolerance: float  # of the preconditioned residual norm
    most_iterations: int

    def __init__(
        self, a: Bilinear, space: fem.FunctionSpace, constrained: Integers, tangent: ufl.Form | None = None
    ) -> None:
        start = time.perf_counter()
        self.operator = matrix_free(tangent or a, space, constrained)
        self.space = space
        self._ksp = PETSc.KSP().create(space.mesh.comm)
        self._ksp.setType("gmres" if tangent else "cg")
        self._ksp.setNormType(PETSc.KSP.NormType.PRECONDITIONED if tangent else PETSc.KSP.NormType.NATURAL)
        self._ksp.setTolerances(rtol=self.tolerance, max_it=self.most_iterations)
        self._shell = self.operator.matrix()
        self.monitor: Monitor | None = None
        self._ksp.setMonitor(self._watch)
        self._outdated = False
        self.setup_seconds = time.perf_counter() - start

    @abstractmethod
    def _set_up(self) -> None:
        """Make the preconditioner for the present coefficients."""

    def _enrich(self) -> bool:
        """Make a better preconditioner after one that did not do; False if there is none."""
        return False

    def update(self) -> None:
        """Take note that coefficients have changed. The old preconditioner stays as long as it does its work."""
        self._outdated = True

    def solve(self, b: Array, x: fem.Function) -> SolveRecord:
        """Solve A x = b for the owned entries b; x holds the result with ghosts.

        Raises:
            NotConvergedError: the iteration stagnated above what the result needs.
        """
        start, before = time.perf_counter(), self.setup_seconds
        rhs, solution = self._shell.createVecs()
        rhs.array[:] = b
        rhs.array[self.operator.constrained] = 0.0
        iterations, residual, correction = 0, 0.0, 0.0
        if rhs.norm() > 0.0:
            iterations, residual = self._iterate(rhs, solution)
            if residual > self.tolerance and self._outdated:
                self._renew()
                iterations, residual = self._iterate(rhs, solution)
            while residual > self.tolerance and self._timed(self._enrich):
                iterations, residual = self._iterate(rhs, solution)
            if not np.isfinite(solution.norm()) or residual > _STAGNATION:
                raise NotConvergedError(
                    f"the linear solve stopped at {residual:.1e} of the residual after {iterations} iterations "
                    f"(wanted {self.tolerance:.0e}) with {self.name}"
                )
            correction = self._correct(rhs, solution)
        x.x.array[: self.operator.owned] = solution.array
        x.x.scatter_forward()
        rhs.destroy()
        solution.destroy()
        unknowns = self.space.dofmap.index_map.size_global * self.space.dofmap.index_map_bs
        seconds = time.perf_counter() - start - (self.setup_seconds - before)
        return SolveRecord(self.name, unknowns, iterations, residual, correction, self.setup_seconds, seconds)

    def destroy(self) -> None:
        """Free the preconditioner now, not when Python finds the time."""
        self._ksp.destroy()
        self._shell.destroy()

    def _renew(self) -> None:
        self._timed(self._set_up)
        self._outdated = False

    def _timed(self, work: Callable[[], T]) -> T:
        start = time.perf_counter()
        result = work()
        self.setup_seconds += time.perf_counter() - start
        return result

    def _correct(self, rhs: PETSc.Vec, solution: PETSc.Vec) -> float:
        """Solve once more for the true residual, add the change; its size as a part of the largest value."""
        residual, change = self._shell.createVecs()
        self._shell.mult(solution, residual)
        residual.aypx(-1.0, rhs)
        self._ksp.setTolerances(rtol=_CORRECTION, max_it=self.most_iterations)
        self._ksp.solve(residual, change)
        self._ksp.setTolerances(rtol=self.tolerance, max_it=self.most_iterations)
        solution.axpy(1.0, change)
        infinity = PETSc.NormType.NORM_INFINITY
        size = change.norm(infinity) / max(solution.norm(infinity), np.finfo(float).tiny)
        residual.destroy()
        change.destroy()
        return float(size)

    def _watch(self, _: PETSc.KSP, iteration: int, norm: float) -> None:
        if iteration == 0:
            self._first, self._began = norm, time.perf_counter()
        if self.monitor is None or self._first <= 0:
            return
        residual, left = norm / self._first, None
        if iteration > 1 and 0 < residual < 1:
            remaining = max(0.0, np.log(self.tolerance) / np.log(residual) - 1.0)
            left = (time.perf_counter() - self._began) * remaining
        self.monitor(iteration, residual, left)

    def _iterate(self, rhs: PETSc.Vec, solution: PETSc.Vec) -> tuple[int, float]:
        """Iterations taken and what is left of the residual norm."""
        self._ksp.setConvergenceHistory(length=self.most_iterations + 1, reset=True)
        self._ksp.solve(rhs, solution)
        history = self._ksp.getConvergenceHistory()
        residual = float(history[-1] / history[0]) if len(history) and history[0] > 0 else 0.0
        return self._ksp.getIterationNumber(), residual
