"""A case from end to end: heat, current, then the steps, each outcome handed at once to what keeps it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial as bound
from typing import TYPE_CHECKING, Protocol

import dolfinx
from mpi4py import MPI
from petsc4py import PETSc

import solver
from meshes.quality import Quality
from solver.case.loaded import LoadedCase
from solver.case.suspicious import suspicious
from solver.materials import library
from solver.metrics import limits, plausibility, settling
from solver.metrics.arrays import arrays, copper_maps, ends_in_film, kept_explicit
from solver.metrics.run_summary import Summary
from solver.metrics.step_result import StepNumbers
from solver.models.continuing import Before, Savers
from solver.models.model import Outcomes, Task
from solver.models.planes import Planes
from solver.models.table import model_of
from solver.output import record, summary
from solver.parallel import on_root, peak_memory_gb
from solver.process.history import StepOutcome
from solver.progress import Progress
from solver.report.tables import material_name

if TYPE_CHECKING:
    from solver.heat.current import CurrentResult
    from solver.heat.heat_run import Heat


class Sink(Outcomes, Protocol):
    """Takes what is solved and what is known of it: files, or memory. Every call is collective."""

    def begin(self, found: Summary) -> None:
        """The run begins; `found` has its record."""

    def summary(self, found: Summary) -> None:
        """What is known so far; last of all everything."""


class _Recorder:
    """Notes every outcome for the summary and hands it to the sinks.

    Args:
        sinks: take the outcomes.
        found: the summary.
        progress: is told of times.
        again: True if a run before this one has handed over heat and current, and listed them before its steps.
    """

    def __init__(self, sinks: Sequence[Sink], found: Summary, progress: Progress, again: bool) -> None:
        self._sinks, self._found, self._progress, self._again = sinks, found, progress, again

    def mesh(self, quality: Quality) -> None:
        self._found.mesh, self._found.cells = quality, quality.cells
        for sink in self._sinks:
            sink.mesh(quality)

    def heat(self, heat: "Heat") -> None:
        self._found.thermal = heat.numbers
        self._found.note(heat.solution.record)
        for sink in () if self._again else self._sinks:
            sink.heat(heat)

    def current(self, current: "CurrentResult") -> None:
        self._found.electric = current.numbers
        self._found.note(current.record)
        for sink in () if self._again else self._sinks:
            sink.current(current)

    def step(self, result: StepNumbers, outcome: StepOutcome | None) -> None:
        self._found.steps.append(result)
        if outcome is not None:
            self._found.note(outcome.record)
        for sink in self._sinks:
            sink.step(result, outcome)
        self.tell()

    def tell(self) -> None:
        """Hand over what is known."""
        self._found.wall_seconds = wall_seconds(self._progress)
        for sink in self._sinks:
            sink.summary(self._found)


def drive(
    loaded: LoadedCase,
    comm: MPI.Intracomm,
    progress: Progress,
    sinks: Sequence[Sink],
    force: bool = False,
    before: Before | None = None,
    checkpointing: Callable[[], AbstractContextManager[Savers]] = lambda: nullcontext(Savers()),
    planes: Planes | None = None,
) -> Summary:
    """Solve a case. Collective.

    Args:
        loaded: the case.
        comm: communicator.
        progress: what the user sees.
        sinks: take the outcomes.
        force: start even if the memory will not do.
        before: checkpoints to go on from.
        checkpointing: as of `Task`.
        planes: of variants of the case, as of `Task`; the mesh of this one is added.

    Returns:
        The summary of the run.

    Raises:
        CaseError: the case needs more memory than there is.
        NotConvergedError: a solve did not converge.
    """
    before = before or Before()
    found = _begun(loaded, comm)
    found.run = on_root(comm, lambda: record.record(loaded)) | {"resumed": bool(before)}
    for sink in sinks:
        sink.begin(found)
    for text in suspicious(loaded.source):
        progress.warn(text)
    _unit_cells(loaded, comm, progress)
    found.arrays = on_root(comm, lambda: arrays(loaded))
    found.copper_maps = on_root(comm, lambda: copper_maps(loaded))
    for place, face, biot in on_root(comm, lambda: list(ends_in_film(loaded))):
        for text in plausibility.bare_array(place, face, biot):
            progress.warn(text)
    found.steps = list(before.steps)
    if before.finished and before.place is not None:
        found.go_on(on_root(comm, bound(summary.so_far, before.place / "summary.json")))
    recorder = _Recorder(sinks, found, progress, bool(before.finished))
    model_of(loaded.case).solve(
        Task(loaded, comm, progress, force, before, checkpointing, planes or Planes()), recorder
    )
    found.settled_cycles = settling.all_settled(loaded.case.process, found.steps) or None
    found.warpage_limits = limits.verdicts(loaded.case.report.warpage_limit, loaded.stack, limits.warped(found.steps))
    for text in limits.lines(found.warpage_limits):
        progress.say(f"           {text}")
    found.warnings, found.peak_memory_gb = progress.warnings, peak_memory_gb(comm)
    recorder.tell()
    return found


def wall_seconds(progress: Progress) -> dict[str, float]:
    """Of each kind of work so far, and in total."""
    kinds = {kind: progress.seconds.get(kind, 0.0) for kind in ("mesh", "setup", "solve", "output")}
    return {**kinds, "total": progress.total}


def _unit_cells(loaded: LoadedCase, comm: MPI.Intracomm, progress: Progress) -> None:
    """Solve the arrays among the materials on one rank; the others find them in the cache."""
    case = loaded.case
    layers = loaded.stack.layers
    choices = [layer.material for layer in layers] + [part.material for layer in layers for part in layer.regions]
    cells = {repr(one): one for one in choices if one is not None and library.is_cell(one, case.materials)}
    for choice in cells.values():
        with progress.stage("setup", f"unit cell: {material_name(choice)}"):
            on_root(comm, bound(library.prepare, choice, case.materials))
    for layer in layers:
        for region in layer.regions:
            if region.smeared is not None:
                progress.say(f"           {layer.name}/{region.name}: {region.smeared.count} parts smeared out")
    for text in on_root(comm, lambda: list(kept_explicit(loaded))):
        progress.warn(text)


def _begun(loaded: LoadedCase, comm: MPI.Intracomm) -> Summary:
    """What is known before anything is solved."""
    return Summary(
        case=loaded.directory.resolve().name,
        title=loaded.case.title,
        planish=solver.__version__,
        dolfinx=dolfinx.__version__,
        petsc=".".join(str(part) for part in PETSc.Sys.getVersion()),
        ranks=comm.size,
        model=loaded.case.analysis.model,
        deflection=loaded.case.analysis.deflection,
    )
