"""The commands of a Gerber file, one after another: state, and what is drawn."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import affinity

from solver.arrays import Array
from solver.errors import CaseError
from solver.layout.gerber import macros
from solver.layout.gerber.apertures import Aperture, Drawn, ShapeError, placed, standard
from solver.layout.gerber.arc import arc
from solver.layout.gerber.commands import Kind, commands
from solver.layout.side_file import quoted

_MOST = 2_000_000  # things drawn, copies of a step and repeat among them
_WORDS = re.compile(r"\s*([GDMXYIJ])\s*([+-]?\d+)")
_NUMBER = r"([+-]?(?:\d+\.?\d*|\.\d+))"
_UNITS = {"MM": 1.0, "IN": 25.4}  # mm
_NEUTRAL = {  # deprecated commands, and how they do nothing
    "AS": re.compile(r"AXBY"), "IR": re.compile(r"0+"), "MI": re.compile(r"(A0)?(B0)?"),
    "OF": re.compile(r"(A[+-]?0*\.?0*)?(B[+-]?0*\.?0*)?"), "SF": re.compile(r"(A1(\.0*)?)?(B1(\.0*)?)?"),
}  # fmt: skip
_NAMES = ("IN", "LN", "TF", "TA", "TO", "TD")  # names and attributes, which draw nothing


class _Refused(ValueError):
    """What is wrong with a command; the message is for the user."""


@dataclass(frozen=True)
class _State:
    """What a command may change, and the next ones see."""

    aperture: Aperture | None = None
    mode: int = 1  # G01, G02 or G03
    single_quadrant: bool = False
    dark: bool = True
    mirror: tuple[float, float] = (1.0, 1.0)
    degrees: float = 0.0
    scale: float = 1.0
    at: tuple[float, float] = (0.0, 0.0)
    operation: int | None = None

    @property
    def matrix(self) -> Array:
        """Of an aperture: mirrored, then turned and scaled."""
        c, s = np.cos(np.radians(self.degrees)), np.sin(np.radians(self.degrees))
        return self.scale * np.array([[c, -s], [s, c]]) @ np.diag(self.mirror)


@dataclass
class _Copies:
    """An open step and repeat: what is drawn from a place on, at so many steps along x and y (mm)."""

    count: tuple[int, int]
    step: tuple[float, float]


@dataclass
class _Block:
    """Something that is being drawn: the image, a block aperture, or what is repeated."""

    drawn: list[Drawn] = field(default_factory=list)
    number: int | None = None  # of a block aperture
    copies: _Copies | None = None


class Image:
    """What a file draws.

    Args:
        path: for messages.

    Attributes:
        negative: True if the file says that its image is what is left out.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._blocks = [_Block()]
        self._state = _State()
        self._apertures: dict[int, Aperture] = {}
        self._macros: dict[str, list[str]] = {}
        self._unit: float | None = None
        self._format: tuple[tuple[int, int], tuple[int, int]] | None = None
        self._trailing = False
        self._contour: list[Array] | None = None  # of a region; None outside
        self._region: list[Any] = []
        self._count = 0
        self._ended = False
        self.negative = False

    @property
    def drawn(self) -> list[Drawn]:
        """All of it, in order."""
        return self._blocks[0].drawn

    def read(self, text: str) -> None:
        """Take the whole file.

        Raises:
            CaseError: names file, line and keyword.
        """
        act = {Kind.WORD: self._word, Kind.EXTENDED: self._extended, Kind.MACRO: self._macro}
        for command in commands(self._path, text):
            try:
                act[command.kind](command.text)
            except (_Refused, ShapeError) as error:
                raise CaseError(f"{self._path}, line {command.line}: {quoted(command.text)}: {error}") from None
            if self._ended:
                break
        if not self._ended:
            raise CaseError(f"{self._path}: the file ends without M02: it is not complete, or no Gerber file")
        if len(self._blocks) > 1 or self._contour is not None:
            raise CaseError(f"{self._path}: the file ends inside a region, a block or a step and repeat")

    # -- words: G, D, M and coordinates

    def _word(self, word: str) -> None:
        if re.match(r"G0?4(?!\d)", word):
            return
        parts = _WORDS.findall(word)
        if "".join(a + b for a, b in parts) != re.sub(r"\s", "", word):
            raise _Refused("no Gerber command")
        numbers = {letter: value for letter, value in parts if letter in "XYIJ"}
        operation = self._codes(parts)
        if operation is None and numbers:
            operation = self._state.operation  # the deprecated way: as the one before
            if operation is None:
                raise _Refused("coordinates without D01, D02 or D03")
        if operation is not None:
            self._operate(operation, numbers)

    def _codes(self, parts: list[tuple[str, str]]) -> int | None:
        """Obey all but the coordinates; the operation that is asked for with them, None if there is none."""
        operation = None
        for letter, value in parts:
            if letter == "G":
                self._g(int(value))
            elif letter == "M":
                self._m(int(value))
            elif letter == "D" and int(value) >= 10:
                self._choose(int(value))
            elif letter == "D":
                operation = int(value)
        return operation

    def _g(self, code: int) -> None:
        if code in (1, 2, 3):
            self._state = replace(self._state, mode=code)
        elif code in (74, 75):
            self._state = replace(self._state, single_quadrant=code == 74)
        elif code in (70, 71):
            self._set_unit("IN" if code == 70 else "MM")
        elif code == 36:
            self._contour, self._region = [], []
        elif code == 37:
            if self._contour is None:
                raise _Refused("no region was begun")
            self._close()
            self._contour = None
            if self._region:
                self._add([(self._state.dark, shapely.union_all(self._region))])
        elif code not in (54, 55, 90):
            raise _Refused("incremental coordinates are not read" if code == 91 else "unknown command")

    def _m(self, code: int) -> None:
        if code not in (0, 1, 2):
            raise _Refused("unknown command")
        if code != 1:
            self._ended = True
            if self._blocks[-1].copies is not None:  # older files leave it open
                self._repeat("")

    def _choose(self, number: int) -> None:
        if number not in self._apertures:
            raise _Refused("this aperture was not defined")
        self._state = replace(self._state, aperture=self._apertures[number])

    def _operate(self, operation: int, numbers: dict[str, str]) -> None:
        start = self._state.at
        end = (self._length("X", numbers, start[0]), self._length("Y", numbers, start[1]))
        if operation == 1:
            self._draw(np.array(start), np.array(end), numbers)
        elif operation == 2:
            self._close()
        elif operation == 3:
            self._flash(end)
        else:
            raise _Refused("unknown command")
        self._state = replace(self._state, at=end, operation=operation)

    def _length(self, axis: str, numbers: dict[str, str], otherwise: float) -> float:
        """A coordinate or offset (mm)."""
        if axis not in numbers:
            return otherwise
        if self._format is None or self._unit is None:
            raise _Refused("coordinates before FS and MO")
        whole, decimals = self._format[axis in "YJ"]
        text = numbers[axis]
        digits = text.lstrip("+-")
        if len(digits) > whole + decimals:
            raise _Refused(f"{len(digits)} digits in a format of {whole} and {decimals}")
        if self._trailing:
            digits = digits.ljust(whole + decimals, "0")
        return (-1 if text.startswith("-") else 1) * int(digits) * 10.0**-decimals * self._unit

    def _draw(self, start: Array, end: Array, numbers: dict[str, str]) -> None:
        """D01: a line or an arc, of a region or with the aperture."""
        line = np.stack([start, end])
        if self._state.mode != 1:
            middle = np.array([self._length("I", numbers, 0.0), self._length("J", numbers, 0.0)])
            line = arc(start, end, middle, self._state.mode == 2, self._state.single_quadrant)
        if self._contour is not None:
            self._contour += [line] if not self._contour else [line[1:]]
        else:
            self._add([(self._state.dark, self._stroke(line))])

    def _stroke(self, line: Array) -> Any:
        aperture = self._aperture()
        if aperture.diameter is not None:
            radius = self._state.scale * aperture.diameter / 2
            return shapely.LineString(line).buffer(radius, quad_segs=24) if radius > 0 else shapely.Polygon()
        if not aperture.convex or len(line) > 2:
            raise _Refused("lines are drawn with full circles, or straight with full rectangles")
        ends = [placed(aperture, at, self._state.matrix, True)[0][1] for at in line]
        return shapely.union_all(ends).convex_hull

    def _flash(self, at: tuple[float, float]) -> None:
        if self._contour is not None:
            raise _Refused("a flash inside a region")
        self._add(placed(self._aperture(), at, self._state.matrix, self._state.dark))

    def _aperture(self) -> Aperture:
        if self._state.aperture is None:
            raise _Refused("no aperture was chosen")
        return self._state.aperture

    def _close(self) -> None:
        """End the contour of a region, if there is one."""
        if self._contour:
            points = np.concatenate(self._contour)
            if len(points) > 2:
                self._region.append(shapely.make_valid(shapely.Polygon(points)))
            self._contour = []

    def _add(self, drawn: list[Drawn]) -> None:
        self._count += len(drawn)
        if self._count > _MOST:
            raise _Refused(f"more than {_MOST} things are drawn")
        self._blocks[-1].drawn += [one for one in drawn if not one[1].is_empty]

    # -- extended commands

    def _extended(self, text: str) -> None:
        code, rest = text[:2], text[2:].strip()
        if code in _NAMES:
            return
        if code in _NEUTRAL:
            if not _NEUTRAL[code].fullmatch(rest):
                raise _Refused("a deprecated command that changes the image is not read")
            return
        act = _EXTENDED.get(code)
        if act is None:
            raise _Refused("unknown command")
        act(self, rest)

    def _coordinates(self, rest: str) -> None:
        match = re.fullmatch(r"([LT]?)([AI])(?:N\d)?X(\d)(\d)Y(\d)(\d)", rest)
        if match is None or match[2] == "I":
            raise _Refused("expected FSLAXnnYnn: absolute coordinates")
        self._trailing = match[1] == "T"
        self._format = (int(match[3]), int(match[4])), (int(match[5]), int(match[6]))

    def _set_unit(self, rest: str) -> None:
        if rest not in _UNITS:
            raise _Refused("expected MM or IN")
        if self._unit not in (None, _UNITS[rest]):
            raise _Refused("the file has two units")
        self._unit = _UNITS[rest]

    def _polarity(self, rest: str) -> None:
        self._state = replace(self._state, dark=_one_of(rest, {"D": True, "C": False}))

    def _image_polarity(self, rest: str) -> None:
        self.negative = _one_of(rest, {"POS": False, "NEG": True})

    def _mirror(self, rest: str) -> None:
        signs = {"N": (1.0, 1.0), "X": (-1.0, 1.0), "Y": (1.0, -1.0), "XY": (-1.0, -1.0)}
        self._state = replace(self._state, mirror=_one_of(rest, signs))

    def _rotation(self, rest: str) -> None:
        self._state = replace(self._state, degrees=_number(rest))

    def _scaling(self, rest: str) -> None:
        self._state = replace(self._state, scale=_number(rest))
        if self._state.scale <= 0:
            raise _Refused("a scale is positive")

    def _macro(self, given: str) -> None:
        name, *blocks = (part.strip() for part in given.lstrip()[2:].split("*"))
        self._macros[name] = [block for block in blocks if block]

    def _define(self, rest: str) -> None:
        match = re.fullmatch(r"D(\d+)([A-Za-z_.$][\w.$-]*)(?:,(.*))?", rest)
        if match is None or int(match[1]) < 10:
            raise _Refused("expected ADDnn with nn from 10, a shape and its sizes")
        if self._unit is None:
            raise _Refused("an aperture before MO")
        sizes = [_number(word) for word in (match[3] or "").split("X") if word.strip()]
        number, kind = int(match[1]), match[2]
        if kind in self._macros:
            shape = affinity.scale(macros.shape(self._macros[kind], sizes), self._unit, self._unit, origin=(0, 0))
            self._apertures[number] = Aperture(((True, shape),))
        elif kind in ("C", "R", "O", "P"):
            plain = [size if kind == "P" and place in (1, 2) else size * self._unit for place, size in enumerate(sizes)]
            self._apertures[number] = standard(kind, plain)
        else:
            raise _Refused("there is no such macro")

    def _block(self, rest: str) -> None:
        if rest:
            match = re.fullmatch(r"D(\d+)", rest)
            if match is None or int(match[1]) < 10:
                raise _Refused("expected ABDnn with nn from 10")
            self._blocks.append(_Block(number=int(match[1])))
            return
        number = self._blocks[-1].number
        if number is None:
            raise _Refused("no block was begun")
        self._apertures[number] = Aperture(tuple(self._blocks.pop().drawn))

    def _repeat(self, rest: str) -> None:
        """Step and repeat: what comes up to the next one, at every step."""
        if self._blocks[-1].copies is not None:
            block = self._blocks.pop()
            self._add(_copied(block.drawn, block.copies, _MOST - self._count))
        if not rest:
            return
        match = re.fullmatch(rf"X(\d+)Y(\d+)I{_NUMBER}J{_NUMBER}", rest)
        if match is None or self._unit is None:
            raise _Refused("expected SRXnYnIdJd, after MO")
        count = int(match[1][:9]), int(match[2][:9])
        if min(count) < 1:
            raise _Refused("steps are counted from 1")
        self._blocks.append(_Block(copies=_Copies(count, (float(match[3]) * self._unit, float(match[4]) * self._unit))))


_EXTENDED: dict[str, Callable[[Image, str], None]] = {
    "FS": Image._coordinates,
    "MO": Image._set_unit,
    "LP": Image._polarity,
    "LM": Image._mirror,
    "LR": Image._rotation,
    "LS": Image._scaling,
    "IP": Image._image_polarity,
    "AD": Image._define,
    "AB": Image._block,
    "SR": Image._repeat,
}


def _copied(drawn: list[Drawn], copies: _Copies | None, most: int) -> list[Drawn]:
    assert copies is not None
    if len(drawn) * copies.count[0] * copies.count[1] > most:
        raise _Refused(f"more than {_MOST} things are drawn")
    steps = [np.array([i, j]) * copies.step for i in range(copies.count[0]) for j in range(copies.count[1])]
    return [(dark, affinity.translate(shape, *step)) for step in steps for dark, shape in drawn]


def _one_of(word: str, meanings: dict[str, Any]) -> Any:
    if word not in meanings:
        raise _Refused(f"expected one of {', '.join(meanings)}")
    return meanings[word]


def _number(word: str) -> float:
    if not re.fullmatch(_NUMBER, word.strip()):
        raise _Refused(f"{quoted(word)} is no number")
    return float(word)
