"""`planish run`: solve a case and write its results beside the old ones, which are replaced only when all is done."""

import resource
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dolfinx
from mpi4py import MPI
from petsc4py import PETSc

import solver
from solver import doubts, laminate_run
from solver.case.load import LoadedCase, load
from solver.forecast import check_memory
from solver.parallel import on_root
from solver.progress import Progress
from solver.results import heat_history, summary
from solver.results.fields import FieldWriter
from solver.simulation import Simulation


def run(path: Path, overrides: Sequence[str], comm: MPI.Intracomm, force: bool = False) -> Path:
    """Run a case; collective.

    Args:
        path: case directory or file.
        overrides: texts of `--set`.
        comm: communicator.
        force: start even if the memory will not do.

    Returns:
        The results directory.

    Raises:
        CaseError: the case is wrong, or needs more memory than there is; no result was touched.
        NotConvergedError: what was solved is in `results.partial`.
    """
    loaded = on_root(comm, lambda: load(path, overrides))
    results, partial = loaded.directory / "results", loaded.directory / "results.partial"
    on_root(comm, lambda: _fresh(partial))
    progress = Progress(comm, partial / "log.txt")
    progress.say(f"{loaded.case.title}: {path}, {comm.size} rank{'s' if comm.size > 1 else ''}")
    try:
        found = _solve(loaded, comm, progress, partial, force)
    finally:
        progress.close()
    on_root(comm, lambda: _replace(results, partial))
    if comm.rank == 0:
        seconds = found["wall_seconds"]["total"]
        print(f"results in {results}: summary.json, report.html, pictures/, fields/ ({seconds:.1f} s)", flush=True)
    return results


def _solve(loaded: LoadedCase, comm: MPI.Intracomm, progress: Progress, results: Path, force: bool) -> dict[str, Any]:
    found = _header(loaded, comm)
    if loaded.case.analysis.model == "laminate":
        found["steps"] = laminate_run.solve(loaded, progress)
    else:
        simulation = Simulation(loaded, comm, progress)
        if not force:
            check_memory(loaded, simulation.plane, comm)
        _solve_solid(simulation, results, found)
    found["warnings"] = progress.warnings
    found["peak_memory_gb"] = comm.allreduce(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, MPI.SUM) / 1e6
    _time(found, progress)
    on_root(comm, lambda: summary.write(results / "summary.json", found))
    with progress.stage("output", "pictures and report"):
        on_root(comm, lambda: _draw(loaded, results))
    _time(found, progress)
    on_root(comm, lambda: summary.write(results / "summary.json", found))
    return found


def _draw(loaded: LoadedCase, results: Path) -> None:
    from solver.results import post  # Matplotlib and PyVista take a second to import, and only one rank draws

    post.write(loaded, results)


def _solve_solid(simulation: Simulation, results: Path, found: dict[str, Any]) -> None:
    comm, progress = simulation.comm, simulation.progress
    found["mesh"] = simulation.quality
    found["cells"] = simulation.quality.cells
    for text in doubts.poor_mesh(simulation.quality):
        progress.warn(text)
    heat = simulation.heat()
    if heat is not None:
        found["thermal"] = heat.summary
        _record(found, heat.solution.record)
        with progress.stage("output", "fields of the heat problem"):
            writer = FieldWriter(results / "fields", heat.stack_mesh)
            writer.write("heat", 0, temperature=heat.solution.temperature)
            for number, (time, temperature) in enumerate(heat.snapshots):
                writer.write(f"heat at {time:.6g} s", number, temperature=temperature, time=time)
        if "history" in heat.summary:
            on_root(comm, lambda: heat_history.write_csv(heat.summary["history"], results / "thermal_history.csv"))
    for outcome in simulation.steps(heat):
        found["steps"].append(outcome.summary)
        _record(found, outcome.record)
        with progress.stage("output", f"fields of step '{outcome.step.name}'"):
            FieldWriter(results / "fields", outcome.stack_mesh).write(
                outcome.step.name, outcome.index + 1, outcome.displacement, outcome.temperature, outcome.sigma
            )
        _time(found, progress)
        on_root(comm, lambda: summary.write(results / "summary.json", found))


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


def _fresh(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)


def _replace(results: Path, partial: Path) -> None:
    old = results.with_name("results.old")
    shutil.rmtree(old, ignore_errors=True)
    if results.exists():
        results.rename(old)
    partial.rename(results)
    shutil.rmtree(old, ignore_errors=True)
