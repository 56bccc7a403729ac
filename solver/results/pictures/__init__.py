"""Pictures of a finished case, drawn from the files in `results/` alone, so that they can be drawn again any time.

Lines and maps are drawn by Matplotlib, which needs neither a display nor OpenGL; PyVista reads and cuts the fields.
"""

from pathlib import Path
from typing import Any

from solver.case.load import LoadedCase
from solver.results.collection import entries
from solver.results.pictures import deformed, stack, stress, temperature, warpage
from solver.results.pictures.surface import face, grids


def draw(loaded: LoadedCase, summary: dict[str, Any], results: Path) -> list[Path]:
    """Draw everything the results hold; call it on one rank.

    Args:
        loaded: the case.
        summary: what `summary.json` holds.
        results: the folder with `fields/`; pictures go to `pictures/` in it.

    Returns:
        The PNG files, in the order of a report.
    """
    folder = results / "pictures"
    made = [stack.draw(loaded.stack, str(summary.get("title") or loaded.case.title), folder / "stack.png")]
    steps = summary.get("steps") or []
    hot = None
    for entry in entries(results / "fields"):
        arrays = next(grids(entry.path))
        if temperature.has_temperature(entry.path):
            hot = entry.path
        if "displacement_um" not in arrays.point_data:
            continue
        step = _step_of(steps, entry.index, str(arrays.field_data["step"][0]))
        made += _step(loaded, step, entry.path, folder)
    if hot is not None:
        made.append(temperature.draw(hot, "Temperature", loaded.stack, folder / "temperature.png"))
    return made


def _step_of(steps: list[dict[str, Any]], index: int, name: str) -> dict[str, Any]:
    """The entry of the summary for a field file: that of its name, of several the one at its place."""
    same = [step for step in steps if step.get("name") == name]
    if index < len(steps) and steps[index] in same:
        return steps[index]
    return same[0] if same else {"name": name}


def _step(loaded: LoadedCase, step: dict[str, Any], index_file: Path, folder: Path) -> list[Path]:
    side, stem = loaded.case.report.surface, index_file.stem
    surface = face(index_file, side, loaded.stack.mirrors)
    made = [warpage.draw(surface, step, side, folder / f"{stem}_warpage.png")]
    if not warpage.is_flat(warpage.heights(surface)):
        made.append(deformed.draw(surface, step, side, folder / f"{stem}_deformed.png"))
    if "von_mises_mpa" in next(grids(index_file)).cell_data:
        made.append(stress.draw(index_file, step, loaded.stack, folder / f"{stem}_stress.png"))
    return made
