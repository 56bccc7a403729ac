"""The smoother of the column multigrid: every column solved for by itself, in Chebyshev steps."""

from itertools import islice

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.arrays import Array, Integers
from solver.linalg.columns import Columns
from solver.linalg.kernels import LANES, Kernels
from solver.linalg.lanczos import ritz_values
from solver.linalg.noise import noise
from solver.linalg.operator import FormOperator
from solver.parallel import combined

UPPER, LOWER = 1.1, 0.05  # part of the largest eigenvalue Chebyshev steps work on
_LANCZOS = 10  # steps for the largest eigenvalue of the smoothed operator


class ColumnSmoother:
    """Banded factors of the columns' diagonal blocks, and what they make of a residual. All of it is collective.

    Vectors are those of the owned unknowns (owned,).

    Attributes:
        factor: of the columns, in batches of `LANES`.
        largest: largest eigenvalue of the column-preconditioned operator; 0 as long as it is not known.

    Args:
        operator: the form, matrix-free.
        lines: columns of its space.
        kernels: the compiled functions for its components.
    """

    def __init__(self, operator: FormOperator, lines: Columns, kernels: Kernels) -> None:
        self.operator, self._kernels, self._longest = operator, kernels, lines.longest
        self._comm = operator.space.mesh.comm
        self._start, self._table = lines.batches(LANES)
        self._vector = fem.Function(operator.space).x
        self.factor = np.empty((0, kernels.width))
        self.largest = 0.0

    def factorise(self, fixed: Integers, band: Array) -> int:
        """Factorise the columns.

        Args:
            fixed: (local unknowns,) 1 where held at zero.
            band: upper bands of the columns' blocks, node by node.

        Returns:
            Pivots of all ranks that are not positive; 0 if all is well.
        """
        components = self.operator.space.dofmap.index_map_bs
        self.factor = np.empty((self._table.size * components, self._kernels.width))
        batches = len(self._start) - 1, self._start, self._table
        bad = self._kernels.call("factorise", *batches, fixed, band, self.factor)
        return int(combined(self._comm, bad, MPI.SUM))

    def everywhere(self, r: Array) -> Array:
        """Owned values with the ghosts of other ranks; valid until the next call."""
        self._vector.array[: self.operator.owned] = r
        self._vector.scatter_forward()
        return self._vector.array

    def columns(self, r: Array) -> Array:
        """What the columns answer to a residual, each by itself."""
        z = np.empty(len(self._vector.array))
        batches = len(self._start) - 1, self._start, self._table, self._longest
        self._kernels.call("solve", *batches, self.factor, self.everywhere(r), z)
        return z[: self.operator.owned]

    def smoothed(self, r: Array, x: Array | None, steps: int) -> Array:
        """x after Chebyshev steps of the columns on the upper part of the spectrum; None starts from zero."""
        upper, lower = UPPER * self.largest, LOWER * self.largest
        middle, half = (upper + lower) / 2, (upper - lower) / 2
        step = self.columns(r if x is None else self.residual(r, x))
        step /= middle
        x = step.copy() if x is None else x + step
        ratio = half / middle
        for _ in range(1, steps):
            new = 1 / (2 * middle / half - ratio)
            step *= new * ratio
            change = self.columns(self.residual(r, x))
            change *= 2 * new / half
            step += change
            x += step
            ratio = new
        return x

    def residual(self, r: Array, x: Array) -> Array:
        """r - A x."""
        result = r - self.operator.product(x)
        prescribed = self.operator.constrained
        result[prescribed] = r[prescribed] - x[prescribed]
        return result

    def product(self, x: Array) -> Array:
        """A x, prescribed unknowns as they are."""
        result = self.operator.product(x).copy()
        result[self.operator.constrained] = x[self.operator.constrained]
        return result

    def measure(self, prescribed: Integers) -> None:
        """Find the largest eigenvalue, by conjugate gradients (Lanczos); `prescribed`: local unknowns held at zero."""
        r = noise(self.operator.space, prescribed)
        for values in islice(ritz_values(self.dot, self.product, self.columns, r), _LANCZOS):
            self.largest = float(values[-1])  # of a tangent that is unstable: as far as it went

    def dot(self, a: Array, b: Array) -> float:
        """Product of owned values over all ranks."""
        return float(combined(self._comm, float(a @ b), MPI.SUM))
