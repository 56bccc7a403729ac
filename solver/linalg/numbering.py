"""Plates across ranks: whose each of them is, and its number among all."""

import numpy as np
from dolfinx import fem, la
from mpi4py import MPI

from solver.arrays import Array, Integers
from solver.linalg.columns import Columns, over_ranks
from solver.linalg.plates import Plates


class PlateNumbering:
    """Numbers of the plates of this rank's columns; the owner of the lowest node of a plate owns it.

    A plate is restricted to by its owner, who sees all of its nodes; every rank prolongs to the nodes it owns.

    Attributes:
        is_mine: (plates,) True for those this rank owns.
        mine: how many these are.
        of_all: (plates,) number of each among the plates of all ranks.
        of_cells: (owned cells, 18) plate of (in-plane place, lower or upper), -1 for none.
        restricted: nodes whose loads this rank adds to plates.
        prolonged: nodes whose motion this rank takes from plates.

    Args:
        space: the function space; collective.
        lines: its columns.
        plates: their plates.
    """

    def __init__(self, space: fem.FunctionSpace, lines: Columns, plates: Plates) -> None:
        self.space, self.comm, self.count, self._anchor = space, space.mesh.comm, plates.count, plates.anchor
        index_map = space.dofmap.index_map
        self._local = index_map.size_local + index_map.num_ghosts
        self._through: dict[int, la.Vector] = {}  # by their width
        self.is_mine = plates.anchor < index_map.size_local
        self.mine = int(self.is_mine.sum())
        first = self.comm.exscan(self.mine, MPI.SUM) or 0
        numbers = np.full((self._local, 1), -1.0)
        numbers[plates.anchor[self.is_mine], 0] = first + np.arange(self.mine)
        numbers = self._over_ranks(numbers, add=False)
        self.of_all = np.rint(numbers[plates.anchor, 0]).astype(np.int32)
        self.of_cells = _of_cells(lines, plates)
        mine_of_node = np.where(plates.of_node >= 0, self.is_mine[plates.of_node], False)
        self.restricted = lines.nodes[mine_of_node[lines.nodes].any(axis=1)]
        self.prolonged = lines.nodes[lines.nodes < index_map.size_local]

    def known_everywhere(self, mine: Array) -> Array:
        """Values of this rank's plates (mine, width) -> of all plates it knows (plates, width). Collective."""
        if self.comm.size == 1:
            return np.ascontiguousarray(mine)
        at_node = np.zeros((self._local, mine.shape[1]))
        at_node[self._anchor[self.is_mine]] = mine
        return np.ascontiguousarray(self._over_ranks(at_node, add=False)[self._anchor])

    def summed(self, among: Integers, values: Array) -> Array:
        """Sum over the ranks that know a plate. Collective.

        Args:
            among: plates this rank has something to add to.
            values: (among, width) what it adds.

        Returns:
            (plates, width) the sums.
        """
        at_node = np.zeros((self._local, values.shape[1]))
        at_node[self._anchor[among]] = values
        return self._over_ranks(at_node, add=True)[self._anchor]

    def _over_ranks(self, at_node: Array, add: bool) -> Array:
        """As of `over_ranks`; corrections come by the thousand, so vectors are kept."""
        width = at_node.shape[1]
        if width not in self._through:
            self._through[width] = la.vector(self.space.dofmap.index_map, width)
        return over_ranks(self.space, at_node, add, self._through[width])


def _of_cells(lines: Columns, plates: Plates) -> Integers:
    """(owned cells, 18) plate of (in-plane place, lower or upper), -1 for none."""
    of = plates.of_node[lines.cells].reshape(-1, 3, 9, 2)  # level, place, slot
    low, high = of[:, 0, :, 0], of[:, 2, :, 0]
    middle_upper = of[:, 1, :, 1]
    upper = np.where(high != low, high, -1)
    upper = np.where((upper < 0) & (middle_upper >= 0), middle_upper, upper)
    upper = np.where((upper < 0) & (of[:, 2, :, 1] >= 0), of[:, 2, :, 1], upper)
    return np.ascontiguousarray(np.stack([low, upper], axis=2).reshape(-1, 18).astype(np.int32))
