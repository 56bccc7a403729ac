"""`--set geometry.layers.mould.thickness=0.5mm`: change one value of a case before it is validated."""

import re
from typing import Any

import yaml

from solver.case.section import nearest
from solver.case.source import Source
from solver.errors import CaseError


def apply(source: Source, assignment: str) -> None:
    """Change `source.data` in place. Lists are addressed by the `name` of an entry or by index.

    Raises:
        CaseError: no `=`, or a path that leads nowhere (with the nearest valid spelling).
    """
    path, equals, text = assignment.partition("=")
    if not equals or not path.strip():
        raise CaseError(f"--set {assignment}: write PATH=VALUE, for example geometry.layers.mould.thickness=0.5mm")
    node: Any = source.data
    loc: tuple[str | int, ...] = ()
    parts = path.strip().split(".")
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        key = _key(node, part, assignment)
        loc = (*loc, key)
        if last:
            node[key] = _value(text)
        else:
            if isinstance(node, dict) and key not in node:
                node[key] = {}
            node = node[key]
    source.overrides[loc] = assignment


def _key(node: Any, part: str, assignment: str) -> str | int:
    if isinstance(node, dict):
        return part  # a key that does not exist is made; the models say whether it may
    if isinstance(node, list):
        if re.fullmatch(r"-?\d+", part):
            if -len(node) <= int(part) < len(node):
                return int(part) % len(node)
            raise CaseError(f"--set {assignment}: the list has {len(node)} entries, there is no [{part}]")
        names = [entry.get("name") if isinstance(entry, dict) else None for entry in node]
        if part in names:
            return names.index(part)
        raise CaseError(
            f"--set {assignment}: no entry named '{part}'; {nearest(part, [name for name in names if name])}"
        )
    raise CaseError(f"--set {assignment}: '{part}' leads nowhere: what is before it is a single value")


def _value(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text
