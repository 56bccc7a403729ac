"""`planish vias`: solve heat for the present array and for each other one; table, `vias.json` and one picture."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mpi4py import MPI
from rich.table import Table

from solver.case.load import load
from solver.case.loaded import LoadedCase
from solver.errors import CaseError
from solver.files import write_text
from solver.output import record
from solver.output.summary import plain
from solver.parallel import on_root
from solver.place import Place
from solver.progress import Progress
from solver.screen import show
from solver.simulation import Simulation
from solver.studies.vias.array import ViaArray, find, sweeps
from solver.studies.vias.performance import Performance, performance

COLUMNS = ("", "pitch (um)", "diameter (um)", "wall (um)", "vias", "junction (degC)", "to the sink (K/W)",
           "array (K/W)", "as heat flows (K/W)", "spreading", "heat through it")  # fmt: skip


def study(path: Path, overrides: Sequence[str], comm: MPI.Intracomm, output: Path | None = None) -> dict[str, Any]:
    """Run the study of a case; collective.

    Every array is smeared out to its unit cell, so the constriction of the heat in a plane at each via is left out.

    Args:
        path: case directory or file.
        overrides: texts of `--set`.
        comm: communicator.
        output: where results go; CASE/results if None.

    Returns:
        What `results/vias.json` holds.

    Raises:
        CaseError: the case is wrong, has no heat problem or no array.
    """
    loaded, array, tried = on_root(comm, lambda: _plan(path, overrides))
    place = Place(loaded.directory, output)
    with place.held(comm):
        found = _study(path, overrides, comm, loaded, array, tried)
        on_root(comm, lambda: _write(place.results, found))
    if comm.rank == 0:
        _tell(found)
        print(f"results in {place.shown}: vias.json, pictures/vias.png", flush=True)
    return found


def _study(
    path: Path,
    overrides: Sequence[str],
    comm: MPI.Intracomm,
    loaded: LoadedCase,
    array: ViaArray,
    tried: dict[str, list[ViaArray]],
) -> dict[str, Any]:
    progress = Progress(comm)
    progress.say(f"{loaded.case.title}: vias of {array.block}")
    known: dict[ViaArray, Performance] = {}
    for one in [array, *(one for some in tried.values() for one in some)]:
        if one not in known:
            with progress.stage("solve", words(one)):
                known[one] = _solve(path, [*overrides, *one.overrides()], one, comm)
    return {
        "run": on_root(comm, lambda: record.record(loaded)),
        "case": loaded.directory.resolve().name,
        "title": loaded.case.title,
        "array": array.block,
        "present": _entry(array, known[array]),
        "sweeps": {key: [_entry(one, known[one]) for one in some] for key, some in tried.items()},
    }


def words(array: ViaArray) -> str:
    """An array in words."""
    entry = _entry(array)
    shape = f"{entry['diameter_um']:.4g} um"
    if array.plating is not None:
        shape = f"{entry['diameter_um']:.4g}/{entry['diameter_um'] - 2 * entry['plating_um']:.4g} um"
    count = f"{array.count[0]} x {array.count[1]} vias of " if array.count is not None else "vias of "
    return f"{count}{shape} at {' x '.join(f'{p:.4g}' for p in dict.fromkeys(entry['pitch_um']))} um"


def _plan(path: Path, overrides: Sequence[str]) -> tuple[LoadedCase, ViaArray, dict[str, list[ViaArray]]]:
    loaded = load(path, overrides)
    if loaded.case.thermal is None:
        raise CaseError(
            f"{loaded.source.path}: the case has no `thermal` section, and vias are looked at by their heat"
        )
    array = find(loaded)
    tried = sweeps(loaded, array)
    kept = {key: [one for one in some if _possible(path, overrides, one)] for key, some in tried.items()}
    return loaded, array, {key: some for key, some in kept.items() if len(some) > 1}


def _possible(path: Path, overrides: Sequence[str], array: ViaArray) -> bool:
    """False for an array the case has no room for."""
    try:
        load(path, [*overrides, *array.overrides()])
    except CaseError:
        return False
    return True


def _solve(path: Path, overrides: Sequence[str], array: ViaArray, comm: MPI.Intracomm) -> Performance:
    loaded = on_root(comm, lambda: load(path, overrides))
    heat = Simulation(loaded, comm, Progress(comm, quiet=True)).heat()
    return performance(loaded, array, heat)


def _entry(array: ViaArray, found: Performance | None = None) -> dict[str, Any]:
    return {
        "pitch_um": [1e6 * p for p in array.pitch],
        "diameter_um": 1e6 * array.diameter,
        "plating_um": None if array.plating is None else 1e6 * array.plating,
        "count": None if array.count is None else array.count[0] * array.count[1],
        "columns_and_rows": None if array.count is None else list(array.count),
        **(asdict(found) if found is not None else {}),
    }


def _write(results: Path, found: dict[str, Any]) -> None:
    from solver.report.pictures import vias  # Matplotlib takes a second to import

    write_text(results / "vias.json", json.dumps(plain(found), indent=2) + "\n")
    vias.draw(found, results / "pictures" / "vias.png")


def _tell(found: dict[str, Any]) -> None:
    table = Table(*COLUMNS, title=f"{found['title']}: {found['array']}", title_justify="left")
    present = found["present"]
    table.add_row("present", *_cells(present), style="bold")
    for key, entries in found["sweeps"].items():
        table.add_section()
        for entry in entries:
            table.add_row(key, *_cells(entry), style="bold" if entry == present else "")
    show(table)


def _cells(entry: dict[str, Any]) -> list[str]:
    wall, count, theta = entry["plating_um"], entry["count"], entry["theta_k_per_w"]
    return [
        " x ".join(f"{p:.4g}" for p in dict.fromkeys(entry["pitch_um"])),
        f"{entry['diameter_um']:.4g}",
        "solid" if wall is None else f"{wall:.4g}",
        "" if count is None else str(count),
        f"{entry['junction_temperature_degc']:.2f}",
        "" if theta is None else f"{theta:.4g}",
        f"{entry['array_k_per_w']:.4g}",
        f"{entry['effective_k_per_w']:.4g}",
        f"{100 * entry['spreading_share']:.0f} %",
        f"{100 * entry['heat_share']:.0f} %",
    ]
