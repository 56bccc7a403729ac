"""The floorplans of a case with their powers, whichever program they are of."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from solver.arrays import Array
from solver.case.thermal import PowerSource
from solver.errors import CaseError
from solver.layout import readers, side_file
from solver.layout.floorplans import hotspot, pact
from solver.layout.floorplans.block import Block, signal

Key: TypeAlias = tuple[Path, Path | None, float | None, str | None, str | None]


def key(source: PowerSource) -> Key:
    """What tells one floorplan of a case from another."""
    assert source.floorplan is not None
    return source.floorplan, source.trace, source.interval, source.layer, source.region


def floorplans(sources: Sequence[PowerSource], directory: Path) -> dict[Key, list[Block]]:
    """The blocks of all floorplans of a case, with their powers; sources with one trace share it.

    Args:
        sources: of the case.
        directory: where the files are.

    Raises:
        CaseError: names the file, the line or block, and what it should be.
    """
    planned = [source for source in sources if source.floorplan is not None]
    found = {key(source): _plan(source, directory) for source in planned}
    for trace in dict.fromkeys(source.trace for source in planned if source.trace is not None):
        sharing = [source for source in planned if source.trace == trace]
        plans = [(directory / key(source)[0], found[key(source)]) for source in sharing]
        path, names, powers = _trace(trace, directory)
        for source, columns in zip(sharing, hotspot.shares(path, names, powers, plans), strict=True):
            blocks = found[key(source)]
            found[key(source)] = [
                replace(block, power=signal(path, block.name, list(column), source.interval))
                for block, column in zip(blocks, columns, strict=True)
            ]
    return found


def _plan(source: PowerSource, directory: Path) -> list[Block]:
    assert source.floorplan is not None
    path = side_file.located(directory, source.floorplan)
    text = side_file.text(path)
    reader = readers.floorplan_reader(text)
    blocks = reader.read(path, text, source.interval)
    if reader.powers_inside and source.trace is not None:
        raise CaseError(f"{path}: a floorplan of 3D-ICE has its powers in it; remove `trace`")
    if not reader.powers_inside and source.trace is None:
        raise CaseError(f"{path}: no powers in it: give `trace`, a .ptrace of HotSpot or a CSV of PACT")
    return blocks


def _trace(trace: Path, directory: Path) -> tuple[Path, list[str], Array]:
    path = side_file.located(directory, trace)
    text = side_file.text(path)
    read = pact.trace if text.lstrip().startswith(pact.HEAD) else hotspot.trace
    return path, *read(path, text)
