"""Cracks whose faces hold together by a cohesive law, beside a stack that is solved with them as a whole."""

import numpy as np
from dolfinx import fem

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.physics.solid.cohesive_cracks import Led, law_of
from solver.physics.solid.turned_zone import DrawnZone, TurnedZone
from solver.physics.solid.zone_state import ZoneState, at_places

LONGEST = 2.0**-5  # part of a way an increment may be


class HeldCracks:
    """The interface of a stack, as `CohesiveCracks` is at small deflection. All methods are collective.

    Args:
        stack_mesh: with such cracks, of one entry of the case.
        space: of the displacement.
        turned: True at large deflection.

    Attributes:
        cracks: whose faces hold together.
        law: of them.
        zone: its nodes and their state.
        seconds, led: of the way to the next stop; of materials with a memory, what is left of it.
        left: True if an unstable shape was left for one beside it on the last way.
        rests: True on a way on which loads that are led stay as they are.
        longest: part of that way an increment may be.
        size: of its loads over what the case says.
        origin: work the loads as the case has them had done, by the displacement where they began to act (J).
        work: of all loads, temperature among them (J), beside materials with a memory without it; NaN once layers or
            supports have changed, or the stiffness of elastic ones.
        taken: of it, what materials with a memory have taken up: their stress on their strain (J).
    """

    def __init__(self, stack_mesh: StackMesh, space: fem.FunctionSpace, turned: bool = True) -> None:
        self.cracks = [crack for crack in stack_mesh.cracks if crack.placed.cohesive is not None]
        spec = self.cracks[0].placed.cohesive
        assert spec is not None
        self.law = law_of(spec)
        self.turned = turned
        self.zone = (TurnedZone if turned else DrawnZone)(stack_mesh, space, self.cracks, self.law)
        self.faces = self.zone.faces
        self.seconds, self.longest, self.size, self.origin, self.work = 0.0, LONGEST, 1.0, 0.0, 0.0
        self.taken = 0.0
        self.led: Led | None = None
        self.rests = self.left = False

    @property
    def kept(self) -> tuple[Array, Array]:
        """(n, 3) places and (n, 15) state of the nodes."""
        return self.faces.places, self.zone.state.values

    @kept.setter
    def kept(self, known: tuple[Array, Array]) -> None:
        found = at_places(self.faces, *known)
        if found is not None:
            self.zone.state = found

    @property
    def numbers(self) -> Array:
        """What else a checkpoint keeps."""
        return np.array([self.size, self.origin, self.work, self.taken])

    @numbers.setter
    def numbers(self, known: Array) -> None:
        self.size, self.origin, self.work, self.taken = (float(number) for number in known)

    @property
    def mark(self) -> tuple[ZoneState, Array]:
        """Where it is, to come back to; neither part is ever changed."""
        return self.zone.state, self.numbers

    @mark.setter
    def mark(self, known: tuple[ZoneState, Array]) -> None:
        self.zone.state, self.numbers = known
