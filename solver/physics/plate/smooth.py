"""Deflections without kinks: on a grid of rectangles the quadratic splines among the functions of degree 2.

Their slopes do not jump, so C0 interior penalty has nothing to penalise, and a deflection takes a quarter of the
unknowns: what the penalty drives solutions to anyway (T. J. R. Hughes, J. A. Cottrell, Y. Bazilevs, Comput. Methods
Appl. Mech. Eng. 194, 4135, 2005). Curvature may still jump between cells, and strain in the plane too: u_x and u_y stay
as they are. Fronts of the factorisation are less than half as wide, which makes it about ten times cheaper.
"""

import numpy as np
from dolfinx import fem
from mpi4py import MPI
from petsc4py import PETSc
from scipy.sparse import csr_array, diags_array, vstack
from scipy.sparse.linalg import lsqr

from meshes.nodes import nodes_of
from meshes.plate import PlateMesh
from solver import compat
from solver.arrays import Array, Integers, Mask
from solver.linalg.splines import Splines
from solver.physics.plate.supports import PlateSupport

_SAME = 1e-9  # of the span: lines of the grid
_FEW = 64  # nodes held one by one
_TURNS = 2000  # of LSQR
_NOTHING = 1e-13  # of a spline, which is 1 at most


def smooth(plate: PlateMesh, space: fem.FunctionSpace, support: PlateSupport) -> PETSc.Mat | None:
    """Displacements (rows) of the unknowns of a smooth plate (columns); None if it is not a case for it. Collective.

    The columns span the functions with a smooth deflection that are zero where the support holds them.

    Args:
        plate: the mesh.
        space: of the displacement.
        support: of the plate.
    """
    grid = grid_of(plate)
    if grid is None or space.ufl_element().degree != 2:
        return None
    x = nodes_of(space)[:, :2]
    splines = _splines(grid, x)
    free = _free(plate, space, splines, support, grid)
    return None if free is None else _matrix(space, csr_array(splines @ free), support)


def in_plane(space: fem.FunctionSpace, support: PlateSupport) -> PETSc.Mat:
    """As `smooth`, of a plate whose deflection is held everywhere: free displacements u_x and u_y. Collective."""
    return _matrix(space, csr_array((len(nodes_of(space)), 0)), support)


