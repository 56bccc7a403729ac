"""Warpage of an iterate at little cost: highest minus lowest node of a face after its best plane is removed."""

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.faces import facets_at
from solver.arrays import Array

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
        xy = space.tabulate_dof_coordinates()[nodes, :2] / stack_mesh.stack.size
        even = [power for power in _PLANE if all(power[axis] == 0 for axis in mirrors)]
        self._basis = np.stack([xy[:, 0] ** i * xy[:, 1] ** j for i, j in even], axis=1)
        self._gram = self._comm.allreduce(self._basis.T @ self._basis, MPI.SUM)

    def __call__(self, x: Array) -> float:
        """Of the owned displacements x. Collective."""
        w = x[self._w]
        plane = np.linalg.solve(self._gram, self._comm.allreduce(self._basis.T @ w, MPI.SUM))
        height = w - self._basis @ plane
        extremes = np.array([height.max(initial=-np.inf), -height.min(initial=np.inf)])
        self._comm.Allreduce(MPI.IN_PLACE, extremes, MPI.MAX)
        return float(extremes.sum())
