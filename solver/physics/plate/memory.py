"""What the layers of a plate remember: points through their thickness, under the best points of each plane cell.

Of layers whose law is linear in the strain two points do: their stress is linear over the thickness. Of others there
are five, the faces among them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from mpi4py import MPI

from meshes.cell_fields import CellFields
from meshes.plate import PlateMesh
from solver.arrays import Array, Integers
from solver.materials.laws.compiled import prepare
from solver.materials.laws.response import LawNotConverged, MaterialLaw, moments_of
from solver.materials.material import Material
from solver.physics.plate.plane_stress import Increment, PlaneAnswer, answer
from solver.physics.plate.section import CORNERS, Births, Resultants, Temperature, symmetric_moduli, there
from solver.physics.solid.answers import no_answer

_LINEAR = np.array([-1.0, 1.0]) / np.sqrt(3.0), np.array([0.5, 0.5])  # Gauss: places of -1 to 1, parts of the whole
_END = np.sqrt(3.0 / 7.0)
_OTHERS = np.array([-1.0, -_END, 0.0, _END, 1.0]), np.array([9.0, 49.0, 64.0, 49.0, 9.0]) / 180.0  # Lobatto
_CHUNK = 256  # cells at a time: bounds the memory
_NOTHING = 1e3  # Pa: stress that is none


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
        low, high: faces (m from the reference height).
    """

    name: str
    number: int
    layer: int
    law: MaterialLaw
    cells: Integers
    angle: Array
    low: float
    high: float

    @property
    def count(self) -> int:
        """Points over the thickness."""
        return len(_LINEAR[0] if self.law.linear else _OTHERS[0])

    @property
    def heights(self) -> Array:
        """(count,) of its points (m)."""
        places = _LINEAR[0] if self.law.linear else _OTHERS[0]
        return np.asarray(0.5 * (self.low + self.high) + 0.5 * (self.high - self.low) * places)

    @property
    def weights(self) -> Array:
        """(count,) thickness they stand for (m)."""
        return np.asarray((self.high - self.low) * (_LINEAR[1] if self.law.linear else _OTHERS[1]))

    def faces(self, values: Array) -> Array:
        """(..., 2, m) at bottom and top of values (..., count, m) at its points."""
        if not self.law.linear:
            return values[..., [0, -1], :]
        middle, half = values.mean(axis=-2), 0.5 * np.sqrt(3.0) * (values[..., 1, :] - values[..., 0, :])
        return np.stack([middle - half, middle + half], axis=-2)


@dataclass(frozen=True)
class Remembered:
    """Of the points of all pieces, by name; no array is ever changed.

    Attributes:
        state: (cells, CORNERS, count, k) what the law remembers.
        across: (cells, CORNERS, count, 3) strains zz, yz, xz since birth.
        stress: (cells, CORNERS, count, 3) xx, yy, xy (Pa).
        kelvin: temperature.
        most: mean equivalent stress at its largest so far (Pa).
    """

    state: Mapping[str, Array]
    across: Mapping[str, Array]
    stress: Mapping[str, Array]
    kelvin: Temperature
    most: Mapping[str, float]


