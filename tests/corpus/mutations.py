"""Ways to spoil a case, by kind. Each takes the data of a valid case and one place in it."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from tests.corpus.bases import BASES

Loc = tuple[str | int, ...]

DATA = {name: yaml.safe_load(text) for name, text in BASES.items()}

TYPES: list[Any] = [None, True, 3, -2.5, "word", "", [], {}, [1, 2], ["x"], {"a": 1}, [[]], [{}], [None]]
TEXTS = [
    *("[/b]", "[bold]x", "$_{$", "\\frac{", "<script>alert(1)</script>", "&amp;\"'>", "a/b", "/", ".."),
    *("../../etc/passwd", "/dev/zero", "/proc/self/environ", "Träger", "冷却", "🔥", "a\nplanish: all is well"),
    *("a\r\x1b[31mred", "\x00", "\u202egnirts", "\u2028", "x" * 300, " ", "%s %n {0} {message}", "${HOME}", "`ls`"),
    *("__class__", "nan", ".inf", "null", "design", "thermal", "top", "mould.top", ":smile:", "=1+1", "-", "1:30"),
    *("2026-01-01", "0x10", "1e400"),
]
NUMBERS = ["1e308", "-1e308", "1e-308", "0", "-1", "1e9", "1e-9", "1e30", "-0.0", "1e400", "nan", "inf", "9" * 400]
UNITS = [
    *("mm(", "mm*9**9**9**9", "mm**", "(mm", "mm)", "mm/0", "mm^1e9", "mm**0.5", "__import__('os').getcwd()"),
    *("mm mm mm", "degC degC", "%%", "mm**-1", "kg", "mn", "parsec", "mm + 3", "m[0]", "lambda: 0", "mm;mm", "µµm"),
    *("1", "1 mm", "K K", "mm" * 200, "1e9", "9**9", "((((((((((mm))))))))))", "'mm'", "speed_of_light", "mm\n2 mm"),
    *("[mm]", "{mm}", "mm=3", "mm*" * 500 + "mm", "**mm", "/", "*", "^", "^2", "mm//2", "mm % 2", "a.b", "mm@mm"),
]


def places(node: Any, loc: Loc = ()) -> Iterator[Loc]:
    """All places of some data, from the outside in."""
    if loc:
        yield loc
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in items:
        yield from places(child, (*loc, key))


def at(data: Any, loc: Loc) -> Any:
    for part in loc:
        data = data[part]
    return data


def put(data: Any, loc: Loc, value: Any) -> Any:
    data = copy.deepcopy(data)
    at(data, loc[:-1])[loc[-1]] = value
    return data


def swap(data: Any, loc: Loc, pick: int) -> Any:
    """Another type."""
    return put(data, loc, TYPES[pick % len(TYPES)])


def missing(data: Any, loc: Loc, pick: int) -> Any:
    """A key or an entry that is not there."""
    data = copy.deepcopy(data)
    del at(data, loc[:-1])[loc[-1]]
    return data


def extra(data: Any, loc: Loc, pick: int) -> Any:
    """A key that nobody knows, or an entry twice."""
    data = copy.deepcopy(data)
    inside = at(data, loc[:-1])
    if isinstance(inside, list):
        inside.insert(loc[-1], copy.deepcopy(inside[loc[-1]]))
    else:
        inside[TEXTS[pick % len(TEXTS)]] = TYPES[pick % len(TYPES)]
    return data


def misspelt(data: Any, loc: Loc, pick: int) -> Any:
    """A key, or a word, with two letters exchanged, one left out or one twice."""

    def spoil(word: str) -> str:
        i = pick % len(word)
        return [word[:i] + word[i + 1 :], word[:i] + word[i] + word[i:], word[:i][::-1] + word[i:]][pick % 3]

    data = copy.deepcopy(data)
    inside, key = at(data, loc[:-1]), loc[-1]
    if isinstance(inside, dict) and pick % 2:
        changed = {spoil(str(k)) if k == key else k: v for k, v in inside.items()}
        inside.clear()
        inside.update(changed)
    elif isinstance(inside[key], str) and inside[key]:
        inside[key] = spoil(inside[key])
    return data


def hostile(data: Any, loc: Loc, pick: int) -> Any:
    """Text that means something to a terminal, a shell, a page, a picture or a path."""
    return put(data, loc, TEXTS[pick % len(TEXTS)])


def hostile_everywhere(data: Any, loc: Loc, pick: int) -> Any:
    """The same, in every place that has the same word: names that agree with each other."""
    old, new = at(data, loc), TEXTS[pick % len(TEXTS)]

    def replaced(node: Any) -> Any:
        if isinstance(node, dict):
            return {new if key == old else key: replaced(value) for key, value in node.items()}
        if isinstance(node, list):
            return [replaced(value) for value in node]
        if not isinstance(node, str):
            return node
        return new if node == old else "/".join(new if part == old else part for part in node.split("/"))

    return replaced(data) if isinstance(old, str) else put(data, loc, new)


def extreme(data: Any, loc: Loc, pick: int) -> Any:
    """Numbers that cannot be, with the unit that was there."""
    number, old = NUMBERS[pick % len(NUMBERS)], at(data, loc)
    if isinstance(old, str) and " " in old:
        return put(data, loc, f"{number} {old.split(maxsplit=1)[1]}")
    return put(data, loc, yaml.safe_load(number) if pick % 2 and len(number) < 300 else number)


def unit(data: Any, loc: Loc, pick: int) -> Any:
    """Units that are none, or not of the kind."""
    old = at(data, loc)
    number = old.split()[0] if isinstance(old, str) and " " in old else "1"
    return put(data, loc, f"{number}{' ' if pick % 3 else ''}{UNITS[pick % len(UNITS)]}")


def same(data: Any, loc: Loc, pick: int) -> Any:
    """A value from elsewhere in the case: names twice, lengths for temperatures."""
    others = [at(data, other) for other in places(data)]
    return put(data, loc, copy.deepcopy(others[pick * 7919 % len(others)]))


def order(data: Any, loc: Loc, pick: int) -> Any:
    """A list or a mapping the other way round."""
    old = at(data, loc)
    if isinstance(old, list):
        return put(data, loc, old[::-1])
    return put(data, loc, dict(reversed(old.items()))) if isinstance(old, dict) else data


def nested(data: Any, loc: Loc, pick: int) -> Any:
    """Something in brackets too many."""
    depth, old = [1, 2, 30, 100][pick % 4], at(data, loc)
    for _ in range(depth):
        old = [old] if pick % 2 else {"in": old}
    return put(data, loc, old)


def many(data: Any, loc: Loc, pick: int) -> Any:
    """Very many of it."""
    old = at(data, loc)
    if isinstance(old, list) and old:
        return put(data, loc, old * [2, 50, 2000][pick % 3])
    if isinstance(old, int):
        return put(data, loc, [10**4, 10**8, 10**30][pick % 3])
    return put(data, loc, old * 500 if isinstance(old, str) else [old] * 500)


KINDS: dict[str, Callable[[Any, Loc, int], Any]] = {
    one.__name__: one
    for one in (swap, missing, extra, misspelt, hostile, hostile_everywhere, extreme, unit, same, order, nested, many)
}


def text_of(data: Any) -> str:
    """As YAML."""
    return yaml.dump(data, Dumper=_NoAliases, allow_unicode=True, sort_keys=False, width=10**6)


class _NoAliases(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):
    def ignore_aliases(self, data: Any) -> bool:
        return True
