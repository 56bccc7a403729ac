"""What unit cells of a plate remember: transformation field analysis on the fields of a reduced cell.

Every law answers an increment with sigma = D : eps + s, whatever it is that it remembers. In a cell with the moduli D
of the increment, s is a strain -D^-1 s by which phases want to grow, known where the memory is: at points through the
height of every phase, which strain as the phase does in the mean (G. J. Dvorak, Proc. R. Soc. A 437 (1992) 311). Lines
p + z q through the points are the strain that is free of stress. What strains vary by beside such lines is remembered
by modes where the law is linear (`field_modes.py`), and answered by D where it is not. Stress that does not follow the
strain in that way is asked for again at the strain it leads to.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from mpi4py import MPI

from meshes.plate import PlateMesh
from solver.arrays import Array, Integers
from solver.homogenise.reduced import CellSection
from solver.materials.elasticity import MODULI, full
from solver.materials.laws.response import LawNotConverged, Response
from solver.physics.plate.die_field import FieldSection
from solver.physics.plate.field_increment import Affine, Alike, Linear, Tried
from solver.physics.plate.field_modes import PieceModes
from solver.physics.plate.phase_temperatures import PhaseTemperatures
from solver.physics.plate.piece import FieldPiece, Part
from solver.physics.plate.plane_stress import PlaneAnswer
from solver.physics.plate.section import symmetric_moduli

_IN_PLANE = np.array([0, 1, 5])  # of Voigt components
_TURNS = 40
_CLOSE, _NEAR = 1e-9, 1e-6  # change of strain, as a part of the largest, at which it ends; within Newton's method
_LOOSE = 1e-4  # part of its moduli, by which what remembers resists fields that a cell begins with
_EVEN, _NEARLY = 1e-9, 0.1  # part of moduli that they may vary by over cells, and over those that are about as hot


class FieldMemory:
    """Of the owned cells of one field.

    Args:
        section: of the field, some of whose blocks remember.
        pieces: its blocks that do.
        plate: the mesh.
        to_points: (CORNERS, CORNERS) from values at corners to those at the best points.

    Attributes:
        section: of the field.
        cells: owned cells.
        modes: of pieces whose laws are linear, by name.
        tries: what is known of the increment that is tried.
    """

    def __init__(self, section: FieldSection, pieces: Sequence[FieldPiece], plate: PlateMesh, to_points: Array) -> None:
        self._comm = plate.comm
        self.section, self.pieces = section, {piece.name: piece for piece in pieces}
        self._rows = np.flatnonzero(section.cells < plate.owned)
        self.cells: Integers = section.cells[self._rows]
        born = {phase: values[self._rows] for phase, values in section.born.items()}
        self._born = {phase: np.einsum("pq,nqk->npk", to_points, values) for phase, values in born.items()}
        self._births = np.zeros((len(self.cells), len(section.phases), 2, 6))  # mean over a cell
        for phase, values in self._born.items():
            mean = values.mean(axis=1)
            self._births[:, phase, 0, _IN_PLANE], self._births[:, phase, 1, _IN_PLANE] = mean[:, :3], mean[:, 3:]
        self.hot = PhaseTemperatures(section, self._rows, self._comm)
        self._remembers = {phase: piece for piece in pieces for phase in piece.phases}
        of_block = {piece.number: piece for piece in pieces}
        self.modes, self._modes = dict[str, PieceModes](), 0
        for block, variation in zip(section.varied, section.reduced.variations, strict=True):
            piece, end = of_block[block], self._modes + variation.count
            self.modes[piece.name] = PieceModes(piece, variation, slice(self._modes, end))
            self._modes = end
        self.tries: list[Alike] | None = None
        self._trial: Array = np.zeros((len(self.cells), 12 * len(section.phases)))  # free strains that were added last

    def begin(self) -> None:
        """Another increment is tried."""
        self.tries = None

    def prepare(self, tried: Tried) -> None:
        """Ask what is affine; `respond` and `end` of the same increment follow. Collective."""
        if self.tries is None:
            self.tries = list(self._groups_of(tried))

    def settled(self, shape: Array, tried: Tried) -> dict[str, Array]:
        """What modes remember, by piece, once the cells begin with a shape of the plate, as of `respond`. Collective.

        The fields they have then are those with which what remembers hardly resists but in the mean: whatever it has
        been strained by beside that went with fields of other cells, and is its natural shape in these.
        """
        found = {name: tried.old.varied[name].copy() for name in self.modes}
        loose = np.ones(len(self.section.phases))
        loose[[phase for modes in self.modes.values() for phase in modes.piece.phases]] = _LOOSE
        for one in self._groups_of(tried, loose) if found else ():
            free, spread = one.free.reshape(len(one.rows), -1), one.section.spread[:, : one.free[0].size]
            amplitude = shape[self.cells[one.rows]].mean(axis=1) @ one.section.amplitude.T + free @ spread.T
            for name, modes in self.modes.items():
                found[name][one.rows] = modes.begun(found[name][one.rows], amplitude[:, modes.slots])
        return found

    def respond(self, shape: Array, tried: Tried) -> list[Part]:
        """What the cells add to the resultants.

        Args:
            shape: (local cells, CORNERS, 6) strain and curvature (1/m) of the plate at the best points.
            tried: the increment.

        Raises:
            LawNotConverged: a law finds no answer.
        """
        found = []
        for one in self._groups:
            here = shape[self.cells[one.rows]]
            whole, free = one.section.stiffness, one.resultants
            stiffness = np.broadcast_to(whole, (len(here), 6, 6))
            if one.bends:
                added, softer = self._bent(one, here.mean(axis=1), tried, _NEAR)
                stiffness = stiffness + softer
                free = free + (self._free(one, added) + np.einsum("nij,nj->ni", softer, here.mean(axis=1)))[:, None]
            blocks = np.stack([stiffness[:, :3, :3], stiffness[:, :3, 3:], stiffness[:, 3:, 3:]], axis=1)
            even = 0.5 * (blocks + blocks.swapaxes(-1, -2))
            found.append(Part(self.cells[one.rows], symmetric_moduli(even), free))
        return found

    def end(self, shape: Array, tried: Tried) -> Iterator[tuple[FieldPiece, Integers, PlaneAnswer, Array | None]]:
        """Pieces, rows of their cells, and their answer at the end of an increment; `across` are strains since birth.

        The last is what their modes remember, (n, points, k). Arguments and errors as of `respond`.
        """
        for one in self._groups:
            here = shape[self.cells[one.rows]].mean(axis=1)
            free = one.free + self._bent(one, here, tried)[0] if one.bends else one.free
            lines, amplitude = self._lines(one, here, free, sorted(self._remembers)), one.amplitudes(here, free)
            for name, piece in self.pieces.items():
                since = piece.at_points(self._since(one, piece, lines))
                got = self._answered(piece, one.rows, since, tried)
                plane = PlaneAnswer(got.stress[:, _IN_PLANE], got.tangent.moduli, since.reshape(-1, 6), got)
                beside = None if name not in self.modes else self._varied(one, name, amplitude, tried)
                yield piece, one.rows, plane, beside

    def _varied(self, one: Alike, name: str, amplitude: Array, tried: Tried) -> Array:
        """(n, points, k) what the modes of a piece remember at the end of an increment."""
        modes = self.modes[name]
        ends = [self.hot.of_piece(modes.piece, at, one.rows) for at in (tried.old.kelvin, tried.kelvin)]
        kept, strains = tried.old.varied[name][one.rows], amplitude[:, modes.slots]
        return modes.ended(tried, one.linear[name], kept, strains, (ends[0], ends[1]))

    # ---- what is read from a state

    def lines(self, shape: Array, tried: Tried) -> tuple[Array, Array]:
        """(cells, CORNERS, phases, 2, 6) strain of all phases, and stress (Pa), with the slope of each along z.

        Arguments as of `respond`; of an increment of no time they are those of the state.
        """
        self.prepare(tried)
        count = len(self.section.phases)
        strain = np.empty((len(self.cells), shape.shape[1], count, 2, 6))
        stress = np.empty_like(strain)
        for one in self._groups:
            here = shape[self.cells[one.rows]]
            free = one.free + self._bent(one, here.mean(axis=1), tried)[0] if one.bends else one.free
            by_plate, by_free = one.strains_of(range(count))
            own = one.pushes(free) @ by_free.T
            found = here @ by_plate.T + own[:, None]
            strain[one.rows] = found.reshape(*here.shape[:2], count, 2, 6)
            elastic = strain[one.rows] - free[:, None]
            stress[one.rows] = np.einsum("pij,ncpkj->ncpki", one.stiffness, elastic)
        return strain, stress

    def mean(self, lines: Array, block: int) -> Array:
        """(cells, CORNERS, 2, 6) line of a block, from lines of all phases."""
        phases = self.section.of(block)
        v0, v1, v2 = self.section.reduced.moments[phases].T
        powers = np.array([[v0, v1], [v1, v2]]).transpose(2, 0, 1)
        sums = np.einsum("pab,ncpbi->ncai", powers, lines[:, :, phases])
        return np.asarray(np.einsum("ab,ncbi->ncai", np.linalg.inv(powers.sum(axis=0)), sums))

    @property
    def births(self) -> Array:
        """(cells, phases, 2, 6) strain and slope at birth."""
        return self._births

    # ---- an increment

    @property
    def _groups(self) -> list[Alike]:
        assert self.tries is not None, "prepare the increment first"
        return self.tries

    def _answered(self, piece: FieldPiece, rows: Integers, strain: Array, tried: Tried) -> Response:
        """As of `Tried.of`, at the temperatures of its points."""
        ends = (self.hot.of_points(piece, at, rows) for at in (tried.old.kelvin, tried.kelvin))
        return tried.of(piece, rows, strain, *ends)

    def _groups_of(self, tried: Tried, beside: Array | None = None) -> Iterator[Alike]:
        """Cells that are about as hot; `beside` as of `ReducedCell.at`. Collective."""
        groups = self.hot.groups(tried.old.kelvin, tried.kelvin)
        kelvin, affine = self.hot.means(groups, tried.kelvin), self._asked(groups, tried)
        linear = {name: modes.increments(tried, groups, self.hot) for name, modes in self.modes.items()}
        for k, rows in enumerate(groups):
            if len(rows):
                answers = {name: ones[k] for name, ones in affine.items()}
                yield self._made(
                    rows, kelvin[k], answers, {name: ones[k] for name, ones in linear.items()}, tried, beside
                )

    def _asked(self, groups: Sequence[Integers], tried: Tried) -> dict[str, list[Affine]]:
        """Answers of laws that are affine, with the same moduli in all cells of a group, or nearly so. Collective."""
        found = dict[str, list[Affine]]()
        in_field = any(isinstance(at, np.ndarray) for at in (tried.old.kelvin, tried.kelvin))
        for name, piece in self.pieces.items():
            if not piece.law.linear:
                continue
            since = tried.old.across[name][:, 0]
            stress, moduli = self._linear(piece, since, tried)
            means = self.hot.over_groups(groups, moduli.mean(axis=1))
            off = max(np.abs(moduli[rows] - mean).max(initial=0.0) for rows, mean in zip(groups, means, strict=True))
            most = (_NEARLY if in_field else _EVEN) * np.abs(means).max(initial=0.0)
            if self._comm.allreduce(float(off), MPI.MAX) > most:
                continue
            both = zip(groups, means, strict=True)
            found[name] = [Affine(piece, since[rows], stress[rows], full(mean)) for rows, mean in both]
        return found

    def _linear(self, piece: FieldPiece, since: Array, tried: Tried) -> tuple[Array, Array]:
        """(cells, count, 6) stress by which a linear law answers strains since birth, and (cells, count, 9) moduli."""
        if not len(since):
            return since, np.zeros((*since.shape[:2], len(MODULI)))
        got = self._answered(piece, np.arange(len(since)), since, tried)
        moduli = np.broadcast_to(got.tangent.moduli, (len(got.stress), got.tangent.moduli.shape[1]))
        return got.stress.reshape(since.shape), moduli.reshape(*since.shape[:2], -1)

    def _made(
        self,
        rows: Integers,
        kelvin: Array,
        answers: Mapping[str, Affine],
        linear: Mapping[str, Linear],
        tried: Tried,
        beside: Array | None,
    ) -> Alike:
        """Cells of a group; `kelvin` (phases or 1,) is its mean temperature."""
        phases, laws = self.section.phases, self.section.laws
        stiffness, free = np.empty((len(phases), 6, 6)), self._births[rows].copy()
        for number, phase in enumerate(phases):
            stiffness[number] = full(laws[phase.block].moduli(kelvin[number % len(kelvin)][None]))[0]
            if number not in self._remembers:
                free[:, number, :, :3] += self._thermal(number, rows, tried)
        for name, modes in self.modes.items():
            stiffness[list(modes.piece.phases)] = linear[name].stiffness
        for one in answers.values():
            mine = list(one.piece.phases)
            stiffness[mine] = one.moduli
            free[:, mine] -= one.piece.lines(one.stress - one.strain @ one.moduli) @ np.linalg.inv(one.moduli)
        section, pushed = self.section.reduced.at(stiffness, beside), np.zeros((len(rows), self._modes))
        for name, modes in self.modes.items():
            pushed[:, modes.slots] = -modes.asked(linear[name], tried.old.varied[name][rows])
        bends = tuple(piece for name, piece in self.pieces.items() if name not in answers)
        return Alike(rows, section, stiffness, free, pushed, self._beyond(rows, section), bends, linear)

    def _thermal(self, number: int, rows: Integers, tried: Tried) -> Array:
        """(n or 1, 2, 3) free strain of an elastic phase, and its slope."""
        phase, kelvin = self.section.phases[number], self.hot.of(tried.kelvin)
        if isinstance(tried.kelvin, np.ndarray):
            return self.section.free(phase, kelvin[rows, number])
        strain = self.section.laws[phase.block].free_strain(kelvin.ravel())
        return np.stack([strain, np.zeros_like(strain)], axis=1)

    def _beyond(self, rows: Integers, section: CellSection) -> Array:
        """(n, CORNERS, 6) free resultants of what births of elastic phases vary by within a cell."""
        found: Array = np.zeros((len(rows), 4, 6))
        for phase, values in self._born.items():
            if phase not in self._remembers:
                by = np.concatenate([section.force[phase][:, _IN_PLANE], section.moment[phase][:, _IN_PLANE]], axis=1)
                found += (values[rows] - values[rows].mean(axis=1, keepdims=True)) @ by.T
        return found

    def _free(self, one: Alike, strain: Array) -> Array:
        """(n, 6) free resultants of free strains (n, phases, 2, 6)."""
        return np.asarray(strain.reshape(len(strain), -1) @ one.by_free(range(strain.shape[1])).T)

    def _lines(self, one: Alike, shape: Array, free: Array, phases: Sequence[int]) -> Array:
        """(n, all phases, 2, 6) strain of phases, nothing of others, for shapes (n, 6) and free strains of all."""
        by_plate, by_free = one.strains_of(phases)
        found = shape @ by_plate.T + one.pushes(free) @ by_free.T
        lines = np.zeros_like(free)
        lines[:, list(phases)] = found.reshape(len(free), len(phases), 2, 6)
        return lines

    def _since(self, one: Alike, piece: FieldPiece, lines: Array) -> Array:
        """(n, phases of the piece, 2, 6) strain since birth."""
        mine = list(piece.phases)
        return np.asarray(lines[:, mine] - self._births[one.rows][:, mine])

    def _bent(self, one: Alike, shape: Array, tried: Tried, close: float = _CLOSE) -> tuple[Array, Array]:
        """Free strains (n, phases, 2, 6) of what bends, and (n, 6, 6) how much stiffer the cells are for it.

        Args:
            one: the cells.
            shape: (n, 6) of the plate there.
            tried: the increment.
            close: change of strain, as a part of the largest, from which stress is that of the strain it leads to.
        """
        phases = sorted({phase for piece in one.bends for phase in piece.phases})
        by_plate, by_free = one.strains_of(phases)
        slots = np.concatenate([np.arange(12 * phase, 12 * phase + 12) for phase in phases])
        known = shape @ by_plate.T + one.base(phases)
        own, added = by_free[:, slots], np.zeros_like(one.free)
        more = self._trial[one.rows][:, slots]
        for turn in range(_TURNS):
            lines = np.zeros_like(one.free)
            lines[:, phases] = (known + more @ own.T).reshape(len(shape), len(phases), 2, 6)
            answers = [self._ask(one, piece, lines, tried, added) for piece in one.bends]
            before, more = more, added.reshape(len(shape), -1)[:, slots].copy()
            size = max(np.abs(lines[..., 0, :]).max(initial=0.0), 1e-9)
            change = (np.abs(more - before) * self._reach(phases)).max(initial=0.0)
            if change <= close * size:
                break
            if turn == _TURNS - 1 or not np.isfinite(change):
                raise LawNotConverged(self.section.name_of(one.bends[0].number))
        self._trial[one.rows[:, None], slots] = more
        tangents = np.zeros((len(shape), len(phases), 6, 6))
        for piece, got in zip(one.bends, answers, strict=True):
            at = [phases.index(phase) for phase in piece.phases]
            tangents[:, at] = _tangent(got, len(shape), len(at)) - one.stiffness[piece.phases[0]]
        flexible = np.linalg.inv(one.stiffness[phases])
        by = one.by_free(phases).reshape(6, len(phases), 2, 6)
        to = by_plate.reshape(len(phases), 2, 6, 6)
        left = np.einsum("upki,pij->pkuj", by, flexible)  # (phases, 2, 6, 6)
        softer = sum(left[:, k] @ tangents @ to[:, k] for k in range(2)).sum(axis=1)
        return added, 0.5 * (softer + softer.swapaxes(-1, -2))

    def _ask(self, one: Alike, piece: FieldPiece, lines: Array, tried: Tried, added: Array) -> Response:
        """Fill in free strains of a piece: what its law answers."""
        since = piece.at_points(self._since(one, piece, lines))
        got, d = self._answered(piece, one.rows, since, tried), one.stiffness[piece.phases[0]]
        s = got.stress.reshape(since.shape) - since @ d
        added[:, list(piece.phases)] = -piece.lines(s) @ np.linalg.inv(d)
        return got

    def _reach(self, phases: Sequence[int]) -> Array:
        """(phases * 12,) 1 of strains, the height of the stack of slopes (m)."""
        return np.tile(np.repeat([1.0, self.section.thickness], 6), len(phases))


def _tangent(got: Response, cells: int, phases: int) -> Array:
    """(cells, phases, 6, 6) moduli (Pa) of an answer, mean over the height of each phase."""
    shape = cells, phases, -1
    moduli = np.broadcast_to(got.tangent.moduli, (len(got.stress), got.tangent.moduli.shape[1]))
    found = full(moduli.reshape(*shape, moduli.shape[1]).mean(axis=2))
    if got.tangent.softening is not None:
        soft = got.tangent.softening.reshape(*shape, 7)
        v = soft[..., 1:]
        found = found - (v * soft[..., :1]).swapaxes(-1, -2) @ v / soft.shape[2]
    return found
