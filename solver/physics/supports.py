"""Supports that take away rigid-body motion and nothing else."""

from dataclasses import dataclass

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers


@dataclass(frozen=True)
class Support:
    """Unknowns of the displacement held at zero.

    Attributes:
        mirrors: local unknowns (owned and ghost) on the mirror planes: normal displacement.
        pins: local unknowns of the statically determinate point supports; their reaction must vanish.
    """

    mirrors: Integers
    pins: Integers

    @property
    def unknowns(self) -> Integers:
        """All of them, sorted."""
        return np.union1d(self.mirrors, self.pins).astype(np.int32)


def determinate(stack_mesh: StackMesh, space: fem.FunctionSpace) -> Support:
    """Mirror planes, and as many point supports on the bottom as rigid-body motions are left.

    Without symmetry that is 3-2-1: a point near the centre held in x, y and z, one along x held in y and z, one along
    y held in z. Mirror planes replace those they make superfluous.
    """
    x = space.tabulate_dof_coordinates()
    stack = stack_mesh.stack
    tolerance = 1e-9 * stack.span
    mirrors = [3 * np.flatnonzero(np.abs(x[:, axis]) < tolerance) + axis for axis in stack.mirrors]
    x0, y0, x1, y1 = stack.outline.bounds
    centre = [
        0.0 if axis in stack.mirrors else (low + high) / 2 for axis, (low, high) in enumerate(((x0, x1), (y0, y1)))
    ]
    table: dict[tuple[int, ...], list[tuple[tuple[int, int], tuple[int, ...]]]] = {
        (): [((0, 0), (0, 1, 2)), ((1, 0), (1, 2)), ((0, 1), (2,))],
        (0,): [((0, 0), (1, 2)), ((0, 1), (2,))],
        (1,): [((0, 0), (0, 2)), ((1, 0), (2,))],
        (0, 1): [((0, 0), (2,))],
    }
    pins = []
    for (along_x, along_y), components in table[stack.mirrors]:
        target = np.array([x1 if along_x else centre[0], y1 if along_y else centre[1], stack_mesh.bottom])
        node = _nearest(stack_mesh.comm, x, target, tolerance)
        pins += [3 * node + component for component in components]
    return Support(
        np.unique(np.concatenate(mirrors)).astype(np.int32) if mirrors else np.empty(0, np.int32),
        np.concatenate(pins).astype(np.int32),
    )


def _nearest(comm: MPI.Intracomm, x: Array, target: Array, tolerance: float) -> Integers:
    """The node nearest to a point: the same on any number of ranks, empty on ranks that do not see it."""
    distance = np.linalg.norm(x - target, axis=1)
    least = comm.allreduce(distance.min() if len(x) else np.inf, MPI.MIN)
    near = x[distance <= least + tolerance]
    chosen = min(
        place
        for place in comm.allgather(min(map(tuple, np.round(near, 12).tolist()), default=None))
        if place is not None
    )
    return np.flatnonzero(np.linalg.norm(x - np.array(chosen), axis=1) < 2 * tolerance)
