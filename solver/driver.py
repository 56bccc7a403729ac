"""A case from end to end: heat, current, then the steps, each outcome handed at once to what keeps it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial as bound
from typing import Any, Protocol

import dolfinx
from mpi4py import MPI
from petsc4py import PETSc

import solver
from solver.case.load import LoadedCase
from solver.case.suspicious import suspicious
from solver.forecast import check_memory
from solver.heat.current import CurrentResult
from solver.linalg.krylov import SolveRecord
from solver.materials import library
from solver.metrics import limits, plausibility
from solver.metrics.arrays import arrays, copper_maps, ends_in_film, kept_explicit
from solver.models import laminate as laminate_run
from solver.output import record, summary
from solver.parallel import on_root, peak_memory_gb
from solver.process.history import StepOutcome
from solver.progress import Progress
from solver.report.tables import material_name
from solver.resume import Before, Keepers
from solver.simulation import Heat, Simulation
from solver.stackup import fine


class Sink(Protocol):
    """Takes what is solved, piece by piece: files, or memory. Every call is collective.

    Fields and meshes it is handed may change after the call: what is to stay is written or copied in it.
    """

    def begin(self, found: Mapping[str, Any]) -> None:
        """The run begins; `found` has its record."""

    def heat(self, heat: Heat) -> None:
        """The heat problem is solved."""

    def current(self, current: CurrentResult) -> None:
        """The circuit is solved."""

    def step(self, outcome: StepOutcome) -> None:
        """A step of the process is solved."""

    def summary(self, found: Mapping[str, Any]) -> None:
        """What is known so far; last of all everything."""


def drive(
    loaded: LoadedCase,
    comm: MPI.Intracomm,
    progress: Progress,
    sinks: Sequence[Sink],
    force: bool = False,
    before: Before | None = None,
    keeping: Callable[[], AbstractContextManager[Keepers]] = lambda: nullcontext(Keepers()),
) -> dict[str, Any]:
    """Solve a case. Collective.

    Args:
        loaded: the case.
        comm: communicator.
        progress: what the user sees.
        sinks: take the outcomes.
        force: start even if the memory will not do.
        before: checkpoints to go on from.
        keeping: held while a model of solids is solved; gives what keeps its positions.

    Returns:
        What summary.json says.

    Raises:
        CaseError: the case needs more memory than there is.
        NotConvergedError: a solve did not converge.
    """
    before = before or Before()
    found = _header(loaded, comm)
    found["run"] = on_root(comm, lambda: record.record(loaded)) | {"resumed": bool(before)}
    for sink in sinks:
        sink.begin(found)
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
        with keeping() as keepers:
            simulation = Simulation(loaded, comm, progress, keepers.process, before.process, keepers.heat, before.heat)
            if not force:
                check_memory(loaded, simulation.plane, comm)
            _solve_solid(simulation, sinks, found, before)
    found["warpage_limits"] = limits.verdicts(loaded.case.report.warpage_limit, loaded.stack, found["steps"])
    for text in limits.lines(found["warpage_limits"]):
        progress.say(f"           {text}")
    found["warnings"] = progress.warnings
    found["peak_memory_gb"] = peak_memory_gb(comm)
    _tell(sinks, found, progress)
    return found


def wall_seconds(progress: Progress) -> dict[str, float]:
    """Of each kind of work so far, and in total."""
    kinds = {kind: progress.seconds.get(kind, 0.0) for kind in ("mesh", "setup", "solve", "output")}
    return {**kinds, "total": progress.total}


def _solve_solid(simulation: Simulation, sinks: Sequence[Sink], found: dict[str, Any], before: Before) -> None:
    comm, progress = simulation.comm, simulation.progress
    found["steps"] = list(before.finished)
    if before.finished and before.place is not None:
        known = on_root(comm, bound(summary.so_far, before.place / "summary.json"))
        found |= {key: known[key] for key in ("unknowns", "solver") if key in known}
        simulation.readings.restore(before.place, comm)
    _judge_mesh(simulation, found)
    heat = simulation.heat()
    if heat is not None:
        found["thermal"] = heat.summary
        _record(found, heat.solution.record)
        if not before.finished:  # else it is kept already, and listed before the steps
            for sink in sinks:
                sink.heat(heat)
    current = simulation.current(heat)
    if current is not None:
        found["electric"] = current.summary
        _record(found, current.record)
        if not before.finished:
            for sink in sinks:
                sink.current(current)
    for outcome in simulation.steps(heat):
        found["steps"].append(outcome.summary)
        _record(found, outcome.record)
        for sink in sinks:
            sink.step(outcome)
        _tell(sinks, found, progress)


def _judge_mesh(simulation: Simulation, found: dict[str, Any]) -> None:
    progress, stack, wanted = simulation.progress, simulation.loaded.stack, simulation.case.report.lithography
    found["mesh"] = simulation.quality
    found["cells"] = simulation.quality.cells
    for text in (*plausibility.poor_mesh(simulation.quality), *fine.coarse(stack)):
        progress.warn(text)
    for text in () if wanted is None else plausibility.coarse_fields(stack.size, wanted.field):
        progress.warn(text)


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


def _record(found: dict[str, Any], solve: SolveRecord) -> None:
    """Keep the solver's record of the largest solve."""
    if solve.unknowns >= found["unknowns"]:
        found["unknowns"] = solve.unknowns
        found["solver"] = {
            "name": solve.name,
            "why": solve.why,
            "end": solve.end,
            "iterations": solve.iterations,
            "residual": solve.residual,
            "error": solve.error,
            "condition": solve.condition,
        }


def _tell(sinks: Sequence[Sink], found: dict[str, Any], progress: Progress) -> None:
    found["wall_seconds"] = wall_seconds(progress)
    for sink in sinks:
        sink.summary(found)
