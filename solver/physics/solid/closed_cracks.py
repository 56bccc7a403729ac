"""Frictionless contact of the faces of cracks at small deflection: node presses on node where they would overlap.

The unknowns are the forces p >= 0 between pairs of nodes, whose gaps g(p) = g(0) + C p >= 0 with p . g = 0. The columns
of the compliance C are found of pairs that come to touch only, many at once, and roughly: a primal-dual active set
(M. Hintermueller, K. Ito, K. Kunisch, SIAM J. Optim. 13 (2003) 865) on the model g + C (p - p0) gives the next p, and a
full solve the gaps there, until they are what the model says. On faces of degree 2 a uniform pressure has positive
nodal forces, so nodes may carry the condition.
"""

from collections.abc import Callable
from contextlib import suppress

import numpy as np
from dolfinx import fem

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers
from solver.physics.solid.crack_faces import CrackFaces, FacePairs

_CLOSED = 1e-5  # of the largest motion of the faces, that nodes may overlap or be apart where they press
_ROUNDS = 12  # of full solves
_SETS = 100  # tried on the model
_AT_ONCE = 64  # columns of the compliance
_SAME = 1e-9  # of their extent, that one and the same may be off on another mesh

Response = Callable[[Array], Array]  # (owned unknowns,) forces -> (local unknowns,) displacement


class ClosedCracks:
    """Pairs of nodes of the faces of all cracks, and the forces between them. All methods are collective.

    Args:
        stack_mesh: with cracks.
        space: of the displacement.

    Attributes:
        pairs: of nodes of the lower and the upper face.
        forces: (n,) that press them apart (N).
    """

    def __init__(self, stack_mesh: StackMesh, space: fem.FunctionSpace) -> None:
        self._comm = stack_mesh.comm
        faces = [CrackFaces(stack_mesh, space, one) for one in stack_mesh.cracks]
        self.pairs = FacePairs(stack_mesh, space, faces)
        self.places = self.pairs.places(space)
        self.forces = np.zeros(len(self.pairs.nodes))
        self._columns: dict[int, Array] = {}

    def outdate(self) -> None:
        """Take note that the stiffness has changed."""
        self._columns = {}

    def inherit(self, before: "ClosedCracks") -> None:
        """Begin with the forces of the same stack with smaller cracks."""
        from scipy.spatial import cKDTree  # takes a while to import

        if len(before.places) and len(self.places):
            distance, there = cKDTree(before.places).query(self.places)
            same = distance <= _SAME * np.ptp(self.places, axis=0).max()
            self.forces[same] = before.forces[there[same]]

    def load(self) -> Array:
        """(owned unknowns,) what the faces press with (N)."""
        return self._spread(self.forces)

    def close(self, u: Array, solve: Response, roughly: Response) -> None:
        """Find the forces.

        Args:
            u: (local unknowns,) displacement under the present ones.
            solve: displacement under the whole load and forces of the faces.
            roughly: displacements (owned unknowns, m) under some forces alone, good to some per mille.
        """
        for _ in range(_ROUNDS):
            jump = self.pairs.jump(u)
            gap, scale = jump[:, 2], float(np.abs(jump).max(initial=0.0))
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
                new[numbers] = _solved(compliance[numbers][:, own], -free[numbers])
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
        wanted = [int(number) for number in numbers]
        unknown = np.array([number for number in wanted if number not in self._columns], dtype=np.int64)
        for first in range(0, len(unknown), _AT_ONCE):
            some = unknown[first : first + _AT_ONCE]
            gaps = self.pairs.openings(roughly(self.pairs.presses(some)))
            self._columns |= {int(number): gaps[:, place].copy() for place, number in enumerate(some)}
        return np.column_stack([np.empty((len(self.pairs.nodes), 0)), *(self._columns[number] for number in wanted)])

    def _spread(self, forces: Array) -> Array:
        return self.pairs.spread(forces[:, None] * [0.0, 0.0, 1.0])


def _solved(matrix: Array, right: Array) -> Array:
    """The solution of equations; the smallest of some that are singular."""
    with suppress(np.linalg.LinAlgError):
        return np.asarray(np.linalg.solve(matrix, right))
    return np.asarray(np.linalg.lstsq(matrix, right, rcond=None)[0])
