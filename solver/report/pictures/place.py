"""Stress on the section of a submodel at y = 0: largest principal and von Mises, cell by cell."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from solver.arrays import Array
from solver.output import csv_files
from solver.report.pictures import style
from solver.report.pictures.warpage import headline

_MOST = 99.5  # percentile the colours reach: corners are singular
_FLAT = 0.02  # of the height of the section: rows of cells that are lower are not to be seen at their height
_TICKS = 12  # heights that have room beside rows of equal height


def draw(table: Path, name: str, step: dict[str, Any], path: Path) -> Path:
    """Write the picture.

    Args:
        table: the CSV file of the section.
        name: of the submodel.
        step: the entry of `steps` in the summary.
        path: the PNG.
    """
    cells, entry = csv_files.read(table), step["submodels"][name]
    with style.picture(path, 9.5) as fig:
        where = f"({entry['at_x_mm']:.5g}, {entry['at_y_mm']:.5g}) mm"
        fig.suptitle(f"Submodel {name} at {where}, section at its y = 0\n{headline(step)}")
        for axes, key, words in zip(
            fig.subplots(2, 1), ("max_principal_mpa", "von_mises_mpa"), ("largest principal", "von Mises"), strict=True
        ):
            _panel(axes, cells, cells[key], words)
            fig.colorbar(axes.collections[0], ax=axes, label="MPa", shrink=0.9)
    return path


def _panel(axes: Axes, cells: dict[str, Array], stress: Array, words: str) -> None:
    x, z = (
        np.stack([cells[f"{axis}_um"] - 0.5 * cells[size], cells[f"{axis}_um"] + 0.5 * cells[size]])
        for axis, size in (("x", "width_um"), ("z", "height_um"))
    )
    levels = np.unique(np.round(z, 4))
    even = np.diff(levels).min() < _FLAT * np.ptp(levels)
    if even:
        z = np.searchsorted(levels, np.round(z, 4)).astype(float)
    corners = np.stack([x[[0, 1, 1, 0]].T, z[[0, 0, 1, 1]].T], axis=2)
    high = np.percentile(np.abs(stress), _MOST)
    low = -high if stress.min() < -0.05 * high else 0.0
    colours = "RdBu_r" if low < 0.0 else "viridis"
    drawn = PolyCollection(list(corners), array=stress, cmap=colours, edgecolor="face", linewidth=0.2)
    drawn.set_clim(low, high)
    axes.add_collection(drawn)
    axes.add_collection(LineCollection(_borders(corners, cells["block"]), colors="k", linewidths=0.6))
    axes.set(title=f"{words} stress", xlabel="x (um)", ylabel="z (um)")
    axes.set(xlim=(x.min(), x.max()), ylim=(z.min(), z.max()))
    if even:  # thin films would be lines
        shown = np.arange(0, len(levels), -(-len(levels) // _TICKS))
        axes.set_yticks(shown, [f"{levels[k]:.5g}" for k in shown])
        axes.set_ylabel("z (um), rows of cells\nof equal height")


def _borders(corners: Array, block: Array) -> list[Array]:
    """Sides of cells that no cell of the same block shares."""
    sides: dict[tuple[Any, ...], Array] = {}
    for cell, number in zip(corners, block, strict=True):
        for side in np.stack([cell, np.roll(cell, -1, axis=0)], axis=1):
            key = (number, *sorted(map(tuple, np.round(side, 4).tolist())))
            if key in sides:
                del sides[key]
            else:
                sides[key] = side
    return list(sides.values())
