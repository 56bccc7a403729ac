"""`python3 tools/same_numbers.py BEFORE AFTER`: whether two results folders hold the same summary.json.

Keys must be the same and in the same order; numbers agree to 1e-12 of the larger, or 1e-12 in their unit. What a run
says of itself (times, memory, versions) is left out. Prints every difference, then the largest; exit code 1 if any.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_EXACT = 1e-12
_OF_THE_RUN = {"run", "wall_seconds", "peak_memory_gb", "planish", "dolfinx", "petsc", "case", "version"}

Difference = tuple[str, str, float]  # where, what, and how large as a part of the larger number


def differences(one: Any, other: Any, where: str = "") -> Iterator[Difference]:
    """Where two values of a summary are not the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        if list(one) != list(other):
            yield where, f"keys {list(one)} are {list(other)}", 1.0
        for key in one.keys() & other.keys() - _OF_THE_RUN:
            yield from differences(one[key], other[key], f"{where}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{where}[{number}]")
    elif isinstance(one, float | int) and isinstance(other, float | int) and type(one) is type(other):
        largest = max(abs(one), abs(other))
        if abs(one - other) > _EXACT * max(largest, 1.0):
            yield where, f"{one} is {other}", abs(one - other) / largest
    elif one != other:
        yield where, f"{one!r} is {other!r}", 1.0


def main(before: Path, after: Path) -> int:
    """Compare, print, and say by the exit code."""
    summaries = (json.loads((path / "summary.json").read_text(encoding="utf-8")) for path in (before, after))
    found = list(differences(*summaries))
    for where, what, _ in found:
        print(f"{where}: {what}")
    print(f"{after.name}: largest difference {max((size for *_, size in found), default=0.0):.1e}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2])))
