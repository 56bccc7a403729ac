"""Fixed points found sooner, from what the last rounds left.

D. G. Anderson, J. ACM 12, 547 (1965), in the form of H. F. Walker, P. Ni, SIAM J. Numer. Anal. 49, 1715 (2011).
"""

import numpy as np
from mpi4py import MPI

from solver.arrays import Array
from solver.parallel import combined

_DEPTH = 5  # earlier rounds that are combined
_SHRINKS = 0.98  # of the residual of the round before: rounds that do not come nearer go on by themselves
_FARTHEST = 30.0  # times the residual, of a leap
_SAME = 1e-8  # singular value, as a part of the largest, below which a direction is nothing new


class Anderson:
    """Where to go on from, after x was mapped to g(x): residuals of the last rounds are combined to next to none.

    Args:
        comm: the communicator.
        owned: number of leading entries that belong to this rank.
    """

    def __init__(self, comm: MPI.Intracomm, owned: int) -> None:
        self._comm, self._owned = comm, owned
        self._images: list[Array] = []
        self._residuals: list[Array] = []

    def forget(self) -> None:
        """Begin anew: the map whose fixed point is sought has changed."""
        self._images.clear()
        self._residuals.clear()

    def next(self, x: Array, image: Array) -> Array:
        """The next x, with ghosts like x and its image. Collective."""
        self._images.append(image.copy())
        self._residuals.append(image - x)
        if len(self._images) > _DEPTH + 1:
            self._images.pop(0)
            self._residuals.pop(0)
        sizes = [self._size(residual) for residual in self._residuals[-2:]]
        if len(self._images) < 2 or sizes[1] > _SHRINKS * sizes[0]:
            del self._images[:-1], self._residuals[:-1]
            return image.copy()
        steps, changes = np.diff(self._residuals, axis=0), np.diff(self._images, axis=0)
        mine, last = steps[:, : self._owned], self._residuals[-1][: self._owned]
        gram = combined(self._comm, np.column_stack([mine @ mine.T, mine @ last]), MPI.SUM)
        share = np.linalg.pinv(gram[:, :-1], rcond=_SAME**2, hermitian=True) @ gram[:, -1]
        leap = share @ changes
        return np.asarray(image - leap * min(1.0, _FARTHEST * sizes[1] / max(self._size(leap), 1e-300)))

    def _size(self, vector: Array) -> float:
        return float(np.sqrt(combined(self._comm, float(np.sum(vector[: self._owned] ** 2)), MPI.SUM)))