class PlateMemory:
    """Of the owned cells of one plate.

    Args:
        plate: the mesh with the layers present.
        materials, laws: one per block.
        height: of the reference plane (m).
        births: of the layers.
        to_points: (CORNERS, CORNERS) from values at corners to those at the best points.
        kelvin: temperature it is at.

    Attributes:
        pieces: blocks with a memory, by name.
        now: what they remember.
        linear: True if all laws are.
        spoilt: by the length of the increment that is tried, part of the stress of the block it spoils most.
    """

    def __init__(
        self, plate: PlateMesh, materials: Sequence[Material], laws: Sequence[MaterialLaw], height: float,
        births: Births, to_points: Array, kelvin: Temperature,
    ) -> None:  # fmt: skip
        self._plate, self._births, self._to_points = plate, births, to_points
        if any(law.memory for law in laws):
            prepare(plate.comm)
        self.pieces = {piece.name: piece for piece in _pieces(plate, materials, laws, height)}
        self.linear = all(law.linear for law in laws)
        self.spoilt = 0.0
        self._tried: dict[str, float] = {}
        self._trial: dict[str, Array] = {}
        fresh = {name: _newborn(piece) for name, piece in self.pieces.items()}
        none = {name: np.zeros((*values.shape[:3], 3)) for name, values in fresh.items()}
        self.now = Remembered(fresh, none, none, kelvin, dict.fromkeys(fresh, 0.0))
        self._confirmed: Remembered | None = None
        self._end: tuple[Temperature, float] = kelvin, 0.0

    @property
    def kelvin(self) -> Temperature:
        """At the last increment that was accepted."""
        return self.now.kelvin

    @property
    def seconds(self) -> float:
        """Of the increment that is tried."""
        return self._end[1]

    # ---- increments

    def begin(self, kelvin: Temperature, seconds: float) -> None:
        """Set the end of the increment that is tried: its temperature, and the time it takes."""
        self._end, self._confirmed = (kelvin, seconds), None
        self._trial = dict(self.now.across)

    def respond(self, shape: Array) -> Resultants | None:
        """Resultants by which the pieces answer, None if a law finds no answer. Collective.

        Args:
            shape: (local cells, CORNERS, 6) strain and curvature (1/m) of the plate at the best points.

        Returns:
            Of owned cells, zero on others; free resultants at the best points.
        """
        count = len(self._plate.cell)
        stiffness, free, found = np.zeros((count, 3, 6)), np.zeros((count, CORNERS, 6)), True
        errors: dict[str, Array] = dict.fromkeys(self.pieces, np.zeros(3))
        try:
            for piece, part, got in self._asked(shape, final=False):
                cells = piece.cells[part]
                powers = piece.weights * np.stack([np.ones_like(piece.heights), piece.heights, piece.heights**2])
                q = np.broadcast_to(got.moduli, (got.stress.shape[0], 3, 3)).reshape(len(cells), CORNERS, -1, 3, 3)
                mine = np.einsum("az,nzij->naij", powers, q.mean(axis=1))
                stiffness[cells] += symmetric_moduli(mine)
                stress = got.stress.reshape(len(cells), CORNERS, -1, 3)
                e, k = shape[cells, :, :3], shape[cells, :, 3:]
                for row, (low, high) in enumerate(((0, 1), (1, 2))):
                    elastic = np.einsum("nij,ncj->nci", mine[:, low], e) + np.einsum("nij,ncj->nci", mine[:, high], k)
                    actual = np.einsum("z,nczi->nci", powers[row], stress)
                    free[cells, :, 3 * row : 3 * row + 3] += elastic - actual
                across = self._trial[piece.name].copy()
                across[part] = got.across.reshape(across[part].shape)
                self._trial[piece.name] = across
                errors[piece.name] = errors[piece.name] + _judged(got)
        except LawNotConverged:
            found = False
        if not self._plate.comm.allreduce(found, MPI.LAND):
            return None
        self._spoil(errors)
        return Resultants(stiffness, free)

    def confirm(self, strain: Callable[[], Array]) -> None:
        """Have the answer at the end of the increment that is tried, for `commit`. Collective.

        Args:
            strain: gives the shape it ended with, as of `respond`.

        Raises:
            Diverged: on all ranks, where a law on one of them finds no answer: the increment is too large.
            NotConvergedError: the same of an increment of no time.
        """
        if self._confirmed is not None:
            return
        now, shape, found = self.now, strain(), True
        state, across, stress = (
            {name: values.copy() for name, values in part.items()} for part in (now.state, now.across, now.stress)
        )
        try:
            for piece, part, got in self._asked(shape, final=True):
                for target, values in ((state, got.response.new), (across, got.across), (stress, got.stress)):
                    whole = target[piece.name]
                    whole[part] = values.reshape(whole[part].shape)
        except LawNotConverged:
            found = False
        if not self._plate.comm.allreduce(found, MPI.LAND):
            raise no_answer(self.seconds)
        self._confirmed = Remembered(state, across, stress, self._end[0], {**now.most, **self._tried})

    def commit(self) -> None:
        """Accept the increment that was confirmed."""
        assert self._confirmed is not None
        self.snapshot = self._confirmed

    def _asked(self, shape: Array, final: bool) -> Iterator[tuple[Piece, slice, PlaneAnswer]]:
        """Piece, some of its cells, and their answer, all points of a cell after each other."""
        (after, seconds), before = self._end, self.now.kelvin
        for piece in self.pieces.values():
            for start in range(0, len(piece.cells), _CHUNK):
                part = slice(start, start + _CHUNK)
                cells = piece.cells[part]
                plane = self._since_birth(piece, part, shape)
                each = CORNERS * piece.count
                ends = [_spread(there(at, piece.layer, cells), each) for at in (before, after)]
                angle = piece.angle if len(piece.angle) == 1 else piece.angle[part].repeat(each)
                old, beside = self.now.state[piece.name][part], self._trial[piece.name][part]
                flat = plane.reshape(-1, 3), beside.reshape(-1, 3), angle, Increment(ends[0], ends[1], seconds)
                yield piece, part, answer(piece.law, *flat, old.reshape(len(flat[0]), -1), final)

    def _since_birth(self, piece: Piece, part: slice, shape: Array) -> Array:
        """(cells, CORNERS, count, 3) strain of some cells of a piece."""
        born, cells = self._births.of(piece.layer), piece.cells[part]
        since = shape[cells]
        if born is not None:
            since = since - np.einsum("pq,nqk->npk", self._to_points, born[cells])
        return np.asarray(since[:, :, None, :3] + piece.heights[:, None] * since[:, :, None, 3:])

    def _spoil(self, errors: Mapping[str, Array]) -> None:
        """What the length of the increment has spoilt of the stress of a block, most of all, as a part of it."""
        if self.linear:
            return
        total = self._plate.comm.allreduce(np.array(list(errors.values())), MPI.SUM)
        count = np.maximum(total[:, 2], 1.0)
        most = np.maximum([self.now.most[name] for name in errors], total[:, 1] / count)
        self._tried = dict(zip(errors, most.tolist(), strict=True))
        self.spoilt = float((total[:, 0] / count / np.maximum(most, _NOTHING)).max(initial=0.0))

    def moments(self, kelvin: Temperature, seconds: float) -> list[float]:
        """Times (s) on an even way to a temperature at which rates jump, as of `solid.memory`. Collective."""
        mine: list[float] = []
        for piece in self.pieces.values():
            if len(piece.cells):
                old = self.now.state[piece.name].reshape(-1, piece.law.memory)
                each = CORNERS * piece.count
                before, after = (
                    np.resize(_spread(there(at, piece.layer, piece.cells), each), len(old))
                    for at in (self.kelvin, kelvin)
                )
                mine += moments_of(piece.law, after, before, seconds, old)
        return sorted({time for of_rank in self._plate.comm.allgather(mine) for time in of_rank})

    # ---- other times, other plates

    @property
    def snapshot(self) -> Remembered:
        """What is remembered now."""
        return self.now

    @snapshot.setter
    def snapshot(self, kept: Remembered) -> None:
        self.now, self._confirmed = kept, None
        self._end = kept.kelvin, 0.0

    @property
    def values(self) -> Remembered:
        """What is remembered now: another object after every increment."""
        return self.now

    def fields(self) -> dict[str, CellFields]:
        """What is remembered, by piece, for checkpoints and other plates."""
        keys, comm = self._plate.keys, self._plate.comm
        return {
            name: CellFields(comm, keys[piece.cells], {"state": self.now.state[name], "across": self.now.across[name]})
            for name, piece in self.pieces.items()
        }

    def inherit(self, fields: Mapping[str, CellFields], kelvin: Temperature) -> None:
        """Take what was remembered before, as of `fields`; what was not there is newborn. Collective."""
        state, across = dict(self.now.state), dict(self.now.across)
        for name, piece in self.pieces.items():
            if name not in fields:
                continue
            known, found = fields[name].transferred(self._plate.keys[piece.cells])
            for target, values in ((state, found["state"]), (across, found["across"])):
                mine = target[name].copy()
                mine[known] = values[known]
                target[name] = mine
        self.snapshot = Remembered(state, across, self.now.stress, kelvin, self.now.most)

    def restore(self, found: Mapping[str, tuple[Array, Array]], kelvin: Temperature) -> None:
        """Take, by piece, `state` and `across` of `fields`, as a checkpoint kept them, at a temperature."""
        state, across = ({name: one[part] for name, one in found.items()} for part in (0, 1))
        self.snapshot = Remembered(state, across, self.now.stress, kelvin, self.now.most)

    @property
    def scale(self) -> Array:
        """(n,) mean equivalent stress of blocks at its largest (Pa), in the order of their names."""
        return np.array([self.now.most[name] for name in sorted(self.now.most)])

    @scale.setter
    def scale(self, most: Array) -> None:
        self.snapshot = replace(self.now, most=dict(zip(sorted(self.now.most), map(float, most), strict=True)))

    # ---- what is read

    def strain(self, name: str, shape: Array) -> Array:
        """(cells, CORNERS, count, 6) strain of a piece since birth, those across as of the increment accepted last."""
        plane, across = self._since_birth(self.pieces[name], slice(None), shape), self.now.across[name]
        return np.concatenate([plane[..., :2], across, plane[..., 2:]], axis=-1)

    def readings(self) -> dict[str, dict[str, Array]]:
        """Of each piece what its law lets one read: (cells, CORNERS, count) each."""
        found = {}
        for name, piece in self.pieces.items():
            state = self.now.state[name]
            read = piece.law.readings(state.reshape(-1, piece.law.memory))
            found[name] = {key: values.reshape(state.shape[:3]) for key, values in read.items()}
        return found


