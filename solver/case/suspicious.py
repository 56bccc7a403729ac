"""Values that are valid and yet look like a slip: kelvins written as degC, degrees Celsius written as K."""

import re
from collections.abc import Iterator
from typing import Any

from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.materials.material import TRANSITIONS

_CELSIUS = re.compile(r"\s*([-+]?[\d.]+)\s*(?:°C|degC|celsius|℃)\s*")
_KELVIN = re.compile(r"\s*([-+]?[\d.]+)\s*(?:K|kelvin)\s*")
_OFFSET = re.compile(r"\d+\.15")
_ROOM = 273.0, 323.0  # what surroundings are in kelvin
_WARM = 200.0  # from which a value that ends in .15 is one of kelvins
_COLD = 200.0  # K, -73 degC: packages seldom are, though they may
_PROCESS = {"temperature", "stress_free_temperature"}
_SURROUNDINGS = {"ambient", "start"}
_TEMPERATURES = {"temperature", "stress_free_temperature", "warpage_at", *TRANSITIONS, *_SURROUNDINGS}


def suspicious(text: Source) -> Iterator[str]:
    """What to say of the temperatures of a case file, with their places."""
    for loc, value in _scalars(text.data, ()):
        key = next((part for part in reversed(loc) if isinstance(part, str)), "")
        if not isinstance(value, str) or key not in _TEMPERATURES:
            continue
        around = key in _SURROUNDINGS or ("boundaries" in loc and key == "temperature")
        celsius, kelvin = _CELSIUS.fullmatch(value), _KELVIN.fullmatch(value)
        if celsius and (_is_offset(celsius[1]) or (around and _ROOM[0] <= float(celsius[1]) <= _ROOM[1])):
            yield _line(text, loc, value, f"looks like kelvins; write '{celsius[1]} K' if it is")
        if kelvin and 0.0 < float(kelvin[1]) < _COLD:
            cold = float(kelvin[1]) - 273.15
            yield _line(text, loc, value, f"is {cold:.0f} degC; write '{kelvin[1]} degC' if that was meant")
    yield from _hot_process(text)


def _hot_process(text: Source) -> Iterator[str]:
    """A process whose coldest moment would be a warm day in kelvin: no part is left at 25 degC + 273."""
    found = [
        (float(celsius[1]) if (celsius := _CELSIUS.fullmatch(value)) else -_ROOM[0], loc, value)
        for loc, value in _scalars(text.data, ())
        if loc[:1] == ("process",) and loc[-1] in _PROCESS and isinstance(value, str) and value != "thermal"
    ]
    degrees, loc, value = min(found, key=lambda one: one[0], default=(0.0, (), ""))
    if len(found) > 1 and _ROOM[0] <= degrees <= _ROOM[1] and not _is_offset(value.split()[0]):
        rule = f"looks like kelvins, and so do all of the process; write '{degrees:g} K' if it is"
        yield _line(text, loc, value, rule)


def _is_offset(number: str) -> bool:
    return bool(_OFFSET.fullmatch(number)) and float(number) >= _WARM


def _line(text: Source, loc: Loc, value: str, rule: str) -> str:
    return f"{text.where(loc)}: {text.spell(loc)} = '{value.strip()}' {rule}"


def _scalars(node: Any, loc: Loc) -> Iterator[tuple[Loc, Any]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else None
    if items is None:
        yield loc, node
        return
    for key, inner in items:
        yield from _scalars(inner, (*loc, key))
