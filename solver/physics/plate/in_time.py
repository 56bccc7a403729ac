"""A plate whose materials have a memory: increments of time, each an equilibrium of what they answer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from meshes.plate import PlateMesh
from solver.arrays import Array
from solver.materials.material import Material
from solver.physics.plate.memory import PlateMemory, Remembered
from solver.physics.plate.problem import PlateProblem
from solver.physics.plate.section import CORNERS, Resultants, Temperature
from solver.physics.solid.answers import no_answer
from solver.physics.solid.load import Load, State

Kept: TypeAlias = tuple[State, Remembered]


class PlateInTime(PlateProblem):
    """Equilibria in time; arguments as of `PlateProblem`, and as `LargeDeflectionInTime` it is asked.

    Attributes:
        memory: what its layers remember.
    """

    remembers = True

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

    def confirm(self) -> None:
        """Have the materials' answer at the present equilibrium.

        Raises:
            Diverged: they find none: the increment is too large.
            NotConvergedError: the same of an increment of no time.
        """
        if not self.memory.confirm(self.forms.shape_at_points()):
            raise no_answer(self.memory.seconds)

    def accept(self) -> None:
        """Make the present equilibrium the state the next increment starts from; raises as `confirm`."""
        self.confirm()
        self.memory.commit()
        self.forms.answered = 0.0

    def settle(self) -> None:
        """Take what is remembered and the displacement, which were set, for an equilibrium."""
        load = self.load_after(self.memory.kelvin, 0.0)
        self.state = State(self.displacement.x.array.copy(), load)
        self.accept()

    def _answer(self) -> Load:
        found = self.memory.respond(self.forms.shape_at_points())
        if found is None:
            raise no_answer(self.memory.seconds)
        corners = np.einsum("pq,nqk->npk", self.forms.to_corners, found.free)
        sums = Resultants(self._elastic.stiffness + found.stiffness, self._elastic.free + corners)
        return self.forms.load(sums.stiffness, sums.free)

    def _relinearised(self, load: Load) -> Load:
        """The load by which the materials answer at the present displacement; it acts from now on."""
        if self.memory.linear or load.answered < 1.0 or load.anisotropy.any():
            return load
        found = self._answer()
        load = replace(load, moduli=found.moduli, free_strain=found.free_strain)
        self.forms.apply(load)
        return load

    # ---- what is read from a state

    @property
    def snapshot(self) -> Kept:
        """The state and what is remembered, to come back to."""
        return self.state, self.memory.snapshot

    @snapshot.setter
    def snapshot(self, kept: Kept) -> None:
        self.state, self.memory.snapshot = kept

    def stress(self, layer: int, temperature: Temperature) -> Array:
        """As of `PlateProblem.stress`; of layers with a memory that of the state accepted last, on owned cells."""
        found = super().stress(layer, temperature)
        for name, piece in self.memory.pieces.items():
            if piece.layer == layer:
                faces = piece.faces(self.memory.now.stress[name])
                found[piece.cells] = np.einsum("pq,nqfk->npfk", self.forms.to_corners, faces)
        return found

    def points(self) -> int:
        """Of all pieces on this rank."""
        return sum(len(piece.cells) * CORNERS * piece.count for piece in self.memory.pieces.values())
