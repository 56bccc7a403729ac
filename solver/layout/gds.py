"""A layer of a GDSII file, through gdstk: polygons, paths and boxes, with all copies of all cells."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from solver.errors import CaseError, nearest
from solver.layout import gds_records
from solver.layout.copper import CopperMap
from solver.layout.drawing import Box
from solver.layout.side_file import listed, quoted

_MOST = 5_000_000  # polygons, with all copies
_DEEPEST = 200  # cells in cells
_UNITS = (1e-12, 1.0)  # m


def read(path: Path, spec: CopperMap) -> tuple[shapely.Geometry, Box]:
    """The union of the polygons of a layer, and the bounding box of all layers (m).

    Raises:
        CaseError: not a whole GDS file, a cell that is not there or holds itself, several cells of which none is in
            another, or nothing on the layer.
    """
    library = _library(path)
    top = _top(path, library, spec)
    _check_copies(path, top)
    all_of_it = top.get_polygons()
    chosen = [part.points for part in all_of_it if (part.layer, part.datatype) == (spec.layer, spec.datatype)]
    if not chosen:
        there = sorted({(part.layer, part.datatype) for part in all_of_it})
        raise CaseError(f"{path}: nothing on layer {spec.layer}, data type {spec.datatype}; there are {there[:20]}")
    points = np.concatenate([part.points for part in all_of_it]) * library.unit
    if not np.all(np.isfinite(points)):
        raise CaseError(f"{path}: coordinates without end")
    polygons = shapely.make_valid([shapely.polygons(points * library.unit) for points in chosen])
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return shapely.union_all(polygons), (float(x0), float(y0), float(x1), float(y1))


def _library(path: Path) -> Any:
    try:
        import gdstk
    except ImportError:
        raise CaseError(f"{path}: GDS files need the package gdstk: pip install gdstk") from None
    gds_records.check(path, path.read_bytes())
    try:
        with warnings.catch_warnings(action="ignore"), _silent():
            library = gdstk.read_gds(str(path))
    except (OSError, RuntimeError, ValueError, MemoryError):
        raise CaseError(f"{path}: not a GDS file, or a damaged one") from None
    if not _UNITS[0] <= library.unit <= _UNITS[1]:
        raise CaseError(f"{path}: UNITS: a unit of {library.unit:g} m")
    return library


@contextmanager
def _silent() -> Iterator[None]:
    """Without what gdstk itself writes to the terminal: what is wrong is said in the error."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _top(path: Path, library: Any, spec: CopperMap) -> Any:
    """The cell that is the layout."""
    for cell in library.cells:
        for reference in cell.references:
            if isinstance(reference.cell, str):
                raise CaseError(f"{path}: cell {quoted(cell.name)} has copies of {quoted(reference.cell)}, not there")
    names = [cell.name for cell in library.cells]
    if spec.top_cell is not None:
        if spec.top_cell not in names:
            hint = nearest(spec.top_cell, listed(names))
            raise CaseError(f"{path}: there is no cell {quoted(spec.top_cell)}; {hint}")
        return library.cells[names.index(spec.top_cell)]
    tops = library.top_level()
    if len(tops) != 1:
        found = ", ".join(listed(cell.name for cell in tops[:8]))
        what = f"{len(tops)} cells are in no other: {found}; say which with `top_cell`"
        raise CaseError(f"{path}: {what if tops else 'every cell is in another one'}")
    return tops[0]


def _check_copies(path: Path, top: Any) -> None:
    """No cell in itself, and no more polygons than memory holds."""
    counted: dict[str, int] = {}
    open_cells: list[str] = []

    def polygons(cell: Any) -> int:
        if cell.name in open_cells:
            raise CaseError(f"{path}: cell {quoted(cell.name)} has copies of itself")
        if len(open_cells) > _DEEPEST:
            raise CaseError(f"{path}: cells in cells, more than {_DEEPEST} deep")
        if cell.name not in counted:
            open_cells.append(cell.name)
            own = len(cell.polygons) + sum(way.num_paths for way in cell.paths)
            counted[cell.name] = own + sum(max(one.repetition.size or 1, 1) * polygons(one.cell)
                                           for one in cell.references)  # fmt: skip
            open_cells.pop()
        return counted[cell.name]

    if polygons(top) > _MOST:
        raise CaseError(f"{path}: more than {_MOST / 1e6:.0f} million polygons")
