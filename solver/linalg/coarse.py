"""The plate problem of the column multigrid: a Galerkin matrix in the plane, five unknowns per plate (heat: two).

Small ones are factorised by MUMPS. Large ones get a multigrid of two levels: Chebyshev with one block per plate as
smoother, and smooth fields on a grid of splines as the coarse space, which is factorised. Bending is why: a mode of
wavelength L costs (h/L)^4, so a space of rigid pieces or of bilinear functions needs many levels and misses the slopes.

With cells of size h, a plate of thickness t and a grid of spacing H the smoother leaves a condition number of about
1 + (H^2 / (h t))^2 / 5 (measured), so H grows like sqrt(h t): the coarse problem grows like the root of the fine one.
"""

from dataclasses import dataclass

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc
from scipy.sparse import block_array, csr_array, diags_array

from solver.arrays import Array, Integers, Mask
from solver.linalg import splines

_DEAD = 1e-14  # part of the largest diagonal entry below which a mode moves nothing
LARGE = 700_000  # unknowns from which the multigrid is faster than a factorisation
_SPACING = 3.0  # H^2 / (h t)
_NARROWEST, _WIDEST = 1.0, 4.0  # H / h
_STEPS = 2  # of the smoother, before and after
_LIFT = 1e-12  # on the diagonal of the coarse matrix: splines that few plates see may depend on each other


@dataclass(frozen=True)
class Layout:
    """Where this rank's plates are.

    Attributes:
        centre: (plates, 3) point each plate turns about (m).
        storey: (plates,) place of each plate in its column, counted from below.
        dead: (plates, modes) True for modes that move nothing.
        thickness: of the stack (m).
    """

    centre: Array
    storey: Integers
    dead: Mask
    thickness: float


class PlateSolver:
    """Approximate inverse of the plates' Galerkin matrix.

    Attributes:
        name: which one it is.

    Args:
        matrix: symmetric, upper triangle stored, blocks of one plate's modes; no zero on its diagonal.
        layout: where the plates are.
        definite: False for a tangent that may have lost its definiteness: factorised, as its pivots are wanted.
        large: unknowns from which it is a multigrid.
    """

    def __init__(self, matrix: PETSc.Mat, layout: Layout, definite: bool = True, large: int = LARGE) -> None:
        matrix.setOption(PETSc.Mat.Option.SYMMETRIC, True)
        matrix.setOption(PETSc.Mat.Option.SPD, definite)
        self._ksp = PETSc.KSP().create(matrix.comm)
        self._ksp.setOperators(matrix)
        self._ksp.setType("preonly")
        self._coarse: list[PETSc.Mat] = []
        if definite and matrix.getSize()[0] >= large:
            self.name = "multigrid"
            self._set_up_multigrid(matrix, layout)
        else:
            self.name = "factorised"
            _factorise(self._ksp, definite)
        self._rhs, self._solution = matrix.createVecs()

    def solve(self, load: Array) -> Array:
        """Motions of this rank's plates (plates, modes) under their loads (plates, modes). Collective."""
        self._rhs.array[:] = load.ravel()
        self._ksp.solve(self._rhs, self._solution)
        return self._solution.array_r.reshape(load.shape)

    @property
    def negative_pivots(self) -> int:
        """Negative eigenvalues of the matrix, by the inertia of its factors (Sylvester); a multigrid finds some.

        A Galerkin matrix has no more of them than the matrix it comes from (Cauchy).
        """
        pc = self._ksp.getPC()
        factorised = pc.getMGCoarseSolve().getPC() if pc.getType() == "mg" else pc
        return int(factorised.getFactorMatrix().getMumpsInfog(12))

    def free(self) -> None:
        """Free the factors; the matrix stays."""
        for part in (self._ksp, self._rhs, self._solution, *self._coarse):
            part.destroy()

    def _set_up_multigrid(self, matrix: PETSc.Mat, layout: Layout) -> None:
        prolongation = _prolongation(matrix, layout)
        whole = matrix.convert("aij", PETSc.Mat())  # PETSc multiplies no symmetric storage
        galerkin = whole.ptap(prolongation)
        inverse = whole.invertBlockDiagonal().copy()
        whole.destroy()
        _lift(galerkin)
        self._coarse = [prolongation, galerkin]
        pc = self._ksp.getPC()
        pc.setType("mg")
        pc.setMGLevels(2)
        pc.setMGInterpolation(1, prolongation)
        smoother = pc.getMGSmoother(1)
        smoother.setOperators(matrix)
        smoother.setType("chebyshev")
        smoother.setTolerances(max_it=_STEPS)
        smoother.setNormType(PETSc.KSP.NormType.NONE)
        smoother.getPC().setType("python")
        smoother.getPC().setPythonContext(_Blocks(inverse))
        coarse = pc.getMGCoarseSolve()
        coarse.setOperators(galerkin)
        coarse.setType("preonly")
        _factorise(coarse)
        self._ksp.setUp()


