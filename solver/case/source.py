"""A YAML file as plain data, with the line of every key: what error messages point at."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from solver.errors import CaseError

Loc = tuple[str | int, ...]


@dataclass
class Source:
    """Data of one case file.

    Attributes:
        path: the file, for messages.
        data: mappings, lists and scalars as YAML reads them (numbers with units stay text).
        lines: line number (from 1) of every key and list entry.
        overrides: what `--set` changed, by place.
    """

    path: Path
    data: Any
    lines: dict[Loc, int]
    overrides: dict[Loc, str] = field(default_factory=dict)

    def where(self, loc: Loc) -> str:
        """`file:line` of a place, or the override it came from."""
        for end in range(len(loc), -1, -1):
            if loc[:end] in self.overrides:
                return f"--set {self.overrides[loc[:end]]}"
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
            named = isinstance(part, int) and isinstance(node, dict) and "name" in node
            words.append(str(node["name"]) if named and isinstance(node, dict) else str(part))
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
        value = self.value(loc)
        shown = f" = '{value}'" if isinstance(value, str | int | float) else ""
        key = self.spell(loc)
        return CaseError(f"{self.where(loc)}: {key}{shown}: {message}" if key else f"{self.where(loc)}: {message}")


def read(path: Path) -> Source:
    """Read a case file.

    Raises:
        CaseError: no such file, not YAML, a key twice in one mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CaseError(f"{path}: no such case file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{path}: cannot be read: {error}") from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CaseError(f"{path}:{line}: not valid YAML: {error.problem}") from None
    if not isinstance(root, yaml.MappingNode):
        raise CaseError(f"{path}:1: a case file is a mapping of sections (title, geometry, process, ...)")
    lines: dict[Loc, int] = {}
    return Source(path, _plain(root, (), lines, path), lines)


def _plain(node: yaml.Node, loc: Loc, lines: dict[Loc, int], path: Path) -> Any:
    lines.setdefault(loc, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in result:
                raise CaseError(
                    f"{path}:{line}: {'.'.join(map(str, (*loc, key)))}: the key stands twice in one mapping"
                )
            lines[(*loc, key)] = line
            result[key] = _plain(value_node, (*loc, key), lines, path)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*loc, index), lines, path) for index, child in enumerate(node.value)]
    return yaml.SafeLoader("").construct_object(node)
