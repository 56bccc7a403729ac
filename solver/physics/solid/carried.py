"""Fields of a whole stack at the nodes of another mesh of it or of a place in it, by its elements, on any ranks."""

from typing import Any

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.arrays import Array, Mask

NEAR = 1e-6  # of the size of the place: points that near to the whole are in it


class Carrier:
    """Carries fields of a stack from one mesh of it to the nodes of another, or of a place of it. Collective.

    Args:
        whole: space of the fields, on any partition of the same communicator.
        space: of the other mesh, whose degrees of freedom are values at points; as many components.

    Attributes:
        inside: (local nodes,) True for those that lie in the whole; others get what its nearest cell would be there.
    """

    def __init__(self, whole: fem.FunctionSpace, space: fem.FunctionSpace) -> None:
        domain = space.mesh
        cells_map = domain.topology.index_map(domain.topology.dim)
        self._space, self._cells = space, np.arange(cells_map.size_local + cells_map.num_ghosts, dtype=np.int32)
        span = domain.comm.allreduce(np.ptp(domain.geometry.x, axis=0).max(initial=0.0), MPI.MAX)
        self._near, self._far = fem.create_interpolation_data(space, whole, self._cells, padding=NEAR * span), None
        one = fem.Function(whole)
        one.x.array[:] = 1.0
        there = self._taken(one, self._near).x.array.reshape(-1, space.dofmap.index_map_bs)
        self.inside: Mask = there[:, 0] > 0.5
        if not domain.comm.allreduce(bool(self.inside.all()), MPI.LAND):
            self._far = fem.create_interpolation_data(space, whole, self._cells, padding=2.0 * span)

    def __call__(self, field: fem.Function) -> fem.Function:
        """A field at the nodes."""
        found = self._taken(field, self._near)
        if self._far is not None:
            size = self._space.dofmap.index_map_bs
            values, others = (one.x.array.reshape(-1, size) for one in (found, self._taken(field, self._far)))
            values[~self.inside] = others[~self.inside]
        return found

    def _taken(self, field: fem.Function, points: Any) -> fem.Function:
        found = fem.Function(self._space)
        found.interpolate_nonmatching(field, self._cells, points)
        found.x.scatter_forward()
        return found


def carried(field: fem.Function, space: fem.FunctionSpace, at: tuple[float, float]) -> tuple[fem.Function, Mask]:
    """A field of the whole in a space of the place, and which of its local nodes lie in the whole. Collective.

    Args:
        field: of the whole, on any partition of the same communicator.
        space: of the place, as of `Carrier`.
        at: where the origin of the place is in the whole (m); heights are those of the whole.
    """
    domain, shift = space.mesh, np.array([*at, 0.0])
    domain.geometry.x[:] += shift
    try:
        carrier = Carrier(field.function_space, space)
        return carrier(field), carrier.inside
    finally:
        domain.geometry.x[:] -= shift


def rigid_part(space: fem.FunctionSpace, u: Array) -> tuple[Array, Array, Array]:
    """Rotation R, middle and displaced middle (m) of the rigid motion nearest to a displacement. Collective.

    x + u is about displaced + R (x - middle); the nearest in the mean square over the nodes (W. Kabsch, Acta Cryst.
    A 32 (1976) 922).

    Args:
        space: of the displacement.
        u: (local nodes, 3) in m.
    """
    owned, comm = space.dofmap.index_map.size_local, space.mesh.comm
    x = space.tabulate_dof_coordinates()[:owned]
    sums = comm.allreduce(np.concatenate([x.sum(axis=0), (x + u[:owned]).sum(axis=0), [owned]]), MPI.SUM)
    middle, moved = sums[:3] / sums[6], sums[3:6] / sums[6]
    both = comm.allreduce((x - middle).T @ (x + u[:owned] - moved), MPI.SUM)
    left, _, right = np.linalg.svd(both)
    handed = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    return np.asarray(right.T @ handed @ left.T), middle, moved
