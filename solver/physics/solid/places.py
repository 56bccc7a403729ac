"""Where places that a case displaces are in a mesh, and what holds the stack beside them."""

from collections.abc import Sequence

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.nodes import nodes_of
from solver.arrays import Integers
from solver.case.displaced import Moved
from solver.errors import CaseError
from solver.physics.solid.driven import Driven, DrivenPlace
from solver.physics.solid.rigid_motions import allowed, motions
from solver.physics.solid.supports import Support, determinate, rigid_pieces
from solver.physics.solid.tractions import facets_of

_NEAR = 1e-6  # of the span: what is that near to a box is in it
_HELD = 1e-11  # of the sum of eigenvalues, of rigid motions that are held: a side is a little higher than nothing


def on_places(stack_mesh: StackMesh, space: fem.FunctionSpace, moved: Sequence[Moved], exact: bool) -> Support:
    """Places held where they are wanted, and rigid motions that leaves held at points, as by `determinate`.

    Args:
        stack_mesh: the layers present.
        space: of the displacement.
        moved: as the case has them.
        exact: as of `Driven`.

    Raises:
        CaseError: nothing is at a place. Collective.
    """
    x = nodes_of(space)
    owner = np.full(3 * len(x), -1, dtype=np.int64)
    for index, one in enumerate(moved):
        nodes = _nodes(stack_mesh, space, one)
        if not stack_mesh.comm.allreduce(len(nodes)):
            raise CaseError(f"support: nothing of the layers present is at {one.place} that is displaced")
        owner[(3 * nodes[:, None] + np.array(one.components)).ravel()] = index
    held = [np.flatnonzero(owner == index).astype(np.int32) for index in range(len(moved))]
    places = [DrivenPlace(one, unknowns, x[unknowns // 3]) for one, unknowns in zip(moved, held, strict=True)]
    driven = Driven(tuple(places), exact)
    free = determinate(stack_mesh, space)
    pins = _needed(stack_mesh, space, driven.unknowns, free.pins)
    return Support(free.mirrors, pins, clamped=driven.unknowns, driven=driven)


def _nodes(stack_mesh: StackMesh, space: fem.FunctionSpace, moved: Moved) -> Integers:
    """Local nodes of a place."""
    if moved.box is None:
        return np.asarray(fem.locate_dofs_topological(space, 2, facets_of(stack_mesh, moved)))
    x, near = nodes_of(space), _NEAR * stack_mesh.stack.span
    low, high = np.array(moved.box)
    return np.flatnonzero(((x > low - near) & (x < high + near)).all(axis=1))


def _needed(stack_mesh: StackMesh, space: fem.FunctionSpace, held: Integers, pins: Integers) -> Integers:
    """Of point supports (local unknowns) those that hold rigid motions which nothing else does. Collective."""
    comm, owned, x = space.mesh.comm, 3 * space.dofmap.index_map.size_local, nodes_of(space)
    number = 3 * space.dofmap.index_map.local_to_global((pins // 3).astype(np.int32)) + pins % 3
    chosen: list[int] = []
    for piece in rigid_pieces(stack_mesh, space):
        x0, y0, x1, y1 = piece.bounds
        places = (x - [(x0 + x1) / 2, (y0 + y1) / 2, stack_mesh.bottom]) / max(x1 - x0, y1 - y0)
        free = allowed(piece.mirrors)
        mine = held[(held < owned) & piece.nodes[held // 3]]
        rows = motions(places[mine // 3], mine % 3)[:, free]
        gram = comm.allreduce(rows.T @ rows, MPI.SUM)
        gram /= max(float(np.trace(gram)), 1e-300)
        there = np.flatnonzero((pins < owned) & piece.nodes[pins // 3])
        rows = motions(places[pins[there] // 3], pins[there] % 3)[:, free]
        known = [
            (int(pins[one] % 3), tuple(np.round(x[pins[one] // 3], 9)), int(number[one]), row)
            for one, row in zip(there, rows, strict=True)
        ]
        for *_, pin, row in sorted((one for some in comm.allgather(known) for one in some), key=lambda one: one[:2]):
            more = gram + np.outer(row, row)
            if np.linalg.matrix_rank(more, _HELD) > np.linalg.matrix_rank(gram, _HELD):
                gram = more
                chosen.append(pin)
    return np.asarray(pins[np.isin(number, chosen)])
