"""Methods that suit some problems: where one of them does not, the problem is factorised and the record says so."""

from abc import abstractmethod
from dataclasses import replace

from dolfinx import fem

from solver.arrays import Array, Integers
from solver.errors import UnsuitableError
from solver.linalg.direct import DirectSolver
from solver.linalg.extruded_cells import Bilinear
from solver.linalg.krylov import KrylovSolver, SolveRecord
from solver.linalg.stopping import Observer


class OrDirect(KrylovSolver):
    """A solver that hands over to a factorisation once its preconditioner does not do; arguments as of `KrylovSolver`.

    Attributes:
        kind: of the preconditioner, in words.
    """

    kind: str

    def __init__(
        self, a: Bilinear, space: fem.FunctionSpace, constrained: Integers, tangent: Bilinear | None = None
    ) -> None:
        super().__init__(a, space, constrained, tangent)
        self._problem = a, space, constrained, tangent
        self._direct: DirectSolver | None = None

    @abstractmethod
    def _free(self) -> None:
        """Free the preconditioner."""

    def _check(self) -> None:
        """Raise `UnsuitableError` for a preconditioner that is known not to do."""

    @property
    def name(self) -> str:  # type: ignore[override]
        """The method with what it chose."""
        if self._direct is not None:
            return f"{self._direct.name} ({self.kind} did not converge)"
        return f"conjugate gradients + {self.kind}{self._chosen}"

    @property
    def _chosen(self) -> str:
        return ""

    def update(self) -> None:
        """Take note that coefficients have changed."""
        super().update()
        if self._direct is not None:
            self._direct.update()

    def renew(self) -> None:
        """As `KrylovSolver.renew`."""
        if self._direct is not None:
            self._direct.renew()
        else:
            super().renew()

    def solve(self, b: Array, x: fem.Function, observer: Observer | None = None) -> SolveRecord:
        """As `KrylovSolver.solve`, or by factorisation."""
        if self._direct is None:
            try:
                self._check()
                return super().solve(b, x, observer)
            except UnsuitableError:
                self._free()
                self._direct = DirectSolver(*self._problem)
        self._direct.monitor, self._direct.imbalance, self._direct.asked = self.monitor, self.imbalance, self.asked
        return replace(self._direct.solve(b, x, observer), name=self.name, why=self.why)

    def solve_roughly(self, b: Array, x: fem.Function, tolerance: float) -> int:
        """As `KrylovSolver.solve_roughly`."""
        if self._direct is not None:
            return self._direct.solve_roughly(b, x, tolerance)
        return super().solve_roughly(b, x, tolerance)

    def solve_many_roughly(self, b: Array, tolerance: float) -> Array:
        """As `KrylovSolver.solve_many_roughly`."""
        if self._direct is not None:
            return self._direct.solve_many_roughly(b, tolerance)
        return super().solve_many_roughly(b, tolerance)

    def inverse(self, r: Array) -> Array:
        """As `KrylovSolver.inverse`."""
        return super().inverse(r) if self._direct is None else self._direct.inverse(r)

    def destroy(self) -> None:
        """Free the factors and vectors of both solvers."""
        super().destroy()
        self._free()
        if self._direct is not None:
            self._direct.destroy()
