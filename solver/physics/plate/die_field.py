"""What repeats in the plane of a plate: pitch cells have the stiffness and free resultants of their unit cell in 3-D.

Beside the edges of dies layers slide over each other, which no plate does; in the cell they do. Strain and curvature of
the plate are then means over the cell, and stress is the mean of every block in it, linear through its layer. What a
cell is like whose blocks remember is in `field_memory.py`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
from mpi4py import MPI

from meshes.plane import EMPTY
from meshes.plate import PlateMesh
from solver.arrays import Array, Integers
from solver.homogenise.laminate import LaminateCell, Ply
from solver.homogenise.reduced import CellSection, ReducedCell, softer
from solver.homogenise.store import reduced_cell
from solver.materials.elasticity import full
from solver.materials.laws.recent import Recent
from solver.materials.laws.response import MaterialLaw
from solver.materials.material import Material
from solver.physics.plate.phases import BESIDE_X, BESIDE_Y, CORNER, MIDDLE, Phase, born_in, by_birth, mean_stress
from solver.physics.plate.temperatures import SHARES, Temperature, line, through

_ROOM, _REFLOW = 298.15, 533.15  # K
_SETS = 12  # temperatures from one to the other, or to the highest a block is born at, at which moduli are looked at
_ALL, _INNER, _OUTER, _APART = range(4)  # times the number of layers: kinds of births, as of `Births.shape`
_NEAR = 1e-9
_IN_PLANE = (0, 1, 5)  # of Voigt components
_CORNERS = 4  # of a cell
_STEP = 1.0  # K, in which moduli of cells in a temperature field are taken; free strains are those of its places
_NOTHING = 1e-300

Alike = tuple[Integers, CellSection, Array, Array]  # cells with the same moduli, as of `FieldSection._at`


class FieldSection:
    """A field of a plate: the cells in it, and what they are.

    Args:
        plate: the plane mesh with the layers present.
        number: of the field.
        materials: one per block of the mesh.
        laws: one per block, or none of them: only the mass is asked for.
        height: of the reference plane (m).
        flat: True if the plate is held flat, and with it the bottom of every cell.
        births: as of `Births.shape`.

    Attributes:
        number: of the field.
        cells: local cells.
        laws: one per block.
        phases: of the unit cell.
        strained: of cells that remember, gives (cells, CORNERS, 6) strain and slope along z of a block, and those it
            was born at, as of `_strained`.
    """

    strained: Callable[[Array, int], tuple[Array, Array]] | None = None

    def __init__(
        self,
        plate: PlateMesh,
        number: int,
        materials: Sequence[Material],
        laws: Sequence[MaterialLaw],
        height: float,
        flat: bool = False,
        births: Mapping[int, Array] | None = None,
    ) -> None:
        self._births = {} if births is None else births
        self._recent = Recent[list[Alike]]()
        self._in_field: tuple[Array, list[Alike]] | None = None  # the last temperatures that were not uniform
        self._plate, self._field, self._height = plate, plate.fields[number], height
        self._materials, self.laws, self._flat, self.number = materials, laws, flat, number
        self.cells: Integers = np.flatnonzero(plate.field == number)
        self._middles = plate.plane.points[plate.plane.quads[plate.cell[self.cells]]].mean(axis=1)
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
        self.present = sorted({b for pair in self._blocks.values() for b in pair if b is not None})
        self.phases = [phase for index in self._blocks for phase in self._phases_of(index)]

    def _phases_of(self, index: int) -> Iterator[Phase]:
        """Of a layer; what was born on parts that had moved, or remembers, has strains of its own in each part."""
        inner, outer = self._blocks[index]
        apart = self._key(_APART, index) in self._births or (outer is not None and self._has_memory(outer))
        gaps = [size < pitch for size, pitch in zip(self._size(index), self._field.pitch, strict=True)]
        outside = [(BESIDE_X, gaps[0]), (BESIDE_Y, gaps[1]), (CORNER, all(gaps))]
        if inner is not None and not (apart and inner == outer):
            yield Phase(inner, index)
        elif inner is not None:
            yield Phase(inner, index, MIDDLE)
        if outer is not None and apart:
            yield from (Phase(outer, index, part) for part, there in outside if there)
        elif outer is not None and inner != outer:
            yield Phase(outer, index)

    @property
    def thickness(self) -> float:
        """Of the stack-up (m)."""
        return self._plate.stack.thickness

    def name_of(self, block: int) -> str:
        """Of a block, by its number."""
        return self._plate.blocks[block].name

    def _has_memory(self, block: int) -> bool:
        return bool(self.laws and self.laws[block].memory)

    @property
    def remembers(self) -> bool:
        """True if a block of it does."""
        return any(map(self._has_memory, self.present))

    @property
    def varied(self) -> list[int]:
        """Blocks whose memory is linear in the strain."""
        return [block for block in self.present if self._has_memory(block) and self.laws[block].linear]

    def _key(self, kind: int, index: int) -> int:
        """Number of `Births.shape`."""
        return kind * len(self._plate.stack.layers) + index

    def _size(self, index: int) -> tuple[float, float]:
        """Sides (m) of the part in a layer, or in the layer next to it that has one."""
        held = {other: size for other, (_, size) in self._field.content.items() if other in self._blocks}
        return held[self._nearest(index, held)] if held else self._field.pitch

    def _nearest(self, index: int, others: Collection[int]) -> int:
        """The one of some layers that is nearest to a layer."""
        one, layers = self._plate.stack.layers[index], self._plate.stack.layers
        return min(others, key=lambda k: max(layers[k].bottom - one.top, one.bottom - layers[k].top, -abs(k == index)))

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
        for block in self.present:
            name, axes = self._plate.blocks[block].name, self._materials[block].axes
            if axes is not None and (axes.centre is not None or axes.angle):
                return f"the material of '{name}' lies turned"
        return None if self._cell.hangs_together else "a part of it touches nothing"

    @cached_property
    def _cell(self) -> LaminateCell:
        plies = []
        for index in sorted(self._blocks, key=lambda one: self._plate.stack.layers[one].bottom):
            layer, (inner, outer) = self._plate.stack.layers[index], self._blocks[index]
            number = {phase.part: k for k, phase in enumerate(self.phases) if phase.layer == index}
            of_block = {phase.block: k for k, phase in enumerate(self.phases) if phase.layer == index}
            inside, outside = (None if block is None else of_block[block] for block in (inner, outer))
            inside, outside = number.get(MIDDLE, inside), number.get(CORNER, outside)
            beside = None if outside is None else (number.get(BESIDE_X, outside), number.get(BESIDE_Y, outside))
            low, high = layer.bottom - self._height, layer.top - self._height
            plies.append(Ply(low, high, self._size(index), inside, outside, beside))
        return LaminateCell(self._field.pitch, tuple(plies), len(self.phases), self._flat)

    @cached_property
    def reduced(self) -> ReducedCell:
        """The cell for moduli from room temperature to reflow, and for those of what has flowed or is liquid."""
        highest = max(_REFLOW, *(self.laws[block].reference for block in self.present))
        kelvin = np.linspace(_ROOM, highest, _SETS)
        found = {block: full(self.laws[block].moduli(kelvin)) for block in self.present}
        ladder = np.stack([np.broadcast_to(found[one.block], (_SETS, 6, 6)) for one in self.phases], axis=1)
        if not self.remembers:
            return reduced_cell(self._cell, ladder)
        remember = np.array([self._has_memory(phase.block) and self.laws[phase.block].linear for phase in self.phases])
        blocks = [self.of(block) for block in self.varied]
        return reduced_cell(self._cell, ladder, softer(ladder[_SETS // 2], remember), blocks)

    def _stiffness(self, kelvin: Array) -> Array:
        """(phases, 6, 6) stiffness (Pa) at a temperature (K) of each."""
        pairs = zip(self.phases, kelvin, strict=True)
        return np.array([full(self.laws[one.block].moduli(np.array([at])))[0] for one, at in pairs])

    def _at(self, temperature: Temperature) -> list[Alike]:
        """Cells (as rows of `cells`) with the same moduli, their section, free strains, and stiffness of phases.

        Free strains are lines along z (n or 1, CORNERS or 1, phases, 2, 3).
        """
        if isinstance(temperature, np.ndarray):
            if self._in_field is None or self._in_field[0] is not temperature:
                self._in_field = temperature, self._found_at(temperature)
            return self._in_field[1]
        return self._recent.of(np.float64(temperature).tobytes(), lambda: self._found_at(temperature))

    def _found_at(self, temperature: Temperature) -> list[Alike]:
        hot = self.hot(temperature)
        free = np.stack([self.free(phase, hot[:, :, k]) for k, phase in enumerate(self.phases)], axis=2)
        if isinstance(temperature, np.ndarray):
            each = hot.mean(axis=1) @ SHARES
            rows, group = np.unique(_STEP * np.rint(each / _STEP), axis=0, return_inverse=True)
        else:
            rows, group = hot[:, 0, :, 0], np.zeros(len(self.cells), dtype=int)
        found: list[Alike] = []
        for number, kelvin in enumerate(rows):
            mine, stiffness = np.flatnonzero(group.ravel() == number), self._stiffness(kelvin)
            strains = free[mine] if isinstance(temperature, np.ndarray) else free
            found.append((mine, self.reduced.at(stiffness), strains, stiffness))
        return found

    def hot(self, temperature: Temperature) -> Array:
        """(cells, CORNERS, phases, LEVELS) temperature (K) of all phases, as of `_kelvin`. Collective in a field."""
        return np.stack([self._kelvin(phase, temperature) for phase in self.phases], axis=2)

    def _kelvin(self, phase: Phase, temperature: Temperature) -> Array:
        """(cells, CORNERS, LEVELS) temperature (K) of a phase, (1, 1, 1) if uniform. Collective in a field.

        Of a block that is in a part of the pitch cells it is the mean over the places of the block in each of them.
        """
        values = through(temperature, phase.layer, self.cells)
        inner, outer = self._blocks[phase.layer]
        if not isinstance(temperature, np.ndarray) or inner == outer:
            return values
        plate = self._plate
        there = (plate.block[phase.layer, self.cells] == phase.block) & (self.cells < plate.owned)
        weight, cell = plate.plane.areas[plate.cell[self.cells]] * there, self._field.number_of(self._middles)
        rows = weight[:, None] * np.column_stack([values.mean(axis=1), np.ones(len(values))])
        sums = np.zeros((len(self._field.centres), rows.shape[1]))
        np.add.at(sums, cell, rows)
        plate.comm.Allreduce(MPI.IN_PLACE, sums, MPI.SUM)
        means = sums[:, :-1] / np.maximum(sums[:, -1:], _NOTHING)
        return np.where((sums[:, -1] > 0.0)[cell, None, None], means[cell, None], values)

    def free(self, phase: Phase, kelvin: Array) -> Array:
        """(..., 2, 3) free strain of a phase at the reference height, and its slope, at temperatures (..., LEVELS)."""
        layer = self._plate.stack.layers[phase.layer]
        free = self.laws[phase.block].free_strain(kelvin.ravel()).reshape(*kelvin.shape, 3)
        return line(free, layer.bottom - self._height, layer.top - self._height)

    def resultants(self, temperature: Temperature) -> tuple[Array, Array]:
        """(cells, 3, 3, 3) A, B, D and (cells, CORNERS, 6) free resultants, at a temperature as of `Section`."""
        corners = next((values.shape[1] for values in self.born.values()), _CORNERS)
        stiffness, free = np.empty((len(self.cells), 3, 3, 3)), np.empty((len(self.cells), corners, 6))
        for mine, section, strains, _ in self._at(temperature):
            s = section.stiffness
            stiffness[mine] = s[:3, :3], s[:3, 3:], s[3:, 3:]
            found = np.einsum("bui,ncbi->ncu", section.force[..., :3], strains[:, :, :, 0])
            found = found + np.einsum("bui,ncbi->ncu", section.moment[..., :3], strains[:, :, :, 1])
            for phase, values in self.born.items():
                found = found + values[mine] @ by_birth(section.force[phase], section.moment[phase]).T
            free[mine] = found
        return stiffness, free

    def stress(self, layer: int, shape: Array, temperature: Temperature) -> Array:
        """(cells, CORNERS, 2, 3) mean stress (Pa) of the block shown, at bottom and top of its layer; NaN for none.

        Args:
            layer: its index.
            shape: (cells, CORNERS, 6) strain and curvature of the plate.
            temperature: as of `Section`.
        """
        found = np.full((*shape.shape[:2], 2, 3), np.nan)
        one = self._plate.stack.layers[layer]
        faces = one.bottom - self._height, one.top - self._height
        shown = self._plate.block[layer, self.cells]
        for mine, section, strains, _ in self._at(temperature):
            for block in np.unique(shown[mine][shown[mine] != EMPTY]):
                here, phases = mine[shown[mine] == block], self.of(block)
                born = {phase: values[here] for phase, values in self.born.items()}
                free = strains if len(strains) == 1 else strains[shown[mine] == block]
                stress = mean_stress(section, phases, shape[here], free, born)[..., _IN_PLANE]
                for side, z in enumerate(faces):
                    found[here, :, side] = stress[:, :, 0] + z * stress[:, :, 1]
        return found

    def apart(self, temperature: Temperature, shape: Array) -> dict[int, Array]:
        """What is born now is to know of the parts that have moved, as `Births.shape` numbers it.

        Dies move apart on what is soft below them; what is born on them and between them is without stress there. Of
        every layer it is the strain of the part in the middle of its cell, or of the layer next to it. Where a cell is
        integrated layer by layer from now on (`drawn` parts), parts get births with which they have the stress they
        have if they strain as the plate does.

        Args:
            temperature: as of `Section`.
            shape: (cells, CORNERS, 6) strain and curvature of the plate.

        Returns:
            (cells, CORNERS, 6) each.
        """
        varying = [index for index, (inner, outer) in self._blocks.items() if inner not in (None, outer)]
        found = dict[int, Array]()
        for index in varying:
            drawn = found[index] = self._known(index).copy()
            for block in self._blocks[index]:
                if block is not None:
                    moved, born = self._strained(temperature, shape, block)
                    here = self._plate.block[index, self.cells] == block
                    drawn[here] = (shape - moved + born)[here]
                    if block == self._blocks[index][0]:
                        found[self._key(_APART, index)] = moved
        for index in range(len(self._plate.stack.layers)) if varying else ():
            found.setdefault(self._key(_APART, index), found[self._key(_APART, self._nearest(index, varying))])
        return found

    def _strained(self, temperature: Temperature, shape: Array, block: int) -> tuple[Array, Array]:
        """(cells, CORNERS, 6) mean strain of a block and its slope along z, and those it was born at."""
        if self.strained is not None:
            return self.strained(shape, block)
        phases, moved, born = self.of(block), np.empty_like(shape), np.zeros_like(shape)
        for phase in phases:
            born += self.born.get(phase, 0.0) / len(phases)
        for mine, section, strains, stiffness in self._at(temperature):
            known = {phase: values[mine] for phase, values in self.born.items()}
            stress = mean_stress(section, phases, shape[mine], strains, known)
            elastic = stress @ np.linalg.inv(stiffness[phases[0]])
            moved[mine] = elastic[..., _IN_PLANE].reshape(*elastic.shape[:2], 6) + born[mine]
            moved[mine, :, :2] += strains[:, :, phases[0], 0, :2]
            moved[mine, :, 3:5] += strains[:, :, phases[0], 1, :2]
        return moved, born

    def of(self, block: int) -> list[int]:
        """Phases of a block."""
        return [number for number, phase in enumerate(self.phases) if phase.block == block]

    @cached_property
    def born(self) -> dict[int, Array]:
        """Phase -> (cells, CORNERS, 6) strain and curvature where it was born, of those that were not born flat."""
        found = {number: self._birth(phase) for number, phase in enumerate(self.phases)}
        return {number: values for number, values in found.items() if values.any()}

    def _birth(self, phase: Phase) -> Array:
        inner, outer = self._blocks[phase.layer]
        kind = _ALL if inner == outer else _INNER if phase.block == inner else _OUTER
        mean = self._known(self._key(kind, phase.layer))
        if phase.part is None or self._key(_APART, phase.layer) not in self._births:
            return mean
        parts = zip(self._size(phase.layer), self._field.pitch, strict=True)
        within = self._known(self._key(_APART, phase.layer))
        return born_in(phase.part, mean, within, tuple(size / pitch for size, pitch in parts))

    def _known(self, key: int) -> Array:
        """(cells, CORNERS, 6) births by their number; zero if there are none."""
        corners = next((len(shape[0]) for shape in self._births.values()), 4)
        return self._births[key][self.cells] if key in self._births else np.zeros((len(self.cells), corners, 6))

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
