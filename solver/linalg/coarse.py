"""The plate problem of the column multigrid: a Galerkin matrix in the plane, five unknowns per plate (heat: two).

Small ones are factorised by MUMPS. Large ones get a multigrid of two levels: Chebyshev with one block per plate as
smoother, and smooth fields on a grid of splines as the coarse space, which is factorised. They are smooth because
bending is of fourth order: a mode of wavelength L costs (h/L)^4, and a coarse space has to follow its slopes.

With cells of size h, a plate of thickness t and a grid of spacing H the smoother leaves a condition number of about
1 + (H^2 / (h t))^2 / 5 (uniform panels, docs/decisions.md), so H grows like sqrt(h t): the coarse problem grows like
the root of the fine one.
"""

from dataclasses import dataclass

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc
from scipy.sparse import block_array, csr_array, diags_array

from solver.arrays import Array, Integers, Mask
from solver.linalg import splines

LARGE = 1_000_000  # unknowns from which a multigrid saves a quarter of the memory for about the same time
_SPACING = 3.0  # H^2 / (h t)
_NARROWEST, _WIDEST = 0.5, 4.0  # H / h
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
        is_multigrid: False if it is a factorisation.

    Args:
        matrix: symmetric, upper triangle stored, blocks of one plate's modes; no zero on its diagonal.
        layout: where the plates are.
        definite: False for a tangent that may have lost its definiteness: factorised, as its pivots are wanted.
        large: unknowns from which it is a multigrid.
    """

    def __init__(self, matrix: PETSc.Mat, layout: Layout, definite: bool = True, large: float = LARGE) -> None:
        matrix.setOption(PETSc.Mat.Option.SYMMETRIC, True)
        matrix.setOption(PETSc.Mat.Option.SPD, definite)
        self._ksp = PETSc.KSP().create(matrix.comm)
        self._ksp.setOperators(matrix)
        self._ksp.setType("preonly")
        self._coarse: list[PETSc.Mat] = []
        self.is_multigrid = definite and matrix.getSize()[0] >= large
        if self.is_multigrid:
            self._set_up_multigrid(matrix, layout)
        else:
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
        factorised = pc.getMGCoarseSolve().getPC() if self.is_multigrid else pc
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


def _without_empty_columns(comm: MPI.Intracomm, rows: csr_array) -> csr_array:
    """The functions that move a plate of some rank, numbered afresh."""
    moves = np.zeros(rows.shape[1], dtype=np.int8)
    moves[rows.indices] = 1
    comm.Allreduce(MPI.IN_PLACE, moves, MPI.MAX)
    number = np.cumsum(moves, dtype=np.int64) - 1
    return csr_array((rows.data, number[rows.indices], rows.indptr), shape=(rows.shape[0], int(moves.sum())))


def _lift(matrix: PETSc.Mat) -> None:
    """Make a Galerkin matrix definite where functions move no plate but one that others move as well."""
    diagonal = matrix.getDiagonal()
    diagonal.scale(1.0 + _LIFT)
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
    rows = _without_empty_columns(comm, rows)
    index = PETSc.IntType
    return PETSc.Mat().createAIJ(
        ((matrix.getLocalSize()[0], None), (None, rows.shape[1])),
        csr=(rows.indptr.astype(index), rows.indices.astype(index), rows.data),
        comm=matrix.comm,
    )
