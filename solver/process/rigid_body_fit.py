"""A stack moved as a rigid body onto other supports."""

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers
from solver.physics.solid.supports import RigidPiece, Support, rigid_pieces

_TURNS = 20
_LEVEL = (0, 1, 5)  # motions in the plane
_MET = 1e-3  # of the thickness: supports that near to the stack bend it by next to nothing


def placed(stack_mesh: StackMesh, space: fem.FunctionSpace, support: Support, u: Array, thickness: float) -> bool:
    """Move a stack, every piece of it, rigidly until what its supports hold is at zero. Collective.

    Strains stay as they are. On a plane it may lift off a piece is put down level, its lowest node on the plane.

    Args:
        stack_mesh: the layers present.
        space: degree-2 displacements.
        support: what is held.
        u: (local unknowns,) displacement (m), changed in place.
        thickness: of the stack (m).

    Returns:
        False if no rigid motion does (u is then useless as a start): the supports bend the stack.
    """
    comm, owned = space.mesh.comm, 3 * space.dofmap.index_map.size_local
    held = np.concatenate([support.pins, support.rests, support.clamped]).astype(np.int64)
    lies = bool(comm.allreduce(len(support.touches), MPI.SUM))
    for piece in rigid_pieces(stack_mesh, space):
        _place(space, piece, held[held < owned], support.touches, u, lies)
    missed = comm.allreduce(np.abs(u[held[held < owned]]).max(initial=0.0), MPI.MAX)
    u[support.unknowns] = 0.0
    return bool(missed < _MET * thickness)


def _place(
    space: fem.FunctionSpace, piece: RigidPiece, held: Integers, touches: Integers, u: Array, lies: bool
) -> None:
    """Move one piece: `held` are owned unknowns of all that are held, `touches` local ones."""
    from scipy.spatial.transform import Rotation  # SciPy takes 20 MB, and most runs need none of it

    comm = space.mesh.comm
    mine, touching = held[piece.nodes[held // 3]], touches[piece.nodes[touches // 3]]
    x = space.tabulate_dof_coordinates()
    vectors, there = u.reshape(-1, 3), piece.nodes
    free = [motion for motion in _allowed(piece.mirrors) if not lies or motion in _LEVEL]
    for _ in range(_TURNS):
        place = (x + vectors)[mine // 3]
        rows = _motions(place, mine % 3)[:, free]
        sums = comm.allreduce(np.column_stack([rows.T @ rows, rows.T @ u[mine]]), MPI.SUM)
        motion = np.zeros(6)
        motion[free] = -np.linalg.lstsq(sums[:, :-1], sums[:, -1], rcond=1e-12)[0]
        turn = Rotation.from_rotvec(motion[3:]).as_matrix()
        vectors[there] = (x + vectors)[there] @ turn.T + motion[:3] - x[there]
        if np.abs(motion).max() < 1e-14:
            break
    if lies:
        vectors[there, 2] -= comm.allreduce(u[touching].min(initial=np.inf), MPI.MIN)


def _motions(place: Array, component: Integers) -> Array:
    """(n, 6) what shifts along and turns about x, y, z do to one component at places."""
    turns = np.cross(np.eye(3)[:, None, :], place[None, :, :])
    each = np.arange(len(place))
    return np.column_stack([np.eye(3)[component], turns[:, each, component].T])


def _allowed(mirrors: tuple[int, ...]) -> list[int]:
    """Shifts (0 to 2) and turns (3 to 5) that leave mirror planes where they are."""
    shifts = [axis for axis in range(3) if axis not in mirrors]
    turns = [3 + axis for axis in range(3) if all(axis == mirror for mirror in mirrors)]
    return shifts + turns
