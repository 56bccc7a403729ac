"""Unilateral contact of a plate with the rigid plane under it: springs at its nodes that push and never pull.

They are so stiff that the whole load on one node presses it in by a ten-thousandth of the thickness. The energy stays a
smooth function of the displacement, once differentiable, so a shape is found by going down it: there is no set of nodes
that could go in circles, and a plate that stands on one node falls over on the next ones.
"""

import numpy as np
from dolfinx import fem

from solver.arrays import Array, Integers
from solver.physics.plate.supports import PlateSupport

_DEPTH = 1e-4  # of the thickness that the whole load presses one node in


class PlateContact:
    """The springs. Methods are collective where they say so.

    Args:
        space: of the displacement.
        support: with unknowns that touch.
        pressing: force that presses the plate down (N).
        area: of the plate (m^2).
        thickness: of the layers present (m).

    Attributes:
        stiffness: of a node (N/m).
        falling: stiffness per area (N/m^3) of springs by which a plate in the air falls by its thickness.
    """

    def __init__(
        self, space: fem.FunctionSpace, support: PlateSupport, pressing: float, area: float, thickness: float
    ) -> None:
        self._comm, self._size = space.mesh.comm, 3 * space.dofmap.index_map.size_local
        self._touches = support.touches[support.touches < self._size]
        self.stiffness = pressing / (_DEPTH * thickness)
        self.falling = pressing / area / thickness

    def touching(self, u: Array) -> Integers:
        """Owned unknowns that are on the plane at a displacement (m)."""
        return np.asarray(self._touches[u[self._touches] < 0.0])

    def count(self, u: Array) -> int:
        """Nodes on the plane at a displacement (m). Collective."""
        return int(self._comm.allreduce(len(self.touching(u))))

    def energy(self, u: Array) -> float:
        """In the springs (J). Collective."""
        depth = u[self.touching(u)]
        return float(self._comm.allreduce(0.5 * self.stiffness * float(depth @ depth)))

    def forces(self, u: Array) -> Array:
        """(owned unknowns,) gradient of the energy (N): minus what they push with."""
        found: Array = np.zeros(self._size)
        there = self.touching(u)
        found[there] = self.stiffness * u[there]
        return found
