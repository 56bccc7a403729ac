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
        old = self.old.state[piece.name][rows].reshape(strain.shape[0] * strain.shape[1], -1)
        flat = np.ascontiguousarray(strain.reshape(-1, 6))
        return piece.law.respond(flat, after, before, self.seconds, old)


@dataclass(frozen=True, eq=False)
class Affine:
    """What a law answers in some cells, if that is affine in the strain.

    Attributes:
        piece: of the cells.
        strain: (n, count, 6) since birth, at the start of the increment.
        total: (n, count, 6) of the plate.
        stress: (n, count, 6) at the end if it keeps that strain (Pa).
        moduli: (6, 6) of the increment (Pa).
    """

    piece: FieldPiece
    strain: Array
    total: Array
    stress: Array
    moduli: Array

    @property
    def works(self) -> Array:
        """(2,) of its stress on the strain, and of that it would have by its moduli; of all but volume."""
        stress = np.stack([self.stress, self.total @ self.moduli])
        stress[..., :3] -= stress[..., :3].mean(axis=-1, keepdims=True)
        return np.array([np.einsum("ncj,ncj->c", one, self.total) @ self.piece.weights[0] for one in stress])


@dataclass(frozen=True, eq=False)
class Alike:
    """Cells at the same temperatures in an increment.

    Attributes:
        rows: of the cells.
        section: of the cell, with the moduli D of the increment.
        stiffness: (phases, 6, 6) D (Pa).
        free: (n, phases, 2, 6) strain without stress and its slope along z, but for what `bends` adds.
        beyond: (n, CORNERS, 6) free resultants that vary within a cell.
        bends: pieces whose stress is not affine in the strain.
        known: what was worked out of `strains_of`.
        held: by name, what was worked out of the free strains.
    """

    rows: Integers
    section: CellSection
    stiffness: Array
    free: Array
    beyond: Array
    bends: tuple[FieldPiece, ...]
    known: dict[tuple[int, ...], tuple[Array, Array]] = field(default_factory=dict)
    held: dict[str, Array] = field(default_factory=dict)

    @property
    def resultants(self) -> Array:
        """(n, CORNERS, 6) free resultants, but for what `bends` adds."""
        if "resultants" not in self.held:
            flat = self.free.reshape(len(self.free), -1)
            self.held["resultants"] = self.beyond + (flat @ self.by_free(range(self.free.shape[1])).T)[:, None]
        return self.held["resultants"]

    def base(self, phases: Sequence[int]) -> Array:
        """(n, phases * 12) lines of the strain of phases of a plate that does not strain, but for what `bends` adds."""
        key = repr(tuple(phases))
        if key not in self.held:
            self.held[key] = self.free.reshape(len(self.free), -1) @ self.strains_of(phases)[1].T
        return self.held[key]

    def by_free(self, phases: Sequence[int]) -> Array:
        """(6, phases * 12) free resultants by free strains of phases."""
        both = np.stack([self.section.force[list(phases)], self.section.moment[list(phases)]])  # (2, phases, 6, 6)
        return np.asarray(both.transpose(2, 1, 0, 3).reshape(6, -1))

    def strains_of(self, phases: Sequence[int]) -> tuple[Array, Array]:
        """Lines of the strain of phases, by plate (phases * 12, 6) and free strain (phases * 12, all phases * 12)."""
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
        bound = section.bound[mine].reshape(len(mine), 2, 6, every)
        by_free = np.einsum("pij,pab,pbjf->paif", flexible, fit, bound, optimize=True).reshape(-1, every)
        for row, phase in enumerate(mine):
            by_free[12 * row : 12 * row + 12, 12 * phase : 12 * phase + 12] += np.eye(12)
        return by_plate.reshape(-1, 6), by_free
