"""Factors of the units cases and materials are mostly written in: pint, which has all, takes a while to start."""

from collections.abc import Mapping
from types import MappingProxyType

Dimension = tuple[int, int, int, int, int, int]  # powers of kg, m, s, K, A, mol

_NONE: Dimension = (0, 0, 0, 0, 0, 0)
_PREFIXES = {"p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "c": 1e-2, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_SYMBOLS: Mapping[str, tuple[float, Dimension]] = MappingProxyType(
    {
        "g": (1e-3, (1, 0, 0, 0, 0, 0)),
        "m": (1.0, (0, 1, 0, 0, 0, 0)),
        "s": (1.0, (0, 0, 1, 0, 0, 0)),
        "K": (1.0, (0, 0, 0, 1, 0, 0)),
        "A": (1.0, (0, 0, 0, 0, 1, 0)),
        "mol": (1.0, (0, 0, 0, 0, 0, 1)),
        "N": (1.0, (1, 1, -2, 0, 0, 0)),
        "Pa": (1.0, (1, -1, -2, 0, 0, 0)),
        "J": (1.0, (1, 2, -2, 0, 0, 0)),
        "W": (1.0, (1, 2, -3, 0, 0, 0)),
        "V": (1.0, (1, 2, -3, 0, -1, 0)),
        "ohm": (1.0, (1, 2, -3, 0, -2, 0)),
        "eV": (1.602176634e-19, (1, 2, -2, 0, 0, 0)),  # CODATA 2018: exact
    }
)
_OTHERS: Mapping[str, tuple[float, Dimension]] = MappingProxyType(
    {
        "1": (1.0, _NONE),
        "ppm": (1e-6, _NONE),
        "percent": (1e-2, _NONE),
        "delta_degC": (1.0, (0, 0, 0, 1, 0, 0)),
        "min": (60.0, (0, 0, 1, 0, 0, 0)),
        "h": (3600.0, (0, 0, 1, 0, 0, 0)),
    }
)


def factor(unit: str) -> tuple[float, Dimension] | None:
    """What one of a unit is in SI units, and its dimension; None of one that is not of the common ones.

    Args:
        unit: as of `unit_text.canonical`.
    """
    size, powers = 1.0, list(_NONE)
    for term in unit.replace("**", "^").split("*"):
        symbol, _, raised = term.partition("^")
        known = _of(symbol)
        if known is None:
            return None
        power = int(raised or 1)
        size *= known[0] ** power
        powers = [one + power * other for one, other in zip(powers, known[1], strict=True)]
    a, b, c, d, e, f = powers
    return size, (a, b, c, d, e, f)


def _of(symbol: str) -> tuple[float, Dimension] | None:
    found = _OTHERS.get(symbol) or _SYMBOLS.get(symbol)
    if found is not None:
        return found
    prefix, rest = symbol[:1], symbol[1:]
    if prefix in _PREFIXES and rest in _SYMBOLS:
        size, dimension = _SYMBOLS[rest]
        return _PREFIXES[prefix] * size, dimension
    return None
