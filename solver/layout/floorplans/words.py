"""The words of a file of 3D-ICE, with their lines, taken one after another."""

import re
from pathlib import Path

from solver.errors import CaseError
from solver.layout import side_file
from solver.layout.side_file import quoted

_COMMENTS = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
_WORD = re.compile(r'"[^"\n]*"|[A-Za-z_][\w-]*|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|\S')


class Words:
    """The words of a text.

    Args:
        path: for messages.
        text: // and /* */ are comments.
    """

    def __init__(self, path: Path, text: str) -> None:
        plain = _COMMENTS.sub(lambda match: "\n" * match[0].count("\n") or " ", text)
        self._path = path
        self._words = [(number, word) for number, line in enumerate(plain.splitlines(), start=1)
                       for word in _WORD.findall(line)]  # fmt: skip
        self._at = 0

    @property
    def line(self) -> int:
        """Of the next word, or the last one."""
        return self._words[min(self._at, len(self._words) - 1)][0] if self._words else 1

    def next_is(self, *words: str) -> bool:
        """True if these words come next."""
        return [word for _, word in self._words[self._at : self._at + len(words)]] == list(words)

    def begins_a_part(self) -> bool:
        """True if a name and a colon come next."""
        ahead = [word for _, word in self._words[self._at : self._at + 2]]
        return len(ahead) == 2 and ahead[0][0].isidentifier() and ahead[1] == ":"

    @property
    def word(self) -> str:
        """The next word; nothing at the end."""
        return self._words[self._at][1] if self.more() else ""

    def next_is_name(self) -> bool:
        """True if a name comes next."""
        return self.word[:1].isidentifier()

    def more(self) -> bool:
        """True if there are words left."""
        return self._at < len(self._words)

    def take(self, *words: str) -> None:
        """Pass over words that have to come here.

        Raises:
            CaseError: others do.
        """
        for word in words:
            if self._next() != word:
                self._at -= 1
                raise self.refused(f"expected '{word}'")

    def taken(self, *words: str) -> bool:
        """Pass over words if they come next; True if they did."""
        if self.next_is(*words):
            self._at += len(words)
            return True
        return False

    def name(self) -> str:
        """Take the next word, which has to be a name.

        Raises:
            CaseError: it is none.
        """
        word = self._next()
        if not re.fullmatch(r"[A-Za-z_][\w-]*", word):
            self._at -= 1
            raise self.refused("expected a name")
        return word

    def path(self) -> str:
        """A path in quotes."""
        word = self._next()
        if len(word) < 3 or word[0] != '"':
            self._at -= 1
            raise self.refused("expected a file in quotes")
        return word[1:-1]

    def number(self) -> float:
        """Take the next word, which has to be a finite number.

        Raises:
            CaseError: it is none.
        """
        line = self.line
        return side_file.number(self._next(), self._path, line)

    def numbers(self, count: int) -> tuple[float, ...]:
        """Numbers with commas between."""
        found = [self.number()]
        for _ in range(count - 1):
            self.take(",")
            found.append(self.number())
        return tuple(found)

    def refused(self, rule: str) -> CaseError:
        """What is wrong with the next word."""
        word = quoted(self._words[self._at][1]) if self.more() else "the end of the file"
        return CaseError(f"{self._path}, line {self.line}: {word}: {rule}")

    def _next(self) -> str:
        if not self.more():
            raise self.refused("there is something missing")
        self._at += 1
        return self._words[self._at - 1][1]
