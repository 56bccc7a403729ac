"""Maps of the plane of a hybrid bond: the gap between pads and their mirror image, and the pressure across the bond."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.ticker import MaxNLocator
from matplotlib.tri import Triangulation

from solver.arrays import Array
from solver.output import csv_files
from solver.report.pictures import style
from solver.report.pictures.warpage import headline
from solver.stackup.stack import StackUp

_LEVELS = 25
_MOST = 95.0  # percentile the colours of the pressure reach: it is singular at the edges of pads
_MICRO = 1e6


def draw(table: Path, pads: str, step: dict[str, Any], stack: StackUp, path: Path) -> Path:
    """Write the picture.

    Args:
        table: `hybrid_bond_STEP.csv`.
        pads: LAYER/REGION of them.
        step: the entry of `steps` in the summary.
        stack: the stack-up.
        path: the PNG.
    """
    columns, found = csv_files.read(table), step["hybrid_bonds"]
    grid = Triangulation(columns["x_um"], columns["y_um"])
    met = found["contact"]["met_percent"]
    with style.picture(path, 8.3) as fig:
        fig.suptitle(f"Plane of the hybrid bond   |   {headline(step)}")
        left, right = fig.subplots(1, 2)
        gap, pressure = columns["gap_nm"], columns["pressure_mpa"]
        drawn = left.tricontourf(grid, gap, levels=_levels(0.0, float(gap.max())), cmap="Blues_r")
        fig.colorbar(drawn, ax=left, label="gap between the two faces (nm)", shrink=0.85, ticks=MaxNLocator(6))
        left.set_title(f"recess {found['recess_nm']:.4g} nm of each face: {met:.3g} % of the pads meet")
        most = float(np.percentile(np.abs(pressure), _MOST)) or 1.0
        levels = np.linspace(-most, most, _LEVELS)
        drawn = right.tricontourf(grid, pressure, levels=levels, cmap=style.SIGNED_STRESS_MAP, extend="both")
        label = "pressure across the bond (MPa); less than 0: tension"
        fig.colorbar(drawn, ax=right, label=label, shrink=0.85, ticks=MaxNLocator(8))
        right.set_title(f"means: pads {found['pressure_mpa']:.4g} MPa, bond {-found['oxide_opening_mpa']:.4g} MPa")
        for axes in (left, right):
            _outlines(axes, pads, stack)
    return path


def _levels(low: float, high: float) -> Array:
    return np.linspace(low, high if high > low else low + 1.0, _LEVELS)


def _outlines(axes: Axes, pads: str, stack: StackUp) -> None:
    """Edges of the pads, and the part that is modelled."""
    metal = [np.asarray(one.exterior.coords) * _MICRO for one in stack.polygons_of(pads)]
    axes.add_collection(PolyCollection(metal, facecolor="none", edgecolor="k", linewidth=1.2))
    edges = np.array(stack.modelled.bounds) * _MICRO
    axes.set(xlabel="x (um)", ylabel="y (um)", aspect="equal", xlim=edges[[0, 2]], ylim=edges[[1, 3]])
