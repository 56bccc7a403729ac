"""Temperatures of the phases of unit cells in a field, and which cells go together in an increment."""

from collections.abc import Sequence

import numpy as np
from mpi4py import MPI

from solver.arrays import Array, Integers
from solver.physics.plate.die_field import FieldSection
from solver.physics.plate.piece import FieldPiece
from solver.physics.plate.temperatures import SHARES, Temperature, at_places, uniform

_STEP = 2.0  # K of the mean over a cell, at the start or the end of an increment: cells with the same moduli D
_KEPT = 4  # temperatures that are known


class PhaseTemperatures:
    """Of the owned cells of one field.

    Args:
        section: of the field.
        rows: of its cells that are owned.
        comm: of the plate.
    """

    def __init__(self, section: FieldSection, rows: Integers, comm: MPI.Intracomm) -> None:
        self._section, self._rows, self._comm = section, rows, comm
        self._known: list[tuple[Array, Array]] = []

    def of(self, temperature: Temperature) -> Array:
        """(cells, phases, LEVELS) of each phase (K), mean over a cell; (1, 1, 1) if uniform.

        Collective for temperatures in a field that are none of the last few.
        """
        if not isinstance(temperature, np.ndarray):
            return uniform(temperature)[:, None, None]
        for known, found in self._known:
            if known is temperature:
                return found
        found = self._section.hot(temperature)[self._rows].mean(axis=1)
        self._known = [(temperature, found), *self._known[: _KEPT - 1]]
        return found

    def of_points(self, piece: FieldPiece, temperature: Temperature, rows: Integers) -> Array:
        """(1,) or (n * points,) temperature (K) of the points of a piece in some cells, one cell after the other."""
        values = self.of(temperature)
        if not isinstance(temperature, np.ndarray):
            return values.ravel()
        return at_places(values[rows][:, list(piece.phases)], piece.places_through).ravel()

    def of_piece(self, piece: FieldPiece, temperature: Temperature, rows: Integers) -> Array:
        """(1,) or (n,) mean temperature (K) of the parts of a piece in some cells."""
        values = self.of(temperature)
        if not isinstance(temperature, np.ndarray):
            return values.ravel()
        return np.asarray(values[rows][:, list(piece.phases)].mean(axis=1) @ SHARES)

    def groups(self, before: Temperature, after: Temperature) -> list[Integers]:
        """Rows of cells that are about as hot, at the start and at the end of an increment. Collective.

        There are as many groups on every rank, in the same order; all cells are one where nothing is in a field.
        """
        both = [self.of(at).mean(axis=1) @ SHARES for at in (before, after) if isinstance(at, np.ndarray)]
        if not both:
            return [np.arange(len(self._rows))]
        keys = np.rint(np.stack(both, axis=1) / _STEP).astype(np.int64)
        every = np.unique(np.concatenate(self._comm.allgather(np.unique(keys, axis=0))), axis=0)
        return [np.flatnonzero((keys == key).all(axis=1)) for key in every]

    def means(self, groups: Sequence[Integers], temperature: Temperature) -> Array:
        """(groups, phases or 1) mean temperature (K) of every phase, over all ranks. Collective."""
        values = self.of(temperature)
        if not isinstance(temperature, np.ndarray):
            return np.repeat(values[:, :, 0], len(groups), axis=0)
        return self.over_groups(groups, values @ SHARES)

    def over_groups(self, groups: Sequence[Integers], values: Array) -> Array:
        """(groups, k) means of values (cells, k) over all ranks. Collective."""
        sums = np.array([np.append(values[rows].sum(axis=0), len(rows)) for rows in groups])
        self._comm.Allreduce(MPI.IN_PLACE, sums, MPI.SUM)
        return np.asarray(sums[:, :-1] / np.maximum(sums[:, -1:], 1.0))
