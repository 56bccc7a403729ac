"""The plate problem of the column multigrid: a Galerkin matrix in the plane, five unknowns per plate (heat: two)."""

from petsc4py import PETSc

from solver.arrays import Array


class PlateSolver:
    """Approximate inverse of the plates' Galerkin matrix.

    Args:
        matrix: symmetric, blocks of one plate's modes; no zero on its diagonal.
        centre: (plates, 3) point each plate turns about (m).
        tilt: (plates, 6) unit vectors along which its two rotations move it.
        definite: False for a tangent that may have lost its definiteness.
    """

    name = "factorised"

    def __init__(self, matrix: PETSc.Mat, centre: Array, tilt: Array, definite: bool = True) -> None:
        self._centre, self._tilt = centre, tilt
        self._matrix = matrix
        matrix.setOption(PETSc.Mat.Option.SYMMETRIC, True)
        matrix.setOption(PETSc.Mat.Option.SPD, definite)
        self._ksp = PETSc.KSP().create(matrix.comm)
        self._ksp.setOperators(matrix)
        self._ksp.setType("preonly")
        pc = self._ksp.getPC()
        pc.setType("cholesky")
        pc.setFactorSolverType("mumps")
        if not definite:
            pc.setFactorSetUpSolverType()
            pc.getFactorMatrix().setMumpsIcntl(13, 1)  # counts all negative pivots on several ranks too
        self._ksp.setUp()
        self._rhs, self._solution = matrix.createVecs()

    def solve(self, load: Array) -> Array:
        """Motions of this rank's plates (plates, modes) under their loads (plates, modes). Collective."""
        self._rhs.array[:] = load.ravel()
        self._ksp.solve(self._rhs, self._solution)
        return self._solution.array_r.reshape(load.shape)

    @property
    def negative_pivots(self) -> int:
        """Negative eigenvalues of the matrix, by the inertia of its factors (Sylvester)."""
        return int(self._ksp.getPC().getFactorMatrix().getMumpsInfog(12))

    def free(self) -> None:
        """Free the factors; the matrix stays."""
        for part in (self._ksp, self._rhs, self._solution):
            part.destroy()
