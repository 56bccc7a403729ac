"""The prolongation of the plates' multigrid: motions of the plates from smooth fields on a grid of splines."""

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc
from scipy.sparse import block_array, csr_array, diags_array

from solver.linalg import splines
from solver.linalg.plates import Layout

_SPACING = 3.0  # H^2 / (h t)
_NARROWEST, _WIDEST = 0.5, 4.0  # H / h


def prolong_plates(matrix: PETSc.Mat, layout: Layout) -> PETSc.Mat:
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


def _without_empty_columns(comm: MPI.Intracomm, rows: csr_array) -> csr_array:
    """The functions that move a plate of some rank, numbered afresh."""
    moves = np.zeros(rows.shape[1], dtype=np.int8)
    moves[rows.indices] = 1
    comm.Allreduce(MPI.IN_PLACE, moves, MPI.MAX)
    number = np.cumsum(moves, dtype=np.int64) - 1
    return csr_array((rows.data, number[rows.indices], rows.indptr), shape=(rows.shape[0], int(moves.sum())))
