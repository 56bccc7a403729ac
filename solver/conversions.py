"""What pint knows of units, kept on disk: to start it takes every command that reads a case a fifth of a second."""

import hashlib
import importlib.util
import json
import math
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from solver.cache import folder
from solver.errors import PlanishError
from solver.files import write_text

if TYPE_CHECKING:
    import pint

_OURS = "copper_ounce = 34.8e-6 meter"  # thickness of 1 oz of copper per square foot, as the trade counts it
_DEFINITIONS = ("default_en.txt", "constants_en.txt")  # of pint
_MOST = 2000  # conversions that are kept


class Conversion(NamedTuple):
    """From one unit to another: `scale` times the number, plus `offset`, which temperatures on a scale have."""

    scale: float
    offset: float


@lru_cache(maxsize=1)
def registry() -> "pint.UnitRegistry":
    """The unit registry: pint's own units, of which `unit_text` lets some through."""
    import pint

    found = pint.UnitRegistry(cache_folder=None)
    found.define(_OURS)
    return found


def conversion(unit: str, si: str) -> Conversion | None:
    """How numbers with a canonical unit become numbers with another one, such as `K`; None if they do not."""
    return _kept().of(unit, si)


def alike(symbols: Iterable[str], si: str) -> list[str]:
    """Those of some units that become another one."""
    wanted = _unit(si).dimensionality
    return [symbol for symbol in symbols if _unit(symbol).dimensionality == wanted]


class Conversions:
    """Conversions as pint has them, kept in a file that several processes may write: the last one counts.

    Args:
        file: for this pint; None to keep nothing.
    """

    def __init__(self, file: Path | None) -> None:
        self._file, self._known = file, _read(file)

    def of(self, unit: str, si: str) -> Conversion | None:
        """As of `conversion`."""
        key = f"{unit} -> {si}"
        if key not in self._known:
            made = _made(unit, si)
            if made is None or len(self._known) >= _MOST:
                return made
            self._known |= _read(self._file) | {key: made}
            if self._file is not None:
                with suppress(PlanishError):  # a disk that cannot be written costs time only
                    write_text(self._file, json.dumps(self._known), synced=False)
        return self._known[key]


@lru_cache(maxsize=1)
def _kept() -> Conversions:
    return Conversions(_file())


def _file() -> Path | None:
    """Where conversions are kept that follow from these definitions."""
    found = importlib.util.find_spec("pint")
    if found is None or found.origin is None:
        return None
    with suppress(OSError, PlanishError):
        texts = [Path(found.origin).with_name(name).read_bytes() for name in _DEFINITIONS]
        key = hashlib.sha256(b"\n".join([*texts, _OURS.encode()])).hexdigest()[:16]
        return folder("units") / f"{key}.json"
    return None


def _read(file: Path | None) -> dict[str, Conversion]:
    """What is kept; nothing if a file is absent or not as it was written."""
    try:
        kept = {} if file is None else json.loads(file.read_text(encoding="utf-8"))
        found = {key: Conversion(*map(float, pair)) for key, pair in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
    return found if all(math.isfinite(number) for pair in found.values() for number in pair) else {}


def _made(unit: str, si: str) -> Conversion | None:
    """Asked of pint: what it makes of nothing, and of one of it."""
    from pint import DimensionalityError, OffsetUnitCalculusError

    def of(number: float, of_unit: str) -> float:
        return float(registry().Quantity(number, _unit(of_unit)).to(_unit(si)).magnitude)

    try:
        offset = of(0.0, unit)
        return Conversion(of(1.0, f"delta_{unit}" if offset else unit), offset)
    except (DimensionalityError, OffsetUnitCalculusError):
        return None


@lru_cache(maxsize=1024)
def _unit(text: str) -> "pint.Unit":
    """A canonical unit."""
    return registry().Unit("dimensionless" if text == "1" else text)
