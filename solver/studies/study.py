"""What a study is, and the machine that conducts one: plan, solve, files, table."""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from mpi4py import MPI
from rich.table import Table

from solver.case.load import load
from solver.case.loaded import LoadedCase
from solver.errors import CaseError
from solver.models.needs import Need
from solver.models.table import MODELS, model_named, model_of
from solver.output import record
from solver.parallel import on_root
from solver.place import Place
from solver.progress import Progress
from solver.screen import show
from solver.studies.table import STUDIES

Plan = TypeVar("Plan")
Found = TypeVar("Found")


class Variants:
    """The case of a study, and what it becomes by more overrides.

    Args:
        path: case directory or file.
        overrides: texts of `--set`.
    """

    def __init__(self, path: Path, overrides: Sequence[str]) -> None:
        self._path, self._overrides = path, tuple(overrides)

    def load(self, more: Sequence[str] = ()) -> LoadedCase:
        """The case with more overrides; on one rank.

        Raises:
            CaseError: it is wrong.
        """
        return load(self._path, [*self._overrides, *more])

    def possible(self, more: Sequence[str]) -> bool:
        """False if the case has no room for these overrides."""
        try:
            self.load(more)
        except CaseError:
            return False
        return True


class Study(ABC, Generic[Plan, Found]):
    """The same case many times: a file of this folder and a line of `STUDIES`.

    Args:
        name: its key in the table.

    Attributes:
        needs: what the model of the case has to provide.
    """

    needs: ClassVar[frozenset[Need]] = frozenset()

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def plan(self, loaded: LoadedCase, variants: Variants) -> Plan:
        """What will be solved; on one rank.

        Args:
            loaded: the case as it is.
            variants: of it.

        Raises:
            CaseError: the case has nothing to study.
        """

    @abstractmethod
    def title(self, plan: Plan) -> str:
        """What is studied, in words."""

    @abstractmethod
    def solve(self, plan: Plan, loaded: LoadedCase, comm: MPI.Intracomm, progress: Progress) -> Found:
        """Solve what is planned. Collective.

        Raises:
            NotConvergedError: a solve did not converge.
        """

    @abstractmethod
    def write(self, found: Found, known: dict[str, Any], results: Path) -> dict[str, Any]:
        """Write files and pictures; on one rank.

        Args:
            found: what was solved.
            known: case, title and run of the study, and its warnings.
            results: the folder.

        Returns:
            What its JSON file holds.
        """

    @abstractmethod
    def table(self, found: Found, known: dict[str, Any]) -> Table:
        """What the terminal shows of what was found and written."""

    @abstractmethod
    def files(self, found: Found) -> str:
        """What was written, in words."""


def study_of(name: str) -> Study[Any, Any]:
    """The study of the table with a name."""
    module, _, kind = STUDIES[name].place.partition(":")
    made: Study[Any, Any] = getattr(importlib.import_module(module), kind)(name)
    return made


def conduct(
    study: Study[Plan, Found],
    path: Path,
    overrides: Sequence[str],
    comm: MPI.Intracomm,
    output: Path | None = None,
) -> dict[str, Any]:
    """Go through a study of a case. Collective.

    Args:
        study: of the table.
        path: case directory or file.
        overrides: texts of `--set`.
        comm: communicator.
        output: where results go; CASE/results if None.

    Returns:
        What its JSON file holds.

    Raises:
        CaseError: the case is wrong, or has nothing to study.
        NotConvergedError: a solve did not converge.
    """
    loaded, plan = on_root(comm, lambda: _planned(study, Variants(path, overrides)))
    place, progress = Place(loaded.directory, output), Progress(comm)
    with place.held(comm):
        progress.say(f"{loaded.case.title}: {study.title(plan)}")
        found = study.solve(plan, loaded, comm, progress)

        def write() -> dict[str, Any]:
            name, run = loaded.directory.resolve().name, record.record(loaded)
            known = {"run": run, "case": name, "title": loaded.case.title, "warnings": progress.warnings}
            return study.write(found, known, place.results)

        known: dict[str, Any] = on_root(comm, write)
    if comm.rank == 0:
        show(study.table(found, known), terminal=False if comm.size > 1 else None)
        print(f"results in {place.shown}: {study.files(found)}", flush=True)
    return known


def _planned(study: Study[Plan, Found], variants: Variants) -> tuple[LoadedCase, Plan]:
    loaded = variants.load()
    if not study.needs <= model_of(loaded.case).provides:
        others = " or ".join(f"`{name}`" for name in MODELS if study.needs <= model_named(name).provides)
        raise loaded.source.error(("analysis", "model"), f"`planish {study.name}` needs model {others}")
    return loaded, study.plan(loaded, variants)
