"""What a reading has found after every step, with the table that goes with it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solver.output.stem import file_stem
from solver.slug import slug


@dataclass(frozen=True)
class OfStep:
    """One thing after a step.

    Attributes:
        step: name of the step.
        celsius: its temperature, None in a field.
        entry: of the thing, in the summary.
        table: the CSV file.
    """

    step: str
    celsius: float | None
    entry: dict[str, Any]
    table: Path

    @property
    def label(self) -> str:
        """Step and temperature, for an axis."""
        return self.step if self.celsius is None else f"{self.step}\n{self.celsius:.4g} degC"


def of_steps(summary: dict[str, Any], results: Path, key: str, pattern: str) -> dict[str, list[OfStep]]:
    """Things whose tables are there, by name, with their steps.

    Args:
        summary: as far as it goes.
        results: the folder.
        key: of the reading in the entry of a step: by name, or one thing.
        pattern: of the tables, with `{name}` where that of the thing is; the step follows.
    """
    found = dict[str, list[OfStep]]()
    for number, step in enumerate(summary.get("steps") or [], 1):
        entries = step.get(key) or {}
        for name, entry in (entries if "{name}" in pattern else {key: entries} if entries else {}).items():
            files = f"{pattern.format(name=slug(name))}_{file_stem(number, step['name'])}.csv"
            for table in sorted(results.glob(files))[:1]:
                found.setdefault(name, []).append(OfStep(step["name"], step.get("temperature_degc"), entry, table))
    return found
