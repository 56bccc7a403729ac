"""Checkpoints: where a run is after each of its increments, kept so that it can go on after it was killed.

A checkpoint is a directory with a manifest and one file of arrays per rank. Arrays belong to cells, which have numbers
of their own, so it can be read on any number of ranks. It appears under its final name when it is complete, and then
those before go but the last that was synced to the disk: whenever a run is killed, or a machine, one is whole. What is
known of finished steps is added to a file that all checkpoints of a run share, and a manifest says how much of it is
its own: a step takes as long as any before. The process and heat in time have folders of their own.
"""

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from mpi4py import MPI

import solver
from meshes.field_transfer import carried
from solver import files
from solver.arrays import Array, Integers
from solver.case.loaded import LoadedCase
from solver.errors import CaseError
from solver.output.summary import plain
from solver.parallel import on_every, on_root

_MANIFEST, _LINES = "manifest.json", ".jsonl"
_BETWEEN = 10.0  # seconds between checkpoints that a power failure cannot undo

Cells = tuple[Integers, Array]  # numbers (n,) of cells, and values (n, ...) of any shape


@dataclass(frozen=True)
class Position:
    """Where in the process a run is.

    Attributes:
        step: number of the step, from 0.
        stage: of the step; None before its start.
        temperature: of the stack (K), None in a temperature field.
        stable: False if its shape is known to be unstable.
        ramp: where the present change of temperature began (K), and its next stride (K); None if there is none.
        course: what the step has found so far.
        finished: entries of `steps` in the summary of the steps before.
        large: True at large deflection.
        bent: past a bifurcation, as of `solver.process.equilibrium_path.EquilibriumPath`.
        clock: on a way through time, as of `solver.process.time_control.TimeControl`; None elsewhere.
        rate: of temperature on the last way through time that changed it (K/s), or None.
    """

    FOLDER: ClassVar[str] = "checkpoint"

    step: int
    stage: int | None
    temperature: float | None
    stable: bool
    ramp: tuple[float, float] | None
    course: dict[str, Any]
    finished: list[dict[str, Any]]
    large: bool
    warnings: list[str] = field(default_factory=list)
    bent: tuple[float | None, float] | None = None
    clock: tuple[float, float, float, float] | None = None
    rate: float | None = None

    def arrived(self, temperature: float | None, timed: bool) -> bool:
        """True within a step whose first stage has come to its end.

        Args:
            temperature: of the step (K), None of a field.
            timed: True if that stage takes time: one that only began, at this temperature, has not held it yet.
        """
        if self.stage is None or self.ramp is not None or self.clock is not None:
            return bool(self.stage)
        held = not timed or self.course["curve"][-1].get("time_s") is not None
        return self.stage > 0 or (self.temperature == temperature and held)

    @property
    def begun(self) -> int:
        """Steps of the process that may not be others when it goes on."""
        return self.step + (self.stage is not None)

    def parts(self) -> tuple["Position", Sequence[Mapping[str, Any]]]:
        """What is of this position alone, and what there is of steps, to which later ones add."""
        return replace(self, finished=[]), self.finished


@dataclass(frozen=True)
class HeatPosition:
    """Where heat in time is.

    Attributes:
        state: numbers of the `TransientState`.
        sloped: True if it has a slope.
        snapshots: times (s) of the fields that were kept.
        history: what `heat_history.History` has.
        course: what else the end of the course needs.
    """

    FOLDER: ClassVar[str] = "checkpoint-heat"

    state: dict[str, Any]
    sloped: bool
    snapshots: list[float]
    history: dict[str, Any]
    course: dict[str, Any]

    @property
    def begun(self) -> int:
        """As of `Position`: the process follows the heat."""
        return 0

    def parts(self) -> tuple["HeatPosition", Sequence[Mapping[str, Any]]]:
        """As of `Position`."""
        return self, ()


P = TypeVar("P", Position, HeatPosition)


