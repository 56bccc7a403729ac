"""A first guess from earlier solutions: the best combination of them in the energy norm.

After P. F. Fischer, Comput. Methods Appl. Mech. Eng. 163, 193 (1998), with a small Gram matrix in the place of
orthogonal directions, so that solutions that repeat each other do no harm.
"""

import numpy as np
from petsc4py import PETSc

_MOST = 4  # solutions kept, each with its product: 16 bytes per unknown
_SAME = 1e-10  # eigenvalue of the normalised Gram matrix below which a direction is nothing new


class Past:
    """Earlier solutions x with their products A x."""

    def __init__(self) -> None:
        self._pairs: list[tuple[PETSc.Vec, PETSc.Vec]] = []
        self._outdated = False

    def add(self, solution: PETSc.Vec, product: PETSc.Vec) -> None:
        """Remember copies of a solution and of A times it."""
        if len(self._pairs) == _MOST:
            self._drop(self._pairs.pop(0))
        self._pairs.append((solution.copy(), product.copy()))

    def outdate(self) -> None:
        """The operator has changed: what solutions span is still near, their products are not known any more."""
        self._outdated = True

    def guess(self, operator: PETSc.Mat, rhs: PETSc.Vec, solution: PETSc.Vec) -> bool:
        """Add the guess to a zero solution; False if there is none."""
        if not self._pairs:
            return False
        if self._outdated:
            for x, product in self._pairs:
                operator.mult(x, product)
            self._outdated = False
        gram = np.array([x.mDot([product for _, product in self._pairs]) for x, _ in self._pairs])
        energy = np.sqrt(np.abs(np.diag(gram)))
        if not np.all(energy > 0):
            return False
        wanted = np.array(rhs.mDot([x for x, _ in self._pairs])) / energy
        share = np.linalg.pinv(gram / np.outer(energy, energy), rcond=_SAME, hermitian=True) @ wanted
        solution.maxpy(share / energy, [x for x, _ in self._pairs])
        return bool(np.any(share != 0))

    def forget(self) -> None:
        """Free the vectors of all solutions that are remembered."""
        while self._pairs:
            self._drop(self._pairs.pop())

    @staticmethod
    def _drop(pair: tuple[PETSc.Vec, PETSc.Vec]) -> None:
        for vector in pair:
            vector.destroy()
