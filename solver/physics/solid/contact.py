"""Unilateral contact of a stack with the rigid plane under it, by a primal-dual active set.

Nodes of the underside may not fall below the plane (gap g = u_z >= 0, exact however far the stack deflects), and the
plane can only push (force p >= 0), one or the other (g p = 0). That is p = max(0, p - c g), and Newton's method on it
(M. Hintermueller, K. Ito, K. Kunisch, SIAM J. Optim. 13, 865, 2003; S. Hueber, B. Wohlmuth, Comput. Methods Appl. Mech.
Eng. 194, 3147, 2005) holds some of the nodes on the plane in every iteration: those that pushed, and those that would
fall through. On 27-node hexahedra the nodal forces of a uniform pressure are all positive, so nodes may carry the
condition.
"""

import numpy as np
from dolfinx import fem, la
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.nodes import nodes_of
from solver.arrays import Array, Integers, Mask
from solver.errors import CaseError
from solver.linalg.columns import columns
from solver.physics.solid.supports import Support, rigid_pieces

_DEPTH = 1e-7  # of the thickness that a node may be below the plane
_PULL = 1e-6  # of the load that a node may be pulled with
_ROUGH = 200.0  # times as much of both on the way: nodes come and go by nanometres
_VISITS = 3  # of the same set, after which nodes change one by one
_WORD = 2**64 - 1
_LEAST_SHARE = 0.01  # of the volume: the balance of a smaller piece is judged as if it were that large
_ROLL = 24.0  # of q / L^2 per half thickness the centre of mass is up: twice what a stack on one node tips with


