"""Stiffness and free resultants of the layers on each plane cell: classical laminate theory, cell by cell.

Force and moment per length of a section of strain e and curvature kappa = -grad grad w at the reference height are

    N = A e + B kappa - N_f,   M = B e + D kappa - M_f,   (A, B, D) = int Q (1, z, z^2) dz,   z from that height,

Q the plane-stress moduli of the layers along x, y (R. M. Jones, Mechanics of Composite Materials, 2nd ed., 1999, eqs.
4.22 to 4.24 and 4.94). A layer is free of stress at its free strain on top of the strain and curvature the plate had
where and when it was born. Vectors are xx, yy, xy, of strains with engineering shear.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

import numpy as np

from meshes.plane import EMPTY
from meshes.plate import PlateMesh
from solver.arrays import Array, Integers, Mask
from solver.errors import CaseError
from solver.materials.axes import stiffness_of_stack, strain_of_stack
from solver.materials.elasticity import full, plane_stress
from solver.materials.laws.recent import Recent
from solver.materials.laws.response import MaterialLaw
from solver.materials.material import Material
from solver.physics.plate.die_field import FieldSection
from solver.physics.plate.temperatures import LEVELS, SHARES, Temperature, at_places, through

CORNERS = 4  # of a cell: there free resultants and strains at birth are known, bilinear between them
_IN_PLANE = (0, 1, 5)  # of Voigt components
_UPPER = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))  # the six moduli of a symmetric 3 x 3 matrix
_FACES = np.array([-1.0, 1.0])  # of a layer, as places in `temperatures`


@dataclass(frozen=True)
class Resultants:
    """Of every local cell.

    Attributes:
        stiffness: (cells, 3, 6) the six moduli of A (N/m), B (N) and D (N m), in the order 11 12 13 22 23 33.
        free: (cells, CORNERS, 6) N_f (N/m) and M_f (N).
    """

    stiffness: Array
    free: Array


@dataclass(frozen=True)
class Births:
    """What the plate was like where layers were born.

    Attributes:
        shape: layer -> (local cells, CORNERS, 6) strain and curvature (1/m) of the plate at the reference height when
            the layer was born on the cell; layers born on a flat plate are not in it. In a field of dies the number of
            layers plus a layer stands for its part in the middle of the pitch cells, twice that plus it for the rest;
            three times that plus it is the strain of the die it was born on or beside, where that was another.
    """

    shape: Mapping[int, Array] = field(default_factory=dict)

    def of(self, layer: int) -> Array | None:
        """Of a layer, by its index; None if it was born on a flat plate."""
        return self.shape.get(layer)

    def born(self, layers: Mapping[int, Mask], shape: Array) -> "Births":
        """With more layers.

        Args:
            layers: layer -> (local cells,) True where it is born now.
            shape: (local cells, CORNERS, 6) of the plate now.
        """
        found = dict(self.shape)
        for layer, there in layers.items():
            before = found.get(layer, np.zeros_like(shape))
            found[layer] = np.where(there[:, None, None], shape, before)
        return Births(found)


class Section:
    """The layers of a plate, cell by cell.

    Args:
        plate: the plane mesh with the layers present.
        materials: one per block.
        laws: one per block: what strain is free of stress, and the moduli.
        height: of the reference plane, from where z counts (m).
        births: of the layers.
        flat: True if the plate is held flat.

    Attributes:
        without: blocks that are left out, because their law has a memory.
        remembering: fields that act as unit cells with a memory; they are left out too.
    """

    def __init__(
        self, plate: PlateMesh, materials: Sequence[Material], laws: Sequence[MaterialLaw], height: float,
        births: Births | None = None, flat: bool = False,
    ) -> None:  # fmt: skip
        self.plate, self.materials, self.laws, self.height = plate, tuple(materials), tuple(laws), height
        self.births = Births() if births is None else births
        self.without: set[int] = set()
        every = _fields(self, flat)
        self._fields = [one for one in every if not one.remembers]
        self.remembering = [one for one in every if one.remembers]
        self._plain = np.ones(len(plate.cell), dtype=bool)  # cells that are integrated layer by layer
        for one in every:
            self._plain[one.cells] = False
        self._recent = Recent[Resultants]()
        self._middles = plate.plane.points[plate.plane.quads[plate.cell]].mean(axis=1)

    @property
    def repeating(self) -> set[str]:
        """Blocks (`mould/die`) all of whose places act as unit cells."""
        return {name for one in (*self._fields, *self.remembering) for name in one.whole}

    def layers(self) -> list[tuple[int, Array, Array]]:
        """Index, lower and upper face (m from the reference height) of the layers present, from below.

        Faces are (local cells,) where layers taper, in the middle of every cell, else (1,).
        """
        plate, found = self.plate, list[tuple[int, Array, Array]]()
        for index, layer in sorted(enumerate(plate.stack.layers), key=lambda one: one[1].bottom):
            if layer.name in plate.layers:
                low, high = (np.atleast_1d(plate.heights(level)) - self.height for level in (layer.bottom, layer.top))
                found.append((index, low, high))
        return found

    def resultants(self, temperature: Temperature) -> Resultants:
        """Stiffness and free resultants at a temperature; those at the last few uniform ones are known."""
        if isinstance(temperature, np.ndarray):
            return self._resultants(temperature)
        key = np.array([temperature, *sorted(self.without)], dtype=float)
        return self._recent.of(key.tobytes(), lambda: self._resultants(temperature))

    def _resultants(self, temperature: Temperature) -> Resultants:
        count = len(self.plate.cell)
        stiffness, free = np.zeros((count, 3, 3, 3)), np.zeros((count, CORNERS, 6))
        for layer, low, high in self.layers():
            born = self.births.of(layer)
            for block, cells in self._blocks(layer, self.without):
                faces = of_cells(low, cells), of_cells(high, cells)
                moduli, force = self._through(block, cells, faces, through(temperature, layer, cells))
                stiffness[cells] += moduli
                free[cells] += force
                if born is not None:
                    a, b, d = moduli.swapaxes(0, 1)
                    free[cells] += born[cells] @ np.block([[a, b], [b, d]])
        for one in self._fields:
            stiffness[one.cells], free[one.cells] = one.resultants(temperature)
        return Resultants(symmetric_moduli(stiffness), free)

    def stress(self, layer: int, shape: Array, temperature: Temperature) -> Array:
        """(local cells, CORNERS, 2, 3) stress xx, yy, xy (Pa) at the bottom and top of a layer; NaN where it is not.

        In a field of dies it is the mean of the block over its pitch cell.

        Args:
            layer: its index in the stack-up.
            shape: (local cells, CORNERS, 6) strain and curvature (1/m) of the plate.
            temperature: of the plate.
        """
        (faces,) = [(low, high) for index, low, high in self.layers() if index == layer]
        found = np.full((*shape.shape[:2], 2, 3), np.nan)
        born = self.births.of(layer)
        since = shape if born is None else shape - born
        for block, cells in self._blocks(layer, self.without):
            q, e = self._plane(block, cells, at_places(through(temperature, layer, cells), _FACES))
            for side, face in enumerate(faces):
                z, number = of_cells(face, cells)[:, None, None], side % q.shape[1]
                elastic = since[cells, :, :3] + z * since[cells, :, 3:] - e[:, :, number]
                moduli = np.broadcast_to(q[:, number], (len(cells), 3, 3))
                found[cells, :, side] = np.einsum("nij,ncj->nci", moduli, elastic)
        for one in self._fields:
            found[one.cells] = one.stress(layer, shape[one.cells], temperature)
        return found

    def apart(self, temperature: Temperature, shape: Array) -> Births:
        """Births that what is born now is to know of, as of `FieldSection.apart`.

        Args:
            temperature: of the plate.
            shape: as of `stress`.
        """
        found = dict(self.births.shape)
        for one in (*self._fields, *self.remembering):
            for key, values in one.apart(temperature, shape[one.cells]).items():
                found[key] = found[key].copy() if key in found else np.zeros_like(shape)
                found[key][one.cells] = values
        return Births(found)

    def mass(self) -> Array:
        """(local cells,) mass per area (kg/m^2)."""
        found = np.zeros(len(self.plate.cell))
        for layer, low, high in self.layers():
            for block, cells in self._blocks(layer, everywhere=True):
                found[cells] += self.materials[block].density * of_cells(high - low, cells)
        for number in range(len(self.plate.fields)):
            one = FieldSection(self.plate, number, self.materials, (), self.height)
            if one.widened:
                found[one.cells] = one.mass()
        return found

    def _blocks(
        self, layer: int, without: Set[int] = frozenset(), everywhere: bool = False
    ) -> list[tuple[int, Integers]]:
        """Blocks of a layer and their local cells, some left out, and those of fields unless it is to be everywhere."""
        block_of = self.plate.block[layer]
        block_of = block_of if everywhere else np.where(self._plain, block_of, EMPTY)
        numbers = [number for number in range(len(self.plate.blocks)) if number not in without]
        found = [(block, np.flatnonzero(block_of == block)) for block in numbers]
        return [(block, cells) for block, cells in found if len(cells)]

    def _through(self, block: int, cells: Integers, faces: tuple[Array, Array], kelvin: Array) -> tuple[Array, Array]:
        """(n or 1, 3, 3, 3) int Q (1, z, z^2) dz and (n or 1, CORNERS or 1, 6) int Q e (1, z) dz over a block.

        Args:
            block: its number.
            cells: its cells.
            faces: (n or 1,) of its layer (m).
            kelvin: as of `through`; moduli are those of the mean over the corners.
        """
        q, e = self._plane(block, cells, kelvin)
        low, high = faces
        if q.shape[1] == 1:
            powers = np.array([(high**k - low**k) / k for k in (1, 2, 3)])[..., None]
        else:
            z = 0.5 * ((low + high)[:, None] + (high - low)[:, None] * LEVELS)
            powers = (high - low)[:, None] * SHARES * np.stack([np.ones_like(z), z, z**2])
        moduli = (powers[..., None, None] * q).sum(axis=2).swapaxes(0, 1)
        force = (q[:, None] @ e[..., None])[..., 0]  # (n, corners, levels, 3)
        parts = [(power[:, None, :, None] * force).sum(axis=2) for power in powers[:2]]
        return moduli, np.concatenate(parts, axis=-1)

    def _plane(self, block: int, cells: Integers, kelvin: Array) -> tuple[Array, Array]:
        """Plane-stress moduli along x, y and strain without stress of a block.

        Args:
            block: its number.
            cells: its cells.
            kelvin: (n or 1, corners or 1, levels or 1) temperature (K).

        Returns:
            (n or 1, levels, 3, 3) moduli (Pa) at the mean over the corners, and (n or 1, corners, levels, 3).
        """
        law, axes = self.laws[block], self.materials[block].axes
        angle = np.zeros(1) if axes is None else axes.angles(self._middles[cells])
        at = kelvin.mean(axis=1)
        stiffness, free = full(law.moduli(at.ravel())), law.free_strain(kelvin.ravel())
        stiffness, free = stiffness.reshape(*at.shape, 6, 6), free.reshape(*kelvin.shape, 3)
        if angle.any():
            stiffness = stiffness_of_stack(stiffness, angle[:, None])
        free = strain_of_stack(free, angle[:, None, None])
        return plane_stress(stiffness), free[..., _IN_PLANE]


def _fields(section: Section, flat: bool) -> list[FieldSection]:
    """Fields that act as unit cells.

    Raises:
        CaseError: there is none of one whose parts are not drawn.
    """
    if not section.laws:
        return []
    found = []
    for number in range(len(section.plate.fields)):
        one = FieldSection(
            section.plate, number, section.materials, section.laws, section.height, flat, section.births.shape
        )
        if one.varies and one.obstacle is None:
            found.append(one)
        elif one.varies and one.widened:
            raise CaseError(f"mesh: homogenise_below: {one.obstacle}; leave it out, or take parts that are smaller")
    return found


def of_cells(values: Array, cells: Integers | slice) -> Array:
    """(n or 1, ...) of values (local cells or 1, ...)."""
    return values if len(values) == 1 else values[cells]


def symmetric_moduli(matrices: Array) -> Array:
    """(..., 6) moduli of symmetric matrices (..., 3, 3)."""
    rows, columns = zip(*_UPPER, strict=True)
    return np.asarray(matrices[..., rows, columns])
