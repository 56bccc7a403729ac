"""A stack moved as a rigid body onto other supports."""

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.nodes import nodes_of
from solver.arrays import Array, Integers
from solver.physics.solid.rigid_motions import allowed, motions
from solver.physics.solid.supports import RigidPiece, Support, rigid_pieces

_TURNS = 20
_LEVEL = (0, 1, 5)  # motions in the plane
_MET = 1e-3  # of the thickness: supports that near to the stack bend it by next to nothing


def placed(
    stack_mesh: StackMesh,
    space: fem.FunctionSpace,
    support: Support,
    u: Array,
    thickness: float,
    kelvin: float | None = None,
) -> bool:
    """Move a stack, every piece of it, rigidly until what its supports hold is at zero. Collective.

    What is displaced is moved as near to where it is wanted as a rigid motion goes, and is driven from there.

    Strains stay as they are. On a plane it may lift off a piece is put down level, its lowest node on the plane.

    Args:
        stack_mesh: the layers present.
        space: degree-2 displacements.
        support: what is held.
        u: (local unknowns,) displacement (m), changed in place.
        thickness: of the stack (m).
        kelvin: temperature there; None in a field.

    Returns:
        False if no rigid motion does (u is then useless as a start): the supports bend the stack.
    """
    comm, owned = space.mesh.comm, 3 * space.dofmap.index_map.size_local
    held = np.concatenate([support.pins, support.rests, support.clamped]).astype(np.int64)
    lies = bool(comm.allreduce(len(support.touches), MPI.SUM))
    driven = support.driven
    wanted = np.zeros_like(u)
    if driven is not None:
        held = driven.unknowns.astype(np.int64)
        wanted[held] = driven.values(kelvin)
    for piece in rigid_pieces(stack_mesh, space):
        _place(space, piece, held[held < owned], support.touches, (u, wanted), lies)
    if driven is not None:
        u[support.mirrors] = 0.0
        return True
    missed = comm.allreduce(np.abs(u[held[held < owned]]).max(initial=0.0), MPI.MAX)
    u[support.unknowns] = 0.0
    return bool(missed < _MET * thickness)


def _place(
    space: fem.FunctionSpace,
    piece: RigidPiece,
    held: Integers,
    touches: Integers,
    moved: tuple[Array, Array],
    lies: bool,
) -> None:
    """Move one piece: `held` are owned unknowns of all that are held, `touches` local ones; `moved` from, and to."""
    from scipy.spatial.transform import Rotation  # SciPy takes 20 MB, and most runs need none of it

    (u, wanted), comm = moved, space.mesh.comm
    mine, touching = held[piece.nodes[held // 3]], touches[piece.nodes[touches // 3]]
    x = nodes_of(space)
    vectors, there = u.reshape(-1, 3), piece.nodes
    free = [motion for motion in allowed(piece.mirrors) if not lies or motion in _LEVEL]
    for _ in range(_TURNS):
        place = (x + vectors)[mine // 3]
        rows = motions(place, mine % 3)[:, free]
        sums = comm.allreduce(np.column_stack([rows.T @ rows, rows.T @ (u - wanted)[mine]]), MPI.SUM)
        motion = np.zeros(6)
        motion[free] = -np.linalg.lstsq(sums[:, :-1], sums[:, -1], rcond=1e-12)[0]
        turn = Rotation.from_rotvec(motion[3:]).as_matrix()
        vectors[there] = (x + vectors)[there] @ turn.T + motion[:3] - x[there]
        if np.abs(motion).max() < 1e-14:
            break
    if lies:
        vectors[there, 2] -= comm.allreduce(u[touching].min(initial=np.inf), MPI.MIN)
