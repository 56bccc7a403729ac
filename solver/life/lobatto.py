"""Polynomials through Gauss-Lobatto nodes of an interval: shapes of fields of high degree around edges and corners."""

import numpy as np
from numpy.polynomial import legendre

from solver.arrays import Array


class Lobatto:
    """Functions of a degree on -1 to 1, each 1 at its node and 0 at the others.

    Args:
        degree: of the polynomials.

    Attributes:
        nodes: (degree + 1,) ascending, both ends among them.
    """

    def __init__(self, degree: int) -> None:
        inner = legendre.legroots(legendre.legder(np.eye(degree + 1)[degree])).real  # complex numbers from NumPy 2.5 on
        self.nodes: Array = np.concatenate([[-1.0], np.sort(inner), [1.0]])
        self._degree = degree
        self._to_legendre: Array = np.linalg.inv(legendre.legvander(self.nodes, degree))

    def at(self, local: Array) -> tuple[Array, Array]:
        """(n, nodes) values and slopes at places (n,)."""
        value = legendre.legvander(local, self._degree)
        slopes = np.stack([legendre.legval(local, legendre.legder(row)) for row in np.eye(self._degree + 1)], axis=1)
        return value @ self._to_legendre, slopes @ self._to_legendre
