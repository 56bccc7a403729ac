"""Stress of every layer in plan view: von Mises and largest principal stress."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import Normalize
from numpy.typing import NDArray

from solver.case.stack import StackUp
from solver.results.pictures import style
from solver.results.pictures.surface import grids, layer_cells
from solver.results.pictures.warpage import headline

Array = NDArray[np.float64]

PANELS = {  # cell data -> (title, colour map, key of the summary)
    "von_mises_mpa": ("von Mises", style.STRESS_MAP, "max_von_mises_mpa"),
    "max_principal_mpa": ("max. principal", style.SIGNED_STRESS_MAP, "max_principal_mpa"),
}
_ROW = 6.3  # inch
_SHOWN = 99.5  # percentile at which the scale ends: a few cells at edges and corners would hide the rest


def draw(index_file: Path, step: dict[str, Any], stack: StackUp, path: Path) -> Path:
    """Write the picture: two layers in a row, two panels each.

    Args:
        index_file: the `.pvtu` file.
        step: the entry of `steps` in the summary.
        stack: the stack-up.
        path: the PNG.
    """
    present = sorted(set().union(*(np.unique(grid.cell_data["layer"]).tolist() for grid in grids(index_file))))
    abreast = 1 if len(present) == 1 else 2
    rows = -(-len(present) // abreast)
    height = _ROW if abreast == 1 else 0.72 * _ROW
    with style.picture(path, height * rows + 0.9) as fig:
        fig.suptitle(f"Stress   |   {headline(step)}")
        panels = fig.subplots(rows, 2 * abreast, squeeze=False).ravel()
        for axes in panels[2 * len(present) :]:
            axes.set_axis_off()
        for number, layer in enumerate(present):
            place, values = layer_cells(index_file, layer, tuple(PANELS), stack.mirrors)
            name = stack.layers[layer].name
            known = step.get("layers", {}).get(name, {})
            for axes, (field, (title, colours, key)) in zip(panels[2 * number :], PANELS.items(), strict=False):
                _panel(axes, place, values[field], colours, f"{name}: {title}", known.get(key))
    return path


def _panel(axes: Axes, place: Array, value: Array, colours: str, title: str, largest: float | None) -> None:
    most = float(value.max()) if largest is None else largest
    low, high = float(value.min()), float(np.percentile(value, _SHOWN))
    if colours == style.SIGNED_STRESS_MAP:
        reach = max(abs(low), abs(high), 1e-6)
        low, high = -reach, reach
    else:
        low, high = 0.0, max(high, 1e-6)
    look: dict[str, Any] = {"cmap": colours, "norm": Normalize(low, high), "edgecolors": "face", "linewidths": 0.2}
    cells = PolyCollection(list(place), array=value, **look)
    cells.set_rasterized(True)
    axes.add_collection(cells)
    axes.autoscale_view()
    axes.margins(0.01)
    style.plan_axes(axes, f"{title}\nlargest {most:.3g} MPa")
    extend = "max" if value.max() > high * (1 + 1e-9) else "neither"
    bar = axes.figure.colorbar(cells, ax=axes, orientation="horizontal", pad=0.02, shrink=0.92, extend=extend)
    bar.set_label("MPa")
