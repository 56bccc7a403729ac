"""What repeats in the plane of a plate: pitch cells have the stiffness and free resultants of their unit cell in 3-D.

Beside the edges of dies layers slide over each other, which no plate does; in the cell they do. Strain and curvature of
the plate are then means over the cell, and stress is the mean of every block in it, linear through its layer.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from meshes.plane import EMPTY
from meshes.plate import PlateMesh
from solver.arrays import Array, Integers
from solver.homogenise.laminate import LaminateCell, Ply
from solver.homogenise.reduced import CellSection, ReducedCell
from solver.homogenise.store import reduced_cell
from solver.materials.elasticity import full
from solver.materials.laws.response import MaterialLaw
from solver.materials.material import Material

_ROOM, _REFLOW = 298.15, 533.15  # K
_SETS = 12  # temperatures from one to the other, or to the highest a block is born at, at which moduli are looked at
_IN_PLANE = (0, 1, 5)  # of Voigt components


class FieldSection:
    """A field of a plate: the cells in it, and what they are.

    Args:
        plate: the plane mesh with the layers present.
        number: of the field.
        materials: one per block of the mesh.
        laws: one per block, or none of them: only the mass is asked for.
        height: of the reference plane (m).
        flat: True if the plate is held flat, and with it the bottom of every cell.

    Attributes:
        cells: local cells.
    """

    def __init__(
        self,
        plate: PlateMesh,
        number: int,
        materials: Sequence[Material],
        laws: Sequence[MaterialLaw],
        height: float,
        flat: bool = False,
    ) -> None:
        self._plate, self._field, self._height = plate, plate.fields[number], height
        self._materials, self._laws, self._flat = materials, laws, flat
        self.cells: Integers = np.flatnonzero(plate.field == number)
        names = {block.name: index for index, block in enumerate(plate.blocks)}
        self._blocks: dict[int, tuple[int | None, int | None]] = {}  # layer -> in the middle, around it
        for index, layer in enumerate(plate.stack.layers):
            outer = names.get(layer.name)
            held = self._field.content.get(index)
            inner = outer if held is None else names.get(f"{layer.name}/{layer.regions[held[0]].name}")
            if held is not None and all(s >= p for s, p in zip(held[1], self._field.pitch, strict=True)):
                outer = inner
            if (inner, outer) != (None, None):
                self._blocks[index] = inner, outer
        self._present = sorted({b for pair in self._blocks.values() for b in pair if b is not None})

    @property
    def widened(self) -> bool:
        """True if its parts are not drawn in the mesh."""
        regions = [
            self._plate.stack.layers[index].regions[number] for index, (number, _) in self._field.content.items()
        ]
        return any(region.parts is not None and not region.parts.drawn for region in regions)

    @property
    def whole(self) -> set[str]:
        """Blocks that lie in its cells with all of their places."""
        found = set()
        for index, (number, _) in self._field.content.items():
            layer = self._plate.stack.layers[index]
            region = layer.regions[number]
            if len(region.polygons) == len(self._field.centres):
                found.add(f"{layer.name}/{region.name}")
        return found

    @property
    def varies(self) -> bool:
        """True if some layer that is there is not the same all over a cell."""
        return any(inner != outer for inner, outer in self._blocks.values())

    @cached_property
    def obstacle(self) -> str | None:
        """Why there is no unit cell of it, in words."""
        for block in self._present:
            name, axes = self._plate.blocks[block].name, self._materials[block].axes
            if self._laws[block].memory:
                return f"'{name}' remembers, and unit cells are elastic"
            if axes is not None and (axes.centre is not None or axes.angle):
                return f"the material of '{name}' lies turned"
        return None if self._cell.hangs_together else "a part of it touches nothing"

    @cached_property
    def _cell(self) -> LaminateCell:
        plies = []
        for index in sorted(self._blocks, key=lambda one: self._plate.stack.layers[one].bottom):
            layer, held = self._plate.stack.layers[index], self._field.content.get(index)
            size = self._field.pitch if held is None else held[1]
            phases = (None if block is None else self._present.index(block) for block in self._blocks[index])
            plies.append(Ply(layer.bottom - self._height, layer.top - self._height, size, *phases))
        return LaminateCell(self._field.pitch, tuple(plies), len(self._present), self._flat)

    @cached_property
    def _reduced(self) -> ReducedCell:
        highest = max(_REFLOW, *(self._laws[block].reference for block in self._present))
        ladder = np.linspace(_ROOM, highest, _SETS)[:, None]
        return reduced_cell(
            self._cell, np.array([self._stiffness(np.repeat(kelvin, len(self._present))) for kelvin in ladder])
        )

    def _stiffness(self, kelvin: Array) -> Array:
        """(phases, 6, 6) stiffness (Pa) at a temperature (K) of each."""
        pairs = zip(self._present, kelvin, strict=True)
        return np.array([full(self._laws[block].moduli(np.array([at])))[0] for block, at in pairs])

    def _at(self, temperature: float | Array) -> list[tuple[Integers, CellSection, Array, Array]]:
        """Cells (as rows of `cells`) at the same temperatures, their section, thermal strain, stiffness of phases."""
        layer_of = [next(i for i, pair in self._blocks.items() if block in pair) for block in self._present]
        if isinstance(temperature, np.ndarray):
            rows, group = np.unique(temperature[np.ix_(np.array(layer_of), self.cells)].T, axis=0, return_inverse=True)
        else:
            rows, group = np.full((1, len(layer_of)), float(temperature)), np.zeros(len(self.cells), dtype=int)
        found: list[tuple[Integers, CellSection, Array, Array]] = []
        for number, kelvin in enumerate(rows):
            strains = [
                self._laws[b].free_strain(np.array([at]))[0] for b, at in zip(self._present, kelvin, strict=True)
            ]
            mine, stiffness = np.flatnonzero(group.ravel() == number), self._stiffness(kelvin)
            found.append((mine, self._reduced.at(stiffness), np.array(strains), stiffness))
        return found

    def resultants(self, temperature: float | Array, births: Mapping[int, Array]) -> tuple[Array, Array]:
        """(cells, 3, 3, 3) A, B, D and (cells, CORNERS, 6) free resultants.

        Args:
            temperature: as of `Section`.
            births: as of `Births.shape`.
        """
        free_of = self._free(births)
        corners = free_of.shape[1]
        stiffness, free = np.empty((len(self.cells), 3, 3, 3)), np.empty((len(self.cells), corners, 6))
        for mine, section, strains, _ in self._at(temperature):
            s = section.stiffness
            stiffness[mine] = s[:3, :3], s[:3, 3:], s[3:, 3:]
            p, q = self._with(strains, free_of[mine])
            free[mine] = np.einsum("bui,ncbi->ncu", section.force, p) + np.einsum("bui,ncbi->ncu", section.moment, q)
        return stiffness, free

    def stress(self, layer: int, shape: Array, temperature: float | Array, births: Mapping[int, Array]) -> Array:
        """(cells, CORNERS, 2, 3) mean stress (Pa) of the block shown, at bottom and top of its layer; NaN for none.

        Args:
            layer: its index.
            shape: (cells, CORNERS, 6) strain and curvature of the plate.
            temperature: as of `Section`.
            births: as of `Births.shape`.
        """
        found, free_of = np.full((*shape.shape[:2], 2, 3), np.nan), self._free(births)
        one = self._plate.stack.layers[layer]
        faces = one.bottom - self._height, one.top - self._height
        shown = self._plate.block[layer, self.cells]
        for mine, section, strains, _ in self._at(temperature):
            p, q = self._with(strains, free_of[mine])
            for block in np.unique(shown[mine][shown[mine] != EMPTY]):
                here, phase = mine[shown[mine] == block], self._present.index(block)
                rows = np.searchsorted(mine, here)
                line = _mean_stress(section, phase, shape[here], p[rows], q[rows])[..., _IN_PLANE]
                for side, z in enumerate(faces):
                    found[here, :, side] = line[:, :, 0] + z * line[:, :, 1]
        return found

    def apart(self, temperature: float | Array, shape: Array, births: Mapping[int, Array]) -> dict[int, Array]:
        """Births of parts with which they would have the stress they have now if they strained as the plate does.

        Dies move apart on what is soft below them, and what is then born between them is without stress there: from
        then on all of them count from where they are. Arguments as of `stress`.

        Returns:
            (cells, CORNERS, 6) by the numbers of `Births.shape`, of layers that are not the same all over a cell; of
            the layer as such where its parts are drawn.
        """
        free_of, layers, found = self._free(births), len(self._plate.stack.layers), dict[int, Array]()
        varying = [(index, pair) for index, pair in self._blocks.items() if pair[0] != pair[1]]
        for index, _ in varying:
            found[index] = births[index][self.cells] if index in births else np.zeros_like(shape)
        for mine, section, strains, stiffness in self._at(temperature):
            p, q = self._with(strains, free_of[mine])
            for index, pair in varying:
                for key, block in zip((layers + index, 2 * layers + index), pair, strict=True):
                    if block is None:
                        continue
                    phase = self._present.index(block)
                    line = _mean_stress(section, phase, shape[mine], p, q) @ np.linalg.inv(stiffness[phase])
                    born = shape[mine] - line[..., _IN_PLANE].reshape(*line.shape[:2], 6)
                    born[..., :2] -= strains[phase, :2]
                    found.setdefault(key, np.zeros_like(shape))[mine] = born
                    drawn = self._plate.block[index, self.cells[mine]] == block
                    found[index][mine[drawn]] = born[drawn]
        return found

    def _free(self, births: Mapping[int, Array]) -> Array:
        """(cells, CORNERS, phases, 6) strain and curvature of the plate where phases were born."""
        layers = len(self._plate.stack.layers)
        corners = next((len(shape[0]) for shape in births.values()), 4)
        found = np.zeros((len(self.cells), corners, len(self._present), 6))
        for index, (inner, outer) in self._blocks.items():
            keys = (
                {inner: index, outer: index} if inner == outer else {inner: layers + index, outer: 2 * layers + index}
            )
            for block, key in keys.items():
                if block is not None and key in births:
                    found[:, :, self._present.index(block)] = births[key][self.cells]
        return found

    @staticmethod
    def _with(strains: Array, born: Array) -> tuple[Array, Array]:
        """Free strain (cells, CORNERS, phases, 6) at the reference height, and its slope along z."""
        p, q = np.zeros_like(born), np.zeros_like(born)
        p[..., :3] = strains
        p[..., _IN_PLANE] += born[..., :3]
        q[..., _IN_PLANE] = born[..., 3:]
        return p, q

    def mass(self) -> float:
        """Mass per area (kg/m^2)."""
        total = 0.0
        for index, (inner, outer) in self._blocks.items():
            held = self._field.content.get(index)
            share = 1.0 if held is None else held[1][0] * held[1][1] / (self._field.pitch[0] * self._field.pitch[1])
            for block, part in ((inner, share), (outer, 1.0 - share)):
                if block is not None and part > 0.0:
                    total += part * self._materials[block].density * self._plate.stack.layers[index].thickness
        return total


def _mean_stress(section: CellSection, phase: int, shape: Array, p: Array, q: Array) -> Array:
    """(n, CORNERS, 2, 6) mean stress (Pa) of a phase at the reference height, and its slope along z.

    Args:
        section: of the cell.
        phase: its number.
        shape: (n, CORNERS, 6) of the plate.
        p: (n, CORNERS, phases, 6) free strain at the reference height.
        q: its slope.
    """
    sums = np.einsum("mvu,ncu->ncmv", section.stress[phase], shape)
    for part, values in enumerate((p, q)):
        sums += np.einsum("mvbw,ncbw->ncmv", section.bound[phase][:, :, :, part], values)
    v0, v1, v2 = section.moments[phase]
    return np.einsum("km,ncmv->nckv", np.linalg.inv(np.array([[v0, v1], [v1, v2]])), sums)
