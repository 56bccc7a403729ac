"""Data against fit, with residuals."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes

from solver.fit.fitted import Panel
from solver.report.pictures import style

_COLUMNS = 2
_HEIGHT = 6.6  # inch of a row of panels
_LABELS, _FEW = 16, 8  # of a legend; that stand in one column


def draw(panels: Sequence[Panel], title: str, path: Path) -> Path:
    """Write the picture.

    Args:
        panels: of all fits.
        title: above all.
        path: the PNG.
    """
    columns = min(_COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    with style.picture(path, _HEIGHT * rows + 0.6) as fig:
        fig.suptitle(title)
        grid = fig.add_gridspec(2 * rows, columns, height_ratios=[2.6, 1.0] * rows)
        for number, panel in enumerate(panels):
            row, column = divmod(number, columns)
            above = fig.add_subplot(grid[2 * row, column])
            below = fig.add_subplot(grid[2 * row + 1, column], sharex=above)
            _panel(above, below, panel)
    return path


def _panel(above: Axes, below: Axes, panel: Panel) -> None:
    values = [line.colour for line in panel.data if line.colour is not None]
    for line in panel.data:
        colour = "C0" if line.colour is None else _colour(line.colour, min(values), max(values))
        above.plot(line.x, line.y, "o", color=colour, ms=4, label=line.label or None)
        if line.residual is not None:
            below.plot(line.x, line.residual, "o", color=colour, ms=3)
    for number, line in enumerate(panel.fit):
        above.plot(line.x, line.y, color="black", lw=1.5, label="fit" if number == 0 else None)
    for name, place in panel.marks.items():
        above.axvline(place, color=style.GREY, linestyle="--", lw=1.2, label=f"{name} {place:.4g} degC")
    below.axhline(0.0, color="black", lw=1.0)
    above.set(title=panel.title, ylabel=panel.y_label)
    below.set(xlabel=panel.x_label, ylabel=panel.residual_label)
    for axes in (above, below):
        axes.grid(alpha=0.3)
    if panel.log[0]:
        above.set_xscale("log")
    if panel.log[1]:
        above.set_yscale("log")
    above.tick_params(labelbottom=False)
    entries = len(above.get_legend_handles_labels()[1])
    if entries <= _LABELS:
        above.legend(fontsize=9 if entries > _FEW else 11, ncols=2 if entries > _FEW else 1, framealpha=0.9)


def _colour(value: float, low: float, high: float) -> tuple[float, ...]:
    part = 0.5 if high <= low else (value - low) / (high - low)
    return tuple(np.asarray(colormaps["plasma"](0.88 * part)))
