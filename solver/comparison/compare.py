"""Two results side by side: step by step and metric by metric."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from solver.comparison.heights import Heights, heights
from solver.comparison.results import Results
from solver.comparison.rows import Row, largest, only_in, rows


@dataclass(frozen=True)
class Comparison:
    """What tells two results apart.

    Attributes:
        a, b: the results.
        parts: `thermal`, `step cool`, ... of both -> metrics both have.
        only_a, only_b: of each part metrics the other has not; a part the other has not at all has none.
        surfaces: of steps both have.
    """

    a: Results
    b: Results
    parts: dict[str, list[Row]]
    only_a: dict[str, list[str]]
    only_b: dict[str, list[str]]
    surfaces: list[Heights]

    @property
    def largest(self) -> tuple[str, Row] | None:
        """The number with the largest relative difference, and the part it is in."""
        found = [(part, row) for part, all_of_it in self.parts.items() if (row := largest(all_of_it)) is not None]
        return max(found, key=lambda one: one[1].size) if found else None

    def summary(self) -> dict[str, Any]:
        """What `planish compare --json` prints: both results, every difference, and what only one has."""
        worst = self.largest
        return {
            "a": {"folder": str(self.a.folder), **_head(self.a)},
            "b": {"folder": str(self.b.folder), **_head(self.b)},
            "largest": None if worst is None else {"part": worst[0], **asdict(worst[1])},
            "parts": {part: [asdict(row) for row in all_of_it] for part, all_of_it in self.parts.items()},
            "only_a": self.only_a,
            "only_b": self.only_b,
            "surfaces": [one.summary() for one in self.surfaces],
        }


def compare(a: Path, b: Path) -> Comparison:
    """Compare two results folders, or the results of two case directories.

    Raises:
        CaseError: a folder holds no results, or what it holds cannot be read.
    """
    one, other = Results.of(a), Results.of(b)
    parts = {part: rows(values, other.parts[part]) for part, values in one.parts.items() if part in other.parts}
    return Comparison(one, other, parts, _only(one, other), _only(other, one), _surfaces(one, other))


def _only(one: Results, other: Results) -> dict[str, list[str]]:
    found = {}
    for part, values in one.parts.items():
        found[part] = only_in(values, other.parts[part]) if part in other.parts else []
    return {part: paths for part, paths in found.items() if paths or part not in other.parts}


def _surfaces(one: Results, other: Results) -> list[Heights]:
    found = []
    for step in (step for step in one.steps if step in other.steps):
        a, b = one.surface(step), other.surface(step)
        both = heights(step, a, b) if a is not None and b is not None else None
        found += [] if both is None else [both]
    return found


def _head(results: Results) -> dict[str, Any]:
    return {key: results.found.get(key) for key in ("case", "model", "planish", "dolfinx", "unknowns")}
