"""Current density and median life of every layer that carries current, in plan view."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LogNorm, Normalize
from numpy.typing import NDArray

from solver.report.pictures import style
from solver.report.pictures.surface import grids, layer_cells, polygons
from solver.stackup.stack import StackUp

Array = NDArray[np.float64]

DENSITY, CROWDING, LIFE = "max_current_density_a_per_m2", "crowding", "log10_median_life_h"
_MEGA = 1e-10  # A/m^2 in MA/cm^2
_DECADES = 3  # of current density below the largest that colours tell apart
_SHOWN = 99.9  # percentile at which scales end
_LIFE_LABEL = "log10 of the median life in h (grey: for ever, light grey: not known)"
_FOREVER, _UNKNOWN = "#d9d9d9", "#f3f3f3"


def draw(index_file: Path, summary: dict[str, Any], stack: StackUp, folder: Path) -> list[Path]:
    """Write `current.png`, and `life.png` if a life is known somewhere.

    Args:
        index_file: the `.pvtu` file of the conductors.
        summary: the `electric` part of the summary.
        stack: the stack-up.
        folder: of the pictures.
    """
    layers = sorted(
        set().union(*(np.unique(grid.cell_data["layer"]).tolist() for grid in grids(index_file))), reverse=True
    )
    has_life = LIFE in next(grids(index_file)).cell_data
    names = (DENSITY, CROWDING)
    seen = {layer: layer_cells(index_file, layer, names, stack.mirrors) for layer in layers}
    made = [_densities(seen, summary, stack, folder / "current.png")]
    if has_life:
        made += _lives(index_file, layers, summary, stack, folder / "life.png")
    return made


def _densities(
    seen: dict[int, tuple[Array, dict[str, Array]]], summary: dict[str, Any], stack: StackUp, path: Path
) -> Path:
    total = max(abs(one["current_a"]) for one in summary["terminals"])
    most = max(_MEGA * float(np.percentile(values[DENSITY], _SHOWN)) for _, values in seen.values())
    least = most / 10**_DECADES
    densities = LogNorm(least, most) if most > 0 else Normalize(0.0, 1.0)
    with style.picture(path, _height(stack, len(seen))) as fig:
        fig.suptitle(f"Current density   |   {total:.4g} A, {summary['joule_power_w']:.4g} W of Joule heat")
        panels = fig.subplots(len(seen), 2, squeeze=False)
        for (left, right), (layer, (place, values)) in zip(panels, seen.items(), strict=True):
            name, magnitude = stack.layers[layer].name, _MEGA * values[DENSITY]
            title = f"{name}: current density\nlargest {magnitude.max():.3g} MA/cm2"
            shown = np.maximum(magnitude, least)
            _panel(left, place, shown, style.STRESS_MAP, densities, title, "MA/cm2", stack, "both")
            crowding = values[CROWDING]
            scale = Normalize(0.0, max(float(np.percentile(crowding, _SHOWN)), 1.01))
            title = f"{name}: crowding\nlargest {crowding.max():.3g} times the mean of its part"
            _panel(right, place, crowding, style.HEAT_MAP, scale, title, "over the mean of the part", stack, "max")
    return path


def _lives(index_file: Path, layers: list[int], summary: dict[str, Any], stack: StackUp, path: Path) -> list[Path]:
    seen = {}
    for layer in layers:
        place, found = layer_cells(index_file, layer, (LIFE,), stack.mirrors, lowest=True)
        if not np.isnan(found[LIFE]).all():
            seen[layer] = place, found[LIFE]
    finite = np.concatenate([values[np.isfinite(values)] for _, values in seen.values()] or [np.empty(0)])
    if not len(finite):
        return []
    low = float(finite.min())
    scale = Normalize(low, max(float(np.percentile(finite, 75)), low + 1.0))
    weakest = next(
        (one for one in summary["electromigration"] if one["mortal"] and one["median_life_h"] is not None), None
    )
    columns = 1 if len(seen) == 1 else 2
    rows = -(-len(seen) // columns)
    with style.picture(path, _height(stack, rows)) as fig:
        title = "" if weakest is None else f"   |   shortest {weakest['median_life_h']:.3g} h in {weakest['part']}"
        fig.suptitle(f"Median life by electromigration{title}")
        panels = fig.subplots(rows, columns, squeeze=False).ravel()
        for axes in panels[len(seen) :]:
            axes.set_axis_off()
        for axes, (layer, (place, values)) in zip(panels, seen.items(), strict=False):
            lasting = np.isinf(values) & (values > 0)
            _plain(axes, place[lasting], _FOREVER)
            _plain(axes, place[np.isnan(values)], _UNKNOWN)
            here = np.isfinite(values)
            name = stack.layers[layer].name
            known = f"shortest {10 ** values[here].min():.3g} h" if here.any() else "below Blech's threshold"
            title = f"{name}\n{known}"
            _panel(axes, place[here], values[here], "RdYlGn", scale, title, _LIFE_LABEL, stack, "both")
    return [path]


def _height(stack: StackUp, rows: int) -> float:
    x0, y0, x1, y1 = stack.outline.bounds
    tall = (y1 - y0) / (x1 - x0)
    return float(rows * min(max(7.2 * tall, 1.0) + 2.1, 8.5) + 0.9)


def _plain(axes: Axes, place: Array, colour: str) -> None:
    cells = PolyCollection(polygons(place), facecolors=colour, edgecolors="face", linewidths=0.2)
    cells.set_rasterized(True)
    axes.add_collection(cells)


def _panel(
    axes: Axes,
    place: Array,
    value: Array,
    colours: str,
    scale: Normalize,
    title: str,
    label: str,
    stack: StackUp,
    extend: str,
) -> None:
    look: dict[str, Any] = {"cmap": colours, "norm": scale, "edgecolors": "face", "linewidths": 0.2}
    cells = PolyCollection(polygons(place), array=value, **look)
    cells.set_rasterized(True)
    axes.add_collection(cells)
    x0, y0, x1, y1 = (1e3 * bound for bound in stack.outline.bounds)
    axes.set(xlim=(x0, x1), ylim=(y0, y1))
    style.plan_axes(axes, title)
    bar = axes.figure.colorbar(cells, ax=axes, orientation="horizontal", pad=0.02, shrink=0.92, extend=extend)
    bar.set_label(label)