class Contact:
    """Which nodes of the underside are on the plane. All methods are collective.

    Args:
        stack_mesh: the layers present.
        space: of the displacement.
        support: with unknowns that touch.
        pressing: force that presses the whole stack down (N).

    Attributes:
        active: (unknowns that touch,) True for those on the plane; it starts with all of them.
        changes: times the set has changed so far.
        rough: True where the equilibrium is one on the way.
        pieces: that lie on the plane each for itself.
        falling: stiffness per volume (N/m^4) of springs on which the stack sinks by its thickness.
    """

    def __init__(self, stack_mesh: StackMesh, space: fem.FunctionSpace, support: Support, pressing: float) -> None:
        self._comm, self._support = space.mesh.comm, support
        self._owned = 3 * space.dofmap.index_map.size_local
        stack, self._thickness = stack_mesh.stack, stack_mesh.top - stack_mesh.bottom
        self._depth, self._pull = _DEPTH * self._thickness, _PULL * pressing
        pieces = rigid_pieces(stack_mesh, space)
        narrow = min(min(x1 - x0, y1 - y0) for x0, y0, x1, y1 in (piece.bounds for piece in pieces))
        self._rolling = _ROLL * pressing / stack.outline.area / narrow**2
        self.falling = pressing / stack.outline.area / self._thickness**2
        self.pieces = len(pieces)
        self._piece = np.zeros(self._owned // 3, dtype=np.int64)
        x = nodes_of(space)[: self._owned // 3, :2]
        self._rigid = np.column_stack([np.ones(len(x)), x]) * stack.multiplicity / pressing
        for number, piece in enumerate(pieces):
            (x0, y0, x1, y1), there = piece.bounds, piece.nodes[: len(x)]
            self._piece[there] = number
            self._rigid[there, 1:] -= self._rigid[there, :1] * [(x0 + x1) / 2, (y0 + y1) / 2]
            self._rigid[there, 1:] /= max(x1 - x0, y1 - y0)
            self._rigid[there] /= max(piece.share, _LEAST_SHARE)
        self._vector = la.vector(space.dofmap.index_map, 3)
        self._base = self._bases(space)
        self._number = self._global(space)
        self.active: Mask = np.ones(len(support.touches), dtype=bool)
        self.changes, self.rough = 0, False
        self._visits: dict[int, int] = {}

    @property
    def constrained(self) -> Integers:
        """Local unknowns held now."""
        return np.union1d(self._support.unknowns, self._support.touches[self.active]).astype(np.int32)

    @property
    def count(self) -> int:
        """Nodes on the plane, over all ranks."""
        return self._sum(self.active)

    def rolling(self, u: Array) -> float:
        """Stiffness per volume (N/m^4) of springs that hold a stack on few nodes against tipping.

        A bent face rolls on a plane, and is stable if it is flatter than a sphere about the centre of mass, at height
        h; on one node or one row of nodes it is a pendulum of stiffness -q h per area. The springs act on corrections
        only: no force of theirs is in an equilibrium. They go up by powers of 2, to change seldom.

        Args:
            u: (local unknowns,) displacement.
        """
        up = 0.5 + self._comm.allreduce(np.abs(u).max(initial=0.0), MPI.MAX) / self._thickness
        return float(self._rolling * 2.0 ** np.ceil(np.log2(up)))

    def imbalance(self, residual: Array) -> float:
        """Force along z and moments about y and x that are left of a piece, as parts of its load and load times size.

        Args:
            residual: (owned unknowns,) forces out of balance, zero where the stack is held.
        """
        moments = (self._rigid * residual[2::3, None]).T
        sums = np.array([np.bincount(self._piece, moment, self.pieces) for moment in moments])
        return float(np.abs(self._comm.allreduce(sums, MPI.SUM)).max())

    def begin(self, u: Array) -> bool:
        """Take the set of a displacement (local unknowns): the nodes on the plane. True if it is another one."""
        self._visits = {}
        return self._set(u[self._support.touches] <= 0.0)

    def lift(self, u: Array) -> Array:
        """Correction (local unknowns) that brings the nodes of the set to the plane, with all the nodes above them."""
        gap = np.zeros(len(u))
        gap[self._support.touches[self.active]] = u[self._support.touches[self.active]]
        vector = self._vector.array
        vector[:] = 0.0
        there = self._base >= 0
        vector[2::3][there] = -gap[self._base[there]]
        self._vector.scatter_forward()
        return vector.copy()

    def update(self, u: Array, forces: Array) -> bool:
        """Take the next set; True if it is another one.

        Args:
            u: (local unknowns,) displacement after a correction.
            forces: (owned unknowns,) with which the plane acts on the nodes of the set then (N).
        """
        touches = self._support.touches
        self._vector.array[: self._owned] = forces[: self._owned]
        self._vector.scatter_forward()
        allowed = _ROUGH if self.rough else 1.0
        excess = np.where(self.active, -self._vector.array[touches] / self._pull, -u[touches] / self._depth) / allowed
        return self._set(self.active ^ self._chosen(excess))

    def _chosen(self, excess: Array) -> Mask:
        """Nodes that change side: all that break a condition by more than 1, or the worst one if that went in circles.

        As block principal pivoting does (J. J. Judice, F. M. Pires, Comput. Oper. Res. 21, 587, 1994).
        """
        wrong: Mask = excess > 1.0
        if max(self._visits.values(), default=0) < _VISITS:
            return wrong
        worst = self._comm.allreduce(excess.max(initial=-np.inf), MPI.MAX)
        first = self._number[excess >= worst].min(initial=np.iinfo(np.int64).max)
        return wrong & (self._number == self._comm.allreduce(first, MPI.MIN))

    def _set(self, active: Mask) -> bool:
        changed = self._sum(active != self.active) > 0
        self.active = active
        if changed:
            self.changes += 1
            mine = self._support.touches < self._owned
            key = self._comm.allreduce(int(_scattered(self._number[mine & active]).sum() & _WORD), MPI.SUM) & _WORD
            self._visits[key] = self._visits.get(key, 0) + 1
        return changed

    def _sum(self, mask: Mask) -> int:
        return int(self._comm.allreduce(int(mask[self._support.touches < self._owned].sum()), MPI.SUM))

    def _bases(self, space: fem.FunctionSpace) -> Integers:
        """(local nodes,) the unknown that touches at the foot of the column of each node, or -1."""
        lines = columns(space)
        feet = np.full(len(lines.height), -1, dtype=np.int64)
        feet[self._support.touches // 3] = self._support.touches
        base = np.full(len(lines.height), -1, dtype=np.int64)
        base[lines.nodes] = np.repeat(feet[lines.nodes[lines.offsets[:-1]]], np.diff(lines.offsets))
        return base

    def _global(self, space: fem.FunctionSpace) -> Integers:
        """(unknowns that touch,) their global nodes."""
        return space.dofmap.index_map.local_to_global((self._support.touches // 3).astype(np.int32))


def contact(stack_mesh: StackMesh, space: fem.FunctionSpace, support: Support, pressing: float) -> Contact | None:
    """The contact of a stack; None if its support does not let go. Collective.

    Args:
        stack_mesh: the layers present.
        space: of the displacement.
        support: of the stack.
        pressing: force that presses the whole stack down (N).

    Raises:
        CaseError: nothing presses the stack down.
    """
    if not stack_mesh.comm.allreduce(len(support.touches)):
        return None
    if pressing <= 0.0:
        raise CaseError("support: nothing presses the stack on its support: it needs gravity or a vacuum")
    return Contact(stack_mesh, space, support, pressing)


def _scattered(numbers: Integers) -> Integers:
    """Numbers far apart, whose sum tells sets apart (the finaliser of G. L. Steele et al., OOPSLA 2014, SplitMix64)."""
    x = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
