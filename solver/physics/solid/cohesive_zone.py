"""A crack plane whose faces hold together by a cohesive law, in an elastic stack at small deflection.

The stack enters by its compliance C between the faces alone, so that every increment is a Newton's method on the jumps
of the nodes, delta + C W T(delta) = lambda g, with the areas W of the nodes. Loads may be led by the opening where they
act instead of by their size, which follows a stack that gives way.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from dolfinx import fem

from meshes.cracks import Crack
from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.errors import NotConvergedError
from solver.physics.solid.cohesive import CohesiveLaw, CohesiveResponse
from solver.physics.solid.crack_faces import CrackFaces, FacePairs, global_pairs

_SIMPSON = np.array([1.0, 4.0, 1.0, 4.0, 16.0, 4.0, 1.0, 4.0, 1.0]) / 36.0  # of the area of a cell, x fastest
_ITERATIONS = 20
_SHORTEST = 2.0**-10  # part of an increment
_DONE = 1e-7  # of the largest jump


@dataclass(frozen=True)
class LedLoad:
    """A load of unknown size.

    Attributes:
        jumps: (n, 3) it makes per unit where nothing holds the faces (m).
        motion: of itself per unit: its work per unit squared (m).
    """

    jumps: Array
    motion: float


class CohesiveFaces:
    """The nodes of a crack plane with their areas and their compliance. Making it is collective, and a solve a column.

    Args:
        stack_mesh: the mesh.
        space: of the displacement.
        crack: whose faces hold together.
        respond: (owned unknowns,) forces -> (local unknowns,) displacement of the stack.

    Attributes:
        pairs: of nodes.
        areas: (n,) of the nodes (m^2).
        compliance: (3 n, 3 n) jumps per force (m/N).
        cell: length of a cell (m), the root of the mean area.
    """

    def __init__(
        self, stack_mesh: StackMesh, space: fem.FunctionSpace, crack: Crack, respond: Callable[[Array], Array]
    ) -> None:
        faces = CrackFaces(stack_mesh, space, crack)
        self.pairs = FacePairs(stack_mesh, space, [faces])
        own = global_pairs(space, faces)
        local = np.outer(stack_mesh.plane.areas[faces.columns], _SIMPSON).ravel()
        comm = stack_mesh.comm
        pairs, shares = np.concatenate(comm.allgather(own)), np.concatenate(comm.allgather(local))
        held = pairs[:, 0] != pairs[:, 1]
        place = np.unique(pairs[held], axis=0, return_inverse=True)[1].ravel()
        self.areas = np.bincount(place, weights=shares[held], minlength=len(self.pairs.nodes))
        self.cell = float(np.sqrt(stack_mesh.plane.areas[crack.apart].mean()))
        unit = np.zeros(3 * len(self.areas))
        columns = []
        for number in range(len(unit)):
            unit[number] = 1.0
            columns.append(self.pairs.jump(respond(self.pairs.spread(unit.reshape(-1, 3)))).ravel())
            unit[number] = 0.0
        found = np.column_stack(columns)
        self.compliance: Array = 0.5 * (found + found.T)


class CohesiveZone:
    """What holds the faces together, increment after increment; damage is kept where one has converged.

    Args:
        faces: of the crack.
        law: of the interface.

    Attributes:
        damage: (n,) of the nodes.
        jumps: (n, 3), normal last as in space (m).
    """

    def __init__(self, faces: CohesiveFaces, law: CohesiveLaw) -> None:
        self._faces, self._law = faces, law
        self.damage: Array = np.zeros(len(faces.areas))
        self.jumps: Array = np.zeros((len(faces.areas), 3))
        self._load = self._opening = 0.0

    def advance(self, free: Array, seconds: float = 0.0) -> Array:
        """Jumps (n, 3) under a load that would open the faces to `free` (n, 3) if nothing held them (m).

        Raises:
            NotConvergedError: there is no equilibrium near; a viscosity may lead past it.
        """
        return self._newton(free, None, 0.0, seconds)[0]

    def open_to(self, load: LedLoad, opening: float, seconds: float = 0.0) -> float:
        """Size of a load at a motion of its own (m), reached in as many increments as it takes.

        Raises:
            NotConvergedError: however short the increments are.
        """
        start, part, step = self._opening, 0.0, 1.0
        while part < 1.0:
            step = min(step, 1.0 - part)
            try:
                self._newton(np.zeros_like(self.jumps), load, start + (part + step) * (opening - start), step * seconds)
            except NotConvergedError:
                step *= 0.5
                if step < _SHORTEST:
                    raise
                continue
            part += step
            step *= 2.0
        self._opening = opening
        return self._load

    def cells_in_zone(self, modulus: float) -> float:
        """Length of the process zone of a thick body over that of a cell; below 3 a result is doubtful."""
        return self._law.process_zone(modulus) / self._faces.cell

    def _newton(self, free: Array, load: LedLoad | None, opening: float, seconds: float) -> tuple[Array, float]:
        count = free.size
        jumps = self.jumps.copy()
        size, before = self._load, np.inf
        for _ in range(_ITERATIONS):
            found = self._respond(jumps, seconds)
            weighed: Array = (self._faces.areas[:, None] * found.traction).ravel()
            left: Array = (jumps - free).ravel() + self._faces.compliance @ weighed
            matrix: Array = np.eye(count) + self._faces.compliance @ self._diagonal(found)
            if load is not None:
                along = load.jumps.ravel()
                other = size * load.motion - along @ weighed - opening
                below = np.append(-along @ self._diagonal(found), load.motion)
                left = np.append(left - size * along, other)
                matrix = np.vstack([np.column_stack([matrix, -along]), below])
            step: Array = np.linalg.solve(matrix, -left)
            size += float(step[count:].sum())
            jumps = np.asarray(jumps + step[:count].reshape(-1, 3))
            change = float(np.abs(step[:count]).max(initial=0.0))
            if change <= _DONE * max(float(np.abs(jumps).max(initial=0.0)), 1e-15):
                self.damage, self.jumps, self._load = self._respond(jumps, seconds).damage, jumps, size
                return jumps, size
            before = change
        raise NotConvergedError(f"the cohesive zone did not converge: its jumps still change by {before:.3g} m")

    def _respond(self, jumps: Array, seconds: float) -> CohesiveResponse:
        found = self._law.respond(np.roll(jumps, 1, axis=1), self.damage, seconds)
        tangent = np.roll(found.tangent, (-1, -1), axis=(1, 2))
        return CohesiveResponse(np.roll(found.traction, -1, axis=1), tangent, found.damage)

    def _diagonal(self, found: CohesiveResponse) -> Array:
        """(3 n, 3 n) the tangents of the nodes, times their areas."""
        count = len(self.damage)
        whole = np.zeros((count, 3, count, 3))
        whole[np.arange(count), :, np.arange(count), :] = self._faces.areas[:, None, None] * found.tangent
        return whole.reshape(3 * count, 3 * count)
