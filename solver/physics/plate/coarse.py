"""A plate on few cells that stands for a smooth one on many: it goes ways at next to no cost.

On a grid of some of the lines of the fine one every displacement is one of the fine plate too. Stiffness and free
resultants of a coarse cell are the means over its fine cells, dead loads are those on the coarse functions. Every rank
has the whole coarse plate, so that what it finds is the same on all of them.
"""

import numpy as np
from dolfinx import fem
from mpi4py import MPI
from scipy.sparse import csr_array

from meshes import tensor
from meshes.nodes import nodes_of
from meshes.parts import part_of
from meshes.plane import EMPTY, PlaneMesh
from meshes.plate import TENSOR_ORDER, PlateMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.parallel import combined
from solver.physics.plate.problem import PlateProblem
from solver.physics.plate.section import CORNERS
from solver.physics.plate.smooth import grid_of
from solver.physics.plate.temperatures import Temperature
from solver.physics.solid.load import Load

_CELLS = 14  # along the longer side of the modelled part
_CHEAPER = 4  # times as many cells the fine plate has at least

Lines = tuple[Array, Array]


class CoarsePlate(PlateProblem):
    """The coarse plate of a fine one, flat and at rest; it has no layers that could be asked for stress.

    Args:
        fine: a smooth plate without contact.
        lines: of the coarse grid, in x and y (m).
        all_lines: of the fine one.
    """

    def __init__(self, fine: PlateProblem, lines: Lines, all_lines: Lines) -> None:
        self._fine, self._comm = fine, fine.plate.comm
        super().__init__(_mesh(fine.plate, lines), (), np.empty(0), fine.height, supports=fine.made_supports)
        self._to_fine = _values(lines, self.space, nodes_of(fine.space))
        self._from_fine = _values(all_lines, fine.space, nodes_of(self.space))
        owned = fine.plate.owned
        corners = fine.plate.mesh.geometry.x[compat.geometry_nodes(fine.plate.mesh)[:owned], :2]
        cell, area = self._cells_at(lines, corners.mean(axis=1)), np.ptp(corners, axis=1).prod(axis=1)
        whole = self._sum(np.bincount(cell, area, self.plate.cells).astype(np.float64))
        self._mean = csr_array((area / whole[cell], (cell, np.arange(owned))), shape=(self.plate.cells, owned))
        weight = fine.forms.weight.reshape(-1, 3)
        self.forms.weight = self._sum(self._to_fine[: len(weight)].T @ weight).ravel()

    def _cells_at(self, lines: Lines, points: Array) -> Integers:
        """(n,) cells at points (n, 2)."""
        number = np.empty([len(one) - 1 for one in lines], dtype=np.int64)
        middles = self.plate.plane.points[self.plate.plane.quads[self.plate.cell]].mean(axis=1)
        number[_between(lines, middles)] = np.arange(len(middles))
        return np.asarray(number[_between(lines, points)])

    def _sum(self, values: Array) -> Array:
        found: Array = combined(self._comm, values, MPI.SUM)
        return found

    def load_at(self, temperature: Temperature) -> Load:
        """As of the fine plate, on whose ranks it is collective."""
        owned, found = self._fine.plate.owned, self._fine.section.resultants(temperature)
        rows = np.hstack([found.stiffness[:owned].reshape(owned, -1), found.free[:owned].mean(axis=1)])
        mean = self._sum(self._mean @ rows)
        free = np.repeat(mean[:, None, 18:], CORNERS, axis=1)
        return self.forms.load(mean[:, :18], free)

    def restricted(self, displacement: Array) -> Array:
        """(unknowns,) values of a displacement (local unknowns of the fine plate, m). Collective on its ranks."""
        vectors = displacement.reshape(-1, 3)
        sums = self._sum(self._from_fine @ np.column_stack([vectors, np.ones(len(vectors))]))
        return np.asarray(sums[:, :3] / sums[:, 3:]).ravel()

    def prolonged(self) -> Array:
        """(local unknowns of the fine plate,) the present displacement (m)."""
        return np.asarray(self._to_fine @ self.displacement.x.array.reshape(-1, 3)).ravel()


