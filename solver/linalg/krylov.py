"""Conjugate gradients on a matrix-free operator: what every linear solve ends with, whatever preconditions it."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from dolfinx import fem
from petsc4py import PETSc

from solver.arrays import Array, Integers
from solver.errors import NotConvergedError, UnsuitableError
from solver.linalg.extruded_cells import Bilinear
from solver.linalg.initial_guess import Past
from solver.linalg.operator import FormOperator, matrix_free
from solver.linalg.release import release
from solver.linalg.stopping import ENOUGH, MEANING, End, Monitor, Observer, Stopping

T = TypeVar("T")

_HOPELESS = 1e-3  # residual above which a solve that rounding ended is a failure, not a doubt
_RESTARTS = 4
_INVERSE_ITERATIONS = 3
_DRIFT = 10.0  # times the residual of the recurrence: more is rounding
_REASON = PETSc.KSP.ConvergedReason


@dataclass(frozen=True)
class SolveRecord:
    """What one linear solve took and what it reached.

    Attributes:
        name: of the method.
        why: the reason for this method.
        unknowns: of the whole problem.
        end: how it ended.
        iterations: of conjugate gradients (GMRES for an unsymmetric tangent).
        residual: preconditioned norm of b - A x, evaluated afresh, as a part of that of b.
        error: bound on the energy norm of the error, as a part of that of the solution: residual
            times sqrt(highest / lowest).
        lowest, highest: Ritz values of the preconditioned operator; 0 if there was no iteration.
        observed: last value of the observed number, None if there was none.
        setup_seconds: spent on the preconditioner so far.
        solve_seconds: spent on this solve.
    """

    name: str
    why: str
    unknowns: int
    end: End
    iterations: int
    residual: float
    error: float
    lowest: float
    highest: float
    observed: float | None
    setup_seconds: float
    solve_seconds: float

    @property
    def condition(self) -> float | None:
        """Estimated condition number of the preconditioned operator."""
        return self.highest / self.lowest if self.lowest > 0 else None

    def scaled(self, part: float) -> "SolveRecord":
        """The record of a correction that is but a part of the solution, in terms of the solution."""
        residual = part * self.residual
        done = residual <= ENOUGH and self.end is not End.INDEFINITE
        return replace(self, end=End.CONVERGED if done else self.end, residual=residual, error=part * self.error)


@dataclass(frozen=True)
class _Attempt:
    """Outcome of iterating with one preconditioner; the product of the solution is kept for the next guess."""

    end: End
    residual: float
    observed: float | None = None


class KrylovSolver(ABC):
    """Set up once, solve for many right-hand sides: call `solve` again and again.

    Every solve starts from the best combination of the last solutions, so right-hand sides that are combinations of
    earlier ones (a curve over temperatures) cost next to nothing. After a change of coefficients call `update`.

    Attributes:
        operator: the matrix-free product.
        space: the function space.
        monitor: told of every iteration.
        imbalance: as of `Stopping`.
        asked: part of the preconditioned residual norm that may be left, where that is more than `tolerance`.
        why: the reason for this method.

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
        self, a: Bilinear, space: fem.FunctionSpace, constrained: Integers, tangent: Bilinear | None = None
    ) -> None:
        start = time.perf_counter()
        self.operator = self._operator_of(tangent or a, space, constrained)
        self.space = space
        self.monitor: Monitor | None = None
        self.imbalance: Observer | None = None
        self.asked = 0.0
        self.why = "the case asks for it"
        self._symmetric = tangent is None
        self._ksp = PETSc.KSP().create(space.mesh.comm)
        self._ksp.setType("cg" if self._symmetric else "gmres")
        self._ksp.setNormType(PETSc.KSP.NormType.NATURAL if self._symmetric else PETSc.KSP.NormType.PRECONDITIONED)
        self._ksp.setTolerances(max_it=self.most_iterations)
        self._ksp.setComputeSingularValues(True)
        self._ksp.setInitialGuessNonzero(True)
        self._shell = self.operator.matrix()
        self._past = Past()
        self._outdated = False
        self._iterations = 0
        self._spectrum: tuple[float, float] | None = None
        self.setup_seconds = time.perf_counter() - start

    def _operator_of(self, a: Bilinear, space: fem.FunctionSpace, constrained: Integers) -> FormOperator:
        """The product that is solved with."""
        return matrix_free(a, space, constrained)

    @abstractmethod
    def _set_up(self) -> None:
        """Make the preconditioner for the present coefficients."""

    def _enrich(self) -> bool:
        """Make a better preconditioner after one that did not do; False if there is none."""
        return False

    def update(self) -> None:
        """Take note that coefficients have changed. The old preconditioner stays as long as it does its work."""
        self._outdated = True
        self._past.outdate()

    def renew(self) -> None:
        """Make the preconditioner for the present coefficients: they have changed much."""
        self.update()
        self._renew()

    def solve(self, b: Array, x: fem.Function, observer: Observer | None = None) -> SolveRecord:
        """Solve A x = b for the owned entries b; x holds the result with ghosts.

        Args:
            b: (owned unknowns,) right-hand side.
            x: takes the solution.
            observer: one number of the iterate; the solve ends early where it has settled (see `stopping`).

        Raises:
            NotConvergedError: what was reached is no result; the message and `end` say why.
        """
        start, before, first = time.perf_counter(), self.setup_seconds, self._iterations
        if not self._symmetric:
            observer = None  # GMRES has no iterate before it ends
        rhs, solution = self._shell.createVecs()
        rhs.array[:] = b
        rhs.array[self.operator.constrained] = 0.0
        size = rhs.norm()
        if not np.isfinite(size):
            raise NotConvergedError("the linear solve has loads that are not finite; check the material data")
        done = self._attempts(rhs, solution, observer) if size > 0.0 else _Attempt(End.CONVERGED, 0.0)
        x.x.array[: self.operator.owned] = solution.array
        x.x.scatter_forward()
        rhs.destroy()
        solution.destroy()
        unknowns = self.space.dofmap.index_map.size_global * self.space.dofmap.index_map_bs
        lowest, highest = self._spectrum or (0.0, 0.0)
        return SolveRecord(
            name=self.name,
            why=self.why,
            unknowns=unknowns,
            end=done.end,
            iterations=self._iterations - first,
            residual=done.residual,
            error=done.residual * self._amplification(),
            lowest=lowest,
            highest=highest,
            observed=done.observed,
            setup_seconds=self.setup_seconds,
            solve_seconds=time.perf_counter() - start - (self.setup_seconds - before),
        )

    def solve_roughly(self, b: Array, x: fem.Function, tolerance: float) -> int:
        """Solve A x = b for an estimate, with the preconditioner as it is; the number of iterations.

        Args:
            b: (owned unknowns,) right-hand side; the operator is symmetric.
            x: takes the estimate.
            tolerance: part of the preconditioned residual norm that may be left.
        """
        rhs, solution = self._shell.createVecs()
        rhs.array[:] = b
        rhs.array[self.operator.constrained] = 0.0
        self._ksp.setConvergenceTest(Stopping(tolerance, None, None, None))
        self._ksp.setInitialGuessNonzero(False)
        self._ksp.solve(rhs, solution)
        x.x.array[: self.operator.owned] = solution.array
        x.x.scatter_forward()
        rhs.destroy()
        solution.destroy()
        return int(self._ksp.getIterationNumber())

    def solve_many_roughly(self, b: Array, tolerance: float) -> Array:
        """(owned unknowns, m) estimates of some right-hand sides (owned unknowns, m), as of `solve_roughly`."""
        found, x = np.empty_like(b), fem.Function(self.space)
        for number in range(b.shape[1]):
            self.solve_roughly(b[:, number], x, tolerance)
            found[:, number] = x.x.array[: len(b)]
        return found

    def inverse(self, r: Array) -> Array:
        """The preconditioner on owned entries."""
        residual, changed = self._shell.createVecs()
        residual.array[:] = r
        residual.array[self.operator.constrained] = 0.0
        self._ksp.getPC().apply(residual, changed)
        result = changed.array.copy()
        residual.destroy()
        changed.destroy()
        return np.asarray(result)

    def destroy(self) -> None:
        """Free the preconditioner now, not when Python finds the time."""
        self._past.forget()
        release(self.space.mesh.comm, self._ksp, self._shell)

    def _renew(self) -> None:
        self._timed(self._set_up)
        self._outdated, self._spectrum = False, None

    def _timed(self, work: Callable[[], T]) -> T:
        start = time.perf_counter()
        result = work()
        self.setup_seconds += time.perf_counter() - start
        return result

    def _improve(self) -> bool:
        """A preconditioner for the present coefficients, then a richer one; False if there is none left."""
        if self._outdated:
            self._renew()
            return True
        self._spectrum = None
        return self._timed(self._enrich)

    def _attempts(self, rhs: PETSc.Vec, solution: PETSc.Vec, observer: Observer | None) -> _Attempt:
        """Iterate with better and better preconditioners until that is a result.

        Raises:
            NotConvergedError: no preconditioner can help, or (`UnsuitableError`) this method has none that does.
        """
        done = self._attempt(rhs, solution, observer)
        while (self._is_unsuitable(done) or self._is_misled(done)) and self._improve():
            done = self._attempt(rhs, solution, observer)
        if done.end is End.CONVERGED or done.residual <= (_HOPELESS if done.end is End.ROUND_OFF else ENOUGH):
            return done
        raise (UnsuitableError if self._is_unsuitable(done) else NotConvergedError)(
            f"the linear solve stopped at {done.residual:.1e} of the residual after {self._ksp.getIterationNumber()} "
            f"iterations with {self.name}: {MEANING[done.end]}"
        )

    def _is_unsuitable(self, done: _Attempt) -> bool:
        """True if it was the preconditioner that failed."""
        blamed = self._ksp.getConvergedReason() == _REASON.DIVERGED_INDEFINITE_PC
        return done.end is End.STAGNATED or (done.end is End.INDEFINITE and blamed)

    def _is_misled(self, done: _Attempt) -> bool:
        """True if the operator seems indefinite by a preconditioner of other coefficients: of what has gelled since."""
        return done.end is End.INDEFINITE and self._outdated

    def _attempt(self, rhs: PETSc.Vec, solution: PETSc.Vec, observer: Observer | None) -> _Attempt:
        """Iterate until the residual, evaluated afresh, is as small as the recurrence of the iteration says."""
        solution.set(0.0)
        reference = self._norm(rhs) if self._past.guess(self._shell, rhs, solution) else None
        product, before, target = solution.duplicate(), np.inf, max(self.tolerance, self.asked)
        for _ in range(_RESTARTS):
            stopping = Stopping(target, reference, observer, self.monitor, self.imbalance)
            self._ksp.setConvergenceTest(stopping)
            self._ksp.setInitialGuessNonzero(reference is not None)
            self._ksp.solve(rhs, solution)
            self._iterations += self._ksp.getIterationNumber()
            reference = stopping.reference
            if reference is None:
                raise UnsuitableError(f"the linear solve could not apply its preconditioner with {self.name}")
            self._shell.mult(solution, product)
            residual = self._norm(rhs - product) / reference
            end = self._end(stopping, residual)
            if end is End.CONVERGED and residual > max(ENOUGH, target):
                end = End.ROUND_OFF
            if end is not End.ROUND_OFF or residual > 0.5 * before:
                break
            before = residual
        if end is End.CONVERGED:
            self._past.add(solution, product)
        product.destroy()
        return _Attempt(end, residual, stopping.observed)

    def _end(self, stopping: Stopping, residual: float) -> End:
        """What the iteration ran into, told by the residual evaluated afresh."""
        reason, definite = self._ksp.getConvergedReason(), True
        indefinite = reason in (_REASON.DIVERGED_INDEFINITE_MAT, _REASON.DIVERGED_INDEFINITE_PC)
        if self._ksp.getIterationNumber() > 0 and not indefinite and np.isfinite(residual):
            highest, lowest = self._ksp.computeExtremeSingularValues()
            definite = lowest > 0
            old = self._spectrum or (lowest, highest)
            self._spectrum = min(old[0], lowest), max(old[1], highest)
        if reason > 0 and definite:
            return End.CONVERGED
        if residual > _DRIFT * stopping.residuals[-1]:
            return End.ROUND_OFF
        return End.INDEFINITE if indefinite or not definite else End.STAGNATED

    def _negative(self, what: str) -> NotConvergedError:
        """The error for a preconditioner with negative modes: the operator's own, or made by rounding.

        The mode nearest to zero is found by inverse iteration; its energy without a matrix tells.
        """
        x, y = self._shell.createVecs()
        x.array[:] = 1.0 + np.sin(np.arange(*x.owner_range))
        x.array[self.operator.constrained] = 0.0
        for _ in range(_INVERSE_ITERATIONS):
            self._ksp.getPC().apply(x, y)
            y.normalize()
            x, y = y, x
        self._ksp.getPC().apply(x, y)
        claimed = y.dot(x)
        self._shell.mult(y, x)
        end = End.ROUND_OFF if claimed < 0 < y.dot(x) else End.INDEFINITE
        x.destroy()
        y.destroy()
        return NotConvergedError(f"{what}: {MEANING[end]}")

    def _norm(self, residual: PETSc.Vec) -> float:
        """The norm the iteration works with: sqrt(r . M r), for GMRES |M r|."""
        changed = residual.duplicate()
        self._ksp.getPC().apply(residual, changed)
        norm = np.sqrt(abs(residual.dot(changed))) if self._symmetric else changed.norm()
        changed.destroy()
        return float(norm)

    def _amplification(self) -> float:
        """Bound on (relative error) / (relative residual): sqrt(c) in the energy norm, c in the norm of GMRES."""
        if self._spectrum is None or self._spectrum[0] <= 0:
            return 1.0
        condition = self._spectrum[1] / self._spectrum[0]
        return float(np.sqrt(condition) if self._symmetric else condition)
