"""A results folder as a comparison reads it: of any model, and of any version that wrote it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from solver.comparison.leaves import labels, leaves
from solver.errors import CaseError
from solver.output import csv_files, summary
from solver.output.stem import file_stem

# what a run says of its work and not of the stack
OF_THE_RUN = frozenset({
    "newton_iterations", "linear_iterations", "increments", "peak_memory_gb", "decision", "pin_reaction",
    "energy_error", "force_balance_error", "heat_balance_error", "slenderness",
})  # fmt: skip
_PARTS = ("thermal", "electric", "warpage_limits")  # beside the steps
_SURFACE = ("x_mm", "y_mm", "z_um")


@dataclass(frozen=True)
class Results:
    """One of two results folders.

    Attributes:
        folder: with summary.json.
        found: what that holds.
    """

    folder: Path
    found: dict[str, Any]

    @staticmethod
    def of(path: Path) -> "Results":
        """Results in a folder, or those of a case directory.

        Raises:
            CaseError: there are none, or they cannot be read.
        """
        places = [place for place in (path, path / "results") if (place / "summary.json").is_file()]
        if not places:
            raise CaseError(f"{path}: no results here: neither summary.json nor results/summary.json")
        file = places[0] / "summary.json"
        try:
            found = summary.read(file)
        except (OSError, ValueError) as error:
            raise CaseError(f"{file}: cannot be read: {error}") from None
        steps = found.get("steps", []) if isinstance(found, dict) else None
        if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
            raise CaseError(f"{file}: not the summary of a run: `steps` is no list of entries")
        return Results(places[0], found)

    @property
    def words(self) -> str:
        """`foplp_panel: solid, planish 0.1.0, 491589 unknowns`."""
        known = self.found
        unknowns = f", {known['unknowns']} unknowns" if known.get("unknowns") else ""
        return f"{known.get('case', '?')}: {known.get('model', '?')}, planish {known.get('planish', '?')}{unknowns}"

    @cached_property
    def steps(self) -> dict[str, dict[str, Any]]:
        """Entries of steps by name."""
        entries = self.found.get("steps") or []
        return dict(zip(labels(entries), entries, strict=True))

    @cached_property
    def parts(self) -> dict[str, dict[str, Any]]:
        """Values by path of every part: `thermal`, `step cool`."""
        given = {key: self.found[key] for key in _PARTS if self.found.get(key)}
        given |= {f"step {name}": entry for name, entry in self.steps.items()}
        return {name: leaves(entry, OF_THE_RUN | {"name"}, by_name=True) for name, entry in given.items()}

    def surface(self, step: str) -> dict[str, Any] | None:
        """Columns x_mm, y_mm, z_um of the surface after a step; None if it was not written.

        Raises:
            CaseError: the file is not one of heights.
        """
        names = list(self.steps)
        path = self.folder / f"surface_{file_stem(names.index(step) + 1, self.steps[step].get('name', step))}.csv"
        if not path.is_file():
            return None
        try:
            found = csv_files.read(path)
            return {name: found[name] for name in _SURFACE}
        except (OSError, ValueError, KeyError):
            raise CaseError(f"{path}: not a table of {', '.join(_SURFACE)}") from None
