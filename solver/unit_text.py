"""Units as text: a grammar and a list of symbols. What a user writes is never evaluated, only what follows from it.

unit = [ "/" ] term { ( "*" | "/" | blank ) term }                    left to right: W/m/K, 1/K, and /K as in 8e-6/K
term = ( symbol | "1" | [ "sqrt" ] "(" unit ")" ) [ [ "^" | "**" ] [ "-" ] digit ]
    m^2, m**2, m2, m²; sqrt(m), √m, m^0.5
"""

import re
from collections import defaultdict

_LONGEST = 60  # characters of a unit
_DEEPEST = 3  # brackets
_HIGHEST = 9  # power
_SYMBOL = re.compile(r"[A-Za-z_]+|1(?![\d.])")
_POWER = re.compile(r"(?:\^|\*\*)(-?0\.5)(?!\d)|(?:\^|\*\*)?(-?[1-9])(?![\d.])")
_ROOT = re.compile("√([A-Za-z]+)")
_PLAIN = str.maketrans(  # degree sign, micro sign, Greek mu, middle dot, ohm sign, Greek Omega
    {
        "\xb0": "deg",
        "\xb5": "u",
        "\u03bc": "u",
        "\xb7": "*",
        "\u2126": "ohm",
        "\u03a9": "ohm",
        "\u2103": "degC",
        "%": "percent",
    }
)
_RAISED = re.compile("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")

_SYMBOLS = ("m", "g", "s", "K", "Pa", "W", "J", "N", "V", "A", "ohm", "eV", "Hz", "bar", "mol")
_PREFIXES = ("", "p", "n", "u", "m", "c", "k", "M", "G", "T")
_WORDS = ("meter", "metre", "gram", "second", "kelvin", "pascal", "watt", "joule", "newton", "volt", "ampere", "ohm")
_LONG_PREFIXES = ("", "nano", "micro", "milli", "centi", "kilo", "mega", "giga")
_OTHERS = (
    "degC degF celsius fahrenheit delta_degC delta_degF percent ppm min minute h hr hour d day week month yr year "
    "micron angstrom mil thou in inch inches ft psi ksi atm torr mmHg cal kcal lb lbf kgf deg rad amp oz"
)
_MEANING = {"mil": "thou", "oz": "copper_ounce", "celsius": "degC", "fahrenheit": "degF"}  # `mil` is an angle to pint

SYMBOLS = frozenset(
    [f"{prefix}{symbol}" for prefix in _PREFIXES for symbol in _SYMBOLS]
    + [f"{prefix}{word}{end}" for prefix in _LONG_PREFIXES for word in _WORDS for end in ("", "s")]
    + [
        f"{word}{end}"
        for word in _OTHERS.split()
        for end in (("", "s") if len(word) > 3 and word[-1] != "s" else ("",))
    ]
)


class UnitError(ValueError):
    """A text that is no unit.

    Args:
        rule: what is wrong, in words.
        symbol: that is unknown, "" if something else is wrong.
    """

    def __init__(self, rule: str, symbol: str = "") -> None:
        super().__init__(rule)
        self.symbol = symbol


def canonical(text: str) -> str:
    """A unit as a product of known symbols to small powers: `W/m^2/K` becomes `W*m**-2*K**-1`, no unit `1`.

    Raises:
        UnitError: it does not follow the grammar, or has a symbol that is not in `SYMBOLS`.
    """
    if len(text) > _LONGEST:
        raise UnitError(f"a unit has no more than {_LONGEST} characters")
    text = _RAISED.sub(lambda raised: "^" + raised[0].translate(_LOWERED), text).translate(_PLAIN).strip()
    text = _ROOT.sub(r" sqrt(\1)", text).strip()
    text = re.sub(r"(?<=[\w)])\s+(?=[\w(])", "*", text)
    powers, end = _unit(re.sub(r"\s", "", text) or "1", 0, 0)
    if end < len(text):
        raise UnitError("a bracket is closed that was not opened")
    if any(abs(power) > _HIGHEST for power in powers.values()):
        raise UnitError(f"a power is higher than {_HIGHEST}")
    return (
        "*".join(f"{symbol}**{power:g}" if power != 1 else symbol for symbol, power in powers.items() if power) or "1"
    )


def _unit(text: str, at: int, depth: int) -> tuple[dict[str, float], int]:
    """Symbols and their powers from a place on, and where they end."""
    powers: dict[str, float] = defaultdict(float)
    sign = -1 if text.startswith("/", at) else 1
    at += sign < 0
    while True:
        inner, at = _term(text, at, depth)
        for symbol, power in inner.items():
            powers[symbol] += sign * power
        if at == len(text) or text[at] == ")":
            return powers, at
        if text[at] not in "*/":
            raise UnitError(f"'{text[at:]}' does not follow a unit")
        sign = 1 if text[at] == "*" else -1
        at += 1


def _term(text: str, at: int, depth: int) -> tuple[dict[str, float], int]:
    root = text.startswith("sqrt(", at)
    at += 4 if root else 0
    if text.startswith("(", at):
        if depth == _DEEPEST:
            raise UnitError("too many brackets")
        powers, at = _unit(text, at + 1, depth + 1)
        if at == len(text):
            raise UnitError("a bracket is not closed")
        at, powers = at + 1, _raised(powers, 0.5) if root else powers
    else:
        found = _SYMBOL.match(text, at)
        if found is None:
            raise UnitError("a symbol is missing" if at == len(text) else f"'{text[at:]}' is not a unit")
        if found[0] != "1" and found[0] not in SYMBOLS:
            raise UnitError(f"there is no unit '{found[0]}'", found[0])
        powers, at = {_MEANING.get(found[0], found[0]): 1.0} if found[0] != "1" else {}, found.end()
    raised = _POWER.match(text, at)
    if raised is None:
        return powers, at
    return _raised(powers, float(raised[1] or raised[2])), raised.end()


def _raised(powers: dict[str, float], power: float) -> dict[str, float]:
    return {symbol: one * power for symbol, one in powers.items()}
