"""Blocks of a plate whose laws have a memory: their points over the thickness, and what their answers add up to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from meshes.plate import PlateMesh
from solver.arrays import Array, Integers
from solver.materials.laws.response import MaterialLaw
from solver.materials.material import Material
from solver.physics.plate.die_field import FieldSection
from solver.physics.plate.plane_stress import PlaneAnswer
from solver.physics.plate.section import CORNERS, of_cells, symmetric_moduli
from solver.physics.plate.temperatures import Temperature, at_places, through

_LINEAR = np.array([-1.0, 1.0]) / np.sqrt(3.0), np.array([0.5, 0.5])  # Gauss: places of -1 to 1, parts of the whole
_END = np.sqrt(3.0 / 7.0)
_OTHERS = np.array([-1.0, -_END, 0.0, _END, 1.0]), np.array([9.0, 49.0, 64.0, 49.0, 9.0]) / 180.0  # Lobatto
_THIN = 0.02  # of the stack-up: over a layer as thin as that strain hardly varies, and two points do for any law
_ACROSS = 3  # strains zz, yz, xz
IN_CELLS = " in cells "  # in the names of what is in unit cells
_EVEN = 1e-12  # part of moduli that they may vary by within a cell to be the same all over it


@dataclass(frozen=True)
class Piece:
    """A block with a memory.

    Attributes:
        name: of the block.
        number: of the block in the mesh.
        layer: its index in the stack-up.
        law: of the block.
        cells: owned cells.
        angle: (cells or 1,) of the axes of its material (rad).
        low, high: (cells or 1,) faces (m from the reference height).
        few: True if two points over its thickness do.
        places: points in the plane of each cell.
        beside: strains of a point that the plate does not say.
    """

    places: ClassVar[int] = CORNERS
    beside: ClassVar[int] = 3

    name: str
    number: int
    layer: int
    law: MaterialLaw
    cells: Integers
    angle: Array
    low: Array
    high: Array
    few: bool

    @property
    def _points(self) -> tuple[Array, Array]:
        return _LINEAR if self.few else _OTHERS

    @property
    def places_through(self) -> Array:
        """(levels,) of its points through the layer, from -1 to 1."""
        return self._points[0]

    @property
    def count(self) -> int:
        """Points over the thickness."""
        return len(self._points[0])

    @property
    def heights(self) -> Array:
        """(cells or 1, count) of its points (m)."""
        middle, half = 0.5 * (self.low + self.high), 0.5 * (self.high - self.low)
        return np.asarray(middle[:, None] + half[:, None] * self._points[0])

    @property
    def weights(self) -> Array:
        """(cells or 1, count) thickness they stand for (m)."""
        return np.asarray((self.high - self.low)[:, None] * self._points[1])

    def kelvin(self, temperature: Temperature, part: slice, to_points: Array) -> Array:
        """(1,) temperature (K) of all points of some cells, or one of each, all points of a cell after each other.

        Args:
            temperature: of the plate.
            part: which of the cells.
            to_points: (CORNERS, CORNERS) from values at corners to those at the best points.
        """
        values = through(temperature, self.layer, self.cells[part])
        if not isinstance(temperature, np.ndarray):
            return values.ravel()
        return np.asarray(at_places(np.einsum("pq,nqz->npz", to_points, values), self.places_through).ravel())

    def faces(self, values: Array) -> Array:
        """(..., 2, m) at bottom and top of values (..., count, m) at its points."""
        if not self.few:
            return values[..., [0, -1], :]
        middle, half = values.mean(axis=-2), 0.5 * np.sqrt(3.0) * (values[..., 1, :] - values[..., 0, :])
        return np.stack([middle - half, middle + half], axis=-2)


@dataclass(frozen=True)
class FieldPiece(Piece):
    """A block with a memory in unit cells: its points lie in one phase after the other, through the height of each.

    It is even: nothing repeats in layers that taper.

    Attributes:
        field: its number.
        phases: of the cell.
        shares: of the area of the cell, one per phase.
    """

    places: ClassVar[int] = 1
    beside: ClassVar[int] = 6

    field: int
    phases: tuple[int, ...]
    shares: tuple[float, ...]

    @property
    def levels(self) -> Array:
        """(levels,) heights of the points of one phase (m)."""
        return np.asarray(super().heights[0])

    @property
    def count(self) -> int:
        """Points over all phases."""
        return len(self.phases) * super().count

    @property
    def heights(self) -> Array:
        """(1, count) of its points (m)."""
        return np.tile(super().heights, len(self.phases))

    @property
    def weights(self) -> Array:
        """(1, count) volume they stand for, by area of the cell (m)."""
        return np.outer(self.shares, super().weights).reshape(1, -1)

    @property
    def fit(self) -> Array:
        """(2, levels) from values at the points of a phase to that at the reference height, and the slope along z."""
        w, z = super().weights[0], self.levels
        powers = np.stack([w, w * z])
        return np.asarray(np.linalg.solve(powers @ np.stack([np.ones_like(z), z]).T, powers))

    def lines(self, values: Array) -> Array:
        """(n, phases, 2, m) lines through values (n, count, m) at its points."""
        by_phase = values.reshape(len(values), len(self.phases), -1, values.shape[-1])
        return np.asarray(np.einsum("kz,npzi->npki", self.fit, by_phase))

    def at_points(self, lines: Array) -> Array:
        """(n, count, m) values at its points of lines (n, phases, 2, m)."""
        found = lines[:, :, None, 0] + self.levels[:, None] * lines[:, :, None, 1]
        return np.asarray(found.reshape(len(lines), self.count, lines.shape[-1]))


@dataclass(frozen=True)
class Part:
    """What some cells of a piece add to the resultants.

    Attributes:
        cells: local cells.
        stiffness, free: as of `Resultants`, free resultants at the best points.
    """

    cells: Integers
    stiffness: Array
    free: Array


def added(piece: Piece, part: slice, got: PlaneAnswer, shape: Array) -> tuple[Part, bool]:
    """Of an answer to a shape, and True if it is that to any shape: the law is affine, its moduli even in each cell."""
    cells = piece.cells[part]
    weights, z = of_cells(piece.weights, part), of_cells(piece.heights, part)
    powers = weights * np.stack([np.ones_like(z), z, z**2])
    q = np.broadcast_to(got.moduli, (got.stress.shape[0], 3, 3)).reshape(len(cells), CORNERS, -1, 3, 3)
    mine = np.einsum("anz,nzij->naij", powers, q.mean(axis=1))
    stress = got.stress.reshape(len(cells), CORNERS, -1, 3)
    e, k, free = shape[cells, :, :3], shape[cells, :, 3:], np.empty((len(cells), CORNERS, 6))
    for row, (low, high) in enumerate(((0, 1), (1, 2))):
        elastic = np.einsum("nij,ncj->nci", mine[:, low], e) + np.einsum("nij,ncj->nci", mine[:, high], k)
        free[:, :, 3 * row : 3 * row + 3] = elastic - np.einsum("nz,nczi->nci", powers[row], stress)
    found = Part(cells, symmetric_moduli(mine), free)
    even = piece.law.linear and np.ptp(q, axis=1).max(initial=0.0) <= _EVEN * np.abs(q).max(initial=0.0)
    return found, bool(even)


def pieces(
    plate: PlateMesh,
    materials: Sequence[Material],
    laws: Sequence[MaterialLaw],
    height: float,
    fields: Sequence[FieldSection] = (),
) -> Iterator[Piece]:
    """Those of a plate, in its unit cells and beside them; arguments as of `memory.PlateMemory`."""
    plain = np.ones(plate.owned, dtype=bool)
    for field in fields:
        plain[field.cells[field.cells < plate.owned]] = False
    middles = plate.plane.points[plate.plane.quads[plate.cell]].mean(axis=1)
    for number, (block, law) in enumerate(zip(plate.blocks, laws, strict=True)):
        if not law.memory:
            continue
        layer = next(index for index, one in enumerate(plate.stack.layers) if one.name == block.layer)
        cells = np.flatnonzero((plate.block[layer, : plate.owned] == number) & plain)
        axes, one = materials[number].axes, plate.stack.layers[layer]
        angle = np.zeros(1) if axes is None else axes.angles(middles[cells])
        same = sum(other.name == block.name for other in plate.blocks[:number])  # classes of a copper map share a name
        name = f"{block.name} {same + 1}" if same else block.name
        few = law.linear or one.thickness < _THIN * plate.stack.thickness
        faces = [np.atleast_1d(plate.heights(level)) - height for level in (one.bottom, one.top)]
        low, high = (of_cells(face, cells) for face in faces)
        yield Piece(name, number, layer, law, cells, angle, low, high, few)
        for field in fields:
            if number in field.present:
                phases = tuple(field.of(number))
                shares = tuple(float(field.reduced.moments[phase, 0]) / one.thickness for phase in phases)
                mine = field.cells[field.cells < plate.owned]
                of = name + IN_CELLS + str(field.number + 1), number, layer, law, mine, np.zeros(1)
                yield FieldPiece(*of, low, high, few, field.number, phases, shares)


def judged(got: PlaneAnswer) -> Array:
    """(3,) sums of error and equivalent stress over points (Pa), and their number."""
    xx, yy, xy = got.stress.T
    mises = np.sqrt(xx**2 - xx * yy + yy**2 + 3.0 * xy**2)
    error = 0.0 if got.response.error is None else float(got.response.error.sum())
    return np.array([error, mises.sum(), len(mises)])


def like(values: Array, shares: Array | None, shape: tuple[int, ...]) -> Array:
    """(cells, *shape) of points in another piece of a block: in unit cells, or layer by layer.

    Args:
        values: (cells, places, count, k).
        shares: (cells, phases) of the area of unit cells they are in.
        shape: places, count and k there are to be.
    """
    if values.shape[1:] == shape or not len(values):
        return values.reshape(len(values), *shape)
    if shares is None:
        through = values.mean(axis=1)
    else:
        by_phase = values.reshape(*shares.shape, -1, values.shape[-1])
        through = np.einsum("np,npzk->nzk", shares / shares.sum(axis=1, keepdims=True), by_phase)
    if values.shape[-1] != shape[-1]:  # strains across a layer, of them or to them
        beside = np.zeros((*through.shape[:2], shape[-1]))
        zz = through[..., 2] if shape[-1] == _ACROSS else through[..., 0]
        beside[..., 0 if shape[-1] == _ACROSS else 2] = zz
        through = beside
    parts = shape[1] // through.shape[1]
    return np.broadcast_to(np.tile(through, (1, parts, 1))[:, None], (len(values), *shape))
