"""Values of cells carried from one mesh of a stack to another, or from one number of ranks to another.

A cell has a number of its own (`StackMesh.keys`), whichever layers are present and whoever owns it.
"""

from typing import Any

import numpy as np
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers, Mask


def carried(comm: MPI.Intracomm, keys: Integers, values: Array, wanted: Integers) -> tuple[Mask, Array]:
    """Values of the cells this rank wants, from whichever rank has them. Collective.

    A cell is looked up on the rank its number gives, so no rank sees all of them.

    Args:
        comm: communicator.
        keys: (n,) numbers of the cells this rank has values of; no two ranks have the same.
        values: (n, ...) of them.
        wanted: (m,) numbers.

    Returns:
        (m,) True where a rank has the cell, and (m, ...) values, zero elsewhere.
    """
    shape = values.shape[1:]
    if not np.prod(shape):  # of a stack that has nothing to carry, as all ranks know
        return carried(comm, keys, np.zeros(len(keys)), wanted)[0], np.zeros((len(wanted), *shape))
    rows = np.ascontiguousarray(values, dtype=float).reshape(len(keys), int(np.prod(shape)))
    if comm.size == 1:
        found, result = _looked_up(keys, rows, wanted)
        return found, result.reshape(len(wanted), *shape)
    known = _exchange(comm, keys % comm.size, keys), _exchange(comm, keys % comm.size, rows)
    asked, order = _exchange(comm, wanted % comm.size, wanted), np.argsort(wanted % comm.size, kind="stable")
    found, result = _looked_up(*known, asked)
    counts = _to_all(comm, np.bincount(wanted % comm.size, minlength=comm.size))
    back = np.repeat(np.arange(comm.size), counts)
    answer = np.empty((len(wanted), rows.shape[1] + 1))
    answer[order] = _exchange(comm, back, np.column_stack([found, result]))
    return answer[:, 0] > 0.0, answer[:, 1:].reshape(len(wanted), *shape)


def by_cell(stack_mesh: StackMesh, function: fem.Function) -> Array:
    """(owned cells, 27, 3) values of a degree-2 displacement at the nodes of each cell, continuous or not."""
    nodes = function.function_space.dofmap.list[: len(stack_mesh.block)]
    return np.asarray(function.x.array.reshape(-1, 3)[nodes])


def discontinuous(stack_mesh: StackMesh, values: Array) -> fem.Function:
    """A displacement of degree 2 in each cell by itself, from its values (owned cells, 27, 3)."""
    result = fem.Function(fem.functionspace(stack_mesh.mesh, ("DG", 2, (3,))))
    result.x.array.reshape(-1, 3)[result.function_space.dofmap.list[: len(values)]] = values
    result.x.scatter_forward()
    return result


def _looked_up(keys: Integers, rows: Array, wanted: Integers) -> tuple[Mask, Array]:
    order = np.argsort(keys)
    place = np.minimum(np.searchsorted(keys, wanted, sorter=order), max(len(keys) - 1, 0))
    result = np.zeros((len(wanted), rows.shape[1]))
    if not len(keys):
        return np.zeros(len(wanted), dtype=bool), result
    at = order[place]
    found = keys[at] == wanted
    result[found] = rows[at[found]]
    return found, result


def _exchange(comm: MPI.Intracomm, target: Integers, rows: NDArray[Any]) -> NDArray[Any]:
    """Rows sent to target ranks; those that arrive, by rank, in the order they were sent."""
    order = np.argsort(target, kind="stable")
    width = int(np.prod(rows.shape[1:]))
    sent = np.bincount(target, minlength=comm.size)
    got = _to_all(comm, sent)
    out, into = np.ascontiguousarray(rows[order]), np.empty((int(got.sum()), *rows.shape[1:]), dtype=rows.dtype)
    kind = MPI.DOUBLE if rows.dtype.kind == "f" else MPI.INT64_T
    comm.Alltoallv([out, sent * width, kind], [into, got * width, kind])
    return into


def _to_all(comm: MPI.Intracomm, counts: Integers) -> Integers:
    """(ranks,) what the others count for this rank, from what it counts for each of them."""
    sent, found = counts.astype(np.int64), np.empty(comm.size, dtype=np.int64)
    comm.Alltoall(sent, found)
    return found
