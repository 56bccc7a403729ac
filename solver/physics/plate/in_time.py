"""A plate whose materials have a memory: increments of time, each an equilibrium of what they answer."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from dolfinx import fem

from meshes.plate import PlateMesh
from solver.arrays import Array
from solver.materials.axes import stiffness_of_stack
from solver.materials.elasticity import full, plane_stress
from solver.materials.material import Material
from solver.physics.plate.memory import PlateMemory
from solver.physics.plate.piece import Piece
from solver.physics.plate.points import points_of
from solver.physics.plate.problem import PlateProblem
from solver.physics.plate.section import CORNERS, Resultants, Temperature, there
from solver.physics.solid.answers import no_answer
from solver.physics.solid.load import Load
from solver.physics.solid.remembering import Points
from solver.physics.solid.through_time import ThroughTime


class PlateInTime(ThroughTime, PlateProblem):
    """Equilibria in time; arguments as of `PlateProblem`, and as `LargeDeflectionInTime` it is asked.

    Attributes:
        memory: what its layers remember.
    """

    remembers = True
    memory: PlateMemory
    displacement: fem.Function

    def __init__(self, plate: PlateMesh, materials: Sequence[Material], references: Array, **options: Any) -> None:
        super().__init__(plate, materials, references, **options)
        self.section.without = {number for number, law in enumerate(self.laws) if law.memory}
        to_points = np.linalg.inv(self.forms.to_corners)
        kelvin = float(references[0]) if len(references) else 0.0
        self.memory = PlateMemory(plate, materials, self.laws, self.height, self.births, to_points, kelvin)
        self._newton.relinearise = self._relinearised

    # ---- increments

    def load_at(self, temperature: Temperature) -> Load:
        """The load at a temperature (K) that is reached in no time, dead loads included."""
        return self.load_after(temperature, 0.0)

    def load_after(self, kelvin: Temperature, seconds: float) -> Load:
        """The load at the end of an increment from the state accepted last; `accept` makes it the next one.

        Args:
            kelvin: temperature there, to which it changes evenly.
            seconds: it takes.

        Raises:
            Diverged: the materials find no answer: the increment is too large.
            NotConvergedError: the same of an increment of no time.
        """
        self.memory.begin(kelvin, seconds)
        self.forms.answered = 0.0
        self._elastic = self.section.resultants(kelvin)
        return replace(self._answer(), answered=1.0)

    def _strains(self) -> Array:
        return self.forms.shape_at_points()

    def _answered(self) -> tuple[Array, Array]:
        found = self._answer()
        return found.moduli, found.free_strain

    def _answer(self) -> Load:
        found = self.memory.respond(self.forms.shape_at_points())
        if found is None:
            raise no_answer(self.memory.seconds)
        corners = np.einsum("pq,nqk->npk", self.forms.to_corners, found.free)
        sums = Resultants(self._elastic.stiffness + found.stiffness, self._elastic.free + corners)
        return self.forms.load(sums.stiffness, sums.free)

    # ---- what is read from a state

    def stress(self, layer: int, temperature: Temperature, shape: Array | None = None) -> Array:
        """As of `PlateProblem.stress`; of layers with a memory that of the state accepted last, on owned cells."""
        found = super().stress(layer, temperature, shape)
        for name, piece in self.memory.pieces.items():
            if piece.layer == layer:
                faces = piece.faces(self.memory.now.stress[name])
                found[piece.cells] = np.einsum("pq,nqfk->npfk", self.forms.to_corners, faces)
        return found

    def remembered(self) -> Points:
        """What the points of its layers remember, for metrics."""
        area = self.plate.plane.areas[self.plate.cell[: self.plate.owned]]
        return points_of(self.memory, area, self.forms.shape_at_points)

    def energies(self) -> Iterator[tuple[Piece, Array]]:
        """Layers with a memory, and the elastic energy (J) of each of their cells: what it gives back in no time."""
        memory, area = self.memory, self.plate.plane.areas[self.plate.cell[: self.plate.owned]]
        for name, piece in memory.pieces.items():
            stiffness = full(piece.law.moduli(there(memory.kelvin, piece.layer, piece.cells)))
            turned = stiffness_of_stack(stiffness, piece.angle) if piece.angle.any() else stiffness
            stress, flexibility = memory.now.stress[name], np.linalg.inv(plane_stress(turned))
            strain = np.einsum("nij,nczj->nczi", np.broadcast_to(flexibility, (len(stress), 3, 3)), stress)
            density = 0.5 * np.einsum("nczi,nczi,z->n", stress, strain, piece.weights) / CORNERS
            yield piece, density * area[piece.cells]