class _Blocks:
    """Inverse blocks of the plates (plates, modes, modes): PETSc's own want a matrix stored whole."""

    def __init__(self, inverse: Array) -> None:
        self._inverse = inverse

    def apply(self, _: PETSc.PC, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """PETSc's call."""
        plates, modes, _ = self._inverse.shape
        y.array[:] = (self._inverse @ x.array_r.reshape(plates, modes, 1)).ravel()


def _factorise(ksp: PETSc.KSP, definite: bool = True) -> None:
    pc = ksp.getPC()
    pc.setType("cholesky")
    pc.setFactorSolverType("mumps")
    if not definite:
        pc.setFactorSetUpSolverType()
        pc.getFactorMatrix().setMumpsIcntl(13, 1)  # counts all negative pivots on several ranks too
    ksp.setUp()


def _lift(matrix: PETSc.Mat) -> None:
    """Make a Galerkin matrix definite where functions move nothing, or nothing of their own."""
    diagonal = matrix.getDiagonal()
    scale = diagonal.norm(PETSc.NormType.NORM_INFINITY)
    values = diagonal.array
    values[:] = np.where(values > _DEAD * scale, values * (1.0 + _LIFT), scale)
    matrix.setDiagonal(diagonal)
    matrix.setOption(PETSc.Mat.Option.SYMMETRIC, True)
    matrix.setOption(PETSc.Mat.Option.SPD, True)
    diagonal.destroy()


def _prolongation(matrix: PETSc.Mat, layout: Layout) -> PETSc.Mat:
    """Motions of the plates from splines, one set of them for each storey."""
    comm, modes, centre, storey = matrix.comm.tompi4py(), matrix.getBlockSize(), layout.centre, layout.storey
    storeys = comm.allreduce(int(storey.max(initial=0)), MPI.MAX) + 1
    low = np.full(storeys, np.inf)
    np.minimum.at(low, storey, centre[:, 2])
    comm.Allreduce(MPI.IN_PLACE, low, MPI.MIN)
    area = splines.grid(comm, centre[:, :2], 1).area
    size = 2.0 * np.sqrt(area / comm.allreduce(int((storey == 0).sum()), MPI.SUM))  # a node every half of a cell
    ratio = np.clip(np.sqrt(_SPACING * layout.thickness / storeys / size), _NARROWEST, _WIDEST)
    grid = splines.grid(comm, centre[:, :2], area / (ratio * size) ** 2)
    blocks: list[list[csr_array | None]] = []
    order = []
    for number in range(storeys):
        here = np.flatnonzero(storey == number)
        order.append((here[:, None] * modes + np.arange(modes)).ravel())
        if modes == 5:
            part = splines.motions(grid, centre[here], low[number])
        else:
            part = splines.temperatures(grid, centre[here])
        blocks.append([part if other == number else None for other in range(storeys)])
    rows = csr_array(block_array(blocks, format="csr"))[np.argsort(np.concatenate(order))]
    rows = csr_array(diags_array((~layout.dead.ravel()).astype(float)) @ rows)
    rows.eliminate_zeros()
    index = PETSc.IntType
    return PETSc.Mat().createAIJ(
        ((matrix.getLocalSize()[0], None), (None, rows.shape[1])),
        csr=(rows.indptr.astype(index), rows.indices.astype(index), rows.data),
        comm=matrix.comm,
    )
