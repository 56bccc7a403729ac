"""A CSV file of an instrument: columns by the names people give them, in the units their headers state."""

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from solver.arrays import Array
from solver.errors import CaseError, nearest, short
from solver.layout import side_file
from solver.units import LENGTH, NUMBER, STRESS, TEMPERATURE, TEMPERATURE_RATE, TIME, Unit

FREQUENCY = Unit("frequency", "1/s", "1 Hz")
HEAT_FLOW = Unit("heat flow", "W/kg", "0.4 W/g")

_HEADER = re.compile(r"^(?P<name>.*?)\s*(?:[(\[](?P<unit>[^()\[\]]*(?:\([^()]*\)[^()\[\]]*)*)[)\]])?\s*$")
_NO_UNIT = ("-", "–", "1")
_LONGEST = 200  # characters of a header
_SYMBOL = 2  # letters of names in which upper and lower case differ: T and t, E' and e'
_MOST = 1_000_000  # rows


@dataclass(frozen=True)
class Quantity:
    """What a column holds.

    Attributes:
        unit: its unit.
        names: how it is headed; the first one is shown.
        positive: True if zero and less are wrong.
    """

    unit: Unit
    names: tuple[str, ...]
    positive: bool = False


QUANTITIES = {
    "temperature": Quantity(TEMPERATURE, ("temperature", "temp", "temp.", "T")),
    "frequency": Quantity(FREQUENCY, ("frequency", "freq", "f"), True),
    "angular_frequency": Quantity(FREQUENCY, ("angular frequency", "omega", "ω"), True),
    "time": Quantity(TIME, ("time", "t")),
    "storage": Quantity(STRESS, ("storage modulus", "E'"), True),
    "loss": Quantity(STRESS, ("loss modulus", "E''", 'E"'), True),
    "shear_storage": Quantity(STRESS, ("shear storage modulus", "G'"), True),
    "shear_loss": Quantity(STRESS, ("shear loss modulus", "G''", 'G"'), True),
    "tan_delta": Quantity(NUMBER, ("tan delta", "tan d", "tan(delta)", "tan(d)", "tan δ", "loss factor"), True),
    "relaxation": Quantity(STRESS, ("relaxation modulus", "E(t)"), True),
    "shear_relaxation": Quantity(STRESS, ("shear relaxation modulus", "G(t)"), True),
    "expansion": Quantity(NUMBER, ("expansion", "thermal strain", "strain", "dL/L", "dL/L0")),
    "change_of_length": Quantity(LENGTH, ("change of length", "dimension change", "displacement", "dL")),
    "length": Quantity(LENGTH, ("length", "sample length", "L0"), True),
    "heat_flow": Quantity(HEAT_FLOW, ("heat flow",)),
    "heating_rate": Quantity(TEMPERATURE_RATE, ("heating rate", "rate"), True),
    "degree": Quantity(NUMBER, ("degree of cure", "conversion", "degree")),
    "glass_transition": Quantity(TEMPERATURE, ("glass transition", "Tg")),
}
_NAMES = {name: key for key, quantity in QUANTITIES.items() for name in quantity.names}


@dataclass(frozen=True, eq=False)
class Measured:
    """A file that was read.

    Attributes:
        path: of it.
        columns: key of `QUANTITIES` -> (rows,) in SI units.
        lines: (rows,) of the file, for messages.
    """

    path: Path
    columns: dict[str, Array]
    lines: Array

    def __getitem__(self, key: str) -> Array:
        return self.columns[key]

    def has(self, *keys: str) -> bool:
        """True if all of these columns are there."""
        return all(key in self.columns for key in keys)

    def wrong(self, rule: str, row: int | None = None) -> CaseError:
        """The error of the file, or of one row of it."""
        where = f"{self.path}" if row is None else f"{self.path}, line {self.lines[row]}"
        return CaseError(f"{where}: {rule}")


