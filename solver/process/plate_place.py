"""A plate moved as a rigid body onto other supports: strains and curvatures stay as they are."""

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.nodes import nodes_of
from solver.arrays import Array, Integers
from solver.physics.plate.problem import PlateProblem
from solver.physics.plate.supports import PlateSupport

_MET = 1e-3  # of the thickness: supports that near to the plate bend it by next to nothing
_W = 2  # component of the deflection


def on_supports(problem: PlateProblem, u: Array) -> bool:
    """Move a displacement (local unknowns, m) of a plate onto its supports, as of `placed`."""
    return placed(problem.space, problem.plate.stack.mirrors, problem.support, u, problem.thickness)


def placed(
    space: fem.FunctionSpace, mirrors: tuple[int, ...], support: PlateSupport, u: Array, thickness: float
) -> bool:
    """Move a plate until what its supports hold is at zero. Collective.

    With w = w' + a.x + c the strain of von Karman is that of u' = u + a w' + a (a.x) / 2 and w', whatever a. On a plane
    it may lift off the plate is put down level, its lowest node on the plane.

    Args:
        space: of the displacement.
        mirrors: axes of the mirror planes.
        support: what is held.
        u: (local unknowns,) displacement (m), changed in place.
        thickness: of the layers present (m).

    Returns:
        False if no rigid motion does (u is then useless as a start): the supports bend the plate.
    """
    comm, owned = space.mesh.comm, 3 * space.dofmap.index_map.size_local
    x = nodes_of(space)[:, :2]
    held = np.unique(np.concatenate([support.pins, support.rests, support.clamped]))
    lies = bool(comm.allreduce(len(support.touches)))
    level = support.touches if lies else held[held % 3 == _W]
    _tilt(comm, x, u, level[level < owned], [axis for axis in (0, 1) if axis not in mirrors])
    if lies:
        u[_W::3] -= comm.allreduce(u[support.touches].min(initial=np.inf), MPI.MIN)
    _slide(comm, x, u, held[(held < owned) & (held % 3 != _W)], mirrors)
    missed = comm.allreduce(np.abs(u[held[held < owned]]).max(initial=0.0), MPI.MAX)
    u[support.unknowns] = 0.0
    return bool(missed < _MET * thickness)


def _tilt(comm: MPI.Intracomm, x: Array, u: Array, level: Integers, free: list[int]) -> None:
    """Take the least-squares plane of owned unknowns in z away; `free`: axes along which it may slope."""
    vectors = u.reshape(-1, 3)
    rows = np.column_stack([np.ones(len(x)), x[:, free]])
    mine = rows[level // 3]
    sums = comm.allreduce(np.column_stack([mine.T @ mine, mine.T @ u[level]]), MPI.SUM)
    height, *along = np.linalg.lstsq(sums[:, :-1], sums[:, -1], rcond=1e-12)[0]
    slope = np.zeros(2)
    slope[free] = along
    rise = x @ slope
    vectors[:, _W] -= height + rise
    vectors[:, :2] += slope * (vectors[:, _W:] + 0.5 * rise[:, None])


def _slide(comm: MPI.Intracomm, x: Array, u: Array, held: Integers, mirrors: tuple[int, ...]) -> None:
    """Shift and turn in the plane, as far as mirror planes allow, until owned unknowns are at zero in least squares."""
    vectors, node, component = u.reshape(-1, 3), held // 3, held % 3
    free = [axis for axis in (0, 1) if axis not in mirrors] + ([] if mirrors else [2])
    motions = np.stack(
        [np.eye(2)[component][:, 0], np.eye(2)[component][:, 1], _turn(x[node])[np.arange(len(held)), component]]
    )
    rows = motions[free].T
    sums = comm.allreduce(np.column_stack([rows.T @ rows, rows.T @ u[held]]), MPI.SUM)
    motion = np.zeros(3)
    motion[free] = -np.linalg.lstsq(sums[:, :-1], sums[:, -1], rcond=1e-12)[0]
    vectors[:, :2] += motion[:2] + motion[2] * _turn(x)


def _turn(x: Array) -> Array:
    """(n, 2) displacement of a small turn about z."""
    return np.column_stack([-x[:, 1], x[:, 0]])
