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
    named = joints["joint" if "joint" in joints else "piece"]
    cycles = joints[f"cycles {model}"]
    order = np.argsort(cycles)[:_WEAKEST]
    with style.picture(path, 8.3) as fig:
        between = f"{number(entry['minimum_degc'])} to {number(entry['maximum_degc'])} degC"
        fig.suptitle(f"Life of {part['part']} ({part['row']} {part['averaged_over_um']:.4g} um), cycles of {between}")
        plan, side = fig.subplots(1, 2, width_ratios=(1.5, 1.0))
        _map(plan, stack, joints, cycles, model)
        labels = [f"{named[k]:.0f} ({joints['x_mm'][k]:.3g}, {joints['y_mm'][k]:.3g})" for k in order]
        side.barh(labels, cycles[order], color=style.PALETTE[0])
        for place, k in enumerate(order):
            side.text(cycles[k], place, f" {cycles[k]:.0f}", va="center", fontsize=11)
        side.invert_yaxis()
        side.margins(x=0.15)
        side.set(
            xlabel="cycles to failure", ylabel="joint (x, y in mm)", title=f"Weakest {len(order)} of {len(cycles)}"
        )
    return path


def _map(axes: Axes, stack: StackUp, joints: dict[str, Array], cycles: Array, model: str) -> None:
    low, high = float(np.nanmin(cycles)), float(np.nanmax(cycles))
    norm = LogNorm(low, high) if high > _DECADE * low else Normalize(low, high if high > low else low * (1 + 1e-6))
    outline = np.asarray(stack.outline.exterior.coords) * _MM
    axes.plot(*outline.T, color=style.GREY, lw=1.0)
    span = max(np.ptp(outline[:, 0]), np.ptp(outline[:, 1]))
    size = float(np.clip(9e4 / len(cycles) * 0.2, 12.0, 900.0))
    shown = axes.scatter(
        joints["x_mm"], joints["y_mm"], c=cycles, s=size, cmap=_MAP, norm=norm, edgecolors="0.3", lw=0.5
    )
    worst = int(np.nanargmin(cycles))
    axes.scatter(joints["x_mm"][worst], joints["y_mm"][worst], s=2.2 * size, facecolors="none", edgecolors="k", lw=2.0)
    style.plan_axes(axes, f"{model}\nweakest (circle): {low:.0f} cycles")
    axes.set(xlim=(-0.55 * span, 0.55 * span), ylim=(-0.55 * span, 0.55 * span))
    axes.figure.colorbar(shown, ax=axes, label="cycles to failure", shrink=0.85)
