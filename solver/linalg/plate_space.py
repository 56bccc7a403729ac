"""The plates as they are for a coarse space: their Galerkin matrix across ranks, and what solves with it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from solver.arrays import Array, Integers
from solver.linalg.coarse import PlateSolver
from solver.linalg.columns import Columns
from solver.linalg.elements import Elements
from solver.linalg.kernels import Kernels
from solver.linalg.numbering import PlateNumbering
from solver.linalg.plates import Layout, Plates

_DEAD = 1e-14  # part of the largest diagonal entry below which a mode moves nothing


class PlateSpace:
    """Motions of the plates, each by itself.

    Args:
        numbering: of the plates; collective.
        kernels: the compiled functions.
        lines: columns the plates stand in.
        column: (owned cells,) plane cell of each cell.
        large: unknowns from which plates are solved by a multigrid of their own instead of a factorisation.
    """

    def __init__(
        self, numbering: PlateNumbering, kernels: Kernels, lines: Columns, column: Integers, large: float
    ) -> None:
        self._numbering, self._kernels, self._large = numbering, kernels, large
        self._matrix: PETSc.Mat | None = None
        self._solver: PlateSolver | None = None
        z, comm = lines.height[lines.nodes], numbering.comm
        low, high = z.min(initial=np.inf), z.max(initial=-np.inf)
        self._thickness = float(comm.allreduce(high, MPI.MAX) - comm.allreduce(low, MPI.MIN))
        self._pattern(column)

    def add(self, elements: Sequence[Elements], following: tuple[Any, ...], band: Array) -> None:
        """Add the element matrices to the bands of the columns, and make the plates' matrix of them. Collective.

        Args:
            elements: the form's.
            following: how nodes follow plates, as the kernels take it.
            band: (local nodes x components x width,) is added to.
        """
        if self._solver is not None and self._solver.is_multigrid:
            self.free()  # its levels are made anew
        galerkin = np.zeros(int(self._row[-1]) * self._kernels.modes**2)
        numbering = self._numbering
        target = (*following, numbering.of_all, self._row, self._neighbour, band, galerkin)
        for part in elements:
            part.add(self._kernels, numbering.of_cells, target)
        self._assemble(galerkin)

    def factorise(self, plates: Plates, definite: bool) -> None:
        """Make the solver of the matrix as it is, or renew its factors. Collective.

        Args:
            plates: where they are now.
            definite: False for a form that may have lost its definiteness.
        """
        if self._solver is not None:
            self._solver.refactorise()
            return
        mine = self._numbering.is_mine
        layout = Layout(plates.centre[mine], plates.storey[mine], self._dead, self._thickness)
        self._solver = PlateSolver(self._matrix, layout, definite, self._large)

    def factorise_always(self, plates: Plates, definite: bool) -> None:
        """Factorise the matrix, however large, now and whenever coefficients change. Collective."""
        self._large = np.inf
        assert self._solver is not None
        self._solver.free()
        self._solver = None
        self.factorise(plates, definite)

    @property
    def is_factorised(self) -> bool:
        """False if a multigrid of their own solves for the plates."""
        assert self._solver is not None
        return not self._solver.is_multigrid

    @property
    def negative_pivots(self) -> int:
        """Negative eigenvalues of the matrix, as its factors tell."""
        assert self._solver is not None
        return self._solver.negative_pivots

    @property
    def name(self) -> str:
        """What is said of it after the number of plates."""
        return "" if self.is_factorised else ", solved by multigrid"

    def solve(self, load: Array) -> Array:
        """Motions of this rank's plates (mine, modes) under their loads (mine, modes). Collective."""
        assert self._solver is not None
        return self._solver.solve(load)

    def free(self) -> None:
        """Free factors and matrix."""
        if self._solver is not None:
            self._solver.free()
            self._solver = None
        if self._matrix is not None:
            self._matrix.destroy()
            self._matrix = None

    def _pattern(self, column: Integers) -> None:
        """Rows and columns of the matrix this rank adds to, and the room its own rows need."""
        numbering = self._numbering
        which, count, is_mine = numbering.of_cells, numbering.count, numbering.is_mine
        order = np.argsort(column, kind="stable")
        rows = np.ascontiguousarray(which[order])
        new = np.concatenate([[True], (rows[1:] != rows[:-1]).any(axis=1)]) if len(rows) else np.empty(0, dtype=bool)
        rows = np.ascontiguousarray(rows[new])
        there = rows >= 0
        most = np.bincount(rows[there], np.broadcast_to(there.sum(axis=1)[:, None], rows.shape)[there], count)
        start = np.concatenate([[0], np.cumsum(most)]).astype(np.int64)
        found, length = np.empty(int(start[-1]), dtype=np.int32), np.zeros(count, dtype=np.int32)
        self._kernels.call("neighbours", len(rows), rows, numbering.of_all, start, length, found)
        self._row = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
        self._neighbour = found[np.arange(self._row[-1]) + np.repeat(start[:-1] - self._row[:-1], length)]
        row = np.repeat(np.arange(count), length)
        self._self = np.flatnonzero(self._neighbour == row)  # of the plates that cells of this rank touch
        self._touched = row[self._self]
        own = np.bincount(row, is_mine[self._neighbour], count)
        others = np.flatnonzero(~is_mine)
        foreign = numbering.summed(others, length[others, None].astype(float))[is_mine, 0]
        here = own[is_mine] + foreign
        away = (length - own)[is_mine] + foreign
        self._rooms = np.minimum(here, numbering.mine).astype(np.int32), away.astype(np.int32)

    def _hold_dead_modes(self, galerkin: Array) -> None:
        """A large entry on the diagonal for modes that move nothing."""
        modes, is_mine = self._kernels.modes, self._numbering.is_mine
        at = modes**2 * self._self[:, None] + np.arange(modes) * (modes + 1)
        diagonal = self._numbering.summed(self._touched, galerkin[at])
        scale = self._numbering.comm.allreduce(np.abs(diagonal).max(initial=0.0), MPI.MAX)
        dead = np.abs(diagonal) <= _DEAD * scale
        galerkin[at[dead[self._touched] & is_mine[self._touched, None]]] = scale
        self._dead = dead[is_mine]

    def _assemble(self, galerkin: Array) -> None:
        """The matrix from this rank's rows of it; its pattern is kept."""
        self._hold_dead_modes(galerkin)
        of_all = self._numbering.of_all
        if self._matrix is None:
            self._matrix = self._empty()
        else:
            self._matrix.zeroEntries()
        starts, columns_ = self._row.astype(np.int32), of_all[self._neighbour]
        self._matrix.setValuesBlockedIJV(starts, columns_, galerkin, PETSc.InsertMode.ADD_VALUES, of_all)
        self._matrix.assemble()

    def _empty(self) -> PETSc.Mat:
        """A matrix with room for what cells couple."""
        modes, comm = self._kernels.modes, self._numbering.comm
        size = (self._numbering.mine * modes, None)
        matrix = PETSc.Mat().create(comm)
        matrix.setSizes((size, size))
        matrix.setType("sbaij")
        matrix.setBlockSize(modes)
        matrix.setPreallocationNNZ(self._rooms)
        matrix.setOption(PETSc.Mat.Option.IGNORE_LOWER_TRIANGULAR, True)
        return matrix
