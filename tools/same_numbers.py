"""`python3 tools/same_numbers.py BEFORE AFTER`: whether two results folders hold the same summary.json.

Keys must be the same and in the same order; numbers agree to 1e-12 of the larger, or 1e-12 in their unit. What a run
says of itself (times, memory, versions) is left out. Prints every difference, then the largest; exit code 1 if any.
For two results that need not be the same there is `planish compare`.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # a clone need not be installed

from solver.comparison.leaves import leaves
from solver.output import summary

_EXACT = 1e-12
_OF_THE_RUN = {"run", "wall_seconds", "peak_memory_gb", "planish", "dolfinx", "petsc", "case", "version"}


def differences(before: dict[str, object], after: dict[str, object]) -> dict[str, float]:
    """What is not the same in two summaries, in words, and how large it is as a part of the larger number."""
    one, other = leaves(before, _OF_THE_RUN), leaves(after, _OF_THE_RUN)
    found = {f"{path}: only in one of them": 1.0 for path in one.keys() ^ other.keys()}
    if not found and list(one) != list(other):
        found["the keys are in another order"] = 1.0
    for path in (path for path in one if path in other):
        size = _difference(one[path], other[path])
        if size:
            found[f"{path}: {one[path]!r} is {other[path]!r}"] = size
    return found


def _difference(one: object, other: object) -> float:
    if isinstance(one, int | float) and isinstance(other, int | float) and type(one) is type(other):
        largest = max(abs(one), abs(other))
        return abs(one - other) / largest if abs(one - other) > _EXACT * max(largest, 1.0) else 0.0
    return 0.0 if one == other else 1.0


def main(before: Path, after: Path) -> int:
    """Compare, print, and say by the exit code."""
    found = differences(*(summary.read(path / "summary.json") for path in (before, after)))
    for text in found:
        print(text)
    print(f"{after.name}: largest difference {max(found.values(), default=0.0):.1e}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2])))
