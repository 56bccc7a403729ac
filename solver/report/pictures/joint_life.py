"""Map of life over the joints of a part, the weakest marked, and the weakest ones as a list."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize

from solver.arrays import Array
from solver.output import csv_files
from solver.report.pictures import style
from solver.report.tables import number
from solver.stackup.stack import StackUp

_MAP = "RdYlGn"
_WEAKEST = 12  # in the list
_DECADE = 3.0  # ratio of lives from which on the colours are logarithmic
_ALIKE = 0.01  # part that lives differ by, below which colours tell no difference
_MM = 1e3


def draw(table: Path, part: dict[str, Any], entry: dict[str, Any], stack: StackUp, path: Path) -> Path:
    """Write the picture.

    Args:
        table: `life_PART_STEP.csv`, or `copper_life_PART_STEP.csv`.
        part: entry of the part in the summary.
        entry: of the cycle it is of.
        stack: the stack-up.
        path: the PNG.
    """
    joints, model = csv_files.read(table), part["lives"][0]["model"] if "lives" in part else part["model"]
    kind = "joint" if "joint" in joints else "piece"
    named, cycles = joints[kind], joints[f"cycles {model}"]
    failing = np.flatnonzero(np.isfinite(cycles))  # others last for ever, or are cut by the outline
    order = failing[np.argsort(cycles[failing], kind="stable")][:_WEAKEST]
    with style.picture(path, 8.3) as fig:
        between = f"{number(entry['minimum_degc'])} to {number(entry['maximum_degc'])} degC"
        fig.suptitle(f"Life of {part['part']} ({part['row']} {part['averaged_over_um']:.4g} um), cycles of {between}")
        plan, side = fig.subplots(1, 2, width_ratios=(1.5, 1.0))
        _map(plan, stack, joints, cycles, model)
        labels = [f"{named[k]:.0f} ({joints['x_mm'][k]:.3g}, {joints['y_mm'][k]:.3g})" for k in order]
        side.barh(labels, cycles[order], color=style.PALETTE[0])
        for place, k in enumerate(order):
            side.text(cycles[k], place, f" {number(cycles[k])}", va="center", fontsize=11)
        side.invert_yaxis()
        side.margins(x=0.25)
        pieces = int(np.count_nonzero(~np.isnan(cycles)))
        side.set(xlabel="cycles to failure", ylabel=f"{kind} (x, y in mm)", title=f"Weakest {len(order)} of {pieces}")
    return path


def _map(axes: Axes, stack: StackUp, joints: dict[str, Array], cycles: Array, model: str) -> None:
    x, y, failing = joints["x_mm"], joints["y_mm"], np.isfinite(cycles)
    outline = np.asarray(stack.outline.exterior.coords) * _MM
    axes.plot(*outline.T, color=style.GREY, lw=1.0)
    size = float(np.clip(9e4 / len(cycles) * 0.2, 12.0, 900.0))
    axes.scatter(x[~failing], y[~failing], s=size, facecolors="none", edgecolors=style.GREY, lw=1.0)
    title = f"{model}\nnone fails"
    if failing.any():
        low, high = float(cycles[failing].min()), float(cycles[failing].max())
        narrow = high < (1.0 + _ALIKE) * low
        norm = LogNorm(low, high) if high > _DECADE * low else Normalize(low, low * (1.0 + _ALIKE) if narrow else high)
        shown = axes.scatter(
            x[failing], y[failing], c=cycles[failing], s=size, cmap=_MAP, norm=norm, edgecolors="0.3", lw=0.5
        )
        worst = int(np.nanargmin(cycles))
        axes.scatter(x[worst], y[worst], s=2.2 * size, facecolors="none", edgecolors="k", lw=2.0)
        title = f"{model}\nweakest (circle): {number(low)} cycles"
        axes.figure.colorbar(shown, ax=axes, label="cycles to failure", shrink=0.85)
    style.plan_axes(axes, title)
    (x0, y0), (x1, y1) = outline.min(axis=0), outline.max(axis=0)
    half = 0.55 * max(x1 - x0, y1 - y0)
    middle = 0.5 * (x0 + x1), 0.5 * (y0 + y1)
    axes.set(xlim=(middle[0] - half, middle[0] + half), ylim=(middle[1] - half, middle[1] + half))
