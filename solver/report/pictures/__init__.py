"""Pictures of a finished case, drawn from the files in `results/` alone, so that they can be drawn again any time.

Matplotlib draws lines and maps, and needs neither a display nor OpenGL; PyVista reads and cuts the fields and renders
the 3-D pictures off-screen, which are left out where that is impossible.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from solver.case.loaded import LoadedCase
from solver.output.pvd import Entry, entries
from solver.report.pictures import (
    copper,
    current,
    curve,
    deformed,
    die_shift,
    heat_history,
    history,
    hysteresis,
    impedance,
    in_time,
    influence,
    lithography,
    offscreen,
    over_time,
    stack,
    stress,
    temperature,
    temperature_3d,
    vias,
    warpage,
)
from solver.report.pictures.surface import face, grids, in_mm
from solver.stackup.zone import measuring_zone


def draw(loaded: LoadedCase, summary: dict[str, Any], results: Path) -> tuple[list[Path], list[str]]:
    """Draw everything the results hold; call it on one rank.

    Args:
        loaded: the case.
        summary: what `summary.json` holds.
        results: the folder with `fields/`; pictures go to `pictures/` in it.

    Returns:
        The PNG files, in the order of a report, and a line for what could not be drawn.
    """
    folder = results / "pictures"
    made = [stack.draw(loaded.stack, str(summary.get("title") or loaded.case.title), folder / "stack.png")]
    made += [
        copper.draw(layer, folder / f"copper_{number}.png")
        for number, layer in enumerate(loaded.stack.layers)
        if layer.copper is not None
    ]
    steps = list(summary.get("steps") or [])
    blocks = [name for layer in loaded.stack.layers for name in layer.blocks]
    made += _of_summary(summary, steps, blocks, folder)
    written = entries(results / "fields")
    made += _of_fields(loaded, summary, steps, written, folder)
    for entry in entries(results / "fields" / "current"):
        made += current.draw(entry.path, summary["electric"], loaded.stack, folder)
    if (results / "vias.json").is_file():
        study = json.loads((results / "vias.json").read_text(encoding="utf-8"))
        made.append(vias.draw(study, folder / "vias.png"))
    return made, [offscreen.MISSING] if written and not offscreen.available() else []


def _of_summary(summary: dict[str, Any], steps: list[Any], blocks: list[str], folder: Path) -> list[Path]:
    """Curves."""
    made, thermal = list[Path](), summary.get("thermal") or {}
    if curve.branches(steps):
        made.append(curve.draw(steps, folder / "curve.png", summary.get("warpage_limits") or []))
    made += _in_time(steps, folder)
    if "history" in thermal:
        made.append(heat_history.draw(thermal["history"], folder / "thermal_history.png"))
    if over_time.has_course(steps):
        made.append(over_time.draw(steps, blocks, folder / "over_time.png"))
    if "influence" in thermal:
        made.append(influence.draw(thermal["influence"], folder / "influence.png"))
    if "impedance" in thermal:
        made.append(impedance.draw(thermal["impedance"], folder / "impedance.png"))
        made.append(impedance.draw_structure(thermal["impedance"], folder / "structure.png"))
    if history.has_history(steps):
        made.append(history.draw(steps, blocks, folder / "history.png"))
    return made


def _in_time(steps: list[Any], folder: Path) -> list[Path]:
    """What materials with a memory do."""
    made = list[Path]()
    if in_time.has_memory(steps):
        made.append(in_time.draw_warpage(steps, folder / "warpage_in_time.png"))
        made.append(in_time.draw_stress(steps, folder / "stress_in_time.png"))
    if in_time.cures(steps):
        made.append(in_time.draw_cure(steps, folder / "cure.png"))
    if hysteresis.loops(steps):
        made.append(hysteresis.draw(steps, folder / "hysteresis.png"))
    return made


def _of_fields(
    loaded: LoadedCase, summary: dict[str, Any], steps: list[Any], written: Sequence[Entry], folder: Path
) -> list[Path]:
    """Fields of every step, and the last temperature."""
    made, hot = list[Path](), None
    for entry in written:
        arrays = next(grids(entry.path))
        if temperature.has_temperature(entry.path):
            hot = entry.path
        if "displacement_um" not in arrays.point_data:
            continue
        step = _take(steps, str(arrays.field_data["step"][0]))
        made += _step(loaded, step, entry.path, folder)
    if hot is not None:
        end = (summary.get("thermal") or {}).get("duration_s")
        title = "Temperature" if end is None else f"Temperature after {end:.4g} s"
        made.append(temperature.draw(hot, title, loaded.stack, folder / "temperature.png"))
        if offscreen.available():
            made.append(temperature_3d.draw(hot, title, loaded.stack, folder / "temperature_3d.png"))
    return made


def _take(steps: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Remove the first entry of that name from the summary's steps: field files and entries have the same order."""
    place = next((number for number, step in enumerate(steps) if step.get("name") == name), None)
    return {"name": name} if place is None else steps.pop(place)


def _step(loaded: LoadedCase, step: dict[str, Any], index_file: Path, folder: Path) -> list[Path]:
    stem, stack = index_file.stem, loaded.stack.singulated() if step.get("singulated") else loaded.stack
    name = step.get("surface") or loaded.case.report.surface
    zone = measuring_zone(stack, loaded.case.report.zone, name) if step.get("zone") else None
    surface = face(index_file, name, stack.mirrors, None if zone is None else in_mm(zone.outline))
    made = [warpage.draw(surface, step, name, folder / f"{stem}_warpage.png")]
    if not warpage.is_flat(warpage.heights(surface)) and offscreen.available():
        made.append(deformed.draw(index_file, surface, step, name, stack, folder / f"{stem}_deformed.png"))
    if "von_mises_mpa" in next(grids(index_file)).cell_data:
        made.append(stress.draw(index_file, step, stack, folder / f"{stem}_stress.png"))
    return made + _readings(loaded, step, stem, folder)


def _readings(loaded: LoadedCase, step: dict[str, Any], stem: str, folder: Path) -> list[Path]:
    """Die shift and exposure fields of a step, from their tables beside the folder."""
    results, wanted, made = folder.parent, loaded.case.report.lithography, []
    dies, fields = results / f"die_shift_{stem}.csv", results / f"lithography_{stem}.csv"
    if dies.is_file():
        made.append(die_shift.draw(dies, step, loaded.stack, folder / f"{stem}_die_shift.png"))
    if fields.is_file() and wanted is not None:
        points, path = results / f"lithography_points_{stem}.csv", folder / f"{stem}_lithography.png"
        made.append(lithography.draw(fields, points, wanted.field, step, loaded.stack, path))
    return made
