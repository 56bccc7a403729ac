"""What a block of a unit cell remembers of its strain beside lines: of every mode its amplitude, as a law does.

A law that is linear in the strain, and the same all over a block, answers amplitude times mode by what it answers to
the amplitude in one component after another, times the mode: points that strain by amplitudes alone stand for the
block. An increment of theirs is a matrix, the same in all cells that are about as hot. In another cell, with
layers that came or went, the fields are others: what a mode has been strained by goes on from where the fields of that
cell are when it begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from solver.arrays import Array, Integers
from solver.homogenise.variation import Variation
from solver.materials.elasticity import full, isotropic, moduli
from solver.physics.plate.field_increment import Linear, Tried
from solver.physics.plate.phase_temperatures import PhaseTemperatures
from solver.physics.plate.piece import FieldPiece

_ROOM = 298.15  # K
_STRAIN = 1e-3  # at which a law is asked
_SAME = 1e-9  # part of moduli by which those of one that is isotropic may differ


@dataclass(frozen=True, eq=False)
class PieceModes:
    """Of a piece with a linear law.

    Attributes:
        piece: what remembers.
        variation: its modes.
        slots: where they are among all modes of the cell.
    """

    piece: FieldPiece
    variation: Variation
    slots: slice

    @cached_property
    def _directions(self) -> int:
        """Components of strain that are asked for: one of what is isotropic, else the three lengths."""
        one = full(self.piece.law.moduli(np.array([_ROOM])))[0]
        shear = one[3, 3]
        same = isotropic(one[0, 0] - 4.0 / 3.0 * shear, shear)
        return 1 if np.abs(one - same).max() <= _SAME * np.abs(one).max() else 3

    @property
    def points(self) -> int:
        """Points that stand for a cell; the last does not strain."""
        return self.variation.count * self._directions + 1

    def newborn(self, cells: int) -> Array:
        """(cells, points, k) what is remembered at birth, as of `alike`."""
        return self.alike(self.piece.law.initial(cells))

    def alike(self, state: Array) -> Array:
        """(n, points, k) what is remembered if no mode has been strained by itself.

        The last point has what the law remembers without strain; others what they remember beside that, the strain they
        had last, and the amplitude that strain is counted from.

        Args:
            state: (n, memory) what the law remembers.
        """
        found = np.zeros((len(state), self.points, self.piece.law.memory + 2))
        found[:, -1, :-2] = state
        return found

    def begun(self, kept: Array, amplitude: Array) -> Array:
        """(n, points, k) what is remembered once a cell begins with amplitudes (n, modes)."""
        found = kept.copy()
        found[:, :-1, -1] = amplitude.repeat(self._directions, axis=1) - kept[:, :-1, -2]
        return found

    def from_other(self, other: "PieceModes", kept: Array) -> Array:
        """(n, points, k) what these modes remember where those of another cell remember `kept`."""
        found = self.alike(kept[:, -1, :-2])
        if other._directions == self._directions:
            by_mode = kept[:, :-1].reshape(len(kept), other.variation.count, -1)
            mine = self.variation.from_other(other.variation) @ by_mode
            found[:, :-1] = mine.reshape(len(kept), self.points - 1, -1)
        return found

    def increments(self, tried: Tried, groups: Sequence[Integers], hot: PhaseTemperatures) -> list[Linear]:
        """Of groups of cells, from the mean of what they have been through and of their temperatures. Collective."""
        kept, every = tried.old.varied[self.piece.name], np.arange(len(tried.old.varied[self.piece.name]))
        ends = [hot.of_piece(self.piece, at, every) for at in (tried.old.kelvin, tried.kelvin)]
        rows = np.column_stack([kept[:, -1, :-2], *(np.broadcast_to(at, len(kept)) for at in ends)])
        means = hot.over_groups(groups, rows)
        found = []
        for mine, mean in zip(groups, means, strict=True):
            values = kept[mine, :-1, :-2]
            size = np.maximum(values.max(axis=(0, 1), initial=0.0), -values.min(axis=(0, 1), initial=0.0))
            found.append(self._increment(tried, mean[:-2], size, (mean[-2:-1], mean[-1:])))
        return found

    def asked(self, one: Linear, kept: Array) -> Array:
        """(n, modes) force (N/m) on their amplitudes at the end of an increment that takes the amplitudes to 0."""
        stress = np.empty((len(kept), self.variation.count, self._directions, 6))
        for k in range(self._directions):
            values = kept[:, k : -1 : self._directions]
            stress[:, :, k] = values[..., one.columns] @ one.stress - values[..., -1:] * one.by_strain[k]
        values = moduli(self._stiffness(stress)).swapaxes(1, 2).reshape(len(kept), -1)
        return np.asarray(values @ self.variation.gram.reshape(values.shape[1], -1))

    def _stiffness(self, stress: Array) -> Array:
        """(..., 6, 6) by which stresses (..., directions, 6) answer strains along their directions."""
        if self._directions == 1:
            return isotropic(stress[..., 0, :3].mean(axis=-1), 0.5 * (stress[..., 0, 0] - stress[..., 0, 1]))
        found = np.zeros((*stress.shape[:-2], 6, 6))
        found[..., :3, :3] = stress[..., :3].swapaxes(-1, -2)
        for k in range(3):
            found[..., 3 + k, 3 + k] = stress[..., k, 3 + k]
        return found

    def ended(self, tried: Tried, one: Linear, kept: Array, amplitude: Array, kelvin: tuple[Array, Array]) -> Array:
        """(n, points, k) what is remembered of an increment that ends with amplitudes (n, modes).

        Args:
            tried: the increment.
            one: the increment of modes.
            kept: what was remembered at its start.
            amplitude: at its end.
            kelvin: (1,) or (n,) temperature (K) at its start and end.
        """
        found = np.zeros_like(kept)
        found[..., -1] = kept[..., -1]
        own = tried.by(self.piece, np.zeros((len(kept), 1, 6)), kept[:, -1:, :-2], *kelvin)
        found[:, -1, :-2] = own.new
        for k in range(self._directions):
            mine = slice(k, -1, self._directions)
            values = kept[:, mine]
            strain = amplitude - values[..., -1]
            known = np.concatenate([values[..., one.columns], strain[..., None]], axis=-1)
            found[:, mine, :-2] = known @ np.vstack([one.new, one.new_by_strain[k]])
            found[:, mine, -2] = strain
        return found

    def _increment(self, tried: Tried, without: Array, size: Array, kelvin: tuple[Array, Array]) -> Linear:
        """What a law makes of what is remembered, from how it answers one value after another; `size` of each."""
        columns, count = np.flatnonzero(size), self._directions
        state = np.tile(without, (1 + len(columns) + count, 1))
        state[np.arange(1, 1 + len(columns)), columns] += size[columns]
        strain = np.zeros((1, len(state), 6))
        for k in range(count):
            strain[0, k - count, [k] if count == 1 else [k, 3 + k]] = _STRAIN
        got = tried.by(self.piece, strain, state[None], *kelvin)
        stress, new = (values[1:] - values[0] for values in (got.stress, got.new))
        by = np.concatenate([size[columns], np.full(count, _STRAIN)])[:, None]
        stress, new = stress / by, new / by
        stiffness = self._stiffness(stress[-count:])
        return Linear(columns, stress[:-count], new[:-count], stress[-count:], new[-count:], stiffness)
