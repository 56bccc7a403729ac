"""Entries of summary.json as the dataclasses they were made of: the inverse of `solver.output.summary.entry`."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def from_entry(kind: type[T], found: Mapping[str, Any]) -> T:
    """The dataclass an entry was made of.

    Args:
        kind: a dataclass whose annotations name dataclasses, tuples, lists, mappings, enumerations and plain values.
        found: its entry, as JSON gives it back; keys that no field has are left.

    Raises:
        KeyError: a key is not there that has to be.
    """
    return _read(kind, found)[0]


def _read(kind: type[T], found: Mapping[str, Any]) -> tuple[T, set[str]]:
    """The dataclass, and the keys that are its own."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    own: set[str] = set()
    rest: str | None = None
    for one in fields(kind):  # type: ignore[arg-type]
        part = _without_none(hints[one.name])
        optional = part != hints[one.name]
        if not one.metadata.get("inline"):
            own.add(one.name)
            if one.name in found:
                values[one.name] = _value(part, found[one.name])
            elif one.metadata.get("keep_none", True):
                raise KeyError(one.name)
            else:
                values |= _absent(one)
        elif is_dataclass(part):
            if not optional or _is_there(part, found):
                values[one.name], keys = _read(cast(type, part), found)
                own |= keys
            else:
                values |= _absent(one)
        else:
            rest = one.name
    if rest is not None:
        values[rest] = {key: value for key, value in found.items() if key not in own}
    return kind(**values), own


def _absent(one: "Field[Any]") -> dict[str, Any]:
    """What a field has whose value was left out."""
    return {} if one.default is not MISSING or one.default_factory is not MISSING else {one.name: None}


def _is_there(kind: Any, found: Mapping[str, Any]) -> bool:
    """Whether an entry has all the keys a dataclass always gives."""
    hints = get_type_hints(kind)
    always = [one for one in fields(kind) if one.metadata.get("keep_none", True)]
    return all(
        _is_there(_without_none(hints[one.name]), found) if one.metadata.get("inline") else one.name in found
        for one in always
    )


def _without_none(hint: Any) -> Any:
    """X of `X | None`."""
    if get_origin(hint) in (Union, types.UnionType):
        left = [part for part in get_args(hint) if part is not types.NoneType]
        return left[0] if len(left) == 1 else Any
    return hint


def _value(hint: Any, found: Any) -> Any:
    hint = _without_none(hint)
    origin, parts = get_origin(hint), get_args(hint)
    if found is None:
        return None
    if is_dataclass(hint) and isinstance(hint, type):
        return from_entry(hint, found)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(found)
    if origin is tuple:
        kinds = [parts[0]] * len(found) if parts[-1] is Ellipsis else parts
        return tuple(_value(kind, one) for kind, one in zip(kinds, found, strict=True))
    if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return {key: _value(parts[1], one) for key, one in found.items()}
    if origin is list or (isinstance(origin, type) and issubclass(origin, list)):
        return [_value(parts[0], one) for one in found]
    return found
