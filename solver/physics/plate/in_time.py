"""A plate whose materials have a memory: increments of time, each an equilibrium of what they answer."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.plane import EMPTY
from meshes.plate import PlateMesh
from solver.arrays import Array
from solver.materials.axes import stiffness_of_stack
from solver.materials.elasticity import full, plane_stress
from solver.materials.material import Material
from solver.physics.plate.field_memory import FieldMemory
from solver.physics.plate.memory import PlateMemory
from solver.physics.plate.piece import FieldPiece, Piece
from solver.physics.plate.points import points_of
from solver.physics.plate.problem import PlateProblem
from solver.physics.plate.section import Resultants
from solver.physics.plate.temperatures import Temperature, mean
from solver.physics.solid.answers import no_answer
from solver.physics.solid.load import Diverged, Increment, Load
from solver.physics.solid.newton import FINAL
from solver.physics.solid.remembering import Points
from solver.physics.solid.through_time import ThroughTime

_IN_PLANE = [0, 1, 5]  # of Voigt components


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
        cells = self.section.remembering
        self.memory = PlateMemory(plate, materials, self.laws, self.height, self.births, to_points, kelvin, cells)
        for one in self.memory.cells:
            one.section.strained = partial(self._strained, one)
        self._known: dict[int, tuple[object, Array, tuple[Array, Array]]] = {}
        self._newton.relinearise = self._relinearised

    # ---- increments

    def load_at(self, temperature: Temperature | fem.Function) -> Load:
        """The load at a temperature (K), or in a field, that is reached in no time, dead loads included."""
        return self.load_after(self.kelvin_in(temperature), 0.0)

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

    def follow(self, target: Load, tolerance: float = FINAL, only_stable: bool = False) -> list[Increment]:
        """As of `PlateProblem.follow`; where the end is foreseen it begins there, and as else if that leads nowhere."""
        ahead, self.ahead = self.ahead, None
        if ahead is not None and self.contact is None:
            before, counted = self.state, (self.newton_iterations, self.linear_iterations)
            try:
                self._newton.solve_from(ahead, target, tolerance)
                if not self.unstable():
                    spent = self.newton_iterations - counted[0], self.linear_iterations - counted[1]
                    return [Increment(1.0, *spent, 0)]
            except Diverged:
                pass
            self.state = before
        return super().follow(target, tolerance, only_stable)

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
        for name, piece in self.memory.plain.items():
            if piece.layer == layer:
                faces = piece.faces(self.memory.now.stress[name])
                found[piece.cells] = np.einsum("pq,nqfk->npfk", self.forms.to_corners, faces)
        one = self.plate.stack.layers[layer]
        for cells in self.memory.cells:
            lines = self._lines(cells)[1]
            shown = self.plate.block[layer, cells.cells]
            for block in np.unique(shown[shown != EMPTY]):
                here = shown == block
                line = cells.mean(lines, block)[here][..., _IN_PLANE]
                for side, z in enumerate((one.bottom - self.height, one.top - self.height)):
                    at_points = line[:, :, 0] + z * line[:, :, 1]
                    found[cells.cells[here], :, side] = np.einsum("pq,nqk->npk", self.forms.to_corners, at_points)
        return found

    def _lines(self, cells: FieldMemory) -> tuple[Array, Array]:
        """As of `FieldMemory.lines`, of the present state. Collective."""
        u, now = self.displacement.x.array, self.memory.now
        known = self._known.get(cells.section.number)
        same = known is not None and known[0] is now and np.array_equal(known[1], u)
        if known is None or not self.plate.comm.allreduce(same, MPI.LAND):
            found = self.memory.lines(cells, self.forms.shape_at_points())
            known = self._known[cells.section.number] = now, u.copy(), found
        return known[2]

    def _strained(self, cells: FieldMemory, shape: Array, block: int) -> tuple[Array, Array]:
        """As of `FieldSection.strained`; what it was born at is the mean over its parts."""
        rows = self._lines(cells)[0]
        found = np.zeros((2, *shape.shape))
        born = np.broadcast_to(cells.births[:, None], rows.shape)
        for target, lines in zip(found, (rows, born), strict=True):
            plane = cells.mean(lines, block)[..., _IN_PLANE]
            target[: len(plane)] = np.einsum("pq,nqk->npk", self.forms.to_corners, plane.reshape(*plane.shape[:2], 6))
        return found[0], found[1]

    def remembered(self) -> Points:
        """What the points of its layers remember, for metrics."""
        area = self.plate.plane.areas[self.plate.cell[: self.plate.owned]]
        return points_of(self.memory, area, self.forms.shape_at_points)

    def energies(self) -> Iterator[tuple[Piece, Array]]:
        """Layers with a memory, and the elastic energy (J) of each of their cells: what it gives back in no time."""
        memory, area = self.memory, self.plate.plane.areas[self.plate.cell[: self.plate.owned]]
        for name, piece in memory.pieces.items():
            stiffness = full(piece.law.moduli(mean(memory.kelvin, piece.layer, piece.cells)))
            turned = stiffness_of_stack(stiffness, piece.angle) if piece.angle.any() else stiffness
            stress, flexibility = memory.now.stress[name], np.linalg.inv(plane_stress(turned))
            strain = np.einsum("nij,nczj->nczi", np.broadcast_to(flexibility, (len(stress), 3, 3)), stress)
            density = 0.5 * np.einsum("nczi,nczi,nz->n", stress, strain, piece.weights) / piece.places
            share = sum(piece.shares) if isinstance(piece, FieldPiece) else 1.0  # of a cell that its block takes
            yield piece, density / share * area[piece.cells]
