"""summary.json: the contract scripts rely on. Keys carry their unit."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from solver.files import write_text

# metadata of fields of a dataclass, for `entry`
INLINE = {"inline": True}  # its own entries stand in its place
IF_ANY = {"keep_none": False}  # left out where it is None

_NO_STEPS = '\n  "steps": []'  # of the text


def plain(value: Any) -> Any:
    """Dataclasses, arrays, numpy numbers and paths as JSON values; a number that is not finite becomes null."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def entry(value: Any) -> Any:
    """Dataclasses as dicts, with fields as their metadata `INLINE` and `IF_ANY` say; other values as they are."""
    if isinstance(value, dict):
        return {key: entry(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [entry(item) for item in value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    found: dict[str, Any] = {}
    for one in fields(value):
        item = entry(getattr(value, one.name))
        if item is None and not one.metadata.get("keep_none", True):
            continue
        found |= item if one.metadata.get("inline") else {one.name: item}
    return found


def parts(entry: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Stress by block of a step or moment, bottom to top; by layer where nothing finer is known."""
    found: dict[str, dict[str, Any]] = entry.get("blocks") or entry.get("layers") or {}
    return found


def write(path: Path, summary: dict[str, Any]) -> None:
    """Write `summary` as JSON."""
    write_text(path, _text(summary) + "\n")


def _text(value: Any) -> str:
    return json.dumps(plain(value), indent=2, ensure_ascii=False)


class GrowingSummary:
    """summary.json of a run, written after each of its steps: a step is put into text once.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._steps = path, list[str]()

    def write(self, but_for_steps: dict[str, Any], steps: Sequence[Callable[[], dict[str, Any]]]) -> None:
        """Write it.

        Args:
            but_for_steps: the summary, its `steps` empty.
            steps: each gives an entry of `steps`; those that were there before are what they were.
        """
        new = steps[len(self._steps) :]
        self._steps += ["    " + _text(step()).replace("\n", "\n    ") for step in new]
        head, mark, tail = _text(but_for_steps).partition(_NO_STEPS)
        among = ",\n".join(self._steps)
        listed = f"{_NO_STEPS[:-1]}\n{among}\n  ]" if mark and self._steps else mark
        write_text(self._path, f"{head}{listed}{tail}\n")


def so_far(path: Path) -> dict[str, Any]:
    """What a run has written until it was interrupted; nothing if it is not there or was cut off."""
    try:
        return read(path)
    except (OSError, ValueError):
        return {}


def read(path: Path) -> dict[str, Any]:
    """Read summary.json back.

    Raises:
        OSError: it is not there.
        ValueError: it is no JSON.
    """
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return result