def concentrated(plate: PlateMesh, space: fem.FunctionSpace, support: PlateSupport, forces: Array) -> Array:
    """Forces out of balance along z where a smooth plate is held, and nowhere else. Collective.

    A smooth plate balances forces on its splines; those of its nodes cancel in them but for what the support holds. The
    same work on every spline is done by forces at the held nodes, which are as near to those there as can be.

    Args:
        plate: the mesh, a grid of rectangles.
        space: of the displacement.
        support: of the plate.
        forces: (owned unknowns,) out of balance (N).
    """
    grid = grid_of(plate)
    assert grid is not None, "the plate is not smooth"
    owned = space.dofmap.index_map.size_local
    splines = csr_array(_splines(grid, nodes_of(space)[:, :2])[:owned])
    held = np.zeros(nodes_of(space).shape[0], dtype=bool)
    held[support.unknowns[support.unknowns % 3 == 2] // 3] = True
    mine, w = np.flatnonzero(held[:owned]), forces[2::3].copy()
    moved = plate.comm.allreduce(splines.T @ np.where(held[:owned], 0.0, w))
    parts = plate.comm.allgather(csr_array(splines[mine]))
    found = lsqr(vstack(parts).T, moved, atol=1e-14, btol=1e-14, iter_lim=_TURNS)[0]
    first = sum(part.shape[0] for part in parts[: plate.comm.rank])
    result = forces.copy()
    result[2::3] = 0.0
    result[3 * mine + 2] = w[mine] + found[first : first + len(mine)]
    return result


def grid_of(plate: PlateMesh) -> tuple[Array, Array] | None:
    """Lines of the grid in x and y (m), None if the mesh is none. Collective."""
    corners = plate.mesh.geometry.x[compat.geometry_nodes(plate.mesh)[: plate.owned], :2]
    near = _SAME * plate.stack.span
    middle = corners.mean(axis=1, keepdims=True)
    half = 0.5 * np.ptp(corners, axis=1, keepdims=True)
    square = bool(np.all(np.abs(np.abs(corners - middle) - half) < near))
    lines = []
    for axis in (0, 1):
        mine = np.unique(np.round(corners[..., axis] / near) * near)
        found = np.unique(np.concatenate(plate.comm.allgather(mine)))
        lines.append(found[np.diff(found, prepend=-np.inf) > 3 * near])
    whole = (len(lines[0]) - 1) * (len(lines[1]) - 1) == plate.cells
    return (lines[0], lines[1]) if plate.comm.allreduce(square, MPI.LAND) and whole else None


def _splines(grid: tuple[Array, Array], x: Array) -> csr_array:
    """(local nodes, splines) values."""
    found = csr_array(Splines(grid).smooth(np.clip(x, [g[0] for g in grid], [g[-1] for g in grid]))[0])
    found.data[np.abs(found.data) < _NOTHING] = 0.0
    found.eliminate_zeros()
    return found


def _free(
    plate: PlateMesh, space: fem.FunctionSpace, splines: csr_array, support: PlateSupport, grid: tuple[Array, Array]
) -> csr_array | None:
    """(splines, splines) coefficients of the free ones, which are zero where the support holds w; None if too many.

    A cell that is held all over, or all along the rim, takes its splines with it. Single nodes are one equation each.
    """
    held = np.zeros(splines.shape[0], dtype=bool)
    held[support.unknowns[support.unknowns % 3 == 2] // 3] = True
    cells = space.dofmap.list[: plate.owned]
    x, near = nodes_of(space), _SAME * plate.stack.span
    gone = [cells[held[cells].all(axis=1)].ravel()]
    for axis, lines in enumerate(grid):
        for end in (lines[0], lines[-1]):
            on_line = np.abs(x[cells, axis] - end) < 3 * near
            side = cells[(on_line & held[cells]).sum(axis=1) == 3]
            gone.append(side[np.abs(x[side, axis] - end) < 3 * near])
    dead: Mask = np.zeros(splines.shape[1], dtype=bool)
    dead[splines[np.unique(np.concatenate(gone))].indices] = True
    plate.comm.Allreduce(MPI.IN_PLACE, dead, MPI.LOR)
    keep = diags_array((~dead).astype(float), format="csr")
    rows = csr_array(splines[np.flatnonzero(held[: space.dofmap.index_map.size_local])] @ keep)
    rows = csr_array(rows[np.diff(rows.indptr) > 0])
    rows.eliminate_zeros()
    mine = [(row.indices, row.data) for row in (rows[[k]] for k in range(rows.shape[0])) if row.nnz]
    if plate.comm.allreduce(len(mine)) > _FEW:
        return None
    return _solved(keep, [row for part in plate.comm.allgather(mine) for row in part])


def _solved(keep: csr_array, rows: list[tuple[Integers, Array]]) -> csr_array:
    """`keep` with as many splines expressed by others as equations (columns, values) are independent."""
    if not rows:
        return keep
    columns = np.unique(np.concatenate([indices for indices, _ in rows]))
    matrix = np.zeros((len(rows), len(columns)))
    for number, (indices, values) in enumerate(rows):
        matrix[number, np.searchsorted(columns, indices)] = values
    pivots: list[int] = []
    for number in range(len(rows)):
        pivot = int(np.abs(matrix[number]).argmax())
        if abs(matrix[number, pivot]) < 1e-9:
            continue
        matrix[number] /= matrix[number, pivot]
        others = np.arange(len(rows)) != number
        matrix[others] -= np.outer(matrix[others, pivot], matrix[number])
        pivots.append(pivot)
    result = keep.tolil()
    for pivot in pivots:
        number = int(np.abs(matrix[:, pivot]).argmax())
        result[columns[pivot]] = 0.0
        for place in np.flatnonzero(np.abs(matrix[number]) > _NOTHING):
            if place != pivot:
                result[columns[pivot], columns[place]] = -matrix[number, place]
    return csr_array(result)


def _matrix(space: fem.FunctionSpace, w: csr_array, support: PlateSupport) -> PETSc.Mat:
    """The columns numbered, each rank's own after each other: those of u_x and u_y, then splines."""
    comm, index_map = space.mesh.comm, space.dofmap.index_map
    owned = index_map.size_local
    own = csr_array(w[:owned])
    weight = np.zeros(w.shape[1])
    np.maximum.at(weight, own.indices, np.abs(own.data))
    most = np.empty_like(weight)
    comm.Allreduce(weight, most, MPI.MAX)
    owner = np.where((weight == most) & (most > 0.0), comm.rank, comm.size)
    comm.Allreduce(MPI.IN_PLACE, owner, MPI.MIN)
    free = np.ones(3 * owned, dtype=bool)
    free[support.unknowns[support.unknowns < 3 * owned]] = False
    free[2::3] = False
    in_plane = np.flatnonzero(free)
    sizes = np.array(comm.allgather(len(in_plane))) + np.bincount(owner, minlength=comm.size + 1)[: comm.size]
    first = np.cumsum(sizes) - sizes
    number = np.full(w.shape[1], -1, dtype=np.int64)
    counts = comm.allgather(len(in_plane))
    for rank in range(comm.size):
        mine = np.flatnonzero(owner == rank)
        number[mine] = first[rank] + counts[rank] + np.arange(len(mine))
    filled = np.zeros(3 * owned, dtype=np.int64)
    filled[in_plane], filled[2::3] = 1, np.diff(own.indptr)
    starts = np.concatenate([[0], np.cumsum(filled)])
    indices, values = np.empty(starts[-1], dtype=np.int64), np.ones(starts[-1])
    indices[starts[in_plane]] = first[comm.rank] + np.arange(len(in_plane))
    at = np.repeat(starts[2:-1:3] - own.indptr[:-1], np.diff(own.indptr)) + np.arange(own.nnz)
    indices[at], values[at] = number[own.indices], own.data
    matrix = PETSc.Mat().createAIJ(
        ((3 * owned, 3 * index_map.size_global), (int(sizes[comm.rank]), int(sizes.sum()))),
        csr=(starts.astype(PETSc.IntType), indices.astype(PETSc.IntType), values), comm=comm,
    )  # fmt: skip
    matrix.assemble()
    return matrix
