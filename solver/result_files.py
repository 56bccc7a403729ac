"""Outcomes as the files of a results folder: fields for ParaView, CSV tables, summary.json."""

from pathlib import Path
from typing import TYPE_CHECKING

from mpi4py import MPI

from meshes.quality import Quality
from solver.case.loaded import LoadedCase
from solver.metrics.evaluated import Evaluated
from solver.metrics.points import write_heights
from solver.metrics.run_summary import Summary
from solver.metrics.step_result import StepNumbers
from solver.output import record
from solver.output.fields import FieldWriter
from solver.output.stem import file_stem
from solver.output.summary import GrowingSummary
from solver.parallel import on_root
from solver.process.history import StepOutcome
from solver.progress import Progress
from solver.report.drawing import Drawing

if TYPE_CHECKING:
    from solver.heat.current import CurrentResult
    from solver.heat.heat_run import Heat
    from solver.metrics.heat_summary import HeatSummary


class ResultFiles:
    """Writes outcomes to a folder: a sink of `solver.driver`.

    Args:
        folder: is there.
        loaded: the case.
        comm: all ranks take part.
        progress: what the user sees.
        drawing: draws what is written; on one rank, if any.

    Every method raises OutputError, on all ranks, where a file could not be written.
    """

    def __init__(
        self, folder: Path, loaded: LoadedCase, comm: MPI.Intracomm, progress: Progress, drawing: Drawing | None = None
    ) -> None:
        self._folder, self._loaded, self._comm, self._progress = folder, loaded, comm, progress
        self._drawing, self._summary = drawing, GrowingSummary(folder / "summary.json")

    def begin(self, found: Summary) -> None:
        """The case as it is solved."""
        on_root(self._comm, lambda: record.keep(self._loaded, dict(found.run), self._folder))

    def mesh(self, quality: Quality) -> None:
        """Nothing: fields have their mesh with them."""

    def heat(self, heat: "Heat") -> None:
        """Temperatures, those of a transient too, its history, and the tables of what is read of them."""
        with self._progress.stage("output", "fields of the heat problem"):
            writer = FieldWriter(self._folder / "fields", heat.stack_mesh)
            writer.write("heat", 0, temperature=heat.solution.temperature)
            for number, (time, temperature) in enumerate(heat.snapshots):
                writer.write(f"heat at {time:.6g} s", number, temperature=temperature, time=time)
            on_root(self._comm, lambda: self._heat_tables(heat.numbers))

    def _heat_tables(self, found: "HeatSummary") -> None:
        from solver.heat import thermal_metrics
        from solver.metrics import heat_history

        if found.transient is not None:
            heat_history.write_csv(found.transient.history, self._folder / "thermal_history.csv")
        thermal_metrics.write(found, self._folder)

    def current(self, current: "CurrentResult") -> None:
        """Potential, temperature and what cells carry."""
        from solver.heat.current import CURRENT

        with self._progress.stage("output", "fields of the current"):
            writer = FieldWriter(self._folder / "fields" / CURRENT, current.stack_mesh)
            extra = {"potential_v": current.potential}
            writer.write("current", 0, temperature=current.temperature, extra=extra, cells=current.cells)

    def step(self, result: StepNumbers, outcome: StepOutcome | None) -> None:  # noqa: ARG002
        """Fields of a step, heights of its surface, tables of what is read of it."""
        if outcome is None:
            return
        with self._progress.stage("output", f"fields of step '{outcome.step.name}'"):
            fields = outcome.displacement, outcome.temperature, outcome.sigma
            writer = FieldWriter(self._folder / "fields", outcome.stack_mesh, outcome.displacement.function_space)
            writer.write(outcome.step.name, outcome.index + 1, *fields, cells=outcome.cells)
        stem = file_stem(outcome.index + 1, outcome.step.name)
        on_root(self._comm, lambda: outcome.reading.write(self._folder, stem))
        evaluated = Evaluated(outcome.stack_mesh, self._loaded.case.report)
        write_heights(evaluated, outcome.displacement, self._folder / f"surface_{stem}.csv")

    def summary(self, found: Summary) -> None:
        """summary.json, as far as it goes."""
        steps = [one.summary for one in found.steps]
        on_root(self._comm, lambda: self._summary.write(found.but_for_steps(), steps))
        if self._drawing is not None:
            self._drawing.look()
