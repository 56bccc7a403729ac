"""Frictionless contact of the faces of cracks at small deflection: node presses on node where they would overlap.

The unknowns are the forces p >= 0 between pairs of nodes, whose gaps g(p) = g(0) + C p >= 0 with p . g = 0. The columns
of the compliance C are found one by one, of pairs that come to touch only, and roughly: a primal-dual active set
(M. Hintermueller, K. Ito, K. Kunisch, SIAM J. Optim. 13 (2003) 865) on the model g + C (p - p0) gives the next p, and a
full solve the gaps there, until they are what the model says. On faces of degree 2 a uniform pressure has positive
nodal forces, so nodes may carry the condition.
"""

from collections.abc import Callable

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers, Mask
from solver.physics.solid.crack_faces import CrackFaces

_CLOSED = 1e-5  # of the largest motion of the faces, that nodes may overlap or be apart where they press
_ROUNDS = 12  # of full solves
_SETS = 100  # tried on the model

Response = Callable[[Array], Array]  # (owned unknowns,) forces -> (local unknowns,) displacement


class ClosedCracks:
    """Pairs of nodes of the faces of all cracks, and the forces between them. All methods are collective.

    Args:
        stack_mesh: with cracks.
        space: of the displacement.

    Attributes:
        pairs: (n, 2) global nodes of the lower and the upper face.
        forces: (n,) that press them apart (N).
    """

    def __init__(self, stack_mesh: StackMesh, space: fem.FunctionSpace) -> None:
        self._comm, index_map = stack_mesh.comm, space.dofmap.index_map
        found = [CrackFaces(stack_mesh, space, crack) for crack in stack_mesh.cracks]
        nodes = np.concatenate([np.stack([one.lower.ravel(), one.upper.ravel()], axis=1) for one in found])
        nodes = nodes[nodes[:, 0] != nodes[:, 1]].astype(np.int32)
        local = index_map.local_to_global(nodes.ravel()).reshape(-1, 2)
        self.pairs: Integers = np.unique(np.concatenate(self._comm.allgather(local)), axis=0)
        self._owned = 3 * index_map.size_local
        first = index_map.local_range[0]
        mine = (self.pairs >= first) & (self.pairs < index_map.local_range[1])
        self._mine: list[Mask] = [mine[:, 0], mine[:, 1]]
        self._at = [3 * (self.pairs[there, k] - first) + 2 for k, there in enumerate(self._mine)]
        self.forces = np.zeros(len(self.pairs))
        self._columns: dict[int, Array] = {}

    def outdate(self) -> None:
        """Take note that the stiffness has changed."""
        self._columns = {}

    def load(self) -> Array:
        """(owned unknowns,) what the faces press with (N)."""
        return self._spread(self.forces)

    def close(self, u: Array, solve: Response, roughly: Response) -> None:
        """Find the forces.

        Args:
            u: (local unknowns,) displacement under the present ones.
            solve: displacement under the whole load and forces of the faces.
            roughly: displacement under forces alone, good to some per mille.
        """
        for _ in range(_ROUNDS):
            gap, scale = self._gap(u), self._scale(u)
            off = np.where(self.forces > 0.0, np.abs(gap), -gap)
            if not len(off) or off.max() <= _CLOSED * scale:
                return
            self._next(gap, _CLOSED * scale, roughly)
            u = solve(self.load())

    def _next(self, gap: Array, tolerance: float, roughly: Response) -> None:
        """Forces of the model about the present ones, where its gaps are closed."""
        seen, active, start = set[bytes](), (self.forces > 0.0) | (gap < -0.1 * tolerance), self.forces.copy()
        for _ in range(_SETS):
            numbers = np.flatnonzero(active)
            new = np.zeros_like(start)
            touched = np.flatnonzero(active | (start > 0.0))
            compliance = self._compliance(touched, roughly)
            own = np.isin(touched, numbers)
            free = gap - compliance @ start[touched]
            if len(numbers):
                new[numbers] = np.linalg.lstsq(compliance[numbers][:, own], -free[numbers], rcond=None)[0]
            found = free + compliance @ new[touched]
            wrong = (active & (new < 0.0)) | (~active & (found < -0.1 * tolerance))
            if not wrong.any():
                break
            if active.tobytes() in seen:  # it goes in circles: the worst alone changes
                size = np.where(active, -new / (np.abs(new).max() or 1.0), -found / (np.abs(found).max() or 1.0))
                wrong = np.arange(len(active)) == np.argmax(np.where(wrong, size, -np.inf))
            seen.add(active.tobytes())
            active = active ^ wrong
        self.forces = np.asarray(self._comm.bcast(np.maximum(new, 0.0)))

    def _compliance(self, numbers: Integers, roughly: Response) -> Array:
        """(pairs, m) gaps that unit forces of some pairs make."""
        for number in numbers:
            if number not in self._columns:
                unit = np.zeros(len(self.pairs))
                unit[number] = 1.0
                self._columns[number] = self._gap(roughly(self._spread(unit)))
        return np.column_stack([np.empty((len(self.pairs), 0)), *(self._columns[number] for number in numbers)])

    def _spread(self, forces: Array) -> Array:
        vector = np.zeros(self._owned)
        for sign, at, mine in zip((-1.0, 1.0), self._at, self._mine, strict=True):
            np.add.at(vector, at, sign * forces[mine])
        return vector

    def _gap(self, u: Array) -> Array:
        """(pairs,) how far they are apart (m), negative where they overlap."""
        local = np.zeros(len(self.pairs))
        for sign, at, mine in zip((-1.0, 1.0), self._at, self._mine, strict=True):
            local[mine] += sign * u[at]
        total = np.empty_like(local)
        self._comm.Allreduce(local, total, MPI.SUM)
        return total

    def _scale(self, u: Array) -> float:
        """The largest motion of the faces on each other, in any direction (m)."""
        local = np.zeros((len(self.pairs), 3))
        for sign, at, mine in zip((-1.0, 1.0), self._at, self._mine, strict=True):
            local[mine] += sign * np.stack([u[at - 2], u[at - 1], u[at]], axis=1)
        total = np.empty_like(local)
        self._comm.Allreduce(local, total, MPI.SUM)
        return float(np.abs(total).max(initial=0.0))
