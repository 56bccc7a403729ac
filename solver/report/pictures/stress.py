"""Stress of every block in plan view, each with a scale of its own: von Mises and largest principal stress."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import Normalize
from numpy.typing import NDArray

from solver.output.summary import parts
from solver.report.pictures import style
from solver.report.pictures.surface import block_cells, polygons
from solver.report.pictures.warpage import headline
from solver.stackup.stack import StackUp

Array = NDArray[np.float64]

PANELS = {  # cell data -> (title, colour map, key of the summary)
    "von_mises_mpa": ("von Mises", style.STRESS_MAP, "max_von_mises_mpa"),
    "max_principal_mpa": ("max. principal", style.SIGNED_STRESS_MAP, "max_principal_mpa"),
}
_LIMITS = {"von_mises_mpa": "yield_stress_mpa", "max_principal_mpa": "strength_mpa"}
_WORDS = {"yield_stress_mpa": "yield stress", "strength_mpa": "strength"}
_ROW = 6.3  # inch
_SHOWN = 99.5  # percentile at which the scale ends: a few cells at edges and corners would hide the rest


def draw(index_file: Path, step: dict[str, Any], stack: StackUp, path: Path) -> Path:
    """Write the picture: two blocks in a row, two panels each, in the order they lie in, the lowest first.

    Args:
        index_file: the `.pvtu` file.
        step: the entry of `steps` in the summary.
        stack: the stack-up.
        path: the PNG.
    """
    found = block_cells(index_file, tuple(PANELS), stack.mirrors)
    abreast = 1 if len(found) == 1 else 2
    rows = -(-len(found) // abreast)
    height = _ROW if abreast == 1 else 0.72 * _ROW
    with style.picture(path, height * rows + 0.9) as fig:
        fig.suptitle(f"Stress   |   {headline(step)}")
        panels = fig.subplots(rows, 2 * abreast, squeeze=False).ravel()
        for axes in panels[2 * len(found) :]:
            axes.set_axis_off()
        for number, (name, (place, values)) in enumerate(found.items()):
            known = parts(step).get(name, {})
            for axes, (field, (title, colours, key)) in zip(panels[2 * number :], PANELS.items(), strict=False):
                words = f"{name.replace('/', ' / ')}\n{title}"
                _panel(axes, place, values[field], colours, words, _largest(known, key, _LIMITS[field]))
    return path


def _largest(known: dict[str, Any], key: str, limit: str) -> str:
    """`41.2 MPa`, with what the material bears."""
    if known.get(key) is None:
        return ""
    most, bears = known[key], known.get(limit)
    if bears is None:
        return f"{most:.3g} MPa"
    return f"{most:.3g} MPa\n{'beyond' if most > bears else 'of'} a {_WORDS[limit]} of {bears:.3g} MPa"


def _panel(axes: Axes, place: Array, value: Array, colours: str, title: str, largest: str) -> None:
    low, high = float(value.min()), float(np.percentile(value, _SHOWN))
    if colours == style.SIGNED_STRESS_MAP:
        reach = max(abs(low), abs(high), 1e-6)
        low, high = -reach, reach
    else:
        low, high = 0.0, max(high, 1e-6)
    look: dict[str, Any] = {"cmap": colours, "norm": Normalize(low, high), "edgecolors": "face", "linewidths": 0.2}
    cells = PolyCollection(polygons(place), array=value, **look)
    cells.set_rasterized(True)
    axes.add_collection(cells, autolim=False)  # which takes longer than all else
    axes.update_datalim([place.min(axis=(0, 1)), place.max(axis=(0, 1))])
    axes.autoscale_view()
    axes.margins(0.01)
    style.plan_axes(axes, f"{title}, {largest or f'{value.max():.3g} MPa'}")
    axes.title.set_fontsize(13)
    extend = "max" if value.max() > high * (1 + 1e-9) else "neither"
    bar = axes.figure.colorbar(cells, ax=axes, orientation="horizontal", pad=0.02, shrink=0.92, extend=extend)
    bar.set_label("MPa")
