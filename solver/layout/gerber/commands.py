"""The text of a Gerber file as its commands, with their lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from solver.errors import CaseError
from solver.layout.side_file import quoted

_BLANKS = re.compile(r"\s*")
_STATEMENT = re.compile(r"%([^%]*)%|(G0?4(?!\d)[^*]*|[^*%]*)\*")


class Kind(Enum):
    """Kinds of command: words of letters and numbers, those between % signs, and definitions of macros among them."""

    WORD = 0
    EXTENDED = 1
    MACRO = 2


@dataclass(frozen=True)
class Command:
    """One command; a macro is whole, with its primitives."""

    line: int
    kind: Kind
    text: str


def commands(path: Path, text: str) -> Iterator[Command]:
    """All commands in order.

    Raises:
        CaseError: something else stands there; names file and line.
    """
    end, line = 0, 1
    while True:
        start = _BLANKS.match(text, end).end()  # type: ignore[union-attr]
        line += text.count("\n", end, start)
        if start == len(text):
            return
        match = _STATEMENT.match(text, start)
        if match is None:
            raise CaseError(f"{path}, line {line}: {quoted(text[start : start + 20])}: no Gerber command")
        if match[1] is None:
            yield Command(line, Kind.WORD, match[2].strip())
        elif match[1].lstrip().startswith("AM"):
            yield Command(line, Kind.MACRO, match[1].strip())
        else:
            for part in filter(None, (one.strip() for one in match[1].split("*"))):
                yield Command(line, Kind.EXTENDED, part)
        line, end = line + text.count("\n", start, match.end()), match.end()
