"""An increment of unit cells that remember, as values: what laws answer in it, and the cells with the moduli of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from solver.arrays import Array, Integers
from solver.homogenise.reduced import CellSection
from solver.materials.laws.response import Response
from solver.physics.plate.piece import FieldPiece
from solver.physics.plate.temperatures import Temperature


class Remembered(Protocol):
    """What points remember, as of `memory.Remembered`."""

    @property
    def state(self) -> Mapping[str, Array]:
        """(cells, 1, count, k) by piece."""

    @property
    def varied(self) -> Mapping[str, Array]:
        """(cells, points, k) by piece, as of `PieceModes`."""

    @property
    def across(self) -> Mapping[str, Array]:
        """(cells, 1, count, 6) strain since birth."""

    @property
    def kelvin(self) -> Temperature:
        """Temperature (K) of its points."""


@dataclass(frozen=True)
class Tried:
    """An increment from a certain state.

    Attributes:
        kelvin: at its end (K).
        seconds: it takes.
        old: what is remembered of its start.
    """

    kelvin: Temperature
    seconds: float
    old: Remembered

    def of(self, piece: FieldPiece, rows: Integers, strain: Array, before: Array, after: Array) -> Response:
        """What the law of a piece answers in some of its cells to strains (n, count, 6) since birth.

        Args:
            piece: of the cells.
            rows: of the cells.
            strain: since birth.
            before: (1,) or (n * count,) temperature (K) of its points at the start.
            after: the same at the end.
        """
        return self.by(piece, strain, self.old.state[piece.name][rows], before, after)

    def by(self, piece: FieldPiece, strain: Array, old: Array, before: Array, after: Array) -> Response:
        """The same of points that remember `old` (n, count, k)."""
        flat = np.ascontiguousarray(strain.reshape(-1, 6))
        return piece.law.respond(flat, after, before, self.seconds, old.reshape(len(flat), -1))


@dataclass(frozen=True, eq=False)
class Affine:
    """What a law answers in some cells, if that is affine in the strain.

    Attributes:
        piece: of the cells.
        strain: (n, count, 6) since birth, at the start of the increment.
        stress: (n, count, 6) at the end if it keeps that strain (Pa).
        moduli: (6, 6) of the increment (Pa).
    """

    piece: FieldPiece
    strain: Array
    stress: Array
    moduli: Array


@dataclass(frozen=True, eq=False)
class Linear:
    """An increment of a law that is linear in what it remembers and in strain, beside what it does without strain.

    Attributes:
        columns: of what is remembered, those that are not zero everywhere.
        stress, new: (columns, 6) (Pa) and (columns, memory) at its end, by what is remembered.
        by_strain, new_by_strain: (directions, 6) (Pa) and (directions, memory), by strain.
        stiffness: (6, 6) of the increment (Pa).
    """

    columns: Integers
    stress: Array
    new: Array
    by_strain: Array
    new_by_strain: Array
    stiffness: Array


@dataclass(frozen=True, eq=False)
class Alike:
    """Cells at the same temperatures in an increment.

    Attributes:
        rows: of the cells.
        section: of the cell, with the moduli D of the increment.
        stiffness: (phases, 6, 6) D (Pa).
        free: (n, phases, 2, 6) strain without stress and its slope along z, but for what `bends` adds.
        pushed: (n, modes) force on the amplitudes of modes (N/m) by what they remember.
        beyond: (n, CORNERS, 6) free resultants that vary within a cell.
        bends: pieces whose stress is not affine in the strain.
        linear: by piece, what its modes go by.
        known: what was worked out of `strains_of`.
        held: by name, what was worked out of the free strains.
    """

    rows: Integers
    section: CellSection
    stiffness: Array
    free: Array
    pushed: Array
    beyond: Array
    bends: tuple[FieldPiece, ...]
    linear: Mapping[str, Linear]
    known: dict[tuple[int, ...], tuple[Array, Array]] = field(default_factory=dict)
    held: dict[str, Array] = field(default_factory=dict)

    def pushes(self, free: Array | None = None) -> Array:
        """(n, phases * 12 + modes) free strains, its own if none are given, and forces on modes."""
        strains = self.free if free is None else free
        return np.concatenate([strains.reshape(len(self.rows), -1), self.pushed], axis=1)

    @property
    def resultants(self) -> Array:
        """(n, CORNERS, 6) free resultants, but for what `bends` adds."""
        if "resultants" not in self.held:
            by_pushes = np.concatenate([self.by_free(range(self.free.shape[1])), self.section.amplitude.T], axis=1)
            self.held["resultants"] = self.beyond + (self.pushes() @ by_pushes.T)[:, None]
        return self.held["resultants"]

    def base(self, phases: Sequence[int]) -> Array:
        """(n, phases * 12) lines of the strain of phases of a plate that does not strain, but for what `bends` adds."""
        key = repr(tuple(phases))
        if key not in self.held:
            self.held[key] = self.pushes() @ self.strains_of(phases)[1].T
        return self.held[key]

    def amplitudes(self, shape: Array, free: Array) -> Array:
        """(n, modes) of shapes (n, 6) of the plate and free strains of all phases."""
        return np.asarray(shape @ self.section.amplitude.T + self.pushes(free) @ self.section.spread.T)

    def by_free(self, phases: Sequence[int]) -> Array:
        """(6, phases * 12) free resultants by free strains of phases."""
        both = np.stack([self.section.force[list(phases)], self.section.moment[list(phases)]])  # (2, phases, 6, 6)
        return np.asarray(both.transpose(2, 1, 0, 3).reshape(6, -1))

    def strains_of(self, phases: Sequence[int]) -> tuple[Array, Array]:
        """Lines of the strain of phases by the plate (phases * 12, 6), and by `pushes`."""
        if tuple(phases) not in self.known:
            self.known[tuple(phases)] = self._strains_of(phases)
        return self.known[tuple(phases)]

    def _strains_of(self, phases: Sequence[int]) -> tuple[Array, Array]:
        section, mine = self.section, list(phases)
        v0, v1, v2 = section.moments[mine].T
        fit = np.linalg.inv(np.array([[v0, v1], [v1, v2]]).transpose(2, 0, 1))
        flexible = np.linalg.inv(self.stiffness[mine])
        every = len(self.stiffness) * 12
        by_plate = np.einsum("pij,pab,pbju->paiu", flexible, fit, section.stress[mine], optimize=True)
        by_modes = section.spread[:, :every].T.reshape(len(self.stiffness), 2, 6, len(section.spread))[mine]
        bound = np.concatenate([section.bound[mine].reshape(len(mine), 2, 6, every), by_modes], axis=3)
        by_free = np.einsum("pij,pab,pbjf->paif", flexible, fit, bound, optimize=True).reshape(12 * len(mine), -1)
        for row, phase in enumerate(mine):
            by_free[12 * row : 12 * row + 12, 12 * phase : 12 * phase + 12] += np.eye(12)
        return by_plate.reshape(-1, 6), by_free
