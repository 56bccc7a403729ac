"""What the layers of a plate remember: points through their thickness, under the best points of each plane cell.

Of layers whose law is linear in the strain two points do: their stress is linear over the thickness; and of thin ones.
Of others there are five, the faces among them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from mpi4py import MPI

from meshes.cell_fields import CellFields
from meshes.plate import PlateMesh
from solver.arrays import Array, Integers
from solver.materials.laws.compiled import prepare
from solver.materials.laws.response import LawNotConverged, MaterialLaw, moments_of
from solver.materials.material import Material
from solver.physics.plate.die_field import FieldSection
from solver.physics.plate.field_increment import Tried
from solver.physics.plate.field_memory import FieldMemory
from solver.physics.plate.piece import IN_CELLS, FieldPiece, Part, Piece, added, judged, like, pieces
from solver.physics.plate.plane_stress import Increment, PlaneAnswer, answer
from solver.physics.plate.section import CORNERS, Births, Resultants, of_cells
from solver.physics.plate.temperatures import Temperature
from solver.physics.solid.answers import no_answer

_CHUNK = 1024  # cells at a time: bounds the memory
_NOTHING = 1e3  # Pa: stress that is none


@dataclass(frozen=True)
class Remembered:
    """Of the points of all pieces, by name; no array is ever changed.

    Attributes:
        state: (cells, places, count, k) what the law remembers.
        across: (cells, places, count, 3) strains zz, yz, xz since birth; in unit cells (cells, places, count, 6) all.
        stress: (cells, places, count, 3) xx, yy, xy (Pa).
        kelvin: temperature.
        most: mean equivalent stress at its largest so far (Pa).
        varied: (cells, points, k) of unit cells, what is remembered beside lines, as of `PieceModes`.
    """

    state: Mapping[str, Array]
    across: Mapping[str, Array]
    stress: Mapping[str, Array]
    kelvin: Temperature
    most: Mapping[str, float]
    varied: Mapping[str, Array] = field(default_factory=dict)


class PlateMemory:
    """Of the owned cells of one plate.

    Args:
        plate: the mesh with the layers present.
        materials, laws: one per block.
        height: of the reference plane (m).
        births: of the layers.
        to_points: (CORNERS, CORNERS) from values at corners to those at the best points.
        kelvin: temperature it is at.
        sections: fields whose unit cells have a memory.

    Attributes:
        pieces: blocks with a memory, by name, in unit cells and beside them.
        cells: fields of unit cells with a memory.
        now: what they remember.
        linear: True if all laws are.
        spoilt: by the length of the increment that is tried, part of the stress of the block it spoils most.
    """

    def __init__(
        self, plate: PlateMesh, materials: Sequence[Material], laws: Sequence[MaterialLaw], height: float,
        births: Births, to_points: Array, kelvin: Temperature, sections: Sequence[FieldSection] = (),
    ) -> None:  # fmt: skip
        self._plate, self._births, self._to_points = plate, births, to_points
        if any(law.memory for law in laws):
            prepare(plate.comm)
        self.pieces = {piece.name: piece for piece in pieces(plate, materials, laws, height, sections)}
        mine = [piece for piece in self.pieces.values() if isinstance(piece, FieldPiece)]
        self.cells = [
            FieldMemory(one, [piece for piece in mine if piece.field == one.number], plate, to_points)
            for one in sections
        ]
        self.linear = all(law.linear for law in laws)
        self.spoilt = 0.0
        self._most: dict[str, float] = {}
        self._trial: dict[str, Array] = {}
        fresh = {name: _newborn(piece) for name, piece in self.pieces.items()}
        none = {name: np.zeros((*values.shape[:3], 3)) for name, values in fresh.items()}
        across = {name: np.zeros((*fresh[name].shape[:3], piece.beside)) for name, piece in self.pieces.items()}
        self._modes = {name: modes for one in self.cells for name, modes in one.modes.items()}
        varied = {name: modes.newborn(len(modes.piece.cells)) for name, modes in self._modes.items()}
        self.now = Remembered(fresh, across, none, kelvin, dict.fromkeys(fresh, 0.0), varied)
        self._confirmed: Remembered | None = None
        self._end: tuple[Temperature, float] = kelvin, 0.0
        self._affine: dict[tuple[str, int], Part] = {}  # of laws that are affine in this increment, once known

    @property
    def plain(self) -> dict[str, Piece]:
        """Those that are integrated layer by layer."""
        return {name: piece for name, piece in self.pieces.items() if not isinstance(piece, FieldPiece)}

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
        self._trial, self._affine = dict(self.now.across), {}
        self._begin_cells()

    def _begin_cells(self) -> None:
        for cells in self.cells:
            cells.begin()

    @property
    def _tried(self) -> Tried:
        return Tried(*self._end, self.now)

    def respond(self, shape: Array) -> Resultants | None:
        """Resultants by which the pieces answer, None if a law finds no answer. Collective.

        Args:
            shape: (local cells, CORNERS, 6) strain and curvature (1/m) of the plate at the best points.

        Returns:
            Of owned cells, zero on others; free resultants at the best points.
        """
        count = len(self._plate.cell)
        stiffness, free, found = np.zeros((count, 3, 6)), np.zeros((count, CORNERS, 6)), True
        others: list[Part] = []
        trial = {name: values.copy() for name, values in self._trial.items()}
        for cells in self.cells:
            cells.prepare(self._tried)
        try:
            for piece, part, got in self._asked(shape, final=False):
                one, even = added(piece, part, got, shape)
                beside = trial[piece.name]
                beside[part] = got.across.reshape(beside[part].shape)
                if even:
                    self._affine[piece.name, part.start] = one
                else:
                    others.append(one)
            for cells in self.cells:
                others += cells.respond(shape, self._tried)
        except LawNotConverged:
            found = False
        if not self._plate.comm.allreduce(found, MPI.LAND):
            return None
        self._trial = trial
        for one in (*self._affine.values(), *others):
            stiffness[one.cells] += one.stiffness
            free[one.cells] += one.free
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
        for cells in self.cells:
            cells.prepare(self._tried)
        errors: dict[str, Array] = dict.fromkeys(self.pieces, np.zeros(3))
        parts = now.state, now.across, now.stress, now.varied
        state, across, stress, varied = ({name: values.copy() for name, values in part.items()} for part in parts)
        try:
            for piece, part, got, beside in self._ends(shape):
                errors[piece.name] = errors[piece.name] + judged(got)
                for target, values in ((state, got.response.new), (across, got.across), (stress, got.stress)):
                    whole = target[piece.name]
                    whole[part] = values.reshape(whole[part].shape)
                if beside is not None:
                    varied[piece.name][part] = beside
        except LawNotConverged:
            found = False
        if not self._plate.comm.allreduce(found, MPI.LAND):
            raise no_answer(self.seconds)
        self._spoil(errors)
        self._confirmed = Remembered(state, across, stress, self._end[0], {**now.most, **self._most}, varied)

    def commit(self) -> None:
        """Accept the increment that was confirmed."""
        assert self._confirmed is not None
        self.snapshot = self._confirmed

    def _ends(self, shape: Array) -> Iterator[tuple[Piece, slice | Integers, PlaneAnswer, Array | None]]:
        yield from ((*one, None) for one in self._asked(shape, final=True))
        for cells in self.cells:
            yield from cells.end(shape, self._tried)

    def _asked(self, shape: Array, final: bool) -> Iterator[tuple[Piece, slice, PlaneAnswer]]:
        """Piece, some of its cells, and their answer, all points of a cell after each other."""
        (after, seconds), before = self._end, self.now.kelvin
        for piece in self.plain.values():
            for start in range(0, len(piece.cells), _CHUNK):
                if not final and (piece.name, start) in self._affine:
                    continue
                part = slice(start, start + _CHUNK)
                plane = self._since_birth(piece, part, shape)
                ends = [piece.kelvin(at, part, self._to_points) for at in (before, after)]
                angle = piece.angle if len(piece.angle) == 1 else piece.angle[part].repeat(CORNERS * piece.count)
                old, beside = self.now.state[piece.name][part], self._trial[piece.name][part]
                flat = plane.reshape(-1, 3), beside.reshape(-1, 3), angle, Increment(ends[0], ends[1], seconds)
                yield piece, part, answer(piece.law, *flat, old.reshape(len(flat[0]), -1), final)

    def _since_birth(self, piece: Piece, part: slice, shape: Array) -> Array:
        """(cells, CORNERS, count, 3) strain of some cells of a piece."""
        born, cells, heights = self._births.of(piece.layer), piece.cells[part], of_cells(piece.heights, part)
        since = shape[cells]
        if born is not None:
            since = since - np.einsum("pq,nqk->npk", self._to_points, born[cells])
        return np.asarray(since[:, :, None, :3] + heights[:, None, :, None] * since[:, :, None, 3:])

    def _spoil(self, errors: Mapping[str, Array]) -> None:
        """What the length of the increment has spoilt of the stress of a block, most of all, as a part of it."""
        if self.linear:
            return
        total = self._plate.comm.allreduce(np.array(list(errors.values())), MPI.SUM)
        count = np.maximum(total[:, 2], 1.0)
        most = np.maximum([self.now.most[name] for name in errors], total[:, 1] / count)
        self._most = dict(zip(errors, most.tolist(), strict=True))
        self.spoilt = float((total[:, 0] / count / np.maximum(most, _NOTHING)).max(initial=0.0))

    def moments(self, kelvin: Temperature, seconds: float) -> list[float]:
        """Times (s) on an even way to a temperature at which rates jump, as of `solid.memory`. Collective."""
        mine: list[float] = []
        for name, (before, after) in self._way(kelvin).items():
            piece = self.pieces[name]
            if len(piece.cells):
                old = self.now.state[name].reshape(-1, piece.law.memory)
                mine += moments_of(piece.law, np.resize(after, len(old)), np.resize(before, len(old)), seconds, old)
        return sorted({time for of_rank in self._plate.comm.allgather(mine) for time in of_rank})

    def _way(self, kelvin: Temperature) -> dict[str, list[Array]]:
        """Temperatures of the points of pieces now, and at others: as of `Piece.kelvin`. Collective in a field."""
        ends, found = (self.kelvin, kelvin), dict[str, list[Array]]()
        for name, one in self.plain.items():
            found[name] = [one.kelvin(at, slice(None), self._to_points) for at in ends]
        for cells in self.cells:
            for name, piece in cells.pieces.items():
                found[name] = [cells.hot.of_points(piece, at, np.arange(len(piece.cells))) for at in ends]
        return found

    # ---- other times, other plates

    @property
    def snapshot(self) -> Remembered:
        """What is remembered now."""
        return self.now

    @snapshot.setter
    def snapshot(self, kept: Remembered) -> None:
        self.now, self._confirmed = kept, None
        self._end, self._affine = (kept.kelvin, 0.0), {}
        self._begin_cells()

    @property
    def values(self) -> Remembered:
        """What is remembered now: another object after every increment."""
        return self.now

    def fields(self) -> dict[str, CellFields]:
        """What is remembered, by piece, for other plates."""
        keys, comm = self._plate.keys, self._plate.comm
        found = {}
        for name, piece in self.pieces.items():
            values = {"state": self.now.state[name], "across": self.now.across[name]}
            if isinstance(piece, FieldPiece):
                values["shares"] = np.tile(piece.shares, (len(piece.cells), 1))
            if name in self._modes:
                values["varied"] = self.now.varied[name]
            found[name] = CellFields(comm, keys[piece.cells], values)
        return found

    def inherit(self, other: "PlateMemory", kelvin: Temperature) -> None:
        """Take what another plate remembers, at a temperature; what was not there is newborn. Collective.

        Cells that were unit cells and are no more have the mean of their parts, those that become one have it in each.
        """
        state, across, varied = ({**one} for one in (self.now.state, self.now.across, self.now.varied))
        fields = other.fields()
        for name, piece in self.pieces.items():
            for known_as in sorted(fields):
                if known_as.split(IN_CELLS)[0] != name.split(IN_CELLS)[0]:
                    continue
                known, found = fields[known_as].transferred(self._plate.keys[piece.cells])
                values = {key: found[key][known] for key in found.names}
                for target, key in ((state, "state"), (across, "across")):
                    mine = target[name].copy()
                    mine[known] = like(values[key], values.get("shares"), mine.shape[1:])
                    target[name] = mine
                if name in self._modes:
                    mine = varied[name].copy()
                    mine[known] = self._modes[name].alike(state[name][known][:, 0, 0])
                    if known_as in other._modes:
                        mine[known] = self._modes[name].from_other(other._modes[known_as], values["varied"])
                    varied[name] = mine
        self.snapshot = Remembered(state, across, self.now.stress, kelvin, self.now.most, varied)

    def settle(self, shape: Array) -> None:
        """Modes of unit cells begin with a shape, as of `respond`: to be called once all is inherited."""
        varied = {**self.now.varied}
        for cells in self.cells:
            varied |= cells.settled(shape, Tried(self.kelvin, 0.0, self.now))
        self.snapshot = replace(self.now, varied=varied)

    @property
    def kept(self) -> dict[str, tuple[Piece, Array]]:
        """What a checkpoint keeps, by name: the piece, and values of its cells."""
        parts = {"state": self.now.state, "across": self.now.across, "varied": self.now.varied}
        return {
            f"{part} of {name}": (self.pieces[name], values)
            for part, of_piece in parts.items()
            for name, values in of_piece.items()
        }

    def restore(self, found: Mapping[str, Array], kelvin: Temperature) -> None:
        """Take what `kept` names, at a temperature."""
        now = self.now
        state, across, varied = (
            {name: found[f"{part} of {name}"] for name in values}
            for part, values in (("state", now.state), ("across", now.across), ("varied", now.varied))
        )
        self.snapshot = Remembered(state, across, now.stress, kelvin, now.most, varied)

    @property
    def scale(self) -> Array:
        """(n,) mean equivalent stress of blocks at its largest (Pa), in the order of their names."""
        return np.array([self.now.most[name] for name in sorted(self.now.most)])

    @scale.setter
    def scale(self, most: Array) -> None:
        self.snapshot = replace(self.now, most=dict(zip(sorted(self.now.most), map(float, most), strict=True)))

    # ---- what is read

    def lines(self, cells: FieldMemory, shape: Array) -> tuple[Array, Array]:
        """As of `FieldMemory.lines`, of what is remembered now; an increment that is tried is not touched."""
        kept, trying = cells.tries, Tried(self.kelvin, 0.0, self.now)
        cells.begin()
        found = cells.lines(shape, trying)
        cells.tries = kept
        return found

    def strain(self, name: str, shape: Array) -> Array:
        """(cells, places, count, 6) strain of a piece since birth, those across as of the increment accepted last."""
        if isinstance(self.pieces[name], FieldPiece):
            return self.now.across[name]
        plane, across = self._since_birth(self.pieces[name], slice(None), shape), self.now.across[name]
        return np.concatenate([plane[..., :2], across, plane[..., 2:]], axis=-1)

    def readings(self) -> dict[str, dict[str, Array]]:
        """Of each piece what its law lets one read: (cells, places, count) each."""
        found = {}
        for name, piece in self.pieces.items():
            state = self.now.state[name]
            read = piece.law.readings(state.reshape(-1, piece.law.memory))
            found[name] = {key: values.reshape(state.shape[:3]) for key, values in read.items()}
        return found


def _newborn(piece: Piece) -> Array:
    shape = len(piece.cells), piece.places, piece.count
    return piece.law.initial(int(np.prod(shape))).reshape(*shape, piece.law.memory)
