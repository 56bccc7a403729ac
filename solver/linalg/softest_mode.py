"""The motion of a stack that resists least: where an unstable equilibrium leaves to."""

import numpy as np
from mpi4py import MPI

from solver.arrays import Array
from solver.linalg.multigrid import ColumnMultigrid
from solver.linalg.noise import noise
from solver.linalg.smoother import LOWER, UPPER
from solver.parallel import combined

_INVERSE, _FEWER = 12, 4  # inverse iterations on the plates, and from a mode that was the softest a little before


def softest_mode(multigrid: ColumnMultigrid, among: int = 1, near: Array | None = None) -> Array:
    """Motion (owned unknowns,) of the plates that resists least, by inverse iteration, and one smoothing. Collective.

    Args:
        multigrid: of the tangent.
        among: modes nearest to zero of which it is the lowest; one finds the nearest only.
        near: (owned unknowns,) what it was in a state near this one; another is sought beside it all the same.
    """
    smoother, comm = multigrid.smoother, multigrid.comm
    modes = np.array([noise(multigrid.space, multigrid.prescribed_unknowns, k) for k in range(among)])
    if near is not None:
        modes = np.array([*modes, near])
    for _ in range(_INVERSE if near is None else _FEWER):
        modes = _orthonormal(comm, np.array([multigrid.correct(x) for x in modes]))
    step = 2.0 / ((UPPER + LOWER) * smoother.largest)
    modes = np.array([x - step * smoother.columns(smoother.product(x)) for x in modes])
    if len(modes) == 1:
        return np.asarray(modes[0])
    modes = _orthonormal(comm, modes)
    stiffness = combined(comm, modes @ np.array([smoother.product(x) for x in modes]).T, MPI.SUM)
    return np.asarray(np.linalg.eigh(0.5 * (stiffness + stiffness.T))[1][:, 0] @ modes)


def _orthonormal(comm: MPI.Intracomm, vectors: Array) -> Array:
    """The same space of a few vectors (rows)."""
    size, axes = np.linalg.eigh(combined(comm, vectors @ vectors.T, MPI.SUM))
    return np.asarray((axes / np.sqrt(np.maximum(size, np.finfo(float).tiny))).T @ vectors)
