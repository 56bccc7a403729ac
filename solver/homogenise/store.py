"""Solved cells kept on disk, one small file for each geometry and set of phase values, shared by all runs and ranks."""

import hashlib
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from solver import cache
from solver.arrays import Array
from solver.files import OutputError, whole
from solver.homogenise.cell import Cell
from solver.homogenise.laminate import LaminateCell
from solver.homogenise.problem import Effective, conductivity, elasticity
from solver.homogenise.reduced import ReducedCell, reduced

_FORMAT = 1  # raise it when the cells are meshed or solved in another way
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)  # absent, half-written, of another format

_PROBLEMS: dict[str, Callable[[Cell, Sequence[Array | None]], Effective]] = {
    "conductivity": conductivity,
    "elasticity": elasticity,
}


def effective(problem: str, cell: Cell, phases: Sequence[Array | None]) -> Effective:
    """The cell as one material: from the disk if it was solved before, else solved and written there.

    Args:
        problem: conductivity or elasticity.
        cell: the cell.
        phases: values of each phase, as the problem takes them.
    """
    file = folder() / f"{_key(problem, cell, phases)}.npz"
    try:
        with np.load(file, allow_pickle=False) as kept:
            return Effective(kept["tensor"], kept["flux"])
    except _UNREADABLE:
        found = _PROBLEMS[problem](cell, phases)
        _keep(file, found)
        return found


def reduced_cell(cell: LaminateCell, samples: Array, others: Array | None = None) -> ReducedCell:
    """A cell of a plate on its answers for some moduli, kept likewise; arguments as of `reduced.reduced`."""
    file = folder() / f"{_key('plate', cell, [samples] if others is None else [samples, others])}.npz"
    try:
        with np.load(file, allow_pickle=False) as kept:
            products, first = ((kept[f"{name}_even"], kept[f"{name}_odd"]) for name in ("products", "first"))
            return ReducedCell(products, first, kept["moments"], float(kept["error"]))
    except _UNREADABLE:
        found = reduced(cell, samples, others)
        pairs = {"products": found.products, "first": found.first}
        arrays: dict[str, Any] = {
            f"{name}_{which}": pair[k] for name, pair in pairs.items() for k, which in enumerate(("even", "odd"))
        }
        with suppress(OutputError), whole(file) as beside:
            np.savez(beside, **arrays, moments=found.moments, error=found.error)
        return found


def folder() -> Path:
    """Where solved cells are."""
    return cache.folder("cells")


def _key(problem: str, cell: Cell | LaminateCell, phases: Sequence[Array | None]) -> str:
    digest = hashlib.sha256(f"{_FORMAT} {problem} {cell!r}".encode())
    for values in phases:
        digest.update(b"empty" if values is None else np.ascontiguousarray(values, dtype=float).tobytes())
    return digest.hexdigest()[:32]


def _keep(file: Path, found: Effective) -> None:
    """Write it; a disk that cannot be written costs time only."""
    with suppress(OutputError), whole(file) as beside:
        np.savez(beside, tensor=found.tensor, flux=found.flux)
