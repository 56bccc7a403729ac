"""Die shift of a step as vector maps: all of it, and what is left after correcting the panel as a whole."""

from pathlib import Path
from typing import Any

import numpy as np

from solver.output import csv_files
from solver.report.pictures import style, vectors
from solver.report.pictures.warpage import headline
from solver.stackup.stack import StackUp

_MOST = 2500  # arrows


def draw(table: Path, step: dict[str, Any], stack: StackUp, path: Path) -> Path:
    """Write the picture.

    Args:
        table: `die_shift_STEP.csv`.
        step: the entry of `steps` in the summary.
        stack: the stack-up.
        path: the PNG.
    """
    dies, found = csv_files.read(table), step.get("die_shift") or {}
    xy = np.column_stack([dies["x_mm"], dies["y_mm"]])
    kept = vectors.thinned(xy, _MOST)
    shift, left = (np.column_stack([dies[f"{name}x_um"], dies[f"{name}y_um"]]) for name in ("d", "panel_residual_"))
    corrected = not np.isnan(left).any()
    with style.picture(path, 8.3) as fig:
        since = found.get("reference", "design")
        fig.suptitle(f"Die shift {'' if since == 'design' else f'since {since} '}  |   {headline(step)}")
        panels = fig.subplots(1, 2 if corrected else 1, squeeze=False).ravel()
        largest = f"{len(xy)} dies, largest {np.hypot(*shift.T).max():.3g} um{vectors.left_out(len(kept), len(xy))}"
        vectors.draw(panels[0], stack.outline, xy[kept], shift[kept], f"Shift\n{largest}")
        if corrected:
            most = f"largest {np.hypot(*left.T).max():.3g} um"
            title = f"After translation, rotation, magnification and orthogonality of the panel\n{most}"
            vectors.draw(panels[1], stack.outline, xy[kept], left[kept], title)
    return path
