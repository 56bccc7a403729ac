"""Multigrid for the Galerkin matrix of a Kirchhoff space: the splines over every second knot, and again.

On its intervals a spline over fewer knots is one over all of them, so coarse spaces are parts of the fine one and every
coarser matrix is a Galerkin product. What is smooth on one grid is left to the next; a Chebyshev iteration with a block
per spline takes the rest (W. Hackbusch, Multi-Grid Methods and Applications, 1985). Nothing is ordered or factorised
but the last grid, so set-up and solves are shared by all ranks.
"""

from dataclasses import replace

import numpy as np
from petsc4py import PETSc
from scipy.sparse import csc_array, csr_array, diags_array, kron
from scipy.sparse.linalg import spsolve

from solver.arrays import Array, Integers
from solver.linalg.coarse import factorise
from solver.linalg.knots import Grid
from solver.linalg.mumps import negative_pivots

FIELDS = 3  # u, v, w
EVEN, ODD = 0, 1  # rows of `Grid.reach`
_PARITY = ((ODD, EVEN), (EVEN, ODD), (EVEN, EVEN))  # of u, v and w about the mirror planes of x and y
_STEPS = 2  # of the smoother, before and after
_FEWEST = 12  # intervals of a grid that is no longer coarsened
_SAMPLES = 3  # places in each interval: more than a cubic spline needs there
_NOTHING = 1e-12  # of a prolongation that is 1


class SplineMultigrid:
    """One V-cycle as an approximate inverse, symmetric and positive definite.

    Attributes:
        ksp: that applies it.
        levels: grids, the factorised one among them.

    Args:
        matrix: of the splines of `grid`, blocks of u, v and w, stored whole; it is kept.
        grid: the splines.
    """

    def __init__(self, matrix: PETSc.Mat, grid: Grid) -> None:
        grids = [grid]
        while min(len(part) - 1 for part in grids[-1].knots) > _FEWEST:
            grids.append(coarser(grids[-1]))
        self.levels, self._kept = len(grids), list[PETSc.Mat]()
        self.ksp = PETSc.KSP().create(matrix.comm)
        self.ksp.setType("preonly")
        self.ksp.setOperators(matrix)
        pc = self.ksp.getPC()
        pc.setType("mg")
        pc.setMGLevels(self.levels)
        fine = matrix
        for level in range(self.levels - 1, 0, -1):
            own, other = grids[self.levels - 1 - level : self.levels + 1 - level]
            between = _distributed(fine, own, other)
            coarse = fine.ptap(between)
            _hold_dead(coarse)
            self._kept += [between, coarse]
            pc.setMGInterpolation(level, between)
            _smoother(pc.getMGSmoother(level), fine)
            fine = coarse
        last = pc.getMGCoarseSolve()
        last.setOperators(fine)
        last.setType("preonly")
        factorise(last)
        self.ksp.setUp()

    @property
    def negative_pivots(self) -> int:
        """Negative eigenvalues of the matrix of the last grid, by the inertia of its factors."""
        return negative_pivots(self.ksp.getPC().getMGCoarseSolve().getPC())

    def free(self) -> None:
        """Free all matrices but the finest."""
        for part in (self.ksp, *self._kept):
            part.destroy()


def coarser(grid: Grid) -> Grid:
    """The same over every second knot; of an odd number of intervals the last one stays."""
    x, y = (np.append(part[:-1:2], part[-1]) for part in grid.knots)
    return replace(grid, knots=(x, y))


def prolongation(fine: Grid, coarse: Grid, axis: int, parity: int) -> csr_array:
    """(fine, coarse splines) coefficients along an axis of the coarse splines in the fine ones, even or odd."""
    knots = fine.knots[axis]
    within = (np.arange(_SAMPLES + 1) + 0.5) / (_SAMPLES + 1)
    x = (knots[:-1, None] + np.diff(knots)[:, None] * within).ravel()
    one, other = (_values(grid, axis, parity, x) for grid in (fine, coarse))
    normal = csc_array(one.T @ one)
    dead = np.flatnonzero(normal.diagonal() == 0.0)
    normal = csc_array(normal + diags_array(np.isin(np.arange(normal.shape[0]), dead).astype(float)))
    found = csr_array(spsolve(normal, csc_array(one.T @ other)))
    found.data[np.abs(found.data) < _NOTHING] = 0.0
    found.eliminate_zeros()
    return found


def _values(grid: Grid, axis: int, parity: int, x: Array) -> csr_array:
    """(places, splines) values of the splines of an axis at places x (m)."""
    index, values = grid.reach(axis, x)
    rows = np.repeat(np.arange(len(x)), index.shape[1])
    return csr_array((values[:, parity].ravel(), (rows, index.ravel())), shape=(len(x), grid.shape[axis]))


def _distributed(matrix: PETSc.Mat, fine: Grid, coarse: Grid) -> PETSc.Mat:
    """The rows of the prolongation of u, v and w that this rank has of the matrix."""
    first, last = (end // FIELDS for end in matrix.getOwnershipRange())
    ny = fine.shape[1]
    rows = range(first // ny, -(-last // ny))
    total = csr_array((FIELDS * (last - first), FIELDS * int(np.prod(coarse.shape))))
    for field, (in_x, in_y) in enumerate(_PARITY):
        along = prolongation(fine, coarse, 0, in_x)[rows.start : rows.stop], prolongation(fine, coarse, 1, in_y)
        part = csr_array(kron(*along, format="csr"))[first - rows.start * ny : last - rows.start * ny]
        unit = csr_array(([1.0], ([field], [field])), shape=(FIELDS, FIELDS))
        total = csr_array(total + kron(part, unit, format="csr"))
    return _petsc(matrix, total, FIELDS * int(np.prod(coarse.shape)))


def _petsc(matrix: PETSc.Mat, rows: csr_array, columns_: int) -> PETSc.Mat:
    """Rows of this rank as a matrix of all; columns are shared out evenly, by threes."""
    comm = matrix.comm
    splines = columns_ // FIELDS
    mine = FIELDS * (splines * (comm.rank + 1) // comm.size - splines * comm.rank // comm.size)
    index: tuple[Integers, Integers] = rows.indptr.astype(PETSc.IntType), rows.indices.astype(PETSc.IntType)
    size = (matrix.getLocalSize()[0], None), (mine, columns_)
    found = PETSc.Mat().createAIJ(size, csr=(*index, rows.data), comm=comm)
    found.setBlockSizes(FIELDS, FIELDS)
    return found


def _hold_dead(matrix: PETSc.Mat) -> None:
    """A large entry on the diagonal for splines that move nothing, whose rows are empty."""
    matrix.setOption(PETSc.Mat.Option.NEW_NONZERO_ALLOCATION_ERR, False)
    for option in (PETSc.Mat.Option.SYMMETRIC, PETSc.Mat.Option.SPD):
        matrix.setOption(option, True)
    diagonal = matrix.getDiagonal()
    scale = diagonal.norm(PETSc.NormType.NORM_INFINITY)
    diagonal.array[diagonal.array_r <= _NOTHING * scale] = scale
    matrix.setDiagonal(diagonal)
    diagonal.destroy()


def _smoother(ksp: PETSc.KSP, matrix: PETSc.Mat) -> None:
    ksp.setOperators(matrix)
    ksp.setType("chebyshev")
    ksp.setTolerances(max_it=_STEPS)
    ksp.setNormType(PETSc.KSP.NormType.NONE)
    ksp.getPC().setType("pbjacobi")
