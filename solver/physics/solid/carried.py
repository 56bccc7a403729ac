"""Fields of a whole stack at the nodes of another mesh of it or of a place in it, by its elements, on any ranks."""

from typing import Any

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.nodes import nodes_of
from solver.arrays import Array, Integers, Mask

NEAR = 1e-6  # of the size of the place: points that near to the whole are in it


class Carrier:
    """From a space of the whole to one of another mesh of it, or of a place in it, by values at points. Collective.

    Args:
        source: space of the fields of the whole, on any partition of the same communicator.
        space: of the other mesh or place; as many components.
        at: where the origin of the place is in the whole (m); heights are those of the whole.
        cells: local cells of the place whose nodes are asked for, the others get zero; all if None.

    Attributes:
        inside: which local nodes of the place lie in the whole; the others get what its nearest cell would be there.
    """

    def __init__(
        self,
        source: fem.FunctionSpace,
        space: fem.FunctionSpace,
        at: tuple[float, float] = (0.0, 0.0),
        cells: Integers | None = None,
    ) -> None:
        self.source, self._space = source, space
        domain, shift = space.mesh, np.array([*at, 0.0])
        cells_map = domain.topology.index_map(domain.topology.dim)
        every = np.arange(cells_map.size_local + cells_map.num_ghosts, dtype=np.int32)
        self._cells = every if cells is None else cells.astype(np.int32)
        span = domain.comm.allreduce(np.ptp(domain.geometry.x, axis=0).max(initial=0.0), MPI.MAX)
        domain.geometry.x[:] += shift
        try:
            self._points = fem.create_interpolation_data(space, source, self._cells, padding=NEAR * span)
            one = fem.Function(source)
            one.x.array[:] = 1.0
            self.inside = self._values(self._interpolated(one, self._cells, self._points))[:, 0] > 0.5
            reaches = ~self.inside[space.dofmap.list[self._cells]].all(axis=1)  # so few as may be: it takes long
            self._out = self._cells[reaches]
            self._beyond = None
            if domain.comm.allreduce(len(self._out), MPI.SUM):
                self._beyond = fem.create_interpolation_data(space, source, self._out, padding=2.0 * span)
        finally:
            domain.geometry.x[:] -= shift

    def __call__(self, field: fem.Function) -> fem.Function:
        """A field of the whole on the place. Collective."""
        found = self._interpolated(field, self._cells, self._points)
        if self._beyond is not None:
            beyond = self._interpolated(field, self._out, self._beyond)
            self._values(found)[~self.inside] = self._values(beyond)[~self.inside]
        return found

    def _values(self, function: fem.Function) -> Array:
        return np.asarray(function.x.array.reshape(-1, self._space.dofmap.index_map_bs))

    def _interpolated(self, field: fem.Function, cells: Integers, points: Any) -> fem.Function:
        found = fem.Function(self._space)
        found.interpolate_nonmatching(field, cells, points)
        found.x.scatter_forward()
        return found


def carried(
    field: fem.Function, space: fem.FunctionSpace, at: tuple[float, float], cells: Integers | None = None
) -> tuple[fem.Function, Mask]:
    """A field of the whole in a space of the place, once, and `Carrier.inside`; arguments as of it. Collective."""
    carrier = Carrier(field.function_space, space, at, cells)
    return carrier(field), carrier.inside


def rigid_part(space: fem.FunctionSpace, u: Array) -> tuple[Array, Array, Array]:
    """Rotation R, middle and displaced middle (m) of the rigid motion nearest to a displacement. Collective.

    x + u is about displaced + R (x - middle); the nearest in the mean square over the nodes (W. Kabsch, Acta Cryst.
    A 32 (1976) 922).

    Args:
        space: of the displacement.
        u: (local nodes, 3) in m.
    """
    owned, comm = space.dofmap.index_map.size_local, space.mesh.comm
    x = nodes_of(space)[:owned]
    sums = comm.allreduce(np.concatenate([x.sum(axis=0), (x + u[:owned]).sum(axis=0), [owned]]), MPI.SUM)
    middle, moved = sums[:3] / sums[6], sums[3:6] / sums[6]
    both = comm.allreduce((x - middle).T @ (x + u[:owned] - moved), MPI.SUM)
    left, _, right = np.linalg.svd(both)
    handed = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    return np.asarray(right.T @ handed @ left.T), middle, moved
