"""Runs that are killed just after one of their checkpoints, and go on."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from mpi4py import MPI

from solver.case.loaded import LoadedCase
from solver.driver import drive
from solver.models.continuing import Before, Savers
from solver.parallel import on_root
from solver.process.checkpoint import Cells, Checkpoints, HeatPosition, Position, latest
from solver.progress import Progress
from solver.run import run


class Killed(Exception):
    """In place of SIGKILL, just after a checkpoint."""


def killed_at(
    text: str, directory: Path, comm: MPI.Intracomm, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[dict[str, Any], list[int]]]:
    """Runs a case (YAML text) in a directory that all ranks share.

    Returns:
        What runs it until so many checkpoints are made (None: to its end), from where it stopped or anew; that returns
        the summary and the step of every checkpoint, or raises `Killed`.
    """
    saved = Checkpoints.save
    on_root(comm, lambda: (directory / "case.yaml").write_text(text, encoding="utf-8"))
    comm.barrier()

    def go(most: int | None, resume: bool = False, output: str = "results") -> tuple[dict[str, Any], list[int]]:
        made: list[int] = []

        def save(self: Checkpoints[Any], position: Any, fields: Any) -> None:
            saved(self, position, fields)
            made.append(position.step)
            if len(made) == most:
                raise Killed

        monkeypatch.setattr(Checkpoints, "save", save)
        path = run(directory, (), comm, resume=resume, pictures=False, output=directory / output)
        comm.barrier()
        return json.loads((path / "summary.json").read_text(encoding="utf-8")), made

    return go


def stopped(text: str, directory: Path, comm: MPI.Intracomm, monkeypatch: pytest.MonkeyPatch, checkpoints: int) -> Path:
    """A run that has ended, without a word, just after so many checkpoints: its case, in a new directory."""
    on_root(comm, directory.mkdir)
    go = killed_at(text, directory, comm, monkeypatch)
    with pytest.raises(Killed):
        go(checkpoints)
    monkeypatch.undo()
    comm.barrier()
    assert not (directory / "results").exists()
    return directory


def killed_and_resumed(loaded: LoadedCase, comm: MPI.Intracomm, folder: Path, kept: int) -> list[dict[str, Any]]:
    """Steps of a run that ended after so many checkpoints of its process in a folder, and went on; no files of results.

    Heat in time is kept at its end.
    """
    process, heat = Checkpoints(folder, loaded, comm, Position), Checkpoints(folder, loaded, comm, HeatPosition)
    count = 0

    def keep(position: Position, fields: dict[str, Cells]) -> None:
        nonlocal count
        process.save(position, fields)
        count += 1
        if count == kept:
            raise Killed

    def keep_heat(made: Callable[[], tuple[HeatPosition, dict[str, Cells]]], last: bool) -> None:
        if last:
            heat.save(*made())

    with pytest.raises(Killed):
        _driven(loaded, comm, Savers(keep, keep_heat), Before())
    saved = latest(folder, comm, Position)
    assert saved is not None
    return _driven(loaded, comm, Savers(), Before(saved, latest(folder, comm, HeatPosition), None))


def _driven(loaded: LoadedCase, comm: MPI.Intracomm, savers: Savers, before: Before) -> list[dict[str, Any]]:
    found = drive(loaded, comm, Progress(comm, quiet=True), [], True, before, lambda: nullcontext(savers))
    return [step.summary() for step in found.steps]
