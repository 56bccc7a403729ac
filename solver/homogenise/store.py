"""Solved cells kept on disk, one small file for each geometry and set of phase values, shared by all runs and ranks."""

import hashlib
import zipfile
from collections.abc import Callable, Mapping, Sequence
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
from solver.homogenise.variation import Variation

_FORMAT = 3  # raise it when the cells are meshed or solved in another way
_PARITIES = "even", "odd"
_OF_MODES = "gram", "places", "part", "values", "weight"
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


def reduced_cell(
    cell: LaminateCell, samples: Array, others: Array | None = None, blocks: Sequence[Sequence[int]] = ()
) -> ReducedCell:
    """A cell of a plate on its answers for some moduli, kept likewise; arguments as of `reduced.reduced`."""
    given = [samples, *([] if others is None else [others]), *(np.array(phases) for phases in blocks)]
    file = folder() / f"{_key('plate', cell, given)}.npz"
    try:
        with np.load(file, allow_pickle=False) as kept:
            products, first = (_pair(kept, name) for name in ("products", "first"))
            modes = tuple(_variation(kept, str(number)) for number in range(len(blocks)))
            return ReducedCell(products, first, kept["moments"], float(kept["error"]), modes)
    except _UNREADABLE:
        found = reduced(cell, samples, others, blocks)
        arrays: dict[str, Any] = {"moments": found.moments, "error": found.error}
        pairs = {"products": found.products, "first": found.first}
        for number, one in enumerate(found.variations):
            pairs[f"lift_{number}"] = one.lift
            arrays |= {f"{name}_{number}": getattr(one, name) for name in _OF_MODES}
        arrays |= {f"{name}_{which}": pair[k] for name, pair in pairs.items() for k, which in enumerate(_PARITIES)}
        with suppress(OutputError), whole(file) as beside:
            np.savez(beside, **arrays)
        return found


def _pair(kept: Mapping[str, Array], name: str) -> tuple[Array, Array]:
    return kept[f"{name}_{_PARITIES[0]}"], kept[f"{name}_{_PARITIES[1]}"]


def _variation(kept: Mapping[str, Array], number: str) -> Variation:
    gram, places, part, values, weight = (kept[f"{name}_{number}"] for name in _OF_MODES)
    return Variation(_pair(kept, f"lift_{number}"), gram, places, part.astype(int), values, weight)


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
