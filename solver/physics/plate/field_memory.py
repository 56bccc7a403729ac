"""What unit cells of a plate remember: transformation field analysis on the fields of a reduced cell.

Every law answers an increment with sigma = D : eps + s, whatever it is that it remembers. In a cell with the moduli D
of the increment, s is a strain -D^-1 s by which phases want to grow, known where the memory is: at points through the
height of every phase, which strain as the phase does in the mean (G. J. Dvorak, Proc. R. Soc. A 437 (1992) 311). Lines
p + z q through the points are the strain that is free of stress. What the strain of a phase varies by beside such lines
it resists as it resists the lines in the mean over the field, by a secant: that part remembers nothing of its own.
Stress that does not follow the strain in that way is asked for again at the strain it leads to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from mpi4py import MPI

from meshes.plate import PlateMesh
from solver.arrays import Array, Integers
from solver.homogenise.reduced import CellSection
from solver.materials.elasticity import MODULI, full
from solver.materials.laws.response import LawNotConverged, Response
from solver.physics.plate.die_field import FieldSection
from solver.physics.plate.field_increment import Affine, Alike, Tried
from solver.physics.plate.phase_temperatures import PhaseTemperatures
from solver.physics.plate.piece import FieldPiece, Part
from solver.physics.plate.plane_stress import PlaneAnswer
from solver.physics.plate.section import symmetric_moduli

_IN_PLANE = np.array([0, 1, 5])  # of Voigt components
_TURNS = 40
_CLOSE, _NEAR = 1e-9, 1e-6  # change of strain, as a part of the largest, at which it ends; within Newton's method
_LEAST = 1e-3  # part of its moduli, the least by which a phase resists what its strain varies by
_SAME = 2e-3  # of a secant: change that none of it notices
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
        self.tries: list[Alike] | None = None
        self._trial: Array = np.zeros((len(self.cells), 12 * len(section.phases)))  # free strains that were added last

    def begin(self) -> None:
        """Another increment is tried."""
        self.tries = None

    def prepare(self, shape: Array, tried: Tried) -> None:
        """Ask what is affine; `respond` and `end` of the same increment follow. Collective.

        Secants are first those of the strain at the start, then those of the strain there is at its end by these.
        """
        if self.tries is not None:
            return
        groups = self.hot.groups(tried.old.kelvin, tried.kelvin)
        kelvin, affine = self.hot.means(groups, tried.kelvin), self._asked(groups, tried)
        asked = [
            (rows, kelvin[k], {name: ones[k] for name, ones in affine.items()})
            for k, rows in enumerate(groups)
            if len(rows)
        ]
        first = self._secants([one for _, _, answers in asked for one in answers.values()])
        made, ended = [self._made(rows, at, answers, first, tried) for rows, at, answers in asked], []
        for one, (rows, _, answers) in zip(made, asked, strict=True):
            lines = self._lines(one, shape[self.cells[rows]].mean(axis=1), one.free, sorted(self._remembers))
            for answer in answers.values():
                since = answer.piece.at_points(self._since(one, answer.piece, lines))
                moved = since - answer.strain
                stress = answer.stress + moved @ answer.moduli
                ended.append(replace(answer, strain=since, total=answer.total + moved, stress=stress))
        secants = self._secants(ended)
        if max(abs(secants[name] - part) for name, part in first.items()) > _SAME:
            made = [self._resisting(one, secants) for one in made]
        self.tries = made

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

    def end(self, shape: Array, tried: Tried) -> list[tuple[FieldPiece, Integers, PlaneAnswer]]:
        """Pieces, rows of their cells, and their answer at the end of an increment; `across` are strains since birth.

        Arguments and errors as of `respond`.
        """
        found = []
        for one in self._groups:
            here = shape[self.cells[one.rows]].mean(axis=1)
            free = one.free + self._bent(one, here, tried)[0] if one.bends else one.free
            lines = self._lines(one, here, free, sorted(self._remembers))
            for piece in self.pieces.values():
                since = piece.at_points(self._since(one, piece, lines))
                got = self._answered(piece, one.rows, since, tried)
                plane = PlaneAnswer(got.stress[:, _IN_PLANE], got.tangent.moduli, since.reshape(-1, 6), got)
                found.append((piece, one.rows, plane))
        return found

    # ---- what is read from a state

    def lines(self, shape: Array, tried: Tried) -> tuple[Array, Array]:
        """(cells, CORNERS, phases, 2, 6) strain of all phases, and stress (Pa), with the slope of each along z.

        Arguments as of `respond`; of an increment of no time they are those of the state.
        """
        self.prepare(shape, tried)
        count = len(self.section.phases)
        strain = np.empty((len(self.cells), shape.shape[1], count, 2, 6))
        stress = np.empty_like(strain)
        for one in self._groups:
            here = shape[self.cells[one.rows]]
            free = one.free + self._bent(one, here.mean(axis=1), tried)[0] if one.bends else one.free
            by_plate, by_free = one.strains_of(range(count))
            own = free.reshape(len(free), -1) @ by_free.T
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
            total = since + piece.at_points(self._births[:, list(piece.phases)])
            found[name] = [
                Affine(piece, since[rows], total[rows], stress[rows], full(mean))
                for rows, mean in zip(groups, means, strict=True)
            ]
        return found

    def _linear(self, piece: FieldPiece, since: Array, tried: Tried) -> tuple[Array, Array]:
        """(cells, count, 6) stress by which a linear law answers strains since birth, and (cells, count, 9) moduli."""
        if not len(since):
            return since, np.zeros((*since.shape[:2], len(MODULI)))
        got = self._answered(piece, np.arange(len(since)), since, tried)
        moduli = np.broadcast_to(got.tangent.moduli, (len(got.stress), got.tangent.moduli.shape[1]))
        return got.stress.reshape(since.shape), moduli.reshape(*since.shape[:2], -1)

    def _secants(self, answers: Sequence[Affine]) -> dict[str, float]:
        """Part of its moduli by which a piece resists the strain it has had so far, over all cells. Collective."""
        sums = {name: np.zeros(2) for name in self.pieces}
        for one in answers:
            sums[one.piece.name] += one.works
        total = self._comm.allreduce(np.array(list(sums.values())), MPI.SUM)
        return {
            name: float(np.clip(borne / elastic, _LEAST, 1.0)) if elastic > 0.0 else 1.0
            for name, (borne, elastic) in zip(sums, total, strict=True)
        }

    def _made(
        self, rows: Integers, kelvin: Array, answers: Mapping[str, Affine], secants: Mapping[str, float], tried: Tried
    ) -> Alike:
        """Cells of a group; `kelvin` (phases or 1,) is its mean temperature."""
        phases, laws = self.section.phases, self.section.laws
        stiffness, free = np.empty((len(phases), 6, 6)), self._births[rows].copy()
        for number, phase in enumerate(phases):
            stiffness[number] = full(laws[phase.block].moduli(kelvin[number % len(kelvin)][None]))[0]
            if number not in self._remembers:
                free[:, number, :, :3] += self._thermal(number, rows, tried)
        for one in answers.values():
            mine = list(one.piece.phases)
            stiffness[mine] = one.moduli
            free[:, mine] -= one.piece.lines(one.stress - one.strain @ one.moduli) @ np.linalg.inv(one.moduli)
        section = self._cell(stiffness, secants)
        bends = tuple(piece for name, piece in self.pieces.items() if name not in answers)
        return Alike(rows, section, stiffness, free, self._beyond(rows, section), bends)

    def _thermal(self, number: int, rows: Integers, tried: Tried) -> Array:
        """(n or 1, 2, 3) free strain of an elastic phase, and its slope."""
        phase, kelvin = self.section.phases[number], self.hot.of(tried.kelvin)
        if isinstance(tried.kelvin, np.ndarray):
            return self.section.free(phase, kelvin[rows, number])
        strain = self.section.laws[phase.block].free_strain(kelvin.ravel())
        return np.stack([strain, np.zeros_like(strain)], axis=1)

    def _resisting(self, one: Alike, secants: Mapping[str, float]) -> Alike:
        """The same cells with other secants."""
        section = self._cell(one.stiffness, secants)
        return Alike(one.rows, section, one.stiffness, one.free, self._beyond(one.rows, section), one.bends)

    def _cell(self, stiffness: Array, secants: Mapping[str, float]) -> CellSection:
        beside = np.ones(len(stiffness))
        for name, piece in self.pieces.items():
            beside[list(piece.phases)] = secants[name]
        return self.section.reduced.at(stiffness, beside)

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
        found = shape @ by_plate.T + free.reshape(len(free), -1) @ by_free.T
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