def coarse_plate(fine: PlateProblem) -> CoarsePlate | None:
    """The coarse plate of a plate, None where it would be no cheaper or there is no grid. Collective.

    Args:
        fine: the plate.
    """
    if not fine.spread or fine.remembers or fine.contact is not None:
        return None
    lines = grid_of(fine.plate)
    assert lines is not None, "what is smooth is on a grid"
    size = max(float(np.ptp(one)) for one in lines) / _CELLS
    pins = np.array(fine.plate.stack.pins).reshape(-1, 2)
    x, y = (_some(one, size, pins[:, axis]) for axis, one in enumerate(lines))
    return None if (len(x) - 1) * (len(y) - 1) * _CHEAPER > fine.plate.cells else CoarsePlate(fine, (x, y), lines)


def _some(lines: Array, size: float, kept: Array) -> Array:
    """Of some lines the first and the last, those nearest to the places kept, and others about a size apart (m)."""
    ends = np.unique([0, len(lines) - 1, *(int(np.abs(lines - place).argmin()) for place in kept)])
    found = [lines[:1]]
    for a, b in zip(lines[ends[:-1]], lines[ends[1:]], strict=True):
        even = np.linspace(a, b, max(1, round((b - a) / size)) + 1)
        nearest = np.unique(np.abs(lines[:, None] - even).argmin(axis=0))
        found.append(lines[nearest][1:])
    return np.concatenate(found)


def _between(lines: Lines, points: Array) -> tuple[Integers, Integers]:
    """Numbers of the intervals of a grid in which points (n, 2) are."""
    x, y = (
        np.clip(np.searchsorted(one, points[:, axis], side="right") - 1, 0, len(one) - 2)
        for axis, one in enumerate(lines)
    )
    return x, y


def _nearest(places: Array, x: Array) -> Integers:
    """(n,) number of the place, of some in order, that is nearest to each x."""
    return np.searchsorted(0.5 * (places[1:] + places[:-1]), x)


def _mesh(fine: PlateMesh, lines: Lines) -> PlateMesh:
    """Cells of a grid, all of them on every rank; what is on them is not told."""
    points, quads = tensor.quads(*lines)
    whole = PlaneMesh(points, quads, np.zeros((len(fine.stack.layers), len(quads)), dtype=np.int32))
    plane = part_of(MPI.COMM_SELF, whole, np.zeros(len(quads), dtype=np.int32))
    element = compat.domain("quadrilateral", 1, 2)
    here: list[Integers] = [np.zeros(1, dtype=np.int32)] * len(quads)
    domain = compat.create_mesh(MPI.COMM_SELF, quads[:, TENSOR_ORDER], points, element, here)
    cell = np.asarray(domain.topology.original_cell_index, dtype=np.int64)
    block = np.zeros((len(fine.stack.layers), len(cell)), dtype=np.int32)
    return PlateMesh(domain, fine.stack, plane, fine.layers, (), block, cell, (), np.full(len(cell), EMPTY))


def _values(lines: Lines, space: fem.FunctionSpace, points: Array) -> csr_array:
    """(points, local nodes) values at points (n, 2 or 3) of the functions of degree 2 of a grid.

    Rows of points in cells that are not all on this rank are empty.
    """
    places = [np.sort(np.concatenate([one, 0.5 * (one[1:] + one[:-1])])) for one in lines]
    x = nodes_of(space)
    lattice = tuple(_nearest(one, x[:, axis]) for axis, one in enumerate(places))
    number = np.full([len(one) for one in places], -1, dtype=np.int64)
    number[lattice] = np.arange(len(x))
    cells = _between(lines, points)
    shapes = []
    for axis, (one, cell) in enumerate(zip(lines, cells, strict=True)):
        s = (points[:, axis] - one[cell]) / (one[cell + 1] - one[cell])
        shapes.append(np.stack([(1 - s) * (1 - 2 * s), 4 * s * (1 - s), s * (2 * s - 1)], axis=1))
    steps = np.arange(3)
    columns = number[2 * cells[0][:, None, None] + steps[:, None], 2 * cells[1][:, None, None] + steps]
    values = shapes[0][:, :, None] * shapes[1][:, None, :]
    there = np.repeat(columns.min(axis=(1, 2)) >= 0, 9)
    rows = np.repeat(np.arange(len(points)), 9)
    return csr_array((values.ravel()[there], (rows[there], columns.ravel()[there])), shape=(len(points), len(x)))
