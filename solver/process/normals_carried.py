"""The shape of a plate at the nodes of a solid on another plane mesh: by the lowest cells, and along normals above.

Normals stay straight, so displacements are linear in height: of every column one cell is asked for, not all.
"""

import numpy as np
from dolfinx import fem

from solver.arrays import Array
from solver.linalg.columns import columns
from solver.physics.solid.carried import Carrier

_FOOT, _TOP = 4, 22  # places of the middle of the lower and of the upper face among the nodes of a cell in columns


class NormalsCarrier:
    """From a plate as a stack of hexahedra to a solid. Collective.

    Args:
        source: space of the displacement of the hexahedra, on any partition of the same communicator.
        space: degree-2 displacements of the solid.
    """

    def __init__(self, source: fem.FunctionSpace, space: fem.FunctionSpace) -> None:
        self.space, lines = space, columns(space)
        lowest = ~np.isin(lines.cells[:, _FOOT], lines.cells[:, _TOP])
        self._carrier = Carrier(source, space, cells=np.flatnonzero(lowest).astype(np.int32))
        known = np.zeros(len(lines.height), dtype=bool)
        known[lines.cells[lowest, :9]] = True
        at = np.where(known[lines.nodes], np.arange(len(lines.nodes)), len(lines.nodes))
        starts = lines.offsets[:-1]
        first = np.minimum.reduceat(at, starts) if lines.count else starts
        low, high = lines.nodes[first], lines.nodes[first + 2]
        of_node = np.repeat(np.arange(lines.count), np.diff(lines.offsets))
        z, self._nodes = lines.height, lines.nodes
        self._low, self._high = low[of_node], high[of_node]
        self._share = ((z[lines.nodes] - z[self._low]) / (z[self._high] - z[self._low]))[:, None]

    def __call__(self, shape: fem.Function) -> Array:
        """(local unknowns,) displacement of the solid (m). Collective."""
        found = self._carrier(shape)
        u = found.x.array.reshape(-1, 3)
        u[self._nodes] = u[self._low] + self._share * (u[self._high] - u[self._low])
        found.x.scatter_forward()
        return np.array(found.x.array)