class Checkpoints(Generic[P]):
    """Those of one run, of one kind.

    Args:
        directory: results that are being made.
        loaded: the case.
        comm: all ranks take part.
        kind: of position.
    """

    def __init__(self, directory: Path, loaded: LoadedCase, comm: MPI.Intracomm, kind: type[P]) -> None:
        self._folder, self._case, self._comm = directory / kind.FOLDER, fingerprint(loaded), comm
        self._count = 1 + max(numbers(self._folder), default=0)
        self._lasting, self._synced = self._count - 1, -_BETWEEN  # the last one that was synced, and when
        self._first, self._steps = self._count, _Steps(self._folder / f"steps.{self._count}{_LINES}")

    def save(self, position: P, fields: Mapping[str, Cells]) -> None:
        """Keep a position and the fields that go with it. Collective."""
        comm, beside = self._comm, self._folder / f"{self._count}.half"
        on_root(comm, lambda: _fresh(beside))
        arrays: dict[str, Any] = {}
        for name, (keys, values) in fields.items():
            arrays |= {f"{name}.k": keys, f"{name}.v": values}
        piece, synced = beside / f"{comm.rank}.npz", comm.bcast(time.monotonic() - self._synced >= _BETWEEN)

        def write() -> None:
            with files.whole(piece, synced) as part:
                np.savez(part, **arrays)

        on_every(comm, write)
        here, steps = position.parts()
        manifest = {
            "pieces": comm.gather((piece.name, piece.stat().st_size)),
            "planish": solver.__version__,
            "case": self._case,
            "fields": list(fields),
            "position": plain(asdict(here)),
        }
        on_root(comm, lambda: self._finish(beside, manifest, steps, synced))
        if synced:
            self._lasting, self._synced = self._count, time.monotonic()
        self._count += 1

    def _finish(self, beside: Path, manifest: dict[str, Any], steps: Sequence[Mapping[str, Any]], synced: bool) -> None:
        with files.writing(beside):
            manifest |= self._steps.with_all(steps)
            files.write_text(beside / _MANIFEST, json.dumps(manifest), synced)
            beside.rename(beside.with_suffix(""))
            if synced:
                files.sync_tree(self._folder)
        for number in numbers(self._folder):
            if number not in (self._count, self._lasting):
                shutil.rmtree(self._folder / str(number), ignore_errors=True)
        for left in self._folder.glob(f"*{_LINES}") if self._lasting >= self._first else ():
            if left != self._steps.path:
                left.unlink(missing_ok=True)


class _Steps:
    """Entries of steps, a line each, in a file of one run; on one rank.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._count, self._size = path, 0, 0

    def with_all(self, steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Add those that are new; what a manifest says of all of them."""
        if steps[self._count :]:
            lines = "".join(f"{json.dumps(step)}\n" for step in steps[self._count :]).encode()
            with self.path.open("r+b" if self._count else "wb") as file:
                file.seek(self._size)
                file.write(lines)
                file.truncate()
            self._count, self._size = len(steps), self._size + len(lines)
        return {"steps": (self.path.name, self._size)} if steps else {}


def _manifest(folder: Path) -> dict[str, Any]:
    """Of a checkpoint, with the steps before it in its position."""
    found: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    if "steps" in found:
        name, size = found["steps"]
        with (folder.parent / name).open("rb") as file:
            found["position"]["finished"] = [json.loads(line) for line in file.read(size).splitlines()]
    return found


