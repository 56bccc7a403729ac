"""A YAML file as plain data, with the line of every key: what error messages point at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from solver import home
from solver.case import yaml_text
from solver.case.yaml_text import Loc
from solver.errors import CaseError, short

_LARGEST = 2_000_000  # bytes of a case file


@dataclass
class Source:
    """Data of one case file.

    Attributes:
        path: the file, for messages.
        data: mappings, lists and scalars as YAML reads them (numbers with units stay text).
        lines: line number (from 1) of every key and list entry.
        overrides: what `--set` changed, by place.
        elsewhere: where the files it names are, if not beside it.
    """

    path: Path
    data: Any
    lines: dict[Loc, int]
    overrides: dict[Loc, str] = field(default_factory=dict)
    elsewhere: Path | None = None

    @property
    def directory(self) -> Path:
        """Where the files it names are."""
        return self.path.parent if self.elsewhere is None else self.elsewhere

    def where(self, loc: Loc) -> str:
        """`file:line` of a place, or the override it came from."""
        for end in range(len(loc), -1, -1):
            if loc[:end] in self.overrides:
                return f"--set {short(self.overrides[loc[:end]])}"
            if loc[:end] in self.lines:
                return f"{self.path}:{self.lines[loc[:end]]}"
        return str(self.path)

    def spell(self, loc: Loc) -> str:
        """A place as the user writes it: list entries by their name where they have one."""
        words, node = [], self.data
        for part in loc:
            try:
                node = node[part]
            except (KeyError, IndexError, TypeError):
                node = None
            named = isinstance(part, int) and isinstance(node, dict) and isinstance(node.get("name"), str)
            words.append(short(node["name"] if named and node["name"].strip() else part))
        return ".".join(words)

    def existing(self, loc: Loc, missing: bool) -> Loc:
        """`loc` without the parts pydantic adds that are not in the file (names of union members).

        Args:
            loc: place of an error.
            missing: True if the error is that the last key is not there.
        """
        kept: list[str | int] = []
        node = self.data
        for index, part in enumerate(loc):
            present = (isinstance(node, dict) and part in node) or (
                isinstance(node, list) and isinstance(part, int) and part < len(node)
            )
            if present:
                node = node[part]
                kept.append(part)
            elif missing and index == len(loc) - 1:
                kept.append(part)
        return tuple(kept)

    def value(self, loc: Loc) -> Any:
        """The value at a place, or None."""
        node = self.data
        for part in loc:
            try:
                node = node[part]
            except (KeyError, IndexError, TypeError):
                return None
        return node

    def error(self, loc: Loc, message: str) -> CaseError:
        """One line: file, line, key, value, rule."""
        if loc and isinstance(self.value(loc[:-1]), str):
            loc = loc[:-1]  # one that stands for a list
        value = self.value(loc)
        shown = f" = '{short(value)}'" if isinstance(value, str | int | float) else ""
        key = self.spell(loc)
        return CaseError(f"{self.where(loc)}: {key}{shown}: {message}" if key else f"{self.where(loc)}: {message}")


@dataclass
class Part(Source):
    """A part of a case that is checked as one: what is wrong with it is said of where it stands.

    Attributes:
        whole: the case.
        moved: place in the part -> place in the case.
    """

    whole: Source | None = None
    moved: Mapping[Loc, Loc] = field(default_factory=dict)

    def error(self, loc: Loc, message: str) -> CaseError:
        """As of the whole, at the place that is meant."""
        assert self.whole is not None
        start = next((one for one in sorted(self.moved, key=len, reverse=True) if loc[: len(one)] == one), None)
        return self.whole.error(loc if start is None else (*self.moved[start], *loc[len(start) :]), message)


def read(path: Path, elsewhere: Path | None = None) -> Source:
    """Read a case file, or the `case.yaml` of a directory; the files it names may be `elsewhere`.

    Raises:
        CaseError: no such file, a pipe or a device, too large, not UTF-8, not YAML, a key twice in one mapping.
    """
    try:
        file = path / "case.yaml" if path.is_dir() else path
        raw = _bytes(file)
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CaseError(f"{file}:{line}: not UTF-8 text: byte 0x{raw[error.start]:02x}") from None
    except (OSError, ValueError) as error:
        raise CaseError(f"{short(path)}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        data, lines = yaml_text.read(text)
    except yaml_text.YamlError as error:
        raise CaseError(f"{file}:{error.line}: {error.rule}") from None
    if not isinstance(data, dict):
        raise CaseError(f"{file}:1: a case file is a mapping of sections (title, geometry, process, ...)")
    return Source(file, data, lines, elsewhere=elsewhere)


def of_data(data: Mapping[str, Any], directory: Path | None = None, name: str = "<dict>") -> Source:
    """A case that is no file: mappings and lists as YAML would read them.

    Args:
        data: sections of a case file; it is copied.
        directory: where the files it names are; the working directory if absent.
        name: in messages, in the place of a file.
    """
    return Source(Path(name), _plain(data), {}, elsewhere=directory or Path())


def _plain(value: Any) -> Any:
    """Mappings as dicts, sequences and arrays as lists, numbers of NumPy as Python's, paths as text."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    return str(value) if isinstance(value, Path) else value


def _bytes(file: Path) -> bytes:
    if not file.exists():
        folder = (file if file.suffix not in (".yaml", ".yml") else file.parent).name
        there = (home.CASES / folder / "case.yaml").is_file()
        start = f"; 'planish new {folder} DIR' starts one from that example" if folder and there else ""
        raise CaseError(f"{file}: no such case file{start}")
    if not file.is_file():
        raise CaseError(f"{file}: a case is a file or a directory with case.yaml in it, and this is neither")
    with file.open("rb") as stream:
        raw = stream.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        raise CaseError(f"{file}: larger than {_LARGEST // 1_000_000} MB; a case file is a page of text")
    return raw
