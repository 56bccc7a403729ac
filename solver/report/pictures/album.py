"""What can be drawn of the results that are there: one entry for every picture, told apart by what it shows."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from functools import partial as bound
from pathlib import Path
from typing import Any

from solver.case.loaded import LoadedCase
from solver.output.pvd import Entry, entries
from solver.output.stem import file_stem
from solver.report.pictures import (
    back_stress,
    bond_plane,
    cohesive,
    copper,
    crack,
    current,
    curve,
    deformed,
    die_shift,
    edge,
    heat_history,
    history,
    hysteresis,
    impedance,
    in_time,
    influence,
    joint_life,
    keep_out,
    lithography,
    over_time,
    place,
    stack,
    stress,
    temperature,
    temperature_3d,
    via_landing,
    vias,
    warpage,
)
from solver.report.pictures.of_steps import of_steps
from solver.report.pictures.surface import Surface, face, grids, in_mm
from solver.slug import slug
from solver.stackup.zone import measuring_zone

Steps = list[dict[str, Any]]


@dataclass(frozen=True)
class Picture:
    """A picture that can be drawn.

    Attributes:
        shows: what it is drawn from, as text: two of the same are the same picture, if it is not final.
        draw: writes it; its PNG files, none if there is nothing to see.
        final: it changes with what is still to come.
        rendered: in 3-D, by PyVista.
    """

    shows: str
    draw: Callable[[], list[Path]]
    final: bool = False
    rendered: bool = False


@dataclass(frozen=True)
class _File:
    """What a `.pvtu` file holds: the step, and names of the data of points and of cells."""

    step: str
    points: frozenset[str]
    cells: frozenset[str]


def pictures(loaded: LoadedCase, summary: dict[str, Any], results: Path) -> list[Picture]:
    """Everything the results hold, in the order of a report; nothing is drawn yet.

    Args:
        loaded: the case.
        summary: what `summary.json` holds, so far.
        results: the folder with `fields/`; pictures go to `pictures/` in it.
    """
    folder, title = results / "pictures", str(summary.get("title") or loaded.case.title)
    found = [_one("stack", bound(stack.draw, loaded.stack, title, folder / "stack.png"))]
    found += [
        _one(f"copper {number}", bound(copper.draw, layer, folder / f"copper_{number}.png"))
        for number, layer in enumerate(loaded.stack.layers)
        if layer.copper is not None
    ]
    found += _of_summary(loaded, summary, folder)
    found += _lives(loaded, summary, results)
    found += _cracks(summary, results)
    found += _of_fields(loaded, summary, entries(results / "fields"), folder)
    for entry in entries(results / "fields" / "current"):
        shows = f"current {_stamp(entry.path)} {json.dumps(summary['electric'])}"
        found.append(Picture(shows, bound(current.draw, entry.path, summary["electric"], loaded.stack, folder)))
    if (results / "vias.json").is_file():
        study = json.loads((results / "vias.json").read_text(encoding="utf-8"))
        found.append(_one("vias", bound(vias.draw, study, folder / "vias.png"), final=True))
    return found


def _one(shows: str, draw: Callable[[], Path], final: bool = False, rendered: bool = False) -> Picture:
    """A picture of one file."""
    return Picture(shows, lambda: [draw()], final, rendered)


def _of_summary(loaded: LoadedCase, summary: dict[str, Any], folder: Path) -> list[Picture]:
    """Curves, which grow until the end."""
    steps, thermal = list(summary.get("steps") or []), summary.get("thermal") or {}
    blocks = [name for layer in loaded.stack.layers for name in layer.blocks]
    limits, has_memory = summary.get("warpage_limits") or [], in_time.has_memory(steps)
    table: list[tuple[Any, str, Callable[[Path], Path]]] = [
        (curve.branches(steps), "curve", lambda path: curve.draw(steps, path, limits)),
        (has_memory, "warpage_in_time", bound(in_time.draw_warpage, steps)),
        (has_memory, "stress_in_time", bound(in_time.draw_stress, steps)),
        (in_time.cures(steps), "cure", bound(in_time.draw_cure, steps)),
        (hysteresis.loops(steps), "hysteresis", bound(hysteresis.draw, steps)),
        ("history" in thermal, "thermal_history", lambda path: heat_history.draw(thermal["history"], path)),
        (over_time.has_course(steps), "over_time", bound(over_time.draw, steps, blocks)),
        ("influence" in thermal, "influence", lambda path: influence.draw(thermal["influence"], path)),
        ("impedance" in thermal, "impedance", lambda path: impedance.draw(thermal["impedance"], path)),
        ("impedance" in thermal, "structure", lambda path: impedance.draw_structure(thermal["impedance"], path)),
        (history.has_history(steps), "history", bound(history.draw, steps, blocks)),
    ]
    return [_one(name, bound(draw, folder / f"{name}.png"), final=True) for wanted, name, draw in table if wanted]


def _lives(loaded: LoadedCase, summary: dict[str, Any], results: Path) -> list[Picture]:
    """Life of joints and of copper after the last cycle so far, one for each part."""
    found = list[Picture]()
    for kind in ("life", "copper_life"):
        of_steps = [(number, step) for number, step in enumerate(summary.get("steps") or [], 1) if step.get(kind)]
        for number, step in of_steps[-1:]:
            for part in step[kind]["parts"]:
                table = results / f"{part['table']}_{file_stem(number, step['name'])}.csv"
                path = results / "pictures" / f"joint_{part['table']}.png"
                if table.is_file() and part.get("lives", True):
                    draw = bound(joint_life.draw, table, part, step[kind], loaded.stack, path)
                    found.append(_one(f"joint life {path.name}", draw, final=True))
    return found


def _cracks(summary: dict[str, Any], results: Path) -> list[Picture]:
    """Every delamination."""
    found = list[Picture]()
    for name, steps in of_steps(summary, results, "delaminations", "crack_*_{name}").items():
        path = results / "pictures" / f"crack_{slug(name)}.png"
        found.append(_one(f"crack {name}", bound(crack.draw, name, steps, path), final=True))
    for spot in {name: None for step in summary.get("steps") or [] for name in step.get("submodels") or {}}:
        inside, pattern = {"steps": [_within(step, spot) for step in summary["steps"]]}, f"submodel_{slug(spot)}_crack"
        for name, steps in of_steps(inside, results, "delaminations", pattern + "_*_{name}").items():
            path, title = results / "pictures" / f"crack_{slug(spot)}_{slug(name)}.png", f"{name} in {spot}"
            found.append(_one(f"crack {title}", bound(crack.draw, title, steps, path), final=True))
    for name, edges in of_steps(summary, results, "singularities", "edge_{name}").items():
        path = results / "pictures" / f"crack_edge_{slug(name)}.png"
        found.append(_one(f"singular edge {name}", bound(edge.draw, name, edges, path), final=True))
    for held in of_steps(summary, results, "cohesive", "cohesive").values():
        path = results / "pictures" / "crack_cohesive.png"
        found.append(_one("cohesive interface", bound(cohesive.draw, held, path), final=True))
    return found


def _within(step: dict[str, Any], place: str) -> dict[str, Any]:
    """The entry of a step with the delaminations of a place in place of its own."""
    return step | {"delaminations": ((step.get("submodels") or {}).get(place) or {}).get("delaminations")}


def _of_fields(loaded: LoadedCase, summary: dict[str, Any], written: Sequence[Entry], folder: Path) -> list[Picture]:
    """Fields of every step, and the last temperature."""
    found, hot, steps = list[Picture](), None, list(summary.get("steps") or [])
    for entry in written:
        try:
            holds = _held(_stamp(entry.path))
        except Exception:  # raised again by who draws, which notes it
            found.append(Picture(f"{entry.path.stem} ({entry.path.stat()})", bound(_unreadable, entry.path)))
            continue
        if temperature.FIELD in holds.points:
            hot = entry.path
        if "displacement_um" in holds.points:
            found += _step(loaded, _take(steps, holds.step), entry.path, holds, folder)
    if hot is not None:
        end = (summary.get("thermal") or {}).get("duration_s")
        title = "Temperature" if end is None else f"Temperature after {end:.4g} s"
        for draw, name in ((temperature.draw, "temperature"), (temperature_3d.draw, "temperature_3d")):
            make = bound(draw, hot, title, loaded.stack, folder / f"{name}.png")
            found.append(_one(f"{name} {_stamp(hot)} {title}", make, True, draw is temperature_3d.draw))
    return found


def _stamp(path: Path) -> tuple[Path, int]:
    """A file as it is now."""
    return path, path.stat().st_mtime_ns


@lru_cache(maxsize=1000)
def _held(stamp: tuple[Path, int]) -> _File:
    grid = next(grids(stamp[0]))
    return _File(str(grid.field_data["step"][0]), frozenset(grid.point_data), frozenset(grid.cell_data))


def _unreadable(path: Path) -> list[Path]:
    raise OSError(f"{path} cannot be read")


def _take(steps: Steps, name: str) -> dict[str, Any]:
    """Remove the first entry of that name from the summary's steps: field files and entries have the same order."""
    place = next((number for number, step in enumerate(steps) if step.get("name") == name), None)
    return {"name": name} if place is None else steps.pop(place)


