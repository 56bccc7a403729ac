"""Which reader a file gets: grids of numbers by suffix, drawings by the key that names them, floorplans by content.

A reader of another kind of file is a function and a line of one of the three tables.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from solver.arrays import Array
from solver.layout import gds, gerber, grid, side_file
from solver.layout.copper import CopperMap
from solver.layout.drawing import Drawing
from solver.layout.floorplans import hotspot, ice, pact
from solver.layout.floorplans.block import Block


@dataclass(frozen=True)
class GridReader:
    """How a map over the plane is read.

    Attributes:
        read: path -> (rows, columns), first row at the top; raises CaseError.
        suffixes: of its files, in small letters.
        most: bytes they may have.
        says_how_much: True for numbers, False for shades, which say where only.
    """

    read: Callable[[Path], Array]
    suffixes: tuple[str, ...]
    most: int
    says_how_much: bool

    def values(self, directory: Path, name: Path) -> tuple[Path, Array]:
        """Where a file of a case is, and what it holds.

        Args:
            directory: of the case.
            name: as the case has it.

        Raises:
            CaseError: as of `side_file.located`, or it is of another kind.
        """
        path = side_file.located(directory, name, self.most)
        return path, self.read(path)


@dataclass(frozen=True)
class FloorplanReader:
    """How a floorplan is read.

    Attributes:
        recognises: whether a text is of this kind.
        read: path, text and the time between its powers (s) -> blocks; raises CaseError.
        powers_inside: True if the powers stand in it, False if they come in a file of their own.
    """

    recognises: Callable[[str], bool]
    read: Callable[[Path, str, float | None], list[Block]]
    powers_inside: bool


DrawingReader: TypeAlias = Callable[[Path, CopperMap], Drawing]
"""Path and map -> what a file draws; raises CaseError."""

GRIDS: dict[str, GridReader] = {
    "csv": GridReader(grid.numbers, (".csv", ".txt", ".dat"), side_file.MOST_TEXT, says_how_much=True),
    "image": GridReader(grid.picture, (), side_file.MOST_BINARY, says_how_much=False),
}
DRAWINGS: dict[str, DrawingReader] = {
    "gds": lambda path, spec: Drawing(*gds.read(path, spec)),
    "gerber": lambda path, _: Drawing(*gerber.read(path, side_file.text(path))),
}


def _any(_: str) -> bool:
    return True


def _begins_as_pact(text: str) -> bool:
    return text.lstrip().startswith(pact.HEAD)


def _has_colons(text: str) -> bool:
    return any(":" in line for _, line in hotspot.lines(text))


# the first that recognises a text reads it
FLOORPLANS: dict[str, FloorplanReader] = {
    "pact": FloorplanReader(_begins_as_pact, lambda path, text, _: pact.floorplan(path, text), powers_inside=False),
    "3d-ice": FloorplanReader(_has_colons, ice.floorplan, powers_inside=True),
    "hotspot": FloorplanReader(
        lambda _: True, lambda path, text, _: hotspot.floorplan(path, text), powers_inside=False
    ),
}


def grid_reader(name: Path, otherwise: str) -> GridReader:
    """The reader of the suffix of a file, or that of a kind where no reader has this suffix."""
    suffix = name.suffix.lower()
    return next((reader for reader in GRIDS.values() if suffix in reader.suffixes), GRIDS[otherwise])


def floorplan_reader(text: str) -> FloorplanReader:
    """The reader of the text of a floorplan."""
    return next(reader for reader in FLOORPLANS.values() if reader.recognises(text))
