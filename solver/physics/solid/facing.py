"""Pads that come to press on their mirror image: a primal-dual active set of their nodes, at small deflection.

A node may not go beyond the plane (gap g = g0 - u_z >= 0), which can only push it back (force p >= 0), one or the other
(g p = 0). That is p = max(0, p - c g), and Newton's method on it (M. Hintermueller, K. Ito, K. Kunisch, SIAM J. Optim.
13 (2003) 865) holds in the plane those nodes that pushed and those that would go beyond. On faces of degree 2 a uniform
pressure has positive nodal forces, so nodes may carry the condition.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from dolfinx import fem, la
from mpi4py import MPI

from meshes.nodes import nodes_of
from solver.arrays import Array, Integers, Mask
from solver.errors import NotConvergedError
from solver.linalg.krylov import SolveRecord
from solver.physics.solid.supports import Facing

_ROUNDS = 60
_SINGLE = 20  # rounds after which nodes change one by one
_BEYOND, _PULL = 1e-9, 1e-9  # of the largest motion and force of the pads: rounding
_SAME = 1e-9  # of their extent, that one and the same node may be off on another mesh


@dataclass(frozen=True)
class FacingState:
    """Where the pads are.

    Attributes:
        active, joined: (unknowns,) nodes that press, and that stay.
        last: temperature (K), and how far each pad was beyond the plane (m); None at the beginning.
        met_at: as of `FacingPads`.
    """

    active: Mask
    joined: Mask
    last: tuple[float, Array] | None
    met_at: Array


class FacingPads:
    """The nodes of pads that face their mirror image. All methods are collective.

    Args:
        space: of the displacement.
        facing: which nodes, and how far they are from the plane.

    Attributes:
        active: (unknowns,) True for nodes in the plane.
        joined: (unknowns,) True for those that stay there whatever pulls.
        met_at: (pads,) temperature (K) at which each came to press in the present step; NaN: before, or not yet.
        excess: (pads,) how far each would be beyond the plane if it did not press (m); NaN where it did already as the
            first solve of an increment began.
    """

    def __init__(self, space: fem.FunctionSpace, facing: Facing) -> None:
        self._space, self._comm = space, space.mesh.comm
        self.unknowns, self.gaps, self._joins = facing.unknowns, facing.gaps, facing.joins
        self._owned = 3 * space.dofmap.index_map.size_local
        self._places = nodes_of(space)[facing.unknowns // 3]
        self._mine = facing.unknowns < self._owned
        self.active: Mask = np.zeros(len(self.unknowns), dtype=bool)
        self.joined: Mask = self.active.copy()
        self._accepted: Mask = self.active.copy()
        self.pad, self.regions = facing.pad, facing.regions
        self._last: tuple[float, Array] | None = None  # temperature, and how far beyond the plane, of the last state
        self.met_at: Array = np.full(len(self.regions), np.nan)
        self.excess: Array = self.met_at.copy()
        self._foreseen: Array = self.met_at.copy()

    @property
    def held(self) -> Integers:
        """Local unknowns in the plane."""
        return self.unknowns[self.active]

    def solve(
        self, kelvin: float, solved: Callable[[Array], SolveRecord], u: fem.Function, forces: Callable[[], Array]
    ) -> SolveRecord:
        """Find the nodes that press.

        Args:
            kelvin: temperature (K) there.
            solved: the equilibrium with the active nodes held where it is told, (local unknowns,) (m), zero elsewhere.
            u: takes that.
            forces: (owned unknowns,) of what holds the stack on it (N), at the present solution.

        Raises:
            NotConvergedError: the set did not settle.
        """
        iterations = 0
        for number in range(_ROUNDS):
            given = np.zeros_like(u.x.array)
            given[self.held] = self.gaps[self.active]
            record = solved(given)
            iterations += record.iterations
            z = u.x.array[self.unknowns]
            if not number:
                self._look_ahead(kelvin, z)
            if not self._update(z, forces(), number >= _SINGLE):
                return replace(record, iterations=iterations)
        raise NotConvergedError(f"pads that meet: which of their nodes press did not settle in {_ROUNDS} rounds")

    def begin(self, anew: bool = False) -> None:
        """Start from the state accepted last; `anew`: from what is joined alone."""
        self.active = np.array(self.joined if anew else self._accepted)
        self.excess, self._foreseen = (np.full(len(self.regions), np.nan) for _ in range(2))

    def note(self, kelvin: float, u: Array) -> None:
        """Accept the present state: displacement (local unknowns, m) at a temperature (K)."""
        self.met_at = np.where(np.isnan(self.met_at), self._foreseen, self.met_at)
        z = u[self.unknowns]
        reach = self._comm.allreduce(float(np.abs(z).max(initial=0.0)), MPI.MAX)
        self._accepted = self.active | ((z - self.gaps > -_BEYOND * reach) & (reach > 0.0))
        self._last = kelvin, self.beyond(z)

    def beyond(self, z: Array) -> Array:
        """(pads,) how far the highest node of each is beyond the plane (m), from displacements (unknowns,) along z."""
        found = np.full(len(self.regions), -np.inf)
        np.maximum.at(found, self.pad, z - self.gaps)
        self._comm.Allreduce(MPI.IN_PLACE, found, MPI.MAX)
        return found

    def join(self) -> None:
        """Let what presses be one from now on, where the case says so."""
        if self._joins:
            self.joined = self.active.copy()

    @property
    def state(self) -> FacingState:
        """Where the pads are, to come back to."""
        return FacingState(self._accepted.copy(), self.joined.copy(), self._last, self.met_at.copy())

    @state.setter
    def state(self, kept: FacingState) -> None:
        self._accepted, self.joined, self._last, self.met_at = kept.active, kept.joined, kept.last, kept.met_at
        self.active = self._accepted.copy()

    @property
    def kept(self) -> Array:
        """(n, 3) places of all nodes that are joined, as drawn (m), on all ranks."""
        return np.concatenate(self._comm.allgather(self._places[self.joined & self._mine]))

    @kept.setter
    def kept(self, places: Array) -> None:
        from scipy.spatial import cKDTree  # takes a while to import

        if len(places) and len(self._places):
            distance, _ = cKDTree(places).query(self._places)
            self.joined = np.asarray(distance <= _SAME * max(1e-30, float(np.abs(self._places).max())))
            self.active |= self.joined
            self._accepted |= self.joined

    def _look_ahead(self, kelvin: float, z: Array) -> None:
        """Where pads that are apart would be, and at which temperature they met on an even way there."""
        pressing = np.zeros(len(self.regions))
        np.maximum.at(pressing, self.pad, self.active.astype(float))
        self._comm.Allreduce(MPI.IN_PLACE, pressing, MPI.MAX)
        apart = pressing == 0.0
        self.excess = np.where(apart, self.beyond(z), self.excess)
        if self._last is not None:
            before, was = self._last
            with np.errstate(invalid="ignore", divide="ignore"):
                met = before + was / (was - self.excess) * (kelvin - before)
            self._foreseen = np.where(apart & (was < 0.0) & (self.excess >= 0.0), met, self._foreseen)

    def _update(self, z: Array, forces: Array, single: bool) -> bool:
        """Let nodes go and catch others; True if the set has changed."""
        push = np.zeros(len(z))
        push[self._mine] = -forces[self.unknowns[self._mine]]
        scale = self._comm.allreduce(float(np.abs(push).max(initial=0.0)), MPI.MAX)
        reach = self._comm.allreduce(float(np.abs(z).max(initial=0.0)), MPI.MAX)
        pulled = self.active & ~self.joined & (push < -_PULL * scale) & self._mine
        beyond = ~self.active & (z - self.gaps > _BEYOND * reach) & self._mine
        wrong = pulled | beyond
        if single and self._any(wrong):
            size = np.where(pulled, -push / (scale or 1.0), (z - self.gaps) / (reach or 1.0))
            worst = self._most(np.where(wrong, size, -np.inf))
            wrong &= size >= worst
        changed = self._any(wrong)
        self.active = self._everywhere(self.active ^ wrong)
        return changed

    def _everywhere(self, mask: Mask) -> Mask:
        """A mask of owned nodes, on ghosts too."""
        marks = la.vector(self._space.dofmap.index_map, 1)
        marks.array[:] = 0.0
        marks.array[self.unknowns[mask & self._mine] // 3] = 1.0
        marks.scatter_forward()
        return np.asarray(marks.array[self.unknowns // 3] > 0.0)

    def _any(self, mask: Mask) -> bool:
        return bool(self._comm.allreduce(int(mask.any()), MPI.MAX))

    def _most(self, values: Array) -> float:
        return float(self._comm.allreduce(float(values.max(initial=-np.inf)), MPI.MAX))
