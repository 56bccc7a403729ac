"""A plate with a memory as the solid it stands for."""

from collections.abc import Sequence

import numpy as np

from solver.arrays import Array
from solver.materials.laws.response import MaterialLaw
from solver.physics.plate.in_time import PlateInTime
from solver.physics.solid.remembering import Points
from solver.process.plate_view import PlateSolid


class PlateSolidInTime(PlateSolid):
    """As of `PlateSolid`, with what `solver.physics.solid.remembering.Remembering` asks for."""

    _problem: PlateInTime

    @property
    def laws(self) -> Sequence[MaterialLaw]:
        """One per block of the mesh."""
        return self._problem.laws

    def remembered(self) -> Points:
        """What its points remember."""
        return self._problem.remembered()

    def strain_energy(self) -> Array:
        """As of `PlateSolid`; of layers with a memory from their own points, spread over the height of a layer."""
        found, mesh, plate = super().strain_energy(), self.stack_mesh, self._problem.plate
        for piece, energy in self._problem.energies():
            whole = np.zeros((plate.owned, 2))
            whole[piece.cells, 0], whole[piece.cells, 1] = energy, piece.high - piece.low
            over, thickness = self._normals.over(whole).T
            mine = (mesh.block == piece.number) & (thickness > 0.0)
            found[mine] = over[mine] * mesh.heights[mine] / thickness[mine]
        return found
