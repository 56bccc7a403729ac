"""The potential of a plate on rectangles along the axes by kernels of its own; the oracle is what FFCx makes of it."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from dolfinx import fem, la
from mpi4py import MPI

from meshes.nodes import nodes_of
from meshes.plate import PlateMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.c_library import Caller, compiled, prototypes
from solver.parallel import on_root

SOURCES = Path(__file__).with_name("kernels")
LANES = 8  # of kernels/plate.h
MOST = 64  # of kernels/plate.c: functions of w on a cell
_SAME = 1e-9  # of the span

Bits = np.ndarray[Any, np.dtype[np.uint8]]  # of sides of every cell


@dataclass(frozen=True)
class Data:
    """What a state is made of, as of `PlateForms`.

    Attributes:
        displacement, last, anchor: (local unknowns,) (m).
        moduli: (rows, 18).
        free, old: (rows, 6) free resultants under the load, and those of the geometric stiffness.
        penalty, spring: (1,).
    """

    displacement: Array
    last: Array
    anchor: Array
    moduli: Array
    free: Array
    old: Array
    penalty: Array
    spring: Array


class Rectangles:
    """The owned cells of a plate of degree 2 as the kernels take them. Collective.

    Args:
        plate: the mesh; its cells are rectangles along the axes.
        space: of the displacement.
        moduli, free: functions as of `forms.Beside`.
    """

    def __init__(self, plate: PlateMesh, space: fem.FunctionSpace, moduli: fem.Function, free: fem.Function) -> None:
        on_root(plate.comm, lambda: compiled(SOURCES))
        self._call, owned = kernels(), plate.owned
        dofs, x = space.dofmap.list[:owned], nodes_of(space)[:, :2]
        self.nodes = np.take_along_axis(dofs, _lattice(x[dofs], 2), axis=1).astype(np.int32)
        self._size = np.ascontiguousarray(np.ptp(x[dofs], axis=1))
        corners = plate.mesh.geometry.x[compat.geometry_nodes(plate.mesh)[:owned], :2]
        constant, linear = (function.function_space.dofmap.list[:owned] for function in (moduli, free))
        self._law = constant.ravel().astype(np.int32)
        self._corner = np.take_along_axis(linear, _lattice(corners, 1), axis=1).astype(np.int32)
        self._middles = corners.mean(axis=1)
        self._mesh, topology = plate.mesh, plate.mesh.topology
        topology.create_entities(topology.dim - 1)
        self._marks = la.vector(topology.index_map(topology.dim - 1), 1)

    def sides(self, facets: Integers) -> Bits:
        """(owned cells,) which sides are among local facets of the rim, in bits as of `plate.h`. Collective."""
        topology, dim = self._mesh.topology, self._mesh.topology.dim
        rim = compat.rim(self._mesh, 0, facets)[0][1].reshape(-1, 2)
        topology.create_connectivity(dim, dim - 1)
        of_cell = topology.connectivity(dim, dim - 1)
        marks = compat.zeros_like(self._marks)
        marks.array[[of_cell.links(cell)[facet] for cell, facet in rim]] = 1.0
        marks.scatter_forward()
        found = np.zeros(len(self.nodes), dtype=np.uint8)
        facet = of_cell.array.reshape(-1, 4)[: len(found)]
        cells, local = np.nonzero(marks.array[facet])
        ends = np.array([[0, 1], [0, 2], [1, 3], [2, 3]])[local]
        corners = self._mesh.geometry.x[compat.geometry_nodes(self._mesh)[cells], :2]
        middle = np.take_along_axis(corners, ends[:, :, None], axis=1).mean(axis=1)
        away = (middle - self._middles[cells]) / self._size[cells]
        axis = np.abs(away).argmax(axis=1)
        bits = 2 * axis + (away[np.arange(len(axis)), axis] > 0.0)
        np.bitwise_or.at(found, cells, (1 << bits).astype(np.uint8))
        return found

    def energy(self, held: Bits, data: Data) -> float:
        """Of this rank (J), springs left out; `held` as of `sides`."""
        out = np.zeros(1)
        self._call("energy", *self._cells(held), data.moduli, data.free, data.penalty, data.displacement, out)
        return float(out[0])

    def forces(self, held: Bits, data: Data) -> Array:
        """(local unknowns,) gradient of the energy (N), of the owned cells."""
        out = np.zeros_like(data.displacement)
        given = data.moduli, data.free, data.penalty, data.displacement, data.spring, data.anchor
        self._call("forces", *self._cells(held), *given, out)
        return out

    def add_tangent(
        self, held: Bits, data: Data, function: Array | None, which: Integers, place: Integers, out: Array
    ) -> None:
        """Add the upper halves of element matrices of u_x, u_y and functions of w.

        Args:
            held: as of `sides`.
            data: of the state.
            function: (cells, 9, many) functions of w at the nodes; None: of the plane alone.
            which: of the owned cells.
            place: where in `out` each entry goes, as of `plate.h`.
            out: values, changed in place.
        """
        cells = [np.ascontiguousarray(one[which]) for one in self._cells(held)[1:]]
        many = 0 if function is None else function.shape[2]
        given = data.moduli, data.old, data.penalty, data.displacement, data.last, data.spring
        self._call("add_tangent", len(cells[0]), *cells, *given, many, function, place, out)

    def _cells(self, held: Bits) -> tuple[Any, ...]:
        return len(self.nodes), self.nodes, self._size, self._law, self._corner, held


def are_rectangles(plate: PlateMesh) -> bool:
    """True if all cells are rectangles along the axes. Collective."""
    corners = plate.mesh.geometry.x[compat.geometry_nodes(plate.mesh)[: plate.owned], :2]
    off = np.abs(corners - corners.mean(axis=1, keepdims=True)) - 0.5 * np.ptp(corners, axis=1, keepdims=True)
    return bool(plate.comm.allreduce(bool(np.all(np.abs(off) < _SAME * plate.stack.span)), MPI.LAND))


@lru_cache(maxsize=1)
def kernels() -> Caller:
    """The functions of kernels/plate.h.

    Raises:
        PlanishError: there is no C compiler.
    """
    return Caller(compiled(SOURCES), prototypes((SOURCES / "plate.h").read_text()))


def _lattice(x: Array, intervals: int) -> Integers:
    """(cells, n) numbers of points of cells (cells, n, 2) in the order of a lattice, x fastest."""
    low, size = x.min(axis=1, keepdims=True), np.ptp(x, axis=1, keepdims=True)
    steps = np.rint(intervals * (x - low) / size).astype(np.int64)
    return np.argsort(steps[..., 0] + (intervals + 1) * steps[..., 1], axis=1)
