"""The two faces of a crack on the columns of a rank, node over node."""

import numpy as np
from dolfinx import fem

from meshes.cracks import Crack
from meshes.extrude import StackMesh
from meshes.plane import EMPTY
from solver.arrays import Array, Integers, Mask


class CrackFaces:
    """The faces of a crack on this rank, cell by cell.

    Args:
        mesh: of the stack.
        space: of the displacement, of degree 2.
        crack: of the mesh.

    Attributes:
        columns: (n,) plane cells that are apart.
        lower, upper: (n, 9) nodes of the faces, each pair at one place.
        places: (n, 9, 2) of them (m).
    """

    def __init__(self, mesh: StackMesh, space: fem.FunctionSpace, crack: Crack) -> None:
        below = np.full(len(mesh.plane.quads), EMPTY, dtype=np.int64)
        above = below.copy()
        for cells, row in ((below, crack.interval), (above, crack.interval + 1)):
            mine = np.flatnonzero(mesh.row == row)
            cells[mesh.column[mine]] = mine
        self.columns = np.flatnonzero(crack.apart & (below != EMPTY))
        places, dofs = space.tabulate_dof_coordinates(), space.dofmap.list
        self.lower, self.upper = (
            _ordered(places, dofs[cells[self.columns]][:, face])
            for cells, face in zip((below, above), _faces(space), strict=True)
        )
        self.places = places[self.lower][..., :2]
        self.height = float(places[self.lower, 2].mean()) if len(self.columns) else None

    def at(self, columns: Integers) -> tuple[Mask, Integers]:
        """Which plane cells (m,) are apart and on this rank, and where among `columns` those are."""
        if not len(self.columns):
            return np.zeros(len(columns), dtype=bool), np.empty(0, dtype=np.int64)
        place = np.minimum(np.searchsorted(self.columns, columns), len(self.columns) - 1)
        there = self.columns[place] == columns
        return there, place[there]

    def moved(self, u: Array) -> Array:
        """(n, 9, 3) how far the upper face has moved from the lower one (m).

        Args:
            u: (local nodes, 3) displacement.
        """
        return np.asarray(u[self.upper] - u[self.lower])

    def gaps(self, u: Array) -> tuple[float, float]:
        """Most that the faces overlap, and have moved on each other (m)."""
        gap = self.moved(u)
        return max(0.0, float(-gap[..., 2].min(initial=0.0))), float(np.abs(gap).max(initial=0.0))


def _faces(space: fem.FunctionSpace) -> tuple[Integers, Integers]:
    """Nodes at the top and at the bottom of the reference cell."""
    reference = space.element.basix_element.points
    top, bottom = (np.flatnonzero(reference[:, 2] == z) for z in (1.0, 0.0))
    return top, bottom


def _ordered(places: Array, nodes: Integers) -> Integers:
    """(n, 9) nodes of faces in the order of their places."""
    if not len(nodes):
        return nodes.astype(np.int64)
    x = places[nodes][..., :2]
    scale = np.ptp(x, axis=1).max(axis=1)
    key = np.round((x - x.min(axis=1, keepdims=True)) / scale[:, None, None], 6)
    order = np.lexsort((key[..., 0], key[..., 1]), axis=1)
    return np.take_along_axis(nodes, order, axis=1).astype(np.int64)
