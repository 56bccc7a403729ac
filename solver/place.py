"""Where a command writes: the results, what is made beside them until all is done, and the lock of who works there."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mpi4py import MPI

from solver import files
from solver.errors import CaseError
from solver.lock import Lock
from solver.parallel import on_root
from solver.process.checkpoint import HeatPosition, Position, numbers
from solver.studies.table import LEFT_BY_STUDIES

_SIGNS = {"summary.json", "log.txt", *LEFT_BY_STUDIES}  # one of them is in every results folder


class Place:
    """The results of a case; a symbolic link in their place stays one.

    Args:
        directory: of the case.
        output: where results go; CASE/results if None.
        unlock: True to take over the lock of a holder on another host.

    Attributes:
        shown: the name the user knows.
        results: the folder.
        partial: what is being made.
    """

    def __init__(self, directory: Path, output: Path | None = None, unlock: bool = False) -> None:
        self.shown = directory / "results" if output is None else output
        self._directory, self._chosen, self._unlock = directory, output is not None, unlock
        self._lock: Lock | None = None  # on one rank
        self.results = self.shown.resolve() if self.shown.is_symlink() or self.shown.name in ("", "..") else self.shown
        self.partial = self._beside("partial")

    def _beside(self, kind: str) -> Path:
        return self.results.with_name(f"{self.results.name}.{kind}")

    @contextmanager
    def held(self, comm: MPI.Intracomm) -> Iterator[None]:
        """Nobody else works here meanwhile. Collective.

        Raises:
            CaseError: somebody does; or something else than results is in the way.
            OutputError: nothing can be written here.
        """
        on_root(comm, self._hold)
        try:
            yield
        finally:
            if self._lock is not None:
                self._lock.release()

    def _hold(self) -> None:
        self._check()
        with files.writing(self.shown):
            self.results.parent.mkdir(parents=True, exist_ok=True)
            self._lock = Lock(self._beside("lock"), str(self.shown), self._unlock)
            self._mend()

    def _check(self) -> None:
        """Refuse a place where something else would be replaced."""
        if not self.results.exists():
            return
        if not self.results.is_dir():
            raise CaseError(f"{self.shown} is a file; results are a folder: give another --output")
        holds_case = self._directory.resolve().is_relative_to(self.results.resolve())
        names = {path.name for path in self.results.iterdir()} if self._chosen else set()
        if holds_case or (names and not names & _SIGNS):
            raise CaseError(f"--output {self.shown}: this folder holds something else than results; give another")

    def _mend(self) -> None:
        """End a replacement that was killed between its renames: the old results have gone, the new were complete."""
        old = self._beside("old")
        if old.is_dir() and not self.results.exists():
            files.move(self.partial if self.partial.is_dir() else old, self.results)

    def interrupted(self) -> bool:
        """True if a run has left checkpoints here that it did not come to the end of."""
        return any(numbers(self.partial / kind.FOLDER) for kind in (Position, HeatPosition))

    def begin(self, goes_on_from: Path | None) -> bool:
        """Make `partial` what a run begins with.

        Args:
            goes_on_from: the folder with the checkpoint it goes on from: `partial`, or `results`, which are copied;
                None for an empty one.

        Returns:
            True if an interrupted run was put aside.
        """
        aside = goes_on_from != self.partial and self.interrupted()
        with files.writing(self.partial):
            if aside:
                shutil.rmtree(self._beside("interrupted"), ignore_errors=True)
                self.partial.rename(self._beside("interrupted"))
            if goes_on_from == self.partial:
                files.without_leftovers(self.partial)
                return False
            shutil.rmtree(self.partial, ignore_errors=True)
            if goes_on_from is None:
                self.partial.mkdir(parents=True)
            else:
                files.copy_tree(goes_on_from, self.partial)
        return aside

    def finish(self) -> None:
        """Put what was made in the place of the results, with the studies of other commands that were there."""
        old = self._beside("old")
        with files.writing(self.shown):
            for name in LEFT_BY_STUDIES:
                self._keep(self.results / name, self.partial / name)
            files.sync_tree(self.partial)
            shutil.rmtree(old, ignore_errors=True)
            if self.results.exists():
                files.move(self.results, old)
            files.move(self.partial, self.results)
            shutil.rmtree(old, ignore_errors=True)

    @staticmethod
    def _keep(source: Path, target: Path) -> None:
        if source.is_dir() and not target.exists():
            files.copy_tree(source, target)
        elif source.is_file() and not target.exists():
            with files.whole(target) as beside:
                shutil.copy2(source, beside)
