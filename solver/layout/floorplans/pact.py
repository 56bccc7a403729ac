"""Floorplans of PACT (Z. Yuan et al., IEEE Trans. CAD 41, 3048, 2022; github.com/peaclab/PACT): tables with commas.

A floorplan has the columns UnitName, X, Y, Length (m), Width (m), ConfigFile, Label, along x and y from the lower left
corner; Label names a material. A trace has UnitName and a column of watts for each sample.
"""

import csv
from pathlib import Path

import numpy as np

from solver.arrays import Array
from solver.errors import CaseError, nearest
from solver.layout import side_file
from solver.layout.floorplans.block import Block, rectangle, sound
from solver.layout.side_file import quoted
from solver.signals import Constant

HEAD = "UnitName"
_NUMBERS = ("X", "Y", "Length (m)", "Width (m)")
_COLUMNS = (HEAD, *_NUMBERS, "ConfigFile", "Label")


def floorplan(path: Path, text: str) -> list[Block]:
    """Blocks without power.

    Raises:
        CaseError: names the file, the line and the column.
    """
    head, *rows = table(path, text)
    columns = head[1]
    for column in columns:
        if column not in _COLUMNS:
            hint = nearest(column, list(_COLUMNS))
            raise CaseError(f"{path}, line 1: unknown column {quoted(column)}; {hint}")
    missing = next((column for column in (HEAD, *_NUMBERS) if column not in columns), None)
    if missing is not None:
        raise CaseError(f"{path}, line 1: there is no column '{missing}'")
    blocks = []
    for line, row in rows:
        given = dict(zip(columns, row, strict=True))
        if given.get("ConfigFile"):
            raise CaseError(f"{path}, line {line}: ConfigFile: materials are those of the case; leave it empty")
        x, y, length, width = (side_file.number(given[column], path, line) for column in _NUMBERS)
        place = rectangle(path, line, given[HEAD], (x, y, length, width))
        blocks.append(Block(given[HEAD], (place,), Constant(0.0), given.get("Label") or None, line))
    return sound(path, blocks)


def trace(path: Path, text: str) -> tuple[list[str], Array]:
    """Names and powers (samples, names).

    Raises:
        CaseError: names the file, the line and the word.
    """
    head, *rows = table(path, text)
    if head[1][0] != HEAD or len(head[1]) < 2 or not rows:
        raise CaseError(f"{path}, line 1: expected the columns UnitName and Power, and a line for each block")
    powers = [[side_file.number(word, path, line) for word in row[1:]] for line, row in rows]
    return [row[0] for _, row in rows], np.array(powers).T


def table(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """Rows of a table with their lines, all as long as the first.

    Raises:
        CaseError: one is not.
    """
    reader = csv.reader(text.splitlines())
    try:
        rows = [(reader.line_num, [word.strip() for word in row]) for row in reader if any(row)]
    except csv.Error as error:
        raise CaseError(f"{path}, line {reader.line_num}: {error}") from None
    for line, row in rows:
        if len(row) != len(rows[0][1]):
            raise CaseError(f"{path}, line {line}: {len(row)} columns, but {len(rows[0][1])} in the first line")
    return rows
