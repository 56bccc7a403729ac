"""Columns: the vertical lines of nodes of an extruded mesh, found from its cells alone."""

from dataclasses import dataclass

import basix
import numpy as np
from dolfinx import fem, la

from meshes.nodes import nodes_of
from solver.arrays import Array, Integers


@dataclass(frozen=True)
class Columns:
    """Vertical lines of nodes that touch this rank's cells, each complete on this rank.

    Where a stack has a gap (air between die and lid) the nodes above and below it are two columns.

    Attributes:
        nodes: local nodes, column by column, from the bottom up.
        offsets: (columns + 1,) first entry of each column in `nodes`.
        height: (local nodes,) z of each node (m).
        cells: (owned cells, 27) local nodes of each cell; entry 9 k + j is level k of in-plane place j.
        order: (27,) place of these nodes in the element.
    """

    nodes: Integers
    offsets: Integers
    height: Array
    cells: Integers
    order: Integers

    @property
    def count(self) -> int:
        """Number of columns that touch cells of this rank."""
        return len(self.offsets) - 1

    @property
    def longest(self) -> int:
        """Nodes in the longest column."""
        return int(np.diff(self.offsets).max(initial=0))

    def batches(self, lanes: int) -> tuple[Integers, Integers]:
        """Columns side by side, similar lengths together: first row of each batch, and (rows, lanes) nodes or -1."""
        lengths = np.diff(self.offsets)
        by_length = np.argsort(lengths, kind="stable")
        count = -(-self.count // lanes)
        place = np.empty(self.count, dtype=np.int64)
        place[by_length] = np.arange(self.count)
        longest = np.maximum.reduceat(lengths[by_length], np.arange(0, self.count, lanes)) if count else lengths
        start = np.concatenate([[0], np.cumsum(longest)]).astype(np.int64)
        table = np.full((int(start[-1]), lanes), -1, dtype=np.int32)
        column = np.repeat(np.arange(self.count), lengths)
        position = np.arange(len(self.nodes)) - self.offsets[column]
        table[start[place[column] // lanes] + position, place[column] % lanes] = self.nodes
        return start, table


def columns(space: fem.FunctionSpace) -> Columns:
    """Columns of a degree-2 space on a mesh made by `meshes.extrude`. Collective."""
    domain, dofmap = space.mesh, space.dofmap
    points = basix.create_element(
        basix.ElementFamily.P, domain.basix_cell(), 2, basix.LagrangeVariant.gll_warped
    ).points
    lattice = np.rint(2 * points).astype(int)
    order = np.argsort(lattice[:, 0] + 3 * lattice[:, 1] + 9 * lattice[:, 2]).astype(np.int32)
    local = dofmap.index_map.size_local + dofmap.index_map.num_ghosts
    everywhere = np.ascontiguousarray(dofmap.list[:, order])
    owned = everywhere[: domain.topology.index_map(3).size_local]

    above = np.full(local, -1, dtype=np.int32)
    above[everywhere[:, :18]] = everywhere[:, 9:]
    is_above = np.zeros(local, dtype=bool)
    is_above[above[above >= 0]] = True
    level: list[Integers] = [np.flatnonzero(~is_above)]
    line: list[Integers] = [np.arange(len(level[0]))]
    while len(level[-1]):
        up = above[level[-1]]
        level.append(up[up >= 0])
        line.append(line[-1][up >= 0])
    nodes, of_line = np.concatenate(level), np.concatenate(line)
    step = np.repeat(np.arange(len(level)), [len(part) for part in level])
    touches = np.zeros(local, dtype=bool)
    touches[owned] = True
    wanted = np.zeros(int(of_line.max(initial=-1)) + 1, dtype=bool)
    wanted[of_line[touches[nodes]]] = True
    keep = wanted[of_line]
    sort = np.lexsort((step[keep], of_line[keep]))
    nodes, of_line = nodes[keep][sort], of_line[keep][sort]
    starts = np.flatnonzero(np.concatenate([[True], of_line[1:] != of_line[:-1]])) if len(nodes) else np.empty(0, int)
    return Columns(
        nodes.astype(np.int32),
        np.concatenate([starts, [len(nodes)]]).astype(np.int64),
        np.ascontiguousarray(nodes_of(space)[:, 2]),
        np.ascontiguousarray(owned),
        order,
    )


def over_ranks(space: fem.FunctionSpace, values: Array, add: bool = True, through: la.Vector | None = None) -> Array:
    """Sum node values (local nodes, width) over the ranks that share a node and give all of them the sum. Collective.

    Args:
        space: the space whose nodes are meant.
        values: contributions of this rank.
        add: False to only send the owner's values to the others.
        through: a vector of this width on these nodes, where one is kept: to make one takes longer than to send it.
    """
    vector = la.vector(space.dofmap.index_map, values.shape[1]) if through is None else through
    vector.array[:] = values.ravel()
    if add:
        vector.scatter_reverse(la.InsertMode.add)
    vector.scatter_forward()
    return vector.array.reshape(values.shape).copy()
