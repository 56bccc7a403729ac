"""A cohesive interface: where it has parted, in plan, and load or energy from step to step."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from solver.output import csv_files
from solver.report.pictures import style
from solver.report.pictures.of_steps import OfStep

_MAP = "inferno_r"
_UPRIGHT = 6  # steps whose names have room beside each other


def draw(steps: list[OfStep], path: Path) -> Path:
    """Write the picture of the last state and the way there."""
    with style.picture(path, 7.2) as fig:
        fig.suptitle(f"Cohesive interface {steps[-1].entry['name']}")
        plan, side = fig.subplots(1, 2, width_ratios=(1.2, 1.0))
        _plan(plan, steps[-1])
        _over_steps(side, steps)
    return path


def _plan(axes: Axes, one: OfStep) -> None:
    table = csv_files.read(one.table)
    x, y = table["x_mm"], table["y_mm"]
    shown = axes.scatter(x, y, c=table["parted"], cmap=_MAP, s=14, vmin=0.0, vmax=1.0, edgecolors="0.5", lw=0.2)
    flat = min(np.ptp(x), np.ptp(y)) < 0.2 * max(np.ptp(x), np.ptp(y))  # a strip is drawn wider than it is
    axes.set(xlabel="x (mm)", ylabel="y (mm)", title=f"after step {one.step}", aspect="auto" if flat else "equal")
    axes.figure.colorbar(shown, ax=axes, label="share of its energy that is taken", shrink=0.85)


def _over_steps(axes: Axes, steps: list[OfStep]) -> None:
    names, colour = [one.label for one in steps], ("#1f4e79", "#c55a11")
    if all("load_n" in one.entry for one in steps):
        axes.plot(names, [one.entry["load_n"] for one in steps], "o-", color=colour[0])
        axes.set(ylabel="load (N)", xlabel="step")
    else:
        for key, label, k in (("dissipated_uj", "dissipated", 0), ("fracture_energy_uj", "of it by the law", 1)):
            axes.plot(names, [one.entry[key] for one in steps], "o-", color=colour[k], label=label)
        axes.set(ylabel="energy (uJ)", xlabel="step")
        axes.legend()
    axes.set_ylim(bottom=0.0)
    axes.tick_params(axis="x", rotation=90 if len(names) > _UPRIGHT else 0)
