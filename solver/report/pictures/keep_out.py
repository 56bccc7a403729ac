"""Map of the change of mobility around vias, a panel for each device, with its limit: of the part that is modelled."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.tri import Triangulation

from solver.arrays import Array
from solver.output import csv_files
from solver.report.pictures import style
from solver.report.pictures.warpage import headline
from solver.stackup.stack import StackUp

_COLOURS = "RdBu_r"
_LEVELS = 21
_SPAN = 3.0  # limits that the colours reach
_MICRO = 1e6


def draw(table: Path, vias: str, step: dict[str, Any], stack: StackUp, path: Path) -> Path:
    """Write the picture.

    Args:
        table: `keep_out_STEP.csv`.
        vias: LAYER/REGION of them.
        step: the entry of `steps` in the summary.
        stack: the stack-up.
        path: the PNG.
    """
    columns, found = csv_files.read(table), step["keep_out"]
    metal = [np.asarray(one.exterior.coords) * _MICRO for one in stack.polygons_of(vias)]
    x, y = columns["x_um"], columns["y_um"]
    edges = np.array(stack.modelled.bounds) * _MICRO
    limit, devices = found["limit_percent"], found["devices"]
    with style.picture(path, 8.3 if len(devices) < 3 else 14.0) as fig:
        fig.suptitle(f"Change of mobility at the top of the silicon   |   {headline(step)}")
        rows = -(-len(devices) // 2)
        panels = np.ravel(fig.subplots(rows, min(len(devices), 2), squeeze=False))
        grid = Triangulation(x, y)
        for axes, (name, zone) in zip(panels, devices.items(), strict=False):
            change = np.clip(columns[f"change_percent {name}"], -_SPAN * limit, _SPAN * limit)
            _panel(axes, grid, change, limit)
            axes.add_collection(PolyCollection(metal, facecolor="#d9a066", edgecolor="k", linewidth=0.8, zorder=3))
            radius, area = zone["radius_um"], zone["area_um2"]
            title = f"{name}: {zone['carriers']} channel {zone['channel']}, {zone['angle_deg']:.3g} deg from x\n"
            title += f"beyond {limit:.3g} % up to {radius:.3g} um from the middle, {area:.3g} um² a via"
            axes.set(title=title, xlabel="x (um)", ylabel="y (um)", aspect="equal")
            axes.set(xlim=edges[[0, 2]], ylim=edges[[1, 3]])
        for axes in panels[len(devices) :]:
            axes.set_axis_off()
        fig.colorbar(
            panels[0].collections[0], ax=list(panels), label="change of mobility (%); black line: limit", shrink=0.85
        )
    return path


def _panel(axes: Axes, grid: Triangulation, change: Array, limit: float) -> None:
    levels = np.linspace(-_SPAN * limit, _SPAN * limit, _LEVELS)
    axes.tricontourf(grid, change, levels=levels, cmap=_COLOURS, extend="both")
    axes.tricontour(grid, change, levels=[-limit, limit], colors="k", linewidths=1.4, linestyles=["--", "-"])
