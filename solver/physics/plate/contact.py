"""Unilateral contact of a plate with the rigid plane under it, by a primal-dual active set.

As of `solver.physics.solid.contact`: nodes may not fall below the plane and the plane only pushes. On quadrilaterals of
degree 2 the nodal forces of a uniform pressure are all positive, so nodes may carry the condition.
"""

import numpy as np
from dolfinx import fem, la
from mpi4py import MPI

from solver.arrays import Array, Integers, Mask
from solver.physics.plate.supports import PlateSupport

_DEPTH = 1e-7  # of the thickness that a node may be below the plane
_PULL = 1e-6  # of the load that a node may be pulled with
_VISITS = 2  # of the same set, after which nodes change one by one
_WORD = 2**64 - 1


class PlateContact:
    """Which nodes are on the plane. All methods are collective.

    Args:
        space: of the displacement.
        support: with unknowns that touch.
        pressing: force that presses the plate down (N).
        thickness: of the layers present (m).

    Attributes:
        active: (unknowns that touch,) True for those on the plane; it starts with all of them.
        changes: times the set has changed so far.
    """

    def __init__(self, space: fem.FunctionSpace, support: PlateSupport, pressing: float, thickness: float) -> None:
        self._comm, self._support = space.mesh.comm, support
        self._owned = 3 * space.dofmap.index_map.size_local
        self._depth, self._pull = _DEPTH * thickness, _PULL * pressing
        self._vector = la.vector(space.dofmap.index_map, 3)
        self._number = space.dofmap.index_map.local_to_global((support.touches // 3).astype(np.int32))
        self.active: Mask = np.ones(len(support.touches), dtype=bool)
        self.changes = 0
        self._visits: dict[int, int] = {}

    @property
    def constrained(self) -> Integers:
        """Local unknowns held now."""
        return np.union1d(self._support.unknowns, self._support.touches[self.active]).astype(np.int32)

    @property
    def count(self) -> int:
        """Nodes on the plane, over all ranks."""
        return self._sum(self.active)

    def begin(self, u: Array) -> bool:
        """Take the set of a displacement (local unknowns): the nodes on the plane. True if it is another one."""
        self._visits = {}
        return self._set(u[self._support.touches] <= 0.0)

    def lift(self, u: Array) -> Array:
        """Correction (local unknowns) that brings the nodes of the set to the plane."""
        found = np.zeros(len(u))
        there = self._support.touches[self.active]
        found[there] = -u[there]
        return found

    def update(self, u: Array, forces: Array) -> bool:
        """Take the next set; True if it is another one.

        Args:
            u: (local unknowns,) displacement after a correction.
            forces: (owned unknowns,) with which the plane acts on the nodes of the set then (N).
        """
        touches = self._support.touches
        self._vector.array[: self._owned] = forces
        self._vector.scatter_forward()
        excess = np.where(self.active, -self._vector.array[touches] / self._pull, -u[touches] / self._depth)
        return self._set(self.active ^ self._chosen(excess))

    def _chosen(self, excess: Array) -> Mask:
        """Nodes that change side: all that break a condition, or the worst one if that went in circles."""
        wrong: Mask = excess > 1.0
        if max(self._visits.values(), default=0) < _VISITS:
            return wrong
        worst = self._comm.allreduce(excess.max(initial=-np.inf), MPI.MAX)
        first = self._number[excess >= worst].min(initial=np.iinfo(np.int64).max)
        return np.asarray(wrong & (self._number == self._comm.allreduce(first, MPI.MIN)))

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


def _scattered(numbers: Integers) -> Integers:
    """Numbers far apart, whose sum tells sets apart (the finaliser of G. L. Steele et al., OOPSLA 2014, SplitMix64)."""
    x = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
