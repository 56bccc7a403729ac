"""Newton's method for temperatures, with the linear solver it keeps from one solve to the next."""

from collections.abc import Callable

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.arrays import Array
from solver.errors import NotConvergedError
from solver.linalg.choose import Choice
from solver.linalg.extruded_cells import LayeredForm
from solver.linalg.krylov import KrylovSolver, SolveRecord
from solver.parallel import combined
from solver.physics.heat.equation import HeatEquation
from solver.physics.scalar import scalar_solver

_MOST_ITERATIONS = 40
_STALE = 3.0  # ratio of mass terms up to which a preconditioner does for both
_INEXACT = 1e-6  # of the residual of a Newton iteration; the next one takes the rest


class Newton:
    """Newton's method on a heat equation.

    Args:
        equation: what is solved.
        choice: of the linear solver.
        explain: what it most likely means that there is no temperature, empty or beginning with a colon; collective.
    """

    def __init__(self, equation: HeatEquation, choice: Choice, explain: Callable[[], str]) -> None:
        self._equation, self._choice, self._explain = equation, choice, explain
        self._change = fem.Function(equation.temperature.function_space)
        self._farthest = 0.0  # largest change of temperature of any iteration so far (K)
        self._solver: KrylovSolver | None = None
        self._seen = 0  # changes of the equation the solver knows of
        self._fresh_rate = 0.0  # for which the preconditioner was made

    def solve(self, tolerance: float, last: bool = True) -> tuple[int, int, SolveRecord]:
        """Iterate from the temperature as it is until it stays. Collective.

        Args:
            tolerance: largest change in the last iteration (K); in the steady state of the largest rise above 1 K.
            last: until a steady state with heat that grows is known to be stable, too.

        Returns:
            Newton iterations, linear iterations of all of them, and the record of the last linear solve.

        Raises:
            NotConvergedError: with the iteration and the last change.
        """
        equation, linear = self._equation, 0
        equation.prescribed.impose()
        proves_stability = last and equation.is_steady and equation.growing is not None
        settled = False
        for iteration in range(1, _MOST_ITERATIONS + 1):
            equation.update()
            record = self._solved(equation.residual(), fresh=settled)
            linear += record.iterations
            equation.temperature.x.array[:] += self._change.x.array
            largest, rise = self._sizes()
            limit = tolerance * max(1.0, rise) if equation.is_steady else tolerance
            if equation.is_linear or settled or not np.isfinite(largest):
                break
            small = largest < limit and (iteration > 1 or not equation.is_steady)
            if small and not proves_stability:
                break
            settled = small  # once more with factors of the end: they tell whether it is stable
        if equation.is_linear or (np.isfinite(largest) and largest < limit):
            return iteration, linear, record.scaled(largest / self._farthest if self._farthest else 1.0)
        reached = f"a change of {largest:.2g} K after {iteration} iterations"
        raise NotConvergedError(f"heat: Newton's method stopped at {reached}{self._explain()}")

    def frozen(self) -> KrylovSolver:
        """The solver of the symmetric operator with coefficients at the present temperature; nothing else any more."""
        self._equation.update()
        if self._solver is None or self._equation.tangent is not None:
            self.destroy()
            self._solver = self._linear_solver(None)
        elif not self._equation.is_linear:
            self._solver.renew()
        self._solver.tolerance = type(self._solver).tolerance
        return self._solver

    def destroy(self) -> None:
        """Free the linear solver."""
        if self._solver is not None:
            self._solver.destroy()
            self._solver = None

    def _sizes(self) -> tuple[float, float]:
        """Largest change, and difference between the hottest and the coldest node (K)."""
        comm, change, values = self._equation.stack_mesh.comm, self._change, self._equation.temperature.x.array
        here = [np.abs(change.x.array).max(initial=0.0), np.ptp(values) if len(values) else 0.0]
        largest, rise = (float(size) for size in combined(comm, here, MPI.MAX))
        self._farthest = max(self._farthest, largest)
        return largest, rise

    def _solved(self, residual: Array, fresh: bool) -> SolveRecord:
        """One linear solve; the change of temperature is in `_change`."""
        try:
            solver = self._prepared()
            if fresh:
                solver.renew()
            return solver.solve(-residual, self._change)
        except NotConvergedError as error:
            if self._equation.growing is not None:
                raise NotConvergedError(f"heat{self._explain()} ({error})") from None
            raise

    def _prepared(self) -> KrylovSolver:
        """The linear solver, told of new coefficients, its preconditioner renewed when the mass has changed much."""
        equation, rate = self._equation, self._equation.rate
        if self._solver is None:
            self._solver = self._linear_solver(equation.tangent)
            self._fresh_rate = rate
        elif not 1.0 / _STALE <= (rate or 1e-300) / (self._fresh_rate or 1e-300) <= _STALE:
            self._solver.renew()
            self._fresh_rate = rate
        elif equation.changes != self._seen:
            self._solver.update()
        self._seen = equation.changes
        self._solver.tolerance = type(self._solver).tolerance if equation.is_linear else _INEXACT
        return self._solver

    def _linear_solver(self, tangent: LayeredForm | None) -> KrylovSolver:
        equation, space = self._equation, self._equation.temperature.function_space
        nodes = equation.prescribed.nodes
        return scalar_solver(equation.stack_mesh, equation.symmetric, space, nodes, self._choice, tangent)
