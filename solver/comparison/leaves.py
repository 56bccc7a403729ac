"""Values of a summary by where they are: `steps[cool].curve[25 degC].warpage_um`."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

NAMES = {"name": "{}", "temperature_degc": "{:.6g} degC", "time_s": "{:.6g} s"}  # what an entry of a list is known by


def leaves(value: Any, without: Set[str] = frozenset(), by_name: bool = False) -> dict[str, Any]:
    """Every number, text and empty list of an entry, by its path.

    Args:
        value: of JSON.
        without: keys that are left out wherever they are.
        by_name: True to call entries of lists by their name, temperature or time; else by their number.
    """
    return dict(_walk(value, "", without, by_name))


def labels(entries: Sequence[Any]) -> list[str]:
    """A name for each entry of a list, all different: its own, its temperature or its time, else its number."""
    found, met = [], dict[str, int]()
    for number, entry in enumerate(entries):
        name = _name(entry) or str(number)
        met[name] = met.get(name, 0) + 1
        found.append(name if met[name] == 1 else f"{name} #{met[name]}")
    return found


def _name(entry: Any) -> str | None:
    if not isinstance(entry, Mapping):
        return None
    return next((text.format(entry[key]) for key, text in NAMES.items() if entry.get(key) is not None), None)


def _walk(value: Any, where: str, without: Set[str], by_name: bool) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            if key not in without:
                yield from _walk(item, f"{where}.{key}" if where else str(key), without, by_name)
    elif isinstance(value, list) and value:
        names = labels(value) if by_name else map(str, range(len(value)))
        for name, item in zip(names, value, strict=True):
            yield from _walk(item, f"{where}[{name}]", without, by_name)
    else:
        yield where, value
