"""`--set geometry.layers.mould.thickness=0.5mm`: change one value of a case before it is validated."""

import re
from typing import Any

from solver.case import yaml_text
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.errors import CaseError, nearest, short

_DEEPEST = 40  # words of a path


def apply(source: Source, assignment: str) -> None:
    """Change `source.data` in place. Lists are addressed by the `name` of an entry or by index.

    Raises:
        CaseError: no `=`, a path that leads nowhere (with the nearest valid spelling), or a value that is not YAML.
    """
    path, equals, text = assignment.partition("=")
    parts = path.strip().split(".")
    if not equals or not all(part.strip() for part in parts):
        raise _error(assignment, "write PATH=VALUE, for example geometry.layers.mould.thickness=0.5mm")
    if len(parts) > _DEEPEST:
        raise _error(assignment, f"a path has no more than {_DEEPEST} words")
    value = _value(text, assignment)
    node: Any = source.data
    loc: Loc = ()
    for part in parts[:-1]:
        key = _key(node, part, assignment)
        loc = (*loc, key)
        if isinstance(node, dict) and node.get(part) is None:
            node[key] = {}
        node = node[key]
    key = _key(node, parts[-1], assignment)
    node[key] = value
    source.overrides[(*loc, key)] = assignment


def _error(assignment: str, rule: str) -> CaseError:
    return CaseError(f"--set {short(assignment)}: {rule}")


def _key(node: Any, part: str, assignment: str) -> str | int:
    if isinstance(node, dict):
        return part  # a key that does not exist is made; the models say whether it may
    if isinstance(node, list):
        if re.fullmatch(r"-?[0-9]{1,9}", part):
            if -len(node) <= int(part) < len(node):
                return int(part) % len(node)
            raise _error(assignment, f"the list has {len(node)} entries, there is no [{part}]")
        names = [entry.get("name") if isinstance(entry, dict) else None for entry in node]
        if part in names:
            return names.index(part)
        raise _error(assignment, f"no entry named '{short(part)}'; {nearest(part, names)}")
    raise _error(assignment, f"'{short(part)}' leads nowhere: what is before it is a single value")


def _value(text: str, assignment: str) -> Any:
    try:
        return yaml_text.read(text)[0]
    except yaml_text.YamlError as error:
        raise _error(assignment, error.rule) from None
