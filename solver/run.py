"""`planish run`: solve a case and write its results beside the old ones, which are replaced only when all is done."""

from collections.abc import Mapping, Sequence
from functools import partial as bound
from pathlib import Path
from typing import Any

import dolfinx
from mpi4py import MPI
from petsc4py import PETSc

import solver
from solver.case.load import LoadedCase, load
from solver.case.models import Report
from solver.case.suspicious import suspicious
from solver.forecast import check_memory
from solver.heat import thermal_metrics
from solver.heat.current import CURRENT, CurrentResult
from solver.interruption import Interruption
from solver.materials import library
from solver.metrics import heat_history, limits, plausibility
from solver.metrics.arrays import arrays, copper_maps, ends_in_film, kept_explicit
from solver.metrics.evaluated import Evaluated
from solver.metrics.points import write_heights
from solver.models import laminate as laminate_run
from solver.output import record, summary
from solver.output.fields import FieldWriter, file_stem
from solver.parallel import on_root, peak_memory_gb
from solver.place import Place
from solver.process.checkpoint import Cells, Checkpoints, HeatPosition, Position
from solver.process.history import StepOutcome
from solver.progress import Progress
from solver.report.tables import material_name
from solver.resume import Before, checkpoints_of, keeps_heat
from solver.simulation import Heat, Simulation
from solver.stackup import fine


def run(
    path: Path,
    overrides: Sequence[str],
    comm: MPI.Intracomm,
    force: bool = False,
    resume: bool = False,
    pictures: bool = True,
    output: Path | None = None,
) -> Path:
    """Run a case; collective.

    Args:
        path: case directory or file.
        overrides: texts of `--set`.
        comm: communicator.
        force: start even if the memory will not do.
        resume: go on from the checkpoint of a run that was interrupted, or of a finished one that has new steps.
        pictures: draw them and write the report.
        output: where results go; CASE/results if None.

    Returns:
        The results directory.

    Raises:
        CaseError: the case is wrong, is not the one of the checkpoint, or needs more memory than there is, or another
            run works there; no result was touched.
        OutputError: a file could not be written; the results before are whole, and what was solved is kept.
        NotConvergedError: what was solved is in `results.partial`.
        InterruptedRunError: by SIGTERM; the checkpoint is in `results.partial`.
    """
    loaded = on_root(comm, lambda: load(path, overrides))
    place = Place(loaded.directory, output)
    with place.held(comm):
        saved = checkpoints_of(place, loaded, comm) if resume else Before()
        aside = on_root(comm, lambda: place.begin(saved.place))
        progress = Progress(comm, place.partial / "log.txt", append=bool(saved))
        progress.say(f"{loaded.case.title}: {path}, {comm.size} rank{'s' if comm.size > 1 else ''}")
        if aside:
            there = f"{place.shown.name}.interrupted"
            progress.say(f"an interrupted run is now in {there}; --resume would have gone on with it")
        if resume:
            progress.say(str(saved) if saved else f"there is no checkpoint; {saved}")
        try:
            found = _solve(loaded, comm, progress, place.partial, force, saved)
            if pictures:
                with progress.stage("output", "pictures and report"):
                    on_root(comm, lambda: _draw(loaded, place.partial))
                _time(found, progress)
                on_root(comm, lambda: summary.write(place.partial / "summary.json", found))
        finally:
            progress.close()
        on_root(comm, place.finish)
    if comm.rank == 0:
        seconds = found["wall_seconds"]["total"]
        drawn = "report.html, pictures/, " if pictures else ""
        print(f"results in {place.shown}: summary.json, {drawn}fields/ ({seconds:.1f} s)", flush=True)
    return place.shown


def _solve(
    loaded: LoadedCase, comm: MPI.Intracomm, progress: Progress, results: Path, force: bool, saved: Before
) -> dict[str, Any]:
    found = _header(loaded, comm)
    found["run"] = on_root(comm, lambda: record.record(loaded)) | {"resumed": bool(saved)}
    on_root(comm, lambda: record.keep(loaded, found["run"], results))
    for text in suspicious(loaded.source):
        progress.warn(text)
    _unit_cells(loaded, comm, progress)
    found["arrays"] = on_root(comm, lambda: arrays(loaded))
    found["copper_maps"] = on_root(comm, lambda: copper_maps(loaded))
    for place, face, biot in on_root(comm, lambda: list(ends_in_film(loaded))):
        for text in plausibility.bare_array(place, face, biot):
            progress.warn(text)
    if loaded.case.analysis.model == "laminate":
        found["steps"] = laminate_run.solve(loaded, progress)
    else:
        with Interruption(comm, progress.say) as interruption:
            checkpoints = Checkpoints(results, loaded, comm, Position)

            def keep(position: Position, fields: Mapping[str, Cells]) -> None:
                checkpoints.save(position, fields)
                interruption.check()

            keep_heat = keeps_heat(Checkpoints(results, loaded, comm, HeatPosition), interruption, comm)
            simulation = Simulation(loaded, comm, progress, keep, saved.process, keep_heat, saved.heat)
            if not force:
                check_memory(loaded, simulation.plane, comm)
            _solve_solid(simulation, results, found, [] if saved.process is None else saved.process.position.finished)
    found["warpage_limits"] = limits.verdicts(loaded.case.report.warpage_limit, loaded.stack, found["steps"])
    for text in limits.lines(found["warpage_limits"]):
        progress.say(f"           {text}")
    found["warnings"] = progress.warnings
    found["peak_memory_gb"] = peak_memory_gb(comm)
    _time(found, progress)
    on_root(comm, lambda: summary.write(results / "summary.json", found))
    return found


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


