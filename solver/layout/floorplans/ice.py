"""Floorplans of 3D-ICE (A. Sridhar et al., IEEE Trans. Comput. 63, 2576, 2014; github.com/esl-epfl/3d-ice).

For each block

    name : position x, y ; dimension length, width ; material NAME ; discretization m, n ; power values p1, p2, ... ;

or `rectangle (x, y, length, width) ;` once or more in the place of position and dimension; in um from the lower left
corner, watts for each time slot. The material, discretization and powers may be left out. The discretization is that of
3D-ICE's grid; the mesh here is the case's.
"""

from pathlib import Path

from solver.errors import CaseError
from solver.layout.floorplans.block import Block, Rectangle, rectangle, signal, sound
from solver.layout.floorplans.words import Words

_MICROMETRE = 1e-6
_KEYWORDS = "position, rectangle, material, discretization, power values"


def floorplan(path: Path, text: str, interval: float | None) -> list[Block]:
    """Blocks with their powers.

    Args:
        path: for messages.
        text: of the file.
        interval: time (s) each power stands for; None if there is but one.

    Raises:
        CaseError: names the file, the line and the word.
    """
    words, blocks = Words(path, text), []
    while words.more():
        line, name = words.line, words.name()
        words.take(":")
        places = tuple(rectangle(path, line, name, place) for place in _places(words))
        material = _material(words)
        if words.taken("discretization") and min(_after(words.numbers(2), words)) < 1:
            raise CaseError(f"{path}, line {words.line}: discretization: expected two numbers of cells")
        watts = [0.0]
        if words.taken("power"):
            words.take("values")
            watts = [words.number()]
            while words.taken(","):
                watts.append(words.number())
            words.take(";")
        if words.more() and not words.begins_a_part():
            raise words.refused(f"expected a block or one of {_KEYWORDS}")
        blocks.append(Block(name, places, signal(path, name, watts, interval), material, line))
    return sound(path, blocks)


def _places(words: Words) -> list[Rectangle]:
    """In m."""
    found = []
    if words.taken("position"):
        x, y = _after(words.numbers(2), words)
        words.take("dimension")
        found.append((x, y, *_after(words.numbers(2), words)))
    while words.taken("rectangle"):
        words.take("(")
        found.append(words.numbers(4))
        words.take(")", ";")
    if not found:
        raise words.refused(f"expected one of {_KEYWORDS}")
    return [tuple(_MICROMETRE * value for value in place) for place in found]  # type: ignore[misc]


def _material(words: Words) -> str | None:
    if not words.taken("material"):
        return None
    name = words.name()
    words.take(";")
    return name


def _after(values: tuple[float, ...], words: Words) -> tuple[float, ...]:
    words.take(";")
    return values