def _step(loaded: LoadedCase, step: dict[str, Any], index_file: Path, holds: _File, folder: Path) -> list[Picture]:
    stem, stack = index_file.stem, loaded.stack.singulated() if step.get("singulated") else loaded.stack
    name = step.get("surface") or loaded.case.report.surface
    shows = f"{_stamp(index_file)} {json.dumps(step)}"

    def surface() -> Surface:
        zone = measuring_zone(stack, loaded.case.report.zone, name) if step.get("zone") else None
        return face(index_file, name, stack.mirrors, None if zone is None else in_mm(zone.outline))

    def shape() -> list[Path]:
        seen = surface()
        if warpage.is_flat(warpage.heights(seen)):
            return []
        return [deformed.draw(index_file, seen, step, name, stack, folder / f"{stem}_deformed.png")]

    found = [_one(f"warpage {shows}", lambda: warpage.draw(surface(), step, name, folder / f"{stem}_warpage.png"))]
    found.append(Picture(f"deformed {shows}", shape, rendered=True))
    if "von_mises_mpa" in holds.cells:
        found.append(
            _one(f"stress {shows}", bound(stress.draw, index_file, step, stack, folder / f"{stem}_stress.png"))
        )
    return found + _readings(loaded, step, stem, shows, folder)


def _readings(loaded: LoadedCase, step: dict[str, Any], stem: str, shows: str, folder: Path) -> list[Picture]:
    """Keep-out zones, die shift and exposure fields of a step, from their tables beside the folder."""
    results, wanted, found = folder.parent, loaded.case.report.lithography, list[Picture]()
    zones, silicon = results / f"keep_out_{stem}.csv", loaded.case.report.keep_out
    if zones.is_file() and silicon is not None and step.get("keep_out"):
        path = folder / f"{stem}_keep_out.png"
        draw = bound(keep_out.draw, zones, silicon.vias, step, loaded.stack, path)
        found.append(_one(f"keep out {shows}", draw))
    plane, bonds = results / f"hybrid_bond_{stem}.csv", loaded.case.report.hybrid_bonds
    if plane.is_file() and bonds is not None and step.get("hybrid_bonds"):
        path = folder / f"{stem}_hybrid_bond.png"
        found.append(_one(f"hybrid bond {shows}", bound(bond_plane.draw, plane, bonds.pads, step, loaded.stack, path)))
    for name, entry in (step.get("submodels") or {}).items():
        table = results / f"{entry['table']}_{stem}.csv"
        if table.is_file():
            path = folder / f"{stem}_{entry['table']}_place.png"
            found.append(_one(f"place {name} {shows}", bound(place.draw, table, name, step, path)))
    if step.get("electromigration"):
        draw = bound(back_stress.draw, step, folder / f"{stem}_electromigration.png")
        found.append(_one(f"electromigration {shows}", draw))
    for name, entry in (step.get("via_landing") or {}).items():
        table = results / f"{entry['table']}_{stem}.csv"
        if table.is_file():
            path = folder / f"{stem}_{entry['table']}.png"
            draw = bound(via_landing.draw, table, name, step, loaded.stack, path)
            found.append(_one(f"vias {name} {shows}", draw))
    dies, fields = results / f"die_shift_{stem}.csv", results / f"lithography_{stem}.csv"
    if dies.is_file():
        draw = bound(die_shift.draw, dies, step, loaded.stack, folder / f"{stem}_die_shift.png")
        found.append(_one(f"die shift {shows}", draw))
    if fields.is_file() and wanted is not None:
        points, path = results / f"lithography_points_{stem}.csv", folder / f"{stem}_lithography.png"
        draw = bound(lithography.draw, fields, points, wanted.field, step, loaded.stack, path)
        found.append(_one(f"lithography {shows}", draw))
    return found
