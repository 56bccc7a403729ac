"""Named arrays of values per cell, and what happens to all of them: steps that are tried, other stacks, other ranks."""

from collections.abc import Mapping

import numpy as np
from mpi4py import MPI

from meshes.field_transfer import carried
from solver.arrays import Array, Integers, Mask


class CellFields:
    """What the owned cells of this rank remember: arrays (cells, ...) of any shape by name.

    Between `begin` and `commit` or `roll_back` new values are a trial: those before are not touched, so a step that is
    cut or only looked at costs nothing.

    Args:
        comm: communicator of the stack.
        keys: (cells,) numbers of the cells (`StackMesh.keys`).
        values: (cells, ...) by name; the same names on every rank.
    """

    def __init__(self, comm: MPI.Intracomm, keys: Integers, values: Mapping[str, Array] | None = None) -> None:
        self.comm, self.keys = comm, keys
        self._kept: dict[str, Array] = {}
        self._trial: dict[str, Array] | None = None
        for name, array in (values or {}).items():
            self[name] = array

    def __contains__(self, name: str) -> bool:
        return name in self._kept or (self._trial is not None and name in self._trial)

    def __getitem__(self, name: str) -> Array:
        """Values before the step that is tried; they are read-only."""
        return self._kept[name]

    def __setitem__(self, name: str, values: Array) -> None:
        """Take values (cells, ...), copied: on trial in a step that has begun, else for good.

        Raises:
            ValueError: they are not one per cell.
        """
        if len(values) != len(self.keys):
            raise ValueError(f"'{name}' has {len(values)} values for {len(self.keys)} cells")
        mine = np.array(values, dtype=float, order="C")
        mine.flags.writeable = False
        (self._kept if self._trial is None else self._trial)[name] = mine

    def share(self, name: str, values: Array) -> None:
        """Take back values that were given away before, for good and without a copy."""
        self._kept[name] = values

    @property
    def names(self) -> list[str]:
        """Of what is kept, sorted."""
        return sorted(self._kept)

    def begin(self) -> None:
        """Begin a step; a trial that was left is forgotten."""
        self._trial = {}

    def tried(self, name: str) -> Array:
        """Values at the end of the step that is tried, those before it where it gave none."""
        return self._kept[name] if self._trial is None or name not in self._trial else self._trial[name]

    def commit(self) -> None:
        """Accept the step that was tried: its values are those that are kept."""
        self._kept |= self._trial or {}
        self._trial = None

    def roll_back(self) -> None:
        """Be as before the step."""
        self._trial = None

    def transferred(self, keys: Integers) -> tuple[Mask, "CellFields"]:
        """What is kept, on other cells: of another stack, or shared out over the ranks in another way. Collective.

        Args:
            keys: (m,) numbers of the cells this rank is to have.

        Returns:
            (m,) True where the cell was there, and its fields, zero elsewhere.
        """
        arrays = [self._kept[name] for name in self.names]
        widths = [int(np.prod(array.shape[1:])) for array in arrays]
        rows = [array.reshape(len(self.keys), width) for array, width in zip(arrays, widths, strict=True)]
        known, found = carried(self.comm, self.keys, np.hstack([np.empty((len(self.keys), 0)), *rows]), keys)
        parts = np.split(found, np.cumsum(widths)[:-1], axis=1)
        values = {
            name: part.reshape(len(keys), *array.shape[1:])
            for name, part, array in zip(self.names, parts, arrays, strict=False)
        }
        return known, CellFields(self.comm, keys, values)
