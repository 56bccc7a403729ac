"""`planish run --resume`: what a run before this one has left, and when heat in time is kept."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial as bound
from pathlib import Path
from typing import TYPE_CHECKING

from mpi4py import MPI

from solver.case.loaded import LoadedCase
from solver.interruption import Interruption
from solver.models.continuing import Before, Savers
from solver.parallel import on_root
from solver.place import Place
from solver.process.checkpoint import Cells, Checkpoints, HeatPosition, Position, latest
from solver.progress import Progress

if TYPE_CHECKING:
    from solver.heat.transient_run import SaveHeat

_BETWEEN = 20.0  # seconds between checkpoints of heat in time, whose steps may be quick


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
def checkpointing(results: Path, loaded: LoadedCase, comm: MPI.Intracomm, progress: Progress) -> Iterator[Savers]:
    """Keep positions in a results folder, and end at one of them when told to stop. Collective.

    Raises:
        InterruptedRunError: by SIGTERM, at the next position that is kept.
    """
    with Interruption(comm, progress.say) as interruption:
        checkpoints = Checkpoints(results, loaded, comm, Position)

        def keep(position: Position, fields: Mapping[str, Cells]) -> None:
            checkpoints.save(position, fields)
            interruption.check()

        yield Savers(keep, _keeps_heat(Checkpoints(results, loaded, comm, HeatPosition), interruption, comm))


def _keeps_heat(checkpoints: Checkpoints[HeatPosition], interruption: Interruption, comm: MPI.Intracomm) -> "SaveHeat":
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
