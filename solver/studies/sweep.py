"""A sweep: the whole case at every point, and what is read of each in a table; equal plane meshes are made once."""

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial as bound
from pathlib import Path
from typing import Any, ClassVar

from mpi4py import MPI
from rich.table import Table

from solver.case.loaded import LoadedCase
from solver.driver import drive
from solver.files import write_text
from solver.models.planes import Planes
from solver.output.summary import plain
from solver.parallel import on_root
from solver.progress import Progress
from solver.result import Result, ResultInMemory
from solver.studies.study import Study, Variants


@dataclass(frozen=True)
class Point:
    """A variant of the case.

    Attributes:
        values: what is varied, by columns of the sweep.
        overrides: `PATH=VALUE` texts that make it.
    """

    values: Mapping[str, Any]
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class SweepPlan:
    """Points to solve, and the case they are variants of."""

    points: tuple[Point, ...]
    variants: Variants


class Sweep(Study[SweepPlan, list[dict[str, Any]]]):
    """A study of points in a row; a new one says which (`points`), and what is read of each (`read`).

    Its entries are in `NAME.json` of the results, under `points`.

    Attributes:
        columns: key of an entry -> heading in the table, with its unit.
    """

    columns: ClassVar[Mapping[str, str]]

    @abstractmethod
    def points(self, loaded: LoadedCase) -> Sequence[Point]:
        """What is solved; on one rank."""

    @abstractmethod
    def read(self, result: Result) -> dict[str, Any]:
        """The other columns, of a solved point. Collective."""

    def plan(self, loaded: LoadedCase, variants: Variants) -> SweepPlan:
        return SweepPlan(tuple(self.points(loaded)), variants)

    def title(self, plan: SweepPlan) -> str:
        return f"{self.name}, {len(plan.points)} points"

    def solve(
        self,
        plan: SweepPlan,
        loaded: LoadedCase,  # noqa: ARG002 (points are variants of it)
        comm: MPI.Intracomm,
        progress: Progress,
    ) -> list[dict[str, Any]]:
        planes, solved = Planes(), dict[tuple[str, ...], dict[str, Any]]()
        for point in plan.points:
            if point.overrides in solved:
                continue
            here = on_root(comm, bound(plan.variants.load, point.overrides))
            words = ", ".join(f"{self.columns[key]} {value}" for key, value in point.values.items())
            memory = ResultInMemory()
            with progress.stage("solve", words):
                found = drive(here, comm, Progress(comm, quiet=True), [memory], planes=planes)
            solved[point.overrides] = self.read(memory.result(here, found, None))
        return [{**point.values, **solved[point.overrides]} for point in plan.points]

    def write(self, found: list[dict[str, Any]], known: dict[str, Any], results: Path) -> dict[str, Any]:
        whole = {**known, "points": found}
        write_text(results / f"{self.name}.json", json.dumps(plain(whole), indent=2, ensure_ascii=False) + "\n")
        return whole

    def table(self, found: list[dict[str, Any]], known: dict[str, Any]) -> Table:
        table = Table(*self.columns.values(), title=f"{known['title']}: {self.name}", title_justify="left")
        for entry in found:
            table.add_row(*(_shown(entry[key]) for key in self.columns))
        return table

    def files(self, found: list[dict[str, Any]]) -> str:  # noqa: ARG002
        return f"{self.name}.json"


def _shown(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)
