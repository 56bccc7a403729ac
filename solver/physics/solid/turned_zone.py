"""A cohesive zone beside a stack that is solved whole: its axes stay as drawn, or turn with the interface.

At large deflection the axes at a node are those of the surface midway between the faces (M. Ortiz, A. Pandolfi, Int. J.
Numer. Methods Eng. 44 (1999) 1267): a rigid motion turns them exactly. Faces that open are pulled along their jump,
whose stiffness is the same along all axes, and so without a couple; the normal tells how much of a jump is opening, and
whether faces press.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.cracks import Crack
from meshes.extrude import StackMesh
from meshes.nodes import nodes_of
from solver.arrays import Array, Integers
from solver.physics.solid.cohesive import CohesiveLaw
from solver.physics.solid.crack_faces import CrackFaces, FacePairs, global_pairs
from solver.physics.solid.zone_state import Zone, ZoneFaces, ZoneState


@dataclass(frozen=True)
class ZoneResponse:
    """Of the n nodes of a zone, at a displacement.

    Attributes:
        jumps: (n, 3) along the turned axes, normal last (m).
        forces: (n, 3) that hold the faces together, along the axes of space (N).
        turned: (n, 3) the same along the turned axes.
        springs: (n, 3, 3) d forces / d jumps along the axes of space, the axes held (N/m).
        damage: (n,) from 0 to 1.
    """

    jumps: Array
    forces: Array
    turned: Array
    springs: Array
    damage: Array


class DrawnZone(Zone):
    """What holds the faces together, its axes those of space. All methods are collective.

    Args:
        stack_mesh: the mesh.
        space: of the displacement.
        cracks: whose faces hold together.
        law: of the interface.

    Attributes:
        faces: of the cracks.
    """

    def __init__(
        self, stack_mesh: StackMesh, space: fem.FunctionSpace, cracks: Sequence[Crack], law: CohesiveLaw
    ) -> None:
        self.faces = ZoneFaces(stack_mesh, space, cracks)
        super().__init__(self.faces, law)
        self._owned = 3 * space.dofmap.index_map.size_local

    def axes(self, u: Array) -> Array:  # noqa: ARG002  here they stay as drawn
        """(n, 3, 3) axes of every node at a displacement (local unknowns, m), one a row, normal last."""
        return np.broadcast_to(np.eye(3), (len(self.faces.areas), 3, 3))

    def respond(self, u: Array, seconds: float = 0.0) -> ZoneResponse:
        """At the end of an increment from the state that is kept.

        Args:
            u: (local unknowns,) displacement there (m).
            seconds: it takes, for the viscosity.
        """
        axes, areas = self.axes(u), self.faces.areas
        jumps = np.einsum("nij,nj->ni", axes, self.faces.pairs.jump(u[: self._owned]))
        found = self.law.respond(np.roll(jumps, 1, axis=1), self.state.damage, seconds)
        turned = areas[:, None] * np.roll(found.traction, -1, axis=1)
        springs = areas[:, None, None] * np.roll(found.tangent, (-1, -1), axis=(1, 2))
        springs = np.einsum("nki,nkl,nlj->nij", axes, springs, axes)
        return ZoneResponse(jumps, np.einsum("nki,nk->ni", axes, turned), turned, springs, found.damage)

    def accept(self, found: ZoneResponse) -> None:
        """Keep the state at the end of an increment."""
        old, zero = self.state, np.zeros_like(found.jumps)
        work = old.work + 0.5 * ((old.forces + found.turned) * (found.jumps - old.jumps)).sum(axis=1)
        self.state = ZoneState(found.damage, found.jumps, found.turned, zero, zero, work, np.zeros_like(work))


class TurnedZone(DrawnZone):
    """The same at large deflection: the axes of its nodes turn with them; arguments as of the base."""

    def __init__(
        self, stack_mesh: StackMesh, space: fem.FunctionSpace, cracks: Sequence[Crack], law: CohesiveLaw
    ) -> None:
        super().__init__(stack_mesh, space, cracks, law)
        self._comm = stack_mesh.comm
        found, nodes = self.faces.found, nodes_of(space)
        self._lower, self._upper = (
            np.concatenate([one.lower for one in found]),
            np.concatenate([one.upper for one in found]),
        )
        self._places = nodes[self._lower]
        self._gradients = _gradients(self._places[..., :2])
        areas = stack_mesh.cracked_plane.areas
        self._areas: Array = np.concatenate([areas[one.columns] for one in found])
        self._pair = np.concatenate([_numbers(self.faces.pairs, space, one) for one in found])

    def axes(self, u: Array) -> Array:
        """(n, 3, 3) the turned axes of every node, one a row, normal last.

        Args:
            u: (local unknowns,) displacement (m).
        """
        moved = u.reshape(-1, 3)
        middle = self._places + 0.5 * (moved[self._lower] + moved[self._upper])
        along = np.einsum("cnkm,cmi->cnki", self._gradients, middle)
        parts = np.stack([along[:, :, 0], np.cross(along[:, :, 0], along[:, :, 1])], axis=2)
        local, there = np.zeros((len(self.faces.areas), 2, 3)), self._pair >= 0
        np.add.at(local, self._pair[there], (self._areas[:, None, None, None] * parts)[there])
        whole = np.empty_like(local)
        self._comm.Allreduce(local, whole, MPI.SUM)
        first, normal = whole[:, 0], whole[:, 1] / np.linalg.norm(whole[:, 1], axis=1, keepdims=True)
        first = first - (first * normal).sum(axis=1, keepdims=True) * normal
        first /= np.linalg.norm(first, axis=1, keepdims=True)
        return np.stack([first, np.cross(normal, first), normal], axis=1)


def _gradients(places: Array) -> Array:
    """(cells, 9, 2, 9) slopes along x and y, at the nodes of cells, of values there: those of a quadratic fit.

    Args:
        places: (cells, 9, 2) of the nodes (m).
    """
    middle = places.mean(axis=1, keepdims=True)
    size = np.abs(places - middle).max(axis=(1, 2))[:, None]
    x, y = np.moveaxis(places - middle, 2, 0) / size
    one, none = np.ones_like(x), np.zeros_like(x)
    fit = np.linalg.pinv(np.stack([one, x, y, x * x, x * y, y * y], axis=2))
    slopes = np.stack(
        [
            np.stack([none, one, none, 2 * x, y, none], axis=2),
            np.stack([none, none, one, none, x, 2 * y], axis=2),
        ],
        axis=2,
    )
    return np.asarray(np.einsum("cnkf,cfm->cnkm", slopes, fit) / size[:, :, None, None])


def _numbers(pairs: FacePairs, space: fem.FunctionSpace, faces: CrackFaces) -> Integers:
    """(cells, 9) number of the pair at each node of faces, -1 where they hang together."""
    own = global_pairs(space, faces)
    if not len(own) or not len(pairs.nodes):
        return np.full((len(faces.columns), 9), -1, dtype=np.int64)
    count = space.dofmap.index_map.size_global
    known, wanted = (nodes[:, 0].astype(np.int64) * count + nodes[:, 1] for nodes in (pairs.nodes, own))
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[place] == wanted, place, -1).reshape(-1, 9)
