"""The space a reduced model lives in, and the full model seen in it (Galerkin's projection).

With V the basis, the reduced model is V^T C V, V^T K V, V^T M_i V and V^T b: symmetric and positive (semi-)definite
as the full one, so it is stable whatever V is. Each film enters by itself, and its coefficient stays free (L. H. Feng,
E. B. Rudnyi, J. G. Korvink, IEEE Trans. CAD 24, 1838, 2005).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI
from scipy import linalg, sparse

from solver.arrays import Array
from solver.studies.reduce.full import FullModel

_NOTHING_NEW = 1e-7  # of the energy norm of a vector, outside the space


@dataclass(frozen=True)
class Projected:
    """The full model in a space of r dimensions; matrices are of the whole stack, inputs are powers and then films.

    Attributes:
        capacity, conduction: (r, r).
        exchange: (films, r, r).
        loads: (r, inputs) of 1 W, and of a film at 1 W/m^2/K and 1 K.
        outputs: (outputs, r).
    """

    capacity: Array
    conduction: Array
    exchange: Array
    loads: Array
    outputs: Array

    def states(self, films: Sequence[float], rate: float) -> Array:
        """(r, inputs) response at film coefficients and a rate: K per W, and K per K of each film's ambient."""
        h = np.asarray(films)
        matrix = self.conduction + np.tensordot(h, self.exchange, 1) + rate * self.capacity
        return np.asarray(linalg.solve(matrix, self.loads * self.scale(films), assume_a="pos"))

    def response(self, films: Sequence[float], rate: float) -> Array:
        """(outputs, inputs) at film coefficients (W/m^2/K) and a rate (1/s): K per W, and K per K of an ambient."""
        return self.outputs @ self.states(films, rate)

    def scale(self, films: Sequence[float]) -> Array:
        """(inputs,) what the loads are multiplied with."""
        return np.concatenate([np.ones(self.loads.shape[1] - len(films)), films])

    def inside(self, p: Array) -> "Projected":
        """Seen in the space of the columns of p, (r, k)."""
        return Projected(
            p.T @ self.capacity @ p,
            p.T @ self.conduction @ p,
            np.einsum("ki,fkl,lj->fij", p, self.exchange, p, optimize=True),
            p.T @ self.loads,
            self.outputs @ p,
        )


class Basis:
    """Vectors orthonormal in the energy of the full model at some films, and the full model seen in their space.

    Args:
        full: the full model.
        films: coefficients whose energy is the inner product.
        loads: (owned unknowns, inputs) on the modelled part.
        outputs: (outputs, owned unknowns) this rank's part.
    """

    def __init__(self, full: FullModel, films: Sequence[float], loads: Array, outputs: sparse.csr_matrix) -> None:
        self.full, self._films, self.loads, self.rows = full, tuple(films), loads, outputs
        self.vectors: list[Array] = []
        self.size_of_first = 0.0  # energy norm of the first vector before it was made 1
        self._whole = full.mesh.stack.multiplicity
        count = len(full.films)
        self.projected = Projected(
            np.zeros((0, 0)),
            np.zeros((0, 0)),
            np.zeros((count, 0, 0)),
            np.zeros((0, loads.shape[1])),
            np.zeros((outputs.shape[0], 0)),
        )

    def add(self, x: Array) -> bool:
        """Take a vector in; False if it holds nothing new. Collective."""
        x = x.copy()
        x[self.full.fixed[self.full.fixed < len(x)]] = 0.0
        image = self.full.product(self._films, 0.0, x)
        before = np.sqrt(self.sums(x @ image))
        if not before > 0.0:
            return False
        for _ in range(2):  # twice is enough (B. N. Parlett, The Symmetric Eigenvalue Problem, 1980, 6-9)
            part = self.sums(np.array([v @ image for v in self.vectors]))
            for c, v in zip(part, self.vectors, strict=True):
                x -= c * v
            image = self.full.product(self._films, 0.0, x)
        left = np.sqrt(max(float(self.sums(x @ image)), 0.0))
        if left <= _NOTHING_NEW * before:
            return False
        self.vectors.append(x / left)
        self.size_of_first = self.size_of_first or left
        self._project()
        return True

    def field(self, states: Array) -> Array:
        """(owned unknowns,) of reduced states."""
        field = np.zeros(self.full.owned)
        for c, v in zip(states, self.vectors, strict=True):
            field += c * v
        return field

    def values(self, field: Array) -> Array:
        """(outputs,) of a field. Collective."""
        return self.sums(self.rows @ field)

    def _project(self) -> None:
        old, new, full = self.projected, self.vectors[-1], self.full
        films = [self._bordered(old.exchange[i], full.exchange(i, new)) for i in range(len(full.films))]
        self.projected = Projected(
            self._bordered(old.capacity, full.capacity(new)),
            self._bordered(old.conduction, full.conduction(new)),
            np.array(films),
            np.vstack([old.loads, self._whole * self.sums(new @ self.loads)]),
            np.column_stack([old.outputs, self.values(new)]),
        )

    def _bordered(self, matrix: Array, image: Array) -> Array:
        """A symmetric matrix with the row and column of a new vector, whose product is `image`."""
        row = self._whole * self.sums(np.array([v @ image for v in self.vectors]))
        larger = np.empty((len(row), len(row)))
        larger[:-1, :-1], larger[-1], larger[:, -1] = matrix, row, row
        return larger

    def sums(self, here: Array) -> Array:
        """Sums over ranks. Collective."""
        total = np.empty(np.shape(here))
        self.full.mesh.comm.Allreduce(np.ascontiguousarray(here, dtype=np.float64), total, MPI.SUM)
        return total
