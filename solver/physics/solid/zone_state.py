"""What cohesive zones are made of, whatever solves the stack between their faces: nodes, their state, its energies."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from dolfinx import fem

from meshes.cracks import Crack
from meshes.extrude import StackMesh
from meshes.nodes import nodes_of
from solver.arrays import Array
from solver.physics.solid.cohesive import CohesiveLaw
from solver.physics.solid.crack_faces import CrackFaces, FacePairs, global_pairs

_SIMPSON = np.array([1.0, 4.0, 1.0, 4.0, 16.0, 4.0, 1.0, 4.0, 1.0]) / 36.0  # of the area of a cell, x fastest
COLUMNS = 15  # of a state


class ZoneFaces:
    """The nodes of crack planes with their areas. Making it is collective.

    Args:
        stack_mesh: the mesh.
        space: of the displacement.
        cracks: whose faces hold together.

    Attributes:
        found: faces on this rank, crack by crack.
        pairs: of nodes.
        places: (n, 3) of them (m).
        areas: (n,) of the nodes (m^2).
        cell: length of a cell (m), the root of the mean area.
    """

    def __init__(self, stack_mesh: StackMesh, space: fem.FunctionSpace, cracks: Sequence[Crack]) -> None:
        self.found = [CrackFaces(stack_mesh, space, crack) for crack in cracks]
        self.pairs = FacePairs(stack_mesh, space, self.found)
        self.places, self.areas = _places(stack_mesh, space, self.found)
        self.cell = float(np.sqrt(np.concatenate([stack_mesh.cracked_plane.areas[one.apart] for one in cracks]).mean()))


@dataclass
class ZoneState:
    """Where a cohesive zone is, of its n nodes.

    Attributes:
        damage: (n,) from 0 to 1.
        jumps: (n, 3) of the upper face from the lower, normal last as in space (m).
        forces: (n, 3) that hold the faces together (N).
        free: (n, 3) jumps if nothing held them (m), a led load left out.
        led: (n, 3) those of the led load (m), zero without one.
        work: (n,) done on the nodes so far (J).
        kept: (n,) of the work of the loads, less that on a stack whose faces nothing holds (J): -int free . d forces;
            NaN once the stiffness has changed.
    """

    damage: Array
    jumps: Array
    forces: Array
    free: Array
    led: Array
    work: Array
    kept: Array

    @staticmethod
    def sound(count: int) -> "ZoneState":
        """Of nodes that have not moved."""
        return ZoneState.of(np.zeros((count, COLUMNS)))

    @staticmethod
    def of(values: Array) -> "ZoneState":
        """From what `values` gave."""
        damage, jumps, forces, free, led, *sums = np.split(values, np.cumsum([1, 3, 3, 3, 3, 1]), axis=1)
        work, kept = (column[:, 0].copy() for column in sums)
        return ZoneState(damage[:, 0].copy(), jumps.copy(), forces.copy(), free.copy(), led.copy(), work, kept)

    @property
    def values(self) -> Array:
        """(n, 15) all of it."""
        return np.column_stack([getattr(self, one.name) for one in fields(self)])


class Zone:
    """What holds the faces together; the state is kept where an increment has converged.

    Args:
        faces: of the crack.
        law: of the interface.
        state: to go on from; sound if absent.

    Attributes:
        state: where it is.
    """

    def __init__(self, faces: ZoneFaces, law: CohesiveLaw, state: ZoneState | None = None) -> None:
        self._nodes, self.law = faces, law
        self.state = ZoneState.sound(len(faces.areas)) if state is None else state

    @property
    def damage(self) -> Array:
        """(n,) from 0 to 1."""
        return self.state.damage

    def stored(self) -> float:
        """Energy (J) that the interface gives back."""
        jumps = self.state.jumps
        moved = np.column_stack([jumps[:, :2], np.maximum(jumps[:, 2], 0.0)])
        pressed = np.minimum(jumps[:, 2], 0.0)
        whole = (1.0 - self.state.damage) * (moved**2).sum(axis=1) + pressed**2
        return float(0.5 * self.law.stiffness * (self._nodes.areas @ whole))

    def dissipated(self) -> float:
        """Work (J) that does not come back."""
        return float(self.state.work.sum()) - self.stored()

    def parted(self) -> Array:
        """(n,) share of the energy of each node that its damage has taken, at the mode it is in."""
        return self.law.parted(np.roll(self.state.jumps, 1, axis=1), self.state.damage)[0]

    def fracture_energy(self) -> float:
        """Energy (J) that the damage takes by the law alone, without what lags behind."""
        share, energy = self.law.parted(np.roll(self.state.jumps, 1, axis=1), self.state.damage)
        return float(self._nodes.areas @ (share * energy))

    def cells_in_zone(self, modulus: float) -> float:
        """Length of the process zone of a thick body over that of a cell; below 3 a result is doubtful."""
        return self.law.process_zone(modulus) / self._nodes.cell


def _places(stack_mesh: StackMesh, space: fem.FunctionSpace, found: Sequence[CrackFaces]) -> tuple[Array, Array]:
    """(n, 3) places (m) and (n,) areas (m^2) of the pairs of nodes, in their order. Collective."""
    comm = stack_mesh.comm
    own = np.concatenate([global_pairs(space, faces) for faces in found])
    area = stack_mesh.cracked_plane.areas
    local = np.concatenate([np.outer(area[faces.columns], _SIMPSON).ravel() for faces in found])
    x = np.concatenate([nodes_of(space)[faces.lower.ravel()] for faces in found])
    pairs, shares, places = (np.concatenate(comm.allgather(one)) for one in (own, local, x))
    held = pairs[:, 0] != pairs[:, 1]
    _, first, place = np.unique(pairs[held], axis=0, return_index=True, return_inverse=True)
    areas: Array = np.bincount(place.ravel(), weights=shares[held], minlength=len(first)).astype(np.float64)
    return places[held][first], areas


def at_places(faces: ZoneFaces, places: Array, values: Array) -> ZoneState | None:
    """What nodes were in at some places (n, 3) with their `ZoneState.values`; those that were not there are sound."""
    if not len(places):
        return None
    found = np.zeros((len(faces.places), values.shape[1]))
    for row, place in enumerate(faces.places):
        distance = np.abs(places - place).max(axis=1)
        nearest = int(distance.argmin())
        if distance[nearest] < 1e-3 * faces.cell:
            found[row] = values[nearest]
    return ZoneState.of(found)