def _draw(loaded: LoadedCase, results: Path) -> None:
    from solver.report import post  # Matplotlib and PyVista take a second to import, and only one rank draws

    post.write(loaded, results)


def _solve_solid(
    simulation: Simulation, results: Path, found: dict[str, Any], finished: Sequence[dict[str, Any]]
) -> None:
    comm, progress = simulation.comm, simulation.progress
    found["steps"] = list(finished)
    if finished:
        before = on_root(comm, lambda: summary.so_far(results / "summary.json"))
        found |= {key: before[key] for key in ("unknowns", "solver") if key in before}
    if finished:
        simulation.readings.restore(results, comm)
    found["mesh"] = simulation.quality
    found["cells"] = simulation.quality.cells
    for text in (*plausibility.poor_mesh(simulation.quality), *fine.coarse(simulation.loaded.stack)):
        progress.warn(text)
    wanted = simulation.case.report.lithography
    for text in () if wanted is None else plausibility.coarse_fields(simulation.loaded.stack.size, wanted.field):
        progress.warn(text)
    heat = simulation.heat()
    if heat is not None:
        found["thermal"] = heat.summary
        _record(found, heat.solution.record)
        if not finished:  # else they are there, listed before the steps
            with progress.stage("output", "fields of the heat problem"):
                _write_heat(heat, results, comm)
    current = simulation.current(heat)
    if current is not None:
        found["electric"] = current.summary
        _record(found, current.record)
        if not finished:
            with progress.stage("output", "fields of the current"):
                _write_current(current, results)
    for outcome in simulation.steps(heat):
        found["steps"].append(outcome.summary)
        _record(found, outcome.record)
        with progress.stage("output", f"fields of step '{outcome.step.name}'"):
            FieldWriter(results / "fields", outcome.stack_mesh).write(
                outcome.step.name, outcome.index + 1, outcome.displacement, outcome.temperature, outcome.sigma
            )
        _write_reading(outcome, simulation.case.report, results, comm)
        _time(found, progress)
        on_root(comm, lambda: summary.write(results / "summary.json", found))


def _write_heat(heat: Heat, results: Path, comm: MPI.Intracomm) -> None:
    writer = FieldWriter(results / "fields", heat.stack_mesh)
    writer.write("heat", 0, temperature=heat.solution.temperature)
    for number, (time, temperature) in enumerate(heat.snapshots):
        writer.write(f"heat at {time:.6g} s", number, temperature=temperature, time=time)
    if "history" in heat.summary:
        on_root(comm, lambda: heat_history.write_csv(heat.summary["history"], results / "thermal_history.csv"))
    on_root(comm, lambda: thermal_metrics.write(heat.summary, results))


def _write_current(current: CurrentResult, results: Path) -> None:
    writer = FieldWriter(results / "fields" / CURRENT, current.stack_mesh)
    extra = {"potential_v": current.potential}
    writer.write("current", 0, temperature=current.temperature, extra=extra, cells=current.cells)


def _write_reading(outcome: StepOutcome, report: Report, results: Path, comm: MPI.Intracomm) -> None:
    stem = file_stem(outcome.index + 1, outcome.step.name)
    on_root(comm, lambda: outcome.reading.write(results, stem))
    evaluated = Evaluated(outcome.stack_mesh, report)
    write_heights(evaluated, outcome.displacement, results / f"surface_{stem}.csv")


def _header(loaded: LoadedCase, comm: MPI.Intracomm) -> dict[str, Any]:
    return {
        "case": loaded.directory.resolve().name,
        "title": loaded.case.title,
        "planish": solver.__version__,
        "dolfinx": dolfinx.__version__,
        "petsc": ".".join(str(part) for part in PETSc.Sys.getVersion()),
        "ranks": comm.size,
        "model": loaded.case.analysis.model,
        "deflection": loaded.case.analysis.deflection,
        "unknowns": 0,
        "cells": 0,
        "solver": {"name": loaded.case.analysis.model},
        "wall_seconds": {},
        "peak_memory_gb": 0.0,
        "warnings": [],
        "steps": [],
    }


def _record(found: dict[str, Any], record: Any) -> None:
    """Keep the solver's record of the largest solve."""
    if record.unknowns >= found["unknowns"]:
        found["unknowns"] = record.unknowns
        found["solver"] = {
            "name": record.name,
            "why": record.why,
            "end": record.end,
            "iterations": record.iterations,
            "residual": record.residual,
            "error": record.error,
            "condition": record.condition,
        }


def _time(found: dict[str, Any], progress: Progress) -> None:
    kinds = {kind: progress.seconds.get(kind, 0.0) for kind in ("mesh", "setup", "solve", "output")}
    found["wall_seconds"] = {**kinds, "total": progress.total}
