"""Floorplans of HotSpot and 3D-ICE: named blocks with their power over time.

HotSpot (W. Huang et al., IEEE Trans. VLSI Syst. 14, 501, 2006; http://lava.cs.virginia.edu/HotSpot): `.flp` has a line
for each block, name width height left-x bottom-y in m (two more columns for its material are not used); `.ptrace` has
the names in its first line and then a line of watts for each sample. # begins a comment.

3D-ICE (A. Sridhar et al., IEEE Trans. Comput. 63, 2576, 2014; user guide): for each block

    name : position x, y ; dimension length, width ; power values p1, p2, ... ;

in um from the lower left corner, watts for each time slot. // begins a comment.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from solver.arrays import Array
from solver.case.section import nearest
from solver.case.signals import Constant, Signal, Table
from solver.errors import CaseError

_MICROMETRE = 1e-6
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_PAIR = rf"({_NUMBER})\s*,\s*({_NUMBER})\s*;"
_ELEMENT = re.compile(
    rf"\s*(\w+)\s*:\s*position\s+{_PAIR}\s*dimension\s+{_PAIR}"
    rf"(?:\s*power\s+values\s+({_NUMBER}(?:\s*,\s*{_NUMBER})*)\s*;)?"
)


@dataclass(frozen=True)
class Block:
    """A rectangle of a floorplan (m, from its lower left corner) and its power (W)."""

    name: str
    x: float
    y: float
    width: float
    height: float
    power: Signal


def read_floorplan(path: Path, trace: Path | None, interval: float | None) -> list[Block]:
    """Blocks of a floorplan with their powers; a trace that ends begins again.

    Args:
        path: the floorplan, of HotSpot or of 3D-ICE.
        trace: `.ptrace` file of HotSpot's.
        interval: time (s) each sample of power stands for; None if there is but one.

    Raises:
        CaseError: names the file, the line or block, and what it should be.
    """
    text = _text(path)
    if any(":" in line for _, line in _lines(text)):
        if trace is not None:
            raise CaseError(f"{path}: a floorplan of 3D-ICE has its powers in it; remove `trace`")
        return _blocks_3dice(path, text, interval)
    if trace is None:
        raise CaseError(f"{path}: a floorplan of HotSpot needs its powers: give `trace: FILE.ptrace`")
    return _blocks_hotspot(path, text, trace, interval)


def _blocks_hotspot(path: Path, text: str, trace: Path, interval: float | None) -> list[Block]:
    powers = _trace(trace)
    blocks: list[Block] = []
    for number, line in _lines(text):
        name, *rest = line.split()
        try:
            width, height, x, y = (float(word) for word in rest[:4])
        except ValueError:
            raise CaseError(f"{path}, line {number}: '{line}': expected name width height left-x bottom-y") from None
        if width <= 0 or height <= 0:
            raise CaseError(f"{path}, line {number}: block '{name}' has no area")
        if name not in powers:
            raise CaseError(f"{trace}: no power for block '{name}'; {nearest(name, list(powers))}")
        blocks.append(Block(name, x, y, width, height, _signal(powers.pop(name), interval, trace)))
    if powers:
        name = next(iter(powers))
        raise CaseError(
            f"{trace}: there is no block '{name}' in {path.name}; {nearest(name, [block.name for block in blocks])}"
        )
    return _sound(path, blocks)


def _trace(path: Path) -> dict[str, Array]:
    lines = _lines(_text(path))
    if len(lines) < 2:
        raise CaseError(f"{path}: expected a line of names and lines of watts")
    names = lines[0][1].split()
    rows = []
    for number, line in lines[1:]:
        try:
            rows.append([float(word) for word in line.split()])
        except ValueError:
            raise CaseError(f"{path}, line {number}: expected watts, one for each of the {len(names)} names") from None
        if len(rows[-1]) != len(names):
            raise CaseError(f"{path}, line {number}: {len(rows[-1])} powers for {len(names)} names")
    if len(set(names)) < len(names):
        raise CaseError(f"{path}: a name stands twice in its first line")
    return dict(zip(names, np.array(rows).T, strict=True))


def _blocks_3dice(path: Path, text: str, interval: float | None) -> list[Block]:
    text = re.sub(r"//[^\n]*|/\*.*?\*/", " ", text, flags=re.S)
    blocks, end = [], 0
    while text[end:].strip():
        match = _ELEMENT.match(text, end)
        if match is None:
            line = text.count("\n", 0, end + len(text[end:]) - len(text[end:].lstrip())) + 1
            rule = "name : position x, y ; dimension length, width ; power values p1, p2, ... ;"
            raise CaseError(f"{path}, line {line}: expected '{rule}'")
        x, y, width, height = (_MICROMETRE * float(match[i]) for i in (2, 3, 4, 5))
        watts = np.array([float(word) for word in match[6].split(",")]) if match[6] else np.zeros(1)
        if width <= 0 or height <= 0:
            raise CaseError(f"{path}: block '{match[1]}' has no area")
        blocks.append(Block(match[1], x, y, width, height, _signal(watts, interval, path)))
        end = match.end()
    return _sound(path, blocks)


def _signal(watts: Array, interval: float | None, path: Path) -> Signal:
    if not np.all(np.isfinite(watts)) or watts.min() < 0:
        raise CaseError(f"{path}: a power is negative or no number")
    if len(watts) == 1:
        return Constant(float(watts[0]))
    if interval is None:
        raise CaseError(f"{path}: {len(watts)} powers for each block; give `interval`, the time each stands for")
    return Table(interval * np.arange(len(watts)), watts, steps=True, period=interval * len(watts))


def _sound(path: Path, blocks: list[Block]) -> list[Block]:
    if not blocks:
        raise CaseError(f"{path}: no block in it")
    names = [block.name for block in blocks]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise CaseError(f"{path}: two blocks are called '{twice}'")
    return blocks


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{path}: cannot be read as text: {error}") from None


def _lines(text: str) -> list[tuple[int, str]]:
    """Lines with something in them, with their numbers."""
    stripped = ((number, line.partition("#")[0].strip()) for number, line in enumerate(text.splitlines(), start=1))
    return [(number, line) for number, line in stripped if line]
