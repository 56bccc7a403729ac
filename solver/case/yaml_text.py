"""YAML as plain data with lines: the scalars of YAML 1.2 (core schema), no tags, no cycles, nothing without end.

In YAML 1.1, which PyYAML resolves, `010` is 8, `1:30` is 90, `no` is false and `2026-01-01` is a date. Here a plain
word is null, true, false or a decimal number, or else the text that stands there.
"""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

Loc = tuple[str | int, ...]

_DEEPEST = 40  # mappings and lists within each other
_MOST = 200_000  # values in one file, those of aliases counted where they are used
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # YAML 1.2, 5.1
_SCALARS: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (re.compile(r"(~|null|Null|NULL|)"), lambda _: None),
    (re.compile(r"(true|True|TRUE|false|False|FALSE)"), lambda text: text.lower() == "true"),
    (re.compile(r"[-+]?[0-9]{1,18}"), int),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
)


class YamlError(ValueError):
    """The text is not what a case file may be.

    Args:
        line: from 1.
        rule: what is wrong.
    """

    def __init__(self, line: int, rule: str) -> None:
        super().__init__(rule)
        self.line, self.rule = line, rule


def read(text: str) -> tuple[Any, dict[Loc, int]]:
    """Data of one document, and the line (from 1) of every key and list entry.

    Raises:
        YamlError: not YAML, or YAML that a case file has no use for.
    """
    found = _FORBIDDEN.search(text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        raise YamlError(line, f"not valid YAML: the character U+{ord(found[0]):04X} may not stand in it")
    try:
        return _Builder(yaml.parse(text, Loader=_LOADER)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(mark.line + 1 if mark else 1, f"not valid YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise YamlError(1, f"not valid YAML: {error}") from None


class _Builder:
    """Data out of the events of the parser."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._lines: dict[Loc, int] = {}
        self._anchors: dict[str, tuple[Loc, Any, int]] = {}  # place, data and number of values
        self._open: set[str] = set()
        self._count = 0

    def document(self) -> tuple[Any, dict[Loc, int]]:
        next(self._events)  # the stream begins
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            return None, {}
        data = self._node(next(self._events), ())
        next(self._events)  # the document ends
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise YamlError(event.start_mark.line + 1, "a second document begins; a case file is one")
        return data, self._lines

    def _node(self, event: Any, loc: Loc) -> Any:
        line = event.start_mark.line + 1
        self._lines.setdefault(loc, line)
        self._take(1, line)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor, loc, line)
        if event.tag not in (None, "!"):
            raise YamlError(line, f"the tag '{event.tag}' has no meaning in a case file; remove it")
        if len(loc) > _DEEPEST:
            raise YamlError(line, f"more than {_DEEPEST} lists and mappings within each other")
        before = self._count
        self._open.add(event.anchor)
        data = self._data(event, loc)
        self._open.discard(event.anchor)
        if event.anchor:
            self._anchors[event.anchor] = loc, data, self._count - before
        return data

    def _data(self, event: Any, loc: Loc) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return scalar(event.value) if event.implicit[0] else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            entries: list[Any] = []
            while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
                entries.append(self._node(event, (*loc, len(entries))))
            return entries
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent):
                raise YamlError(line, "a key is a word, not a list, a mapping or an alias")
            key = event.value
            if key in found:
                place = ".".join(map(str, (*loc, key)))
                raise YamlError(line, f"{place}: the key stands twice in one mapping")
            self._lines[(*loc, key)] = line
            found[key] = self._node(next(self._events), (*loc, key))
        return found

    def _alias(self, name: str | None, loc: Loc, line: int) -> Any:
        if name in self._open:
            raise YamlError(line, f"the alias '*{name}' stands inside what it means")
        if name is None or name not in self._anchors:
            raise YamlError(line, f"there is no anchor '&{name}' before this alias")
        place, data, count = self._anchors[name]
        self._take(count, line)
        for inner in _places(data):
            self._lines[(*loc, *inner)] = self._lines[(*place, *inner)]
        return copy.deepcopy(data)

    def _take(self, count: int, line: int) -> None:
        self._count += count
        if self._count > _MOST:
            raise YamlError(line, f"more than {_MOST} values, those of aliases counted where they are used")


def scalar(text: str) -> Any:
    """What a plain word means: nothing, true, false, a number, or the text itself."""
    return next((make(text) for pattern, make in _SCALARS if pattern.fullmatch(text)), text)


def _places(data: Any) -> Iterator[Loc]:
    """All places inside some data."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (key,)
        yield from ((key, *inner) for inner in _places(value))


def is_no_text(word: str) -> bool:
    """True for a word that, unquoted, is null, true, false or a number."""
    return any(pattern.fullmatch(word) for pattern, _ in _SCALARS)