class Saved(Generic[P]):
    """A checkpoint that was found.

    Args:
        folder: of it.
        comm: all ranks take part.
        kind: of position.
    """

    def __init__(self, folder: Path, comm: MPI.Intracomm, kind: type[P]) -> None:
        self._folder, self._comm = folder, comm
        self._manifest = on_root(comm, lambda: _manifest(folder))
        self.position: P = kind(**self._manifest["position"])
        self.fields: list[str] = self._manifest["fields"]

    def check(self, loaded: LoadedCase) -> None:
        """Refuse to go on with another case; steps that were not begun may be others.

        Raises:
            CaseError: naming what differs.
        """
        begun = self.position.begun
        old, new = self._manifest["case"], fingerprint(loaded)
        for case in (old, new):
            if case["process"] is not None:
                case["process"]["steps"] = case["process"]["steps"][:begun]
        for section in new:
            if old.get(section) != new[section]:
                what = _first_difference(old.get(section), new[section], section)
                raise CaseError(
                    f"{loaded.source.path}: {what} is not what it was when {self._folder.parent.parent} was begun; "
                    "run without --resume to begin again"
                )

    def rows(self, name: str) -> Array:
        """All rows (n, ...) of a field of few numbers, on every rank, in the order of their keys. Collective."""

        def read() -> Array:
            found: list[Cells] = []
            for piece in self._folder.glob("*.npz"):
                with np.load(piece) as arrays:
                    found.append((arrays[f"{name}.k"], arrays[f"{name}.v"]))
            keys, values = (np.concatenate(part) for part in zip(*found, strict=True))
            return np.asarray(values[np.argsort(keys)])

        return on_root(self._comm, read)

    def known(self, name: str, keys: Integers) -> Array | None:
        """As `values`; None of a field that was not kept. Collective."""
        return self.values(name, keys) if name in self.fields else None

    def values(self, name: str, keys: Integers) -> Array:
        """Values (n, ...) of cells with some numbers (n,), in the shape they were saved in. Collective.

        Raises:
            CaseError: the field was not kept, as by a planish that remembered other things, or cells are missing.
        """
        if name not in self.fields:
            raise CaseError(f"{self._folder}: '{name}' was not kept, by another planish; run without --resume")
        pieces = sorted(self._folder.glob("*.npz"))[self._comm.rank :: self._comm.size]
        found: list[Cells] = []
        for piece in pieces:
            with np.load(piece) as arrays:
                found.append((arrays[f"{name}.k"], arrays[f"{name}.v"]))
        shape: tuple[int, ...] = max(self._comm.allgather(found[0][1].shape[1:] if found else ()))  # or no piece
        found.append((np.empty(0, dtype=np.int64), np.empty((0, *shape))))
        have, values = (np.concatenate(part) for part in zip(*found, strict=True))
        there, result = carried(self._comm, have, values, keys)
        if not self._comm.allreduce(bool(there.all()), MPI.LAND):
            raise CaseError(f"{self._folder}: some cells are missing; run without --resume")
        return result


def latest(results: Path, comm: MPI.Intracomm, kind: type[P]) -> Saved[P] | None:
    """The last checkpoint of a kind in a results directory that is whole. Collective."""
    folder = results / kind.FOLDER
    number = on_root(comm, lambda: next((one for one in _newest(folder) if _is_whole(folder / str(one))), None))
    return None if number is None else Saved(folder / str(number), comm, kind)


def fingerprint(loaded: LoadedCase) -> dict[str, Any]:
    """Everything of a case that its numbers follow from."""
    case: dict[str, Any] = json.loads(json.dumps(plain(loaded.case.model_dump(exclude={"title", "report"}))))
    return case


def _first_difference(old: Any, new: Any, where: str) -> str:
    """Path of the first key in which two parts of a case differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*new, *(key for key in old if key not in new)]:
            if old.get(key) != new.get(key):
                return _first_difference(old.get(key), new.get(key), f"{where}.{key}")
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            if one != other:
                return _first_difference(one, other, f"{where}.{number}")
    return where


def numbers(folder: Path) -> list[int]:
    """Of the checkpoints in a folder that came to their end."""
    return [int(path.parent.name) for path in folder.glob(f"*/{_MANIFEST}") if path.parent.name.isdigit()]


def _newest(folder: Path) -> list[int]:
    return sorted(numbers(folder), reverse=True)


def _is_whole(checkpoint: Path) -> bool:
    """False if a file was cut off or has gone since."""
    try:
        manifest = json.loads((checkpoint / _MANIFEST).read_text(encoding="utf-8"))
        name, size = manifest.get("steps", (".", 0))
        known = (checkpoint.parent / name).stat().st_size >= size
        return known and all((checkpoint / name).stat().st_size == size for name, size in manifest["pieces"])
    except (OSError, ValueError, KeyError):
        return False


def _fresh(folder: Path) -> None:
    with files.writing(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
