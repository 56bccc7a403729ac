"""The Kirchhoff space: a coarse space of the column multigrid far smaller than the plates, for well-resolved panels.

Plates follow three fields of cubic splines on a grid that is as coarse as the cells or coarser (`knots`): u and v of a
reference plane, and w, whose slope they turn with. Such motions have no transverse shear, so the space does not lock
however thin the panel; what they cannot follow, shear and edges, is left to the columns. That works while cells are not
much larger than the panel is thick, and needs a sixth of the plates' unknowns or less.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from solver.arrays import Array, Integers, Mask
from solver.linalg import knots
from solver.linalg.coarse import factorise
from solver.linalg.columns import Columns
from solver.linalg.elements import Elements, Summed
from solver.linalg.kernels import Kernels
from solver.linalg.knots import Grid
from solver.linalg.mumps import negative_pivots
from solver.linalg.numbering import PlateNumbering
from solver.linalg.plates import Plates

if TYPE_CHECKING:
    from solver.linalg.spline_multigrid import SplineMultigrid

LARGE = 120_000  # unknowns from which a multigrid takes less time than their factors, on one core
SLENDER = 5.0  # cells longer than this times the thickness are left to the plates
STEPS = 3  # of the smoother, for what splines leave to it
_WIDEST = 7  # reach of the splines of one cell: beyond that the plane mesh is too uneven for a grid
FEWEST = 2000  # plates below which factorising them is as fast
_CORNERS = 0, 2, 6, 8  # places of a cell in plane
_FIELDS = 3  # u, v, w
_DEAD = 1e-14  # part of the largest diagonal entry below which a spline moves nothing


def grid(
    comm: MPI.Intracomm, lines: Columns, plates: Plates, which: Integers, column: Integers, fixed: Mask
) -> Grid | None:
    """The grid for a stack, None if it is not one panel of well-resolved plates. Collective.

    Args:
        comm: communicator.
        lines: the columns.
        plates: their plates.
        which: (owned cells, 18) plates of each cell.
        column: (owned cells,) plane cell each cell stands on.
        fixed: (plates, 3) directions in which a plate cannot move at all.
    """
    x = plates.centre[:, :2]
    low = np.array([comm.allreduce(x[:, d].min(initial=np.inf), MPI.MIN) for d in (0, 1)])
    high = np.array([comm.allreduce(x[:, d].max(initial=-np.inf), MPI.MAX) for d in (0, 1)])
    z = lines.height
    thickness = comm.allreduce(z.max(initial=-np.inf), MPI.MAX) - comm.allreduce(z.min(initial=np.inf), MPI.MIN)
    cells = comm.allreduce(len(np.unique(column)), MPI.SUM)
    size = float(np.sqrt(np.prod(high - low) / max(cells, 1)))
    order = np.argsort(column, kind="stable")
    same = (np.diff(column[order]) != 0) | (which[order][1:] == which[order][:-1]).all(axis=1)
    one_plate = bool((which[:, 1::2] < 0).all() and same.all())
    span = float((high - low).max())
    mirrors = bool(comm.allreduce(fixed[:, 0].any(), MPI.LOR)), bool(comm.allreduce(fixed[:, 1].any(), MPI.LOR))
    at_end = all(bool((x[fixed[:, d], d] <= low[d] + 1e-9 * span).all()) for d in (0, 1)) and not fixed[:, 2].any()
    corners = x[which[:, [2 * place for place in _CORNERS]]].reshape(-1, 2)
    found = knots.grid(comm, corners, low, high, size, thickness, mirrors)
    many = comm.allreduce(plates.count, MPI.SUM) > FEWEST and min(found.shape) > _WIDEST
    suits = many and found.slenderness < SLENDER and one_plate and at_end and _width(found, x, which) <= _WIDEST
    return found if comm.allreduce(suits, MPI.LAND) else None


def _width(grid: Grid, x: Array, which: Integers) -> int:
    """Distance between the outermost splines of any cell of this rank."""
    widest = 0
    for axis in (0, 1):
        index = grid.reach(axis, x[:, axis])[0][which[:, ::2]].reshape(len(which), -1)
        widest = max(widest, int(np.ptp(index, axis=1).max(initial=0)))
    return widest


class KirchhoffSpace:
    """Splines, their Galerkin matrix and what solves with it: its factors, or a multigrid.

    Args:
        kernels: the compiled functions.
        grid: the splines.
        plates: plates of this rank's columns.
        numbering: of the plates; collective.
        column: (owned cells,) plane cell each cell stands on.
    """

    def __init__(
        self, kernels: Kernels, grid: Grid, plates: Plates, numbering: PlateNumbering, column: Integers
    ) -> None:
        self.comm = comm = numbering.comm
        self._kernels, self.grid, self._which = kernels, grid, numbering.of_cells
        (ix, fx), (iy, fy) = (grid.reach(axis, plates.centre[:, axis]) for axis in (0, 1))
        self._low = np.array([part.min() if part.size else 0 for part in (ix, iy)])
        self._box = (np.array([ix.max(initial=0), iy.max(initial=0)]) - self._low + 1).astype(np.int64)
        self._place = np.ascontiguousarray(
            np.concatenate([ix - self._low[0], iy - self._low[1]], axis=1), dtype=np.int32
        )
        self._basis = np.ascontiguousarray(np.concatenate([fx, fy], axis=1))
        z = plates.centre[:, 2]
        total = comm.allreduce(np.array([z.sum(), len(z)]), MPI.SUM)
        self._height = np.ascontiguousarray(z - total[0] / total[1])
        self._mine = np.flatnonzero(numbering.is_mine).astype(np.int32)
        self._reach = _width(grid, plates.centre[:, :2], self._which)
        self._order = np.argsort(column, kind="stable").astype(np.int32)
        starts = np.flatnonzero(np.diff(column[self._order], prepend=-1))
        self._first = np.append(starts, len(column)).astype(np.int64)
        self._matrix: PETSc.Mat | None = None
        self._multigrid: SplineMultigrid | None = None
        self._layout()

    @property
    def name(self) -> str:
        """What is said of it after the number of plates."""
        how = "" if self._multigrid is None else ", solved by multigrid"
        return f" on Kirchhoff splines of {1e3 * self.grid.spacing:.3g} mm{how}"

    def add(self, elements: Sequence[Elements], following: tuple[Any, ...], band: Array) -> None:
        """Add the element matrices to the bands of the columns and to the couplings of the splines.

        Args:
            elements: the form's; one that is summed.
            following: how nodes follow plates, as the kernels take it.
            band: (local nodes x components x width,) is added to.
        """
        self.free()
        (part,) = elements
        assert isinstance(part, Summed)
        length = 2 * self._reach + 1  # of this rank's box, upper half
        self._stencil = np.zeros((int(np.prod(self._box)), length**2 // 2 + 1, _FIELDS, _FIELDS))
        splines = self._place, self._basis, self._height, self._box, self._reach
        target = (*following, *splines, band, self._stencil)
        part.add_stacks(self._kernels, self._first, self._order, self._which, target)

    def factorise(self, _: Plates, definite: bool = True) -> None:
        """The matrix of all ranks' stencils, factorised or with its multigrid. Collective."""
        assert definite
        self._matrix = self._assembled()
        if self._matrix.getSize()[0] >= LARGE:
            from solver.linalg.spline_multigrid import SplineMultigrid  # SciPy takes a while, and few are that large

            whole = self._matrix
            self._matrix = whole.convert("aij", PETSc.Mat())  # PETSc multiplies no symmetric storage
            whole.destroy()
            self._multigrid = SplineMultigrid(self._matrix, self.grid)
            self._ksp = self._multigrid.ksp
            return
        self._ksp = PETSc.KSP().create(self.comm)
        self._ksp.setOperators(self._matrix)
        self._ksp.setType("preonly")
        factorise(self._ksp)

    def solve(self, load: Array) -> Array:
        """Motions of this rank's plates (plates, 5) under their loads (plates, 5). Collective."""
        arrays = self._mine, self._place, self._basis, self._height, self._box
        self._local.array[:] = 0.0
        self._kernels.call("to_splines", len(self._mine), *arrays, np.ascontiguousarray(load), self._local.array)
        self._global.zeroEntries()
        add, reverse = PETSc.InsertMode.ADD_VALUES, PETSc.ScatterMode.REVERSE
        self._scatter.scatter(self._local, self._global, add, reverse)
        self._ksp.solve(self._global, self._solution)
        self._scatter.scatter(self._solution, self._local, PETSc.InsertMode.INSERT_VALUES, PETSc.ScatterMode.FORWARD)
        motion = np.empty_like(load)
        self._kernels.call("from_splines", len(self._mine), *arrays, self._local.array, motion)
        return motion

    @property
    def negative_pivots(self) -> int:
        """Negative eigenvalues of the matrix, by the inertia of its factors (Sylvester)."""
        if self._multigrid is not None:
            return self._multigrid.negative_pivots
        return negative_pivots(self._ksp.getPC())

    def free(self) -> None:
        """Free the matrix and its factors."""
        if self._matrix is not None:
            (self._ksp.destroy if self._multigrid is None else self._multigrid.free)()
            self._matrix.destroy()
            self._matrix = self._multigrid = None

    def _assembled(self) -> PETSc.Mat:
        """The matrix of all ranks' stencils, which are given up."""
        row, at = np.nonzero(self._stencil.any(axis=(2, 3)))
        length = 2 * self._reach + 1
        offset = at + self._reach
        di, dj = offset // length, offset % length - self._reach
        there = self._numbers
        columns_ = (there[row] + di * self.grid.shape[1] + dj).astype(np.int32)
        matrix = PETSc.Mat().create(self.comm)
        size = (self._global.getLocalSize(), None)
        matrix.setSizes((size, size))
        matrix.setType("sbaij")
        matrix.setBlockSize(_FIELDS)
        matrix.setPreallocationNNZ(self._rooms(there[row], columns_))
        matrix.setOption(PETSc.Mat.Option.IGNORE_LOWER_TRIANGULAR, True)
        starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(there)))]).astype(np.int32)
        values = self._stencil[row, at]
        add = PETSc.InsertMode.ADD_VALUES
        matrix.setValuesBlockedIJV(starts, columns_, values.ravel(), add, there)
        self._hold_dead(matrix)
        matrix.assemble()
        del self._stencil
        for option in (PETSc.Mat.Option.SYMMETRIC, PETSc.Mat.Option.SPD):
            matrix.setOption(option, True)
        return matrix

    def _layout(self) -> None:
        """Global numbers of this rank's box of splines, and the way between both."""
        nx, ny = self.grid.shape
        self._global = PETSc.Vec().createMPI(_FIELDS * nx * ny, bsize=_FIELDS, comm=self.comm)
        self._solution = self._global.duplicate()
        i, j = np.divmod(np.arange(int(np.prod(self._box))), self._box[1])
        self._numbers = ((i + self._low[0]) * ny + j + self._low[1]).astype(np.int32)
        self._local = PETSc.Vec().createSeq(_FIELDS * len(self._numbers), bsize=_FIELDS, comm=MPI.COMM_SELF)
        box = PETSc.IS().createBlock(_FIELDS, self._numbers, comm=MPI.COMM_SELF)
        self._scatter = PETSc.Scatter().create(self._global, box, self._local, None)

    def _rooms(self, rows: Integers, columns_: Integers) -> tuple[Integers, Integers]:
        """Bounds on the blocks of every row of this rank: on its own and on other ranks' columns."""
        ranges = np.asarray(self._global.getOwnershipRanges()) // _FIELDS
        owner = np.searchsorted(ranges, rows, side="right") - 1
        here = (columns_ >= ranges[owner]) & (columns_ < ranges[owner + 1])
        rooms = []
        for part in (here, ~here):
            count = PETSc.Vec().createMPI((self._global.getLocalSize() // _FIELDS, None), comm=self.comm)
            number, many = np.unique(rows[part], return_counts=True)
            count.setValues(number.astype(np.int32), many.astype(float), PETSc.InsertMode.ADD_VALUES)
            count.assemble()
            rooms.append(np.rint(count.array_r).astype(np.int32))
            count.destroy()
        mine = self._global.getLocalSize() // _FIELDS
        return np.minimum(np.maximum(rooms[0], 1), mine).astype(np.int32), rooms[1]

    def _hold_dead(self, matrix: PETSc.Mat) -> None:
        """A large entry on the diagonal for splines that move nothing."""
        diagonal = self._global.duplicate()
        own = np.einsum("nii->ni", self._stencil[:, 0])
        diagonal.setValuesBlocked(self._numbers, np.ascontiguousarray(own).ravel(), PETSc.InsertMode.ADD_VALUES)
        diagonal.assemble()
        scale = diagonal.norm(PETSc.NormType.NORM_INFINITY)
        first, _ = diagonal.getOwnershipRange()
        for dead in np.flatnonzero(diagonal.array_r <= _DEAD * scale):
            matrix.setValue(first + dead, first + dead, scale, PETSc.InsertMode.ADD_VALUES)
        diagonal.destroy()
