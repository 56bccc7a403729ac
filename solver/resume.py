"""`planish run --resume`: what a run before this one has left, and when heat in time is kept."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial as bound
from pathlib import Path
from typing import Any, NamedTuple

from mpi4py import MPI

from solver.case.load import LoadedCase
from solver.heat.transient_run import KeepHeat
from solver.interruption import Interruption
from solver.parallel import on_root
from solver.place import Place
from solver.process.checkpoint import Cells, Checkpoints, HeatPosition, Position, Saved, latest
from solver.process.history import Keep
from solver.progress import Progress

_BETWEEN = 20.0  # seconds between checkpoints of heat in time, whose steps may be quick


class Keepers(NamedTuple):
    """What keeps the position of the process, and that of heat in time, so that a run can go on; None: nothing does."""

    process: Keep | None = None
    heat: KeepHeat | None = None


@dataclass(frozen=True)
class Before:
    """Checkpoints of a run before this one, of its process and of its heat in time, and the folder they are in."""

    process: Saved[Position] | None = None
    heat: Saved[HeatPosition] | None = None
    place: Path | None = None

    @property
    def finished(self) -> list[dict[str, Any]]:
        """Entries of `steps` in the summary of the steps that were solved."""
        return [] if self.process is None else self.process.position.finished

    def __bool__(self) -> bool:
        return self.process is not None or self.heat is not None

    def __str__(self) -> str:
        if self.process is None:
            if self.heat is None:
                return "starts from the beginning"
            return f"goes on with heat at {self.heat.position.state['time']:.6g} s"
        position = self.process.position
        where = "before step" if position.stage is None else "in step"
        return f"goes on {where} {position.step + 1}, from increment {len(position.course.get('curve', []))}"


def checkpoints_of(place: Place, loaded: LoadedCase, comm: MPI.Intracomm) -> Before:
    """The checkpoints of an interrupted run, or of the finished one.

    Raises:
        CaseError: they are of another case.
    """
    for folder in (place.partial, place.results):
        saved = Before(latest(folder, comm, Position), latest(folder, comm, HeatPosition), folder)
        for one in (saved.process, saved.heat):
            if one is not None:
                on_root(comm, bound(one.check, loaded))
        if saved:
            return saved
    return Before()


@contextmanager
def keeping(results: Path, loaded: LoadedCase, comm: MPI.Intracomm, progress: Progress) -> Iterator[Keepers]:
    """Keep positions in a results folder, and end at one of them when told to stop. Collective.

    Raises:
        InterruptedRunError: by SIGTERM, at the next position that is kept.
    """
    with Interruption(comm, progress.say) as interruption:
        checkpoints = Checkpoints(results, loaded, comm, Position)

        def keep(position: Position, fields: Mapping[str, Cells]) -> None:
            checkpoints.save(position, fields)
            interruption.check()

        yield Keepers(keep, _keeps_heat(Checkpoints(results, loaded, comm, HeatPosition), interruption, comm))


def _keeps_heat(checkpoints: Checkpoints[HeatPosition], interruption: Interruption, comm: MPI.Intracomm) -> KeepHeat:
    """Keep heat in time once in a while, at its end, and when the run is asked to stop."""
    last = time.monotonic()

    def keep(kept: Callable[[], tuple[HeatPosition, dict[str, Cells]]], ends: bool) -> None:
        nonlocal last
        due = comm.bcast(time.monotonic() - last > _BETWEEN)
        asked = interruption.asked()
        if ends or due or asked:
            checkpoints.save(*kept())
            last = time.monotonic()
        if asked:  # one that is told since is kept after the next step
            interruption.check()

    return keep
