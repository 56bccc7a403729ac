"""The motions of a plate that resist least, by inverse iteration on its factor."""

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from solver.arrays import Array
from solver.linalg.noise import noise
from solver.physics.plate.factor import PlateFactor

_MORE, _MOST = 2, 12  # modes looked for beyond the unstable ones, and at most
_INVERSE, _AGAIN = 8, 4  # iterations from noise, and from the modes of a state before
_SETTLED = 1e-3  # change of the lowest stiffness, as a part of it, that ends them


class SoftModes:
    """Modes phi of K phi = lambda M phi nearest to zero, M of unit density per area.

    Args:
        mass: M.
    """

    def __init__(self, mass: PETSc.Mat) -> None:
        self._mass = mass
        self._x, self._y = mass.createVecs()
        self._known: Array | None = None

    def lowest(self, factor: PlateFactor) -> tuple[Array, float]:
        """The lowest of them (owned unknowns,) and its lambda (N/m^3). Collective.

        Args:
            factor: of K.
        """
        comm, count = factor.space.mesh.comm, min(_MORE + factor.negative_pivots, _MOST)
        known = self._known
        vectors = np.array([noise(factor.space, factor.constrained, k) for k in range(count)])
        if known is not None:
            vectors[: min(count, len(known))] = known[:count]
            vectors[:, factor.constrained] = 0.0
        last, lowest = np.inf, np.inf
        for _ in range(_INVERSE if known is None else _AGAIN):
            answers = np.array([factor.solve(self._times(x)) for x in vectors])
            loads = np.array([self._times(x) for x in answers])
            # K answers = M vectors: projected on the answers
            stiffness = comm.allreduce(answers @ np.array([self._times(x) for x in vectors]).T, MPI.SUM)
            inertia = comm.allreduce(answers @ loads.T, MPI.SUM)
            values, turns = _ritz(stiffness, inertia)
            vectors = turns.T @ answers
            last, lowest = lowest, float(values[0])
            if abs(lowest - last) <= _SETTLED * abs(lowest):
                break
        self._known = vectors
        return vectors[0], lowest

    def nearest(self, functions: PETSc.Mat, values: Array) -> Array:
        """(owned unknowns,) combination of functions (columns) that is nearest to values, in the mean square of M."""
        ksp = PETSc.KSP().create(self._mass.comm)
        ksp.setOperators(self._mass.PtAP(functions))
        ksp.setType("cg")
        ksp.getPC().setType("jacobi")
        ksp.setTolerances(rtol=1e-14, max_it=1000)
        load, answer = functions.createVecRight(), functions.createVecRight()
        self._x.array[:] = values
        self._mass.mult(self._x, self._y)
        functions.multTranspose(self._y, load)
        ksp.solve(load, answer)
        functions.mult(answer, self._x)
        ksp.destroy()
        return np.asarray(self._x.array_r.copy())

    def _times(self, x: Array) -> Array:
        self._x.array[:] = x
        self._mass.mult(self._x, self._y)
        return np.asarray(self._y.array_r.copy())


def _ritz(stiffness: Array, inertia: Array) -> tuple[Array, Array]:
    """Values, ascending, and vectors (columns) of stiffness v = lambda inertia v, equal directions left out."""
    size, axes = np.linalg.eigh(0.5 * (inertia + inertia.T))
    kept = size > 1e-12 * size[-1]
    basis = axes[:, kept] / np.sqrt(size[kept])
    values, vectors = np.linalg.eigh(basis.T @ (0.5 * (stiffness + stiffness.T)) @ basis)
    return values, basis @ vectors
