"""`planish reduce`: a reduced thermal model of a case, checked against the full one; files, table and one picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mpi4py import MPI
from rich.table import Table

from solver.case.geometry import MaterialChoice
from solver.case.load import load
from solver.case.loaded import LoadedCase
from solver.case.source import Loc
from solver.errors import CaseError
from solver.materials import library
from solver.output import record
from solver.parallel import on_root
from solver.place import Place
from solver.progress import Progress
from solver.screen import show
from solver.simulation import Simulation
from solver.studies.reduce import export
from solver.studies.reduce.doubtful import doubtful
from solver.studies.reduce.reduction import Reduced, reduction
from solver.units import in_percent


def study(path: Path, overrides: Sequence[str], comm: MPI.Intracomm, output: Path | None = None) -> dict[str, Any]:
    """Reduce a case; collective.

    Args:
        path: case directory or file.
        overrides: texts of `--set`.
        comm: communicator.
        output: where results go; CASE/results if None.

    Returns:
        What `results/reduced/reduced.json` holds.

    Raises:
        CaseError: the case is wrong, or has no heat problem to reduce.
        NotConvergedError: the full model was not solved.
    """
    loaded = on_root(comm, lambda: _load(path, overrides))
    place, progress = Place(loaded.directory, output), Progress(comm)
    with place.held(comm):
        progress.say(f"{loaded.case.title}: reduced thermal model")
        found = reduction(Simulation(loaded, comm, progress))
        for text in doubtful(found):
            progress.warn(text)
        name = loaded.directory.resolve().name
        known: dict[str, Any] = on_root(
            comm, lambda: _write(found, name, record.record(loaded), progress.warnings, place.results)
        )
    if comm.rank == 0:
        _tell(found, known, terminal=False if comm.size > 1 else None)
        files = "reduced.npz, .mat, .cir, .json" + (", network.json, .cir" if found.network else "")
        print(f"results in {place.shown / export.FOLDER}: {files}; pictures/reduced.png", flush=True)
    return known


def _load(path: Path, overrides: Sequence[str]) -> LoadedCase:
    loaded = load(path, overrides)
    if loaded.case.thermal is None:
        raise CaseError(f"{loaded.source.path}: the case has no `thermal` section, so there is nothing to reduce")
    for i, layer in enumerate(loaded.case.geometry.layers):
        loc: Loc = ("geometry", "layers", i)
        _stores_heat(loaded, (*loc, "material"), layer.material)
        for j, region in enumerate(layer.regions):
            _stores_heat(loaded, (*loc, "regions", j, "material"), region.material)
    return loaded


def _stores_heat(loaded: LoadedCase, loc: Loc, choice: MaterialChoice | None) -> None:
    if choice is None:
        return
    material = library.resolve(choice, loaded.case.materials)
    missing = [key for key in ("density", "specific_heat") if not material.has(key)]
    if missing:
        rule = f"the material has no {', '.join(missing)}, which a reduced model needs; give it under `materials`"
        raise loaded.source.error(loc, rule)


def _write(found: Reduced, case: str, run: dict[str, Any], warnings: list[str], results: Path) -> dict[str, Any]:
    from solver.report.pictures import reduced  # Matplotlib takes a second to import

    known = export.write(found, case, run, warnings, results / export.FOLDER)
    reduced.draw(known, results / "pictures" / "reduced.png")
    return known


def _tell(found: Reduced, known: dict[str, Any], terminal: bool | None) -> None:
    model, step = found.model, found.step
    table = Table(title=model.title, title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("states", f"{model.order}, of {found.unknowns} unknowns")
    films = "; ".join(f"{n} {low:.4g} to {high:.4g}" for n, (low, high) in zip(model.films, model.ranges, strict=True))
    table.add_row("films (W/m2/K)", films)
    table.add_row("times", f"from {model.shortest_time:.3g} s")
    table.add_row(
        "error, held out", f"{in_percent(known['held_out_error'])} of {len(known['held_out'])} points at random"
    )
    table.add_row("error, candidates", f"{in_percent(known['candidate_error'])} at the worst point left as it was")
    table.add_row("error, step of power", f"{in_percent(step.error)} of the rise, {len(step.times)} times")
    table.add_row("error, as it stands", f"{in_percent(known['as_it_stands']['error'])} of the largest rise")
    if found.network is not None:
        fit, out = found.network.training, found.network.held_out
        table.add_row(
            "network",
            f"{len(found.network.pairs)} resistances; junctions within {in_percent(fit.junction_max)} "
            f"({in_percent(out.junction_max)} held out), heat within {in_percent(fit.heat_max)} "
            f"({in_percent(out.heat_max)})",
        )
    show(table, terminal)