def _pieces(
    plate: PlateMesh, materials: Sequence[Material], laws: Sequence[MaterialLaw], height: float
) -> Iterator[Piece]:
    middles = plate.plane.points[plate.plane.quads[plate.cell]].mean(axis=1)
    for number, (block, law) in enumerate(zip(plate.blocks, laws, strict=True)):
        if not law.memory:
            continue
        layer = next(index for index, one in enumerate(plate.stack.layers) if one.name == block.layer)
        cells = np.flatnonzero(plate.block[layer, : plate.owned] == number)
        axes, one = materials[number].axes, plate.stack.layers[layer]
        angle = np.zeros(1) if axes is None else axes.angles(middles[cells])
        same = sum(other.name == block.name for other in plate.blocks[:number])  # classes of a copper map share a name
        name = f"{block.name} {same + 1}" if same else block.name
        yield Piece(name, number, layer, law, cells, angle, one.bottom - height, one.top - height)


def _newborn(piece: Piece) -> Array:
    shape = len(piece.cells), CORNERS, piece.count
    return piece.law.initial(int(np.prod(shape))).reshape(*shape, piece.law.memory)


def _spread(kelvin: Array, each: int) -> Array:
    """(1,) of one temperature, else one for every point of the cells."""
    return kelvin if len(kelvin) == 1 else kelvin.repeat(each)


def _judged(got: PlaneAnswer) -> Array:
    """(3,) sums of error and equivalent stress over points (Pa), and their number."""
    xx, yy, xy = got.stress.T
    mises = np.sqrt(xx**2 - xx * yy + yy**2 + 3.0 * xy**2)
    error = 0.0 if got.response.error is None else float(got.response.error.sum())
    return np.array([error, mises.sum(), len(mises)])