def read(path: Path) -> Measured:
    """A file with one line of headers such as `storage modulus (MPa)`, then numbers; lines with # are remarks.

    Columns are set apart by commas, tabs or semicolons; with semicolons numbers may have a decimal comma.

    Raises:
        CaseError: no such file, an unknown column or unit, a word that is no number; names line and column.
    """
    whole = path.resolve()
    rows = _rows(path, side_file.text(side_file.located(whole.parent, Path(whole.name))))
    if len(rows) < 2:
        raise CaseError(f"{path}: a line of headers and lines of numbers are expected")
    line, header = rows[0]
    heads = [_head(f"{path}, line {line}, column {number}", text) for number, text in enumerate(header, start=1)]
    keys = [key for key, _ in heads]
    for number, key in enumerate(keys, start=1):
        if key in keys[: number - 1]:
            raise CaseError(f"{path}, line {line}, column {number}: a second column of {QUANTITIES[key].names[0]}")
    values = np.array([_numbers(path, line, row, keys) for line, row in rows[1:]])
    columns: dict[str, Array] = {key: scale * values[:, i] + offset for i, (key, (scale, offset)) in enumerate(heads)}
    found = Measured(path, columns, np.array([line for line, _ in rows[1:]]))
    for number, key in enumerate(keys, start=1):
        bad = np.flatnonzero(columns[key] <= 0.0)
        if QUANTITIES[key].positive and bad.size:
            raise CaseError(
                f"{path}, line {found.lines[bad[0]]}, column {number}: a {QUANTITIES[key].names[0]} is positive"
            )
    return found


def _rows(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """Number and cells of every line that says something."""
    lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip() and line.lstrip()[0] != "#"]
    if len(lines) > _MOST:
        raise CaseError(f"{path}: more than {_MOST} lines; thin the curve out")
    if not lines:
        return []
    mark = next((mark for mark in ";\t" if mark in lines[0][1]), ",")
    point = (",", ".") if mark == ";" else ("", "")
    found = []
    for number, line in lines:
        cells = next(csv.reader([line], delimiter=mark, quotechar="`"), [])
        kept = cells if number == lines[0][0] else [cell.replace(*point) for cell in cells]
        found.append((number, [cell.strip().strip('"') if number != lines[0][0] else cell.strip() for cell in kept]))
    return found


def _head(where: str, text: str) -> tuple[str, tuple[float, float]]:
    """Key of a column, and scale and offset to SI units."""
    plain = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    plain = plain[:_LONGEST].replace("′", "'").replace("″", "''")
    key, unit = _key(plain), None  # E(t) is a name, not a unit
    if key is None and (match := _HEADER.match(plain)) is not None:
        name, unit = match["name"].replace("_", " "), match["unit"]
        key = _key(name)
    if key is None:
        raise CaseError(f"{where}: unknown column '{short(plain)}'; {nearest(plain.split('(')[0], _NAMES)}")
    quantity = QUANTITIES[key].unit
    unit = "" if unit in _NO_UNIT else unit
    if not unit and quantity.si:
        example = f"{QUANTITIES[key].names[0]} ({quantity.example.split(maxsplit=1)[1]})"
        raise CaseError(f"{where}: the header needs a unit; write for example '{example}'")
    if key in ("frequency", "angular_frequency"):
        return key, (_radians(where, key, unit or ""), 0.0)
    try:
        one, two = (quantity.parse(f"{number} {unit or ''}".strip()) for number in (1000, 2000))
    except ValueError as error:  # of a unit: says which would do
        raise CaseError(f"{where}: {error}") from None
    return key, ((two - one) / 1000.0, 2.0 * one - two)


def _key(name: str) -> str | None:
    """Of a column's name; letters of either case, but for names of one or two."""
    plain = (key for known, key in _NAMES.items() if len(known) > _SYMBOL and known.lower() == name.lower())
    return _NAMES.get(name) or next(plain, None)


def _radians(where: str, key: str, unit: str) -> float:
    """Rad/s in one of a unit of frequency: a turn is 2 pi."""
    turns = 2.0 * math.pi if "Hz" in unit or (key == "frequency" and "rad" not in unit) else 1.0
    try:
        return turns * FREQUENCY.parse(f"1 {unit.replace('rad/', '1/')}")
    except ValueError as error:
        raise CaseError(f"{where}: {error}") from None


def _numbers(path: Path, line: int, row: list[str], keys: list[str]) -> list[float]:
    if len(row) != len(keys):
        raise CaseError(f"{path}, line {line}: {len(row)} cells where the header has {len(keys)}")
    found = []
    for number, cell in enumerate(row, start=1):
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            name = QUANTITIES[keys[number - 1]].names[0]
            raise CaseError(f"{path}, line {line}, column {number} ({name}): '{short(cell)}' is not a number")
        found.append(value)
    return found
