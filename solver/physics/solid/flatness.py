"""Warpage of an iterate at little cost: highest minus lowest node of a face after its best plane is removed."""

from collections.abc import Sequence

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.faces import facets_at
from meshes.nodes import nodes_of
from solver.arrays import Array
from solver.parallel import combined

_PLANE = ((0, 0), (1, 0), (0, 1))


class Flatness:
    """Warpage (m) at the nodes of a face of a stack; the full metric samples between the nodes as well.

    Args:
        stack_mesh: the mesh.
        space: degree-2 displacements on it.
        face: as of `meshes.faces`.
    """

    def __init__(self, stack_mesh: StackMesh, space: fem.FunctionSpace, face: str) -> None:
        self._comm, mirrors = stack_mesh.comm, stack_mesh.stack.mirrors
        nodes = np.asarray(fem.locate_dofs_topological(space, 2, facets_at(stack_mesh, face).astype(np.int32)))
        nodes = nodes[nodes < space.dofmap.index_map.size_local]
        self._w = 3 * nodes + 2
        xy = nodes_of(space)[nodes, :2] / stack_mesh.stack.size
        even = [power for power in _PLANE if all(power[axis] == 0 for axis in mirrors)]
        self._basis = np.stack([xy[:, 0] ** i * xy[:, 1] ** j for i, j in even], axis=1)
        self._gram = combined(self._comm, self._basis.T @ self._basis, MPI.SUM)

    def __call__(self, x: Array) -> float:
        """Of the owned displacements x. Collective."""
        height = self._heights(x)
        extremes = np.array([height.max(initial=-np.inf), -height.min(initial=np.inf)])
        self._comm.Allreduce(MPI.IN_PLACE, extremes, MPI.MAX)
        return float(extremes.sum())

    def rises(self, fields: Sequence[Array]) -> Array:
        """(fields,) rise (m) of displacements from the lowest node of the first to its highest. Collective."""
        heights = np.array([self._heights(x) for x in fields])
        ends = []
        for sign in (1.0, -1.0):
            first = sign * heights[0]
            mine = (float(first.max()), *heights[:, int(first.argmax())]) if len(first) else (-np.inf,)
            ends.append(np.array(max(self._comm.allgather(mine), key=lambda one: one[0])[1:]))
        return np.asarray(ends[0] - ends[1])

    def roughness(self, fields: Sequence[Array]) -> Array:
        """(fields,) root mean square height of displacements (m). Collective."""
        heights = [self._heights(x) for x in fields]
        sums = combined(self._comm, np.array([len(heights[0]), *(h @ h for h in heights)]), MPI.SUM)
        return np.asarray(np.sqrt(sums[1:] / sums[0]))

    def _heights(self, x: Array) -> Array:
        """(nodes of this rank,) above the best plane of all (m)."""
        w = x[self._w]
        plane = np.linalg.solve(self._gram, combined(self._comm, self._basis.T @ w, MPI.SUM))
        return np.asarray(w - self._basis @ plane)
