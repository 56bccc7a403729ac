"""Floorplans of HotSpot (W. Huang et al., IEEE Trans. VLSI Syst. 14, 501, 2006; github.com/uvahotspot/HotSpot).

`.flp` has a line for each block, name width height left-x bottom-y in m, and perhaps the heat capacity in J/(m^3 K) and
the resistivity in (m K)/W of what it is made of; `.ptrace` has the names in its first line and then a line of watts for
each sample, for one floorplan or for those of a stack one after another. # begins a comment.
"""

from pathlib import Path

import numpy as np

from solver.arrays import Array
from solver.errors import CaseError, nearest
from solver.layout import side_file
from solver.layout.floorplans.block import Block, Properties, rectangle, sound
from solver.layout.side_file import listed, quoted
from solver.signals import Constant

_COLUMNS = "expected name width height left-x bottom-y [m], and perhaps heat-capacity [J/(m3 K)] resistivity [(m K)/W]"


def floorplan(path: Path, text: str) -> list[Block]:
    """Blocks without power.

    Raises:
        CaseError: names the file, the line and the word.
    """
    blocks = []
    for line, given in lines(text):
        name, *words = given.split()
        if len(words) not in (4, 6):
            raise CaseError(f"{path}, line {line}: {len(words) + 1} words; {_COLUMNS}")
        width, height, x, y, *more = (side_file.number(word, path, line) for word in words)
        material = None
        if more:
            if min(more) <= 0:
                raise CaseError(f"{path}, line {line}: heat capacity and resistivity of a block are positive")
            material = Properties(more[0], 1.0 / more[1])
        place = rectangle(path, line, name, (x, y, width, height))
        blocks.append(Block(name, (place,), Constant(0.0), material, line))
    return sound(path, blocks)


def trace(path: Path, text: str) -> tuple[list[str], Array]:
    """Names and powers (samples, names) of a trace.

    Raises:
        CaseError: names the file, the line and the word.
    """
    given = lines(text)
    if len(given) < 2:
        raise CaseError(f"{path}: expected a line of names and lines of watts")
    names = given[0][1].split()
    rows = []
    for line, words in ((line, words.split()) for line, words in given[1:]):
        if len(words) != len(names):
            raise CaseError(f"{path}, line {line}: {len(words)} powers for {len(names)} names")
        rows.append([side_file.number(word, path, line) for word in words])
    return names, np.array(rows)


def shares(path: Path, names: list[str], powers: Array, plans: list[tuple[Path, list[Block]]]) -> list[list[Array]]:
    """The powers (samples,) of every block of some floorplans that have one trace.

    A name that several floorplans have stands as often in the trace; the first is that of the first floorplan, as in
    the stacks of HotSpot.

    Raises:
        CaseError: a block without a power, or a power without a block.
    """
    left: dict[str, list[Array]] = {}
    for name, column in zip(names, powers.T, strict=True):
        left.setdefault(name, []).append(column)
    known = list(left)
    found = []
    for plan, blocks in plans:
        mine = []
        for block in blocks:
            if not left.get(block.name):
                hint = nearest(block.name, listed(known))
                raise CaseError(f"{path}: no power for block {quoted(block.name)} of {plan.name}; {hint}")
            mine.append(left[block.name].pop(0))
        found.append(mine)
    spare = next((name for name, columns in left.items() if columns), None)
    if spare is not None:
        where = " or ".join(plan.name for plan, _ in plans)
        hint = nearest(spare, listed(block.name for _, blocks in plans for block in blocks))
        raise CaseError(f"{path}: there is no block {quoted(spare)} in {where}; {hint}")
    return found


def lines(text: str) -> list[tuple[int, str]]:
    """Lines with something in them, with their numbers."""
    stripped = ((number, line.partition("#")[0].strip()) for number, line in enumerate(text.splitlines(), start=1))
    return [(number, line) for number, line in stripped if line]
