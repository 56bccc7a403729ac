"""What the files of a case hold that heat needs: read once, by one rank, when the case is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from solver.arrays import Array
from solver.case.film import FilmMap
from solver.case.floorplans import Key, floorplans, key
from solver.case.thermal import PowerSource, Thermal
from solver.errors import CaseError
from solver.layout import readers
from solver.layout.floorplans.block import Block


@dataclass(frozen=True, eq=False)
class SideFiles:
    """Maps and floorplans.

    Attributes:
        directory: of the case.
        maps: (rows, columns) of films, and of powers in W or as weights, by the name the case has.
        plans: blocks of floorplans.
    """

    directory: Path = Path()
    maps: Mapping[Path, Array] = field(default_factory=dict)
    plans: Mapping[Key, list[Block]] = field(default_factory=dict)

    def film(self, film: FilmMap) -> tuple[Path, Array]:
        """The file of a map of film coefficients, and its values (W/m^2/K), first row at the top."""
        return self.directory / film.map, self.maps[film.map]

    def power_map(self, source: PowerSource) -> tuple[Path, Array]:
        """The file of a map of power, and its values, scaled to the total of the source (W), first row at the top."""
        assert source.map is not None
        pixels = self.maps[source.map]
        return self.directory / source.map, pixels if source.total is None else pixels * (source.total / pixels.sum())

    def floorplan(self, source: PowerSource) -> tuple[Path, list[Block]]:
        """The file of a floorplan, and its blocks."""
        assert source.floorplan is not None
        return self.directory / source.floorplan, self.plans[key(source)]


def side_files(thermal: Thermal | None, directory: Path) -> SideFiles:
    """All of a case.

    Raises:
        CaseError: a file is not what the case says.
    """
    if thermal is None:
        return SideFiles(directory)
    maps: dict[Path, Array] = {}
    for source in thermal.power:
        if source.map is not None:
            maps[source.map] = _power(directory, source)
    for boundary in thermal.boundaries:
        if isinstance(boundary.convection, FilmMap):
            maps[boundary.convection.map] = _film(directory, boundary.convection)
    return SideFiles(directory, maps, floorplans(thermal.power, directory))


def _power(directory: Path, source: PowerSource) -> Array:
    assert source.map is not None
    reader = readers.grid_reader(source.map, "image")
    path, pixels = reader.values(directory, source.map)
    if not reader.says_how_much and source.total is None:
        raise CaseError(f"{path}: a picture says where the power is, not how much; give `total`")
    if pixels.min() < 0 or not 0 < pixels.sum() < np.inf:
        raise CaseError(f"{path}: a power map has no negative values and some positive ones")
    return pixels


def _film(directory: Path, film: FilmMap) -> Array:
    path, pixels = readers.grid_reader(film.map, "csv").values(directory, film.map)
    if pixels.min() < 0 or pixels.max() <= 0:
        raise CaseError(f"{path}: a map of film coefficients has no negative values and some positive ones")
    return pixels
