"""CSV files of the results: columns of numbers with their unit in the name."""

import csv
from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np

from solver.arrays import Array
from solver.files import whole

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
_SHAPE = (
    "warpage_um", "signed_warpage_um", "shape", "sign_jedec", "sign_jeita", "bow_um", "corner_um", "curvature_x_per_m",
    "curvature_y_per_m", "branch",
)  # fmt: skip


def write(path: Path, columns: Mapping[str, Array | Sequence[Any]]) -> None:
    """Write columns of equal length; a number that is not there is empty."""
    with whole(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([plain(head) for head in columns])
        writer.writerows(zip(*(_texts(column) for column in columns.values()), strict=True))


def plain(word: str) -> str:
    """A word of the case that no spreadsheet takes for a formula: ' goes before =, +, -, @ and control characters."""
    return f"'{word}" if word[:1] in _FORMULAS else word


def read(path: Path) -> dict[str, Array]:
    """Columns of numbers; NaN where one is not there."""
    with path.open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    values = np.array([[float(text) if text else np.nan for text in row] for row in rows]).reshape(-1, len(head))
    return dict(zip(head, values.T, strict=True))


def warpage(summary: dict[str, Any]) -> dict[str, list[Any]]:
    """Columns of `warpage.csv`: the curve of every step, then its end.

    Args:
        summary: what `summary.json` holds.
    """
    rows = [
        {"step": number, "name": step["name"], "end": int(point is step), **_point(point)}
        for number, step in enumerate(summary.get("steps") or [], start=1)
        for point in (*(step.get("curve") or ()), step)
    ]
    return {key: [row[key] for row in rows] for key in (rows[0] if rows else {})}


def _point(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: entry.get(key) for key in ("temperature_degc", *_SHAPE)}


def _texts(column: Array | Sequence[Any]) -> list[str]:
    values: Any = np.asarray(column)
    if values.dtype == np.float64:
        numbers: list[float] = (values + 0.0).tolist()
        return ["" if isnan(value) else f"{value:.9g}" for value in numbers]
    return [_text(value) for value in np.asarray(column, dtype=object)]


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, str):
        return plain(value)
    return f"{value + 0.0:.9g}" if isinstance(value, float) else str(value)
