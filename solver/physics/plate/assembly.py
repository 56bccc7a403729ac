"""The tangent of a plate in the functions it has; on rectangles no matrix of all nodes is made on the way."""

from dataclasses import dataclass

import numpy as np
from dolfinx import fem
from dolfinx.fem import petsc
from mpi4py import MPI
from petsc4py import PETSc
from scipy.sparse import csr_array

from solver.arrays import Array, Integers
from solver.physics.plate.forms import PlateForms
from solver.physics.plate.rectangles import LANES, MOST, kernels

_USUAL = 9  # functions of w on a cell, where pins have tied none to others


class CompiledTangent:
    """The tangent as compiled forms make it. Collective.

    Args:
        forms: of a plate.
        functions: it is restricted to, as of `smooth.smooth`; None: all nodes are there.

    Attributes:
        matrix: rows of this rank's functions.
    """

    def __init__(self, forms: PlateForms, functions: PETSc.Mat | None) -> None:
        self._functions, self._whole = functions, petsc.create_matrix(forms.tangent)
        self.matrix = self._whole
        if functions is not None:
            self._fill(forms, [])
            self.matrix = self._whole.PtAP(functions)

    def assemble(self, forms: PlateForms, held: Integers, sprung: Integers, stiffness: float) -> None:
        """Be that of the present state of a plate of the same functions.

        Args:
            forms: of it.
            held: local unknowns at zero, as functions are where there are some.
            sprung: owned unknowns on springs to the ground.
            stiffness: of each spring (N/m).
        """
        self._fill(forms, [] if self._functions is not None else _at_zero(forms.space, held))
        if forms.space.mesh.comm.allreduce(len(sprung)):
            diagonal = self._whole.getDiagonal()
            diagonal.array[sprung] += stiffness
            self._whole.setDiagonal(diagonal)
        if self._functions is not None:
            self._whole.PtAP(self._functions, result=self.matrix)

    def _fill(self, forms: PlateForms, bcs: list[fem.DirichletBC]) -> None:
        self._whole.zeroEntries()
        petsc.assemble_matrix(self._whole, forms.tangent, bcs=bcs)
        self._whole.assemble()

    @property
    def parts(self) -> tuple[PETSc.Mat, ...]:
        """What is to be released."""
        return self.matrix, self._whole


def _at_zero(space: fem.FunctionSpace, unknowns: Integers) -> list[fem.DirichletBC]:
    """Homogeneous Dirichlet conditions on single unknowns, one for each component of the space."""
    parts = [(space.sub(i), unknowns[unknowns % 3 == i]) for i in range(3)]
    return [fem.dirichletbc(PETSc.ScalarType(0.0), dofs.astype(np.int32), part) for part, dofs in parts]


class SmoothTangent:
    """Upper half of the tangent of a plate of rectangles in some functions. Collective.

    Args:
        functions: values at all nodes (rows) of the functions (columns), as of `smooth.smooth`.
        cells: all cells of this rank.

    Attributes:
        matrix: rows of this rank's functions; below its diagonal there is nothing.
    """

    def __init__(self, functions: PETSc.Mat, cells: "list[_Alike]") -> None:
        self._pattern, places = _pattern([one.numbers for one in cells], functions.getOwnershipRangeColumn())
        self._parts = list(zip(cells, places, strict=True))
        self._values = np.zeros(len(self._pattern.columns) + 1)  # the last one is of what is no function
        width = functions.getSizes()[1]
        csr = self._pattern.starts, self._pattern.columns, self._values[:-1]
        self._here = functions.comm.size == 1
        self.matrix = PETSc.Mat()
        if self._here:
            self.matrix.createAIJWithArrays((width, width), csr, comm=functions.comm)
        else:
            self.matrix.create(functions.comm)
            self.matrix.setSizes((width, width))
            self.matrix.setType("aij")
            self._hand_over()

    def assemble(self, forms: PlateForms, held: Integers, sprung: Integers, stiffness: float) -> None:  # noqa: ARG002
        """As of `CompiledTangent`; what is held is zero in the functions, and nothing is sprung."""
        self._values[:] = 0.0
        for cells, place in self._parts:
            forms.add_tangent(cells.function, cells.which, place, self._values)
        if self._here:
            self.matrix.stateIncrease()
            return
        self.matrix.zeroEntries()
        self._hand_over()

    def _hand_over(self) -> None:
        """Sum up what ranks have."""
        one = self._pattern
        self.matrix.setValuesIJV(
            one.starts, one.columns, self._values[:-1], PETSc.InsertMode.ADD_VALUES, rowmap=one.rows
        )
        self.matrix.assemble()

    @property
    def parts(self) -> tuple[PETSc.Mat, ...]:
        """As of `CompiledTangent`."""
        return (self.matrix,)


@dataclass(frozen=True)
class _Pattern:
    """Entries of some rows of a matrix.

    Attributes:
        rows: (n,) their numbers.
        starts: (n + 1,) of them.
        columns: numbers, ascending in every row.
    """

    rows: Integers
    starts: Integers
    columns: Integers


