"""Fields of a whole stack at the nodes of a place that is cut out of it, by its finite elements, on any ranks."""

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.arrays import Array, Mask

NEAR = 1e-6  # of the size of the place: points that near to the whole are in it


def carried(field: fem.Function, space: fem.FunctionSpace, at: tuple[float, float]) -> tuple[fem.Function, Mask]:
    """A field of the whole in a space of the place, and which of its local nodes lie in the whole. Collective.

    Nodes outside of the whole get what its nearest cell would be there.

    Args:
        field: of the whole, on any partition of the same communicator.
        space: of the place, whose degrees of freedom are values at points; as many components.
        at: where the origin of the place is in the whole (m); heights are those of the whole.
    """
    domain, shift = space.mesh, np.array([*at, 0.0])
    span = domain.comm.allreduce(np.ptp(domain.geometry.x, axis=0).max(initial=0.0), MPI.MAX)
    domain.geometry.x[:] += shift
    try:
        found, inside = _interpolated(field, space, NEAR * span)
        if not domain.comm.allreduce(bool(inside.all()), MPI.LAND):
            beyond, _ = _interpolated(field, space, 2.0 * span)
            size = space.dofmap.index_map_bs
            values, others = (one.x.array.reshape(-1, size) for one in (found, beyond))
            values[~inside] = others[~inside]
    finally:
        domain.geometry.x[:] -= shift
    return found, inside


def _interpolated(field: fem.Function, space: fem.FunctionSpace, padding: float) -> tuple[fem.Function, Mask]:
    domain = space.mesh
    cells_map = domain.topology.index_map(domain.topology.dim)
    cells = np.arange(cells_map.size_local + cells_map.num_ghosts, dtype=np.int32)
    points = fem.create_interpolation_data(space, field.function_space, cells, padding=padding)
    found = fem.Function(space)
    found.interpolate_nonmatching(field, cells, points)
    found.x.scatter_forward()
    one = fem.Function(field.function_space)
    one.x.array[:] = 1.0
    there = fem.Function(space)
    there.interpolate_nonmatching(one, cells, points)
    there.x.scatter_forward()
    return found, there.x.array.reshape(-1, space.dofmap.index_map_bs)[:, 0] > 0.5


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