def _pattern(numbers: list[Integers], own: tuple[int, int]) -> tuple[_Pattern, list[Integers]]:
    """Entries of the upper half of a matrix to which cells add, and where their element matrices go in it.

    Args:
        numbers: of functions, (cells, width) each, -1 for none.
        own: first row of this rank, and the first one after; they are first.

    Returns:
        The pattern, and places as of `plate.h`; where there is no function they are the one after the last.
    """
    call, first, end = kernels(), *own
    every = np.concatenate([one.ravel() for one in numbers])
    others = np.unique(every[(every >= 0) & ((every < first) | (every >= end))])
    rows, room = [], np.zeros(end - first + len(others), dtype=np.int64)
    for one in numbers:
        mine = (one >= first) & (one < end)
        row = np.where(mine, one - first, end - first + np.searchsorted(others, one)).astype(np.int32)
        rows.append(row)
        room += one.shape[1] * np.bincount(row[one >= 0], minlength=len(room))
    start, length = np.cumsum(room) - room, np.zeros(len(room), dtype=np.int32)
    column = np.empty(int(room.sum()), dtype=np.int32)
    for one, row in zip(numbers, rows, strict=True):
        call("find_entries", *one.shape, one, row, start, length, column)
    starts = np.concatenate([[0], np.cumsum(length)]).astype(np.int32)
    kept = column[np.repeat(start - starts[:-1], length) + np.arange(starts[-1])]
    sorted_ = csr_array((kept, kept, starts), shape=(len(room), int(kept.max(initial=-1)) + 1))
    sorted_.sort_indices()
    places = list[Integers]()
    for one, row in zip(numbers, rows, strict=True):
        place = np.empty(-(-len(one) // LANES) * LANES * one.shape[1] * (one.shape[1] + 1) // 2, dtype=np.int32)
        call("find_places", *one.shape, one, row, starts, sorted_.indices, len(kept), place)
        places.append(place)
    names = np.concatenate([np.arange(first, end), others])
    return _Pattern(*(one.astype(PETSc.IntType) for one in (names, starts, sorted_.indices))), places


@dataclass(frozen=True)
class _Alike:
    """Cells with as many functions.

    Attributes:
        which: of the owned cells.
        numbers: (n, 18 + many) of the functions, -1 for none: 9 u_x, 9 u_y and others in z.
        function: (n, 9, many) values of the latter at the nodes; None if there are none.
    """

    which: Integers
    numbers: Integers
    function: Array | None


def tangent_of(forms: PlateForms, functions: PETSc.Mat | None, sprung: bool) -> CompiledTangent | SmoothTangent:
    """The tangent of a plate. Collective.

    Args:
        forms: of the plate.
        functions: as of `smooth.smooth`; None: all nodes are there.
        sprung: True if nodes may come to be on springs to the ground.
    """
    if functions is None or forms.cells is None or sprung:
        return CompiledTangent(forms, functions)
    cells = _on_cells(_local_rows(functions, forms.space), forms.cells.nodes)
    most = max((one.numbers.shape[1] - 18 for one in cells), default=0)
    if forms.space.mesh.comm.allreduce(most, MPI.MAX) > MOST:  # pins have tied many functions to each other
        return CompiledTangent(forms, functions)
    return SmoothTangent(functions, cells)


def _local_rows(functions: PETSc.Mat, space: fem.FunctionSpace) -> csr_array:
    """(local unknowns, functions) of a matrix whose rows are those of the ranks that own them. Collective."""
    index_map = space.dofmap.index_map
    blocks = index_map.local_to_global(np.arange(index_map.size_local + index_map.num_ghosts, dtype=np.int32))
    rows = PETSc.IS().createGeneral((3 * blocks[:, None] + np.arange(3)).ravel().astype(PETSc.IntType), PETSc.COMM_SELF)
    count = functions.getSize()[1]
    columns = PETSc.IS().createStride(count, step=1, comm=PETSc.COMM_SELF)
    (local,) = functions.createSubMatrices(rows, columns)
    start, column, value = local.getValuesCSR()
    found = csr_array((value, column, start), shape=(3 * len(blocks), count))
    for part in (local, rows, columns):
        part.destroy()
    return found


def _only(values: csr_array) -> Integers:
    """(nodes,) the one function that moves each node, -1 for none."""
    found = np.full(values.shape[0], -1, dtype=np.int64)
    found[np.diff(values.indptr) > 0] = values.indices
    return found


def _on_cells(values: csr_array, nodes: Integers) -> list[_Alike]:
    """Cells by how many functions they have.

    Args:
        values: (unknowns, functions).
        nodes: (cells, 9).
    """
    plane = np.hstack([_only(csr_array(values[axis::3]))[nodes] for axis in (0, 1)])
    w, cells = csr_array(values[2::3]), len(nodes)
    filled = np.diff(w.indptr)[nodes].ravel()
    if not filled.any():
        return [_Alike(np.arange(cells), plane.astype(np.int32), None)]
    at = np.repeat(w.indptr[nodes].ravel() - (np.cumsum(filled) - filled), filled) + np.arange(filled.sum())
    cell, node = np.divmod(np.repeat(np.arange(9 * cells), filled), 9)
    there, place = np.unique(cell * w.shape[1] + w.indices[at], return_inverse=True)
    of_cell, function = np.divmod(there, w.shape[1])
    many = np.bincount(of_cell, minlength=cells)
    column = np.arange(len(there)) - (np.cumsum(many) - many)[of_cell]
    numbers, found = np.full((cells, many.max()), -1), np.zeros((cells, 9, many.max()))
    numbers[of_cell, column] = function
    found[cell, node, column[place]] = w.data[at]
    parts = []
    for which, most in ((np.flatnonzero(many <= _USUAL), _USUAL), (np.flatnonzero(many > _USUAL), None)):
        rows = np.hstack([plane[which], numbers[which, :most]]).astype(np.int32)
        parts.append(_Alike(which, rows, np.ascontiguousarray(found[which, :, :most])))
    return [one for one in parts if len(one.which)]
