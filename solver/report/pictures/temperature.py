"""Temperature: the top of the stack from above, and the cross-section through the hottest point."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from solver.report.pictures import style
from solver.report.pictures.surface import face, grids
from solver.stackup.stack import StackUp

Array = NDArray[np.float64]

FIELD = "temperature_degc"
_DRAWN_HEIGHT = 0.7  # of the width of the section
_NUDGE = 1e-4  # of the outline: moves the section off the faces of cells


def draw(index_file: Path, title: str, stack: StackUp, path: Path) -> Path:
    """Write the picture.

    Args:
        index_file: a `.pvtu` file with `temperature_degc`.
        title: first words of the title.
        stack: the stack-up.
        path: the PNG.
    """
    hottest, value, lowest = extremes(index_file)
    with style.picture(path, 8.2) as fig:
        fig.suptitle(f"{title}   |   largest {value:.4g} degC")
        left, right = fig.subplots(1, 2, width_ratios=[1.0, 1.15])
        scale = Normalize(lowest, max(value, lowest + 0.01))
        surface = face(index_file, "top", stack.mirrors)
        triangles, seen = surface.triangulation, surface.values[FIELD]
        image = left.tripcolor(triangles, seen, shading="gouraud", cmap=style.HEAT_MAP, norm=scale, rasterized=True)
        _contours(left, triangles, seen)
        left.axhline(hottest[1], color="white", linestyle="--", linewidth=1.2)
        style.plan_axes(left, f"Top surface, {seen.min():.4g} to {seen.max():.4g} degC\n(dashed: the section)")
        _section(right, index_file, stack, hottest, scale)
        bar = fig.colorbar(image, ax=[left, right], location="bottom", shrink=0.6, aspect=45, pad=0.03)
        bar.set_label("temperature (degC)")
    return path


def has_temperature(index_file: Path) -> bool:
    """True when a step holds a temperature field."""
    return FIELD in next(grids(index_file)).point_data


def extremes(index_file: Path) -> tuple[Array, float, float]:
    """Place of the hottest point (mm), its temperature and the lowest temperature (degC)."""
    hottest: Array = np.zeros(3)
    high, low = -np.inf, np.inf
    for grid in grids(index_file):
        values = np.asarray(grid.point_data[FIELD])
        low = min(low, float(values.min()))
        if values.max() > high:
            hottest, high = np.array(grid.points[values.argmax()], dtype=float), float(values.max())
    return hottest, high, low


def _contours(axes: Axes, triangles: Triangulation, values: Array) -> None:
    if np.ptp(values) > 0.01:
        lines = axes.tricontour(triangles, values, levels=8, colors="white", linewidths=0.6)
        axes.clabel(lines, fontsize=10, fmt=lambda value: f"{value:.4g}")


def _section(axes: Axes, index_file: Path, stack: StackUp, hottest: Array, scale: Normalize) -> None:
    """The plane y = constant through the hottest point."""
    low, high = 1e3 * stack.modelled.bounds[1], 1e3 * stack.modelled.bounds[3]
    inwards = np.sign(0.5 * (low + high) - hottest[1]) or 1.0
    plane = (0.0, hottest[1] + inwards * _NUDGE * (high - low), 0.0)
    for grid in grids(index_file):
        cut = grid.slice(normal="y", origin=plane).triangulate()
        for side in (1.0, -1.0) if 0 in stack.mirrors else (1.0,):
            if cut.n_cells:
                x, z = side * np.asarray(cut.points, dtype=float)[:, 0], np.asarray(cut.points, dtype=float)[:, 2]
                triangles = Triangulation(x, z, np.asarray(cut.faces).reshape(-1, 4)[:, 1:])
                values = np.asarray(cut.point_data[FIELD])
                axes.tripcolor(triangles, values, shading="gouraud", cmap=style.HEAT_MAP, norm=scale, rasterized=True)
    x0, _, x1, _ = (1e3 * bound for bound in stack.outline.bounds)
    bottom, top = 1e3 * stack.layers[0].bottom, 1e3 * stack.layers[-1].top
    stretch = max(1.0, _DRAWN_HEIGHT * (x1 - x0) / (top - bottom))
    axes.set(xlim=(x0, x1), ylim=(bottom, top), xlabel="x (mm)", ylabel="z (mm)", aspect=stretch)
    place = f"Section at y = {round(hottest[1], 6) + 0.0:.4g} mm through the hottest point (circle)"
    axes.set_title(f"{place}\nz exaggerated x {stretch:.2g}")
    _name_layers(axes, stack)
    axes.plot(hottest[0], hottest[2], marker="o", mfc="none", mec="#00b0f0", mew=2.2, ms=12, clip_on=False)


def _name_layers(axes: Axes, stack: StackUp) -> None:
    """Boundaries of the layers as lines, their names at the right edge, spread so that none overlap."""
    bottom, top = 1e3 * stack.layers[0].bottom, 1e3 * stack.layers[-1].top
    middles: Array = np.array([0.5e3 * (layer.bottom + layer.top) for layer in stack.layers])
    places = spread(np.asarray((middles - bottom) / (top - bottom), dtype=np.float64), 0.055)
    for layer, middle, place in zip(stack.layers, middles, places, strict=True):
        axes.axhline(1e3 * layer.top, color="#999999", linewidth=0.6)
        axes.annotate(
            layer.name, xy=(1.0, (middle - bottom) / (top - bottom)), xytext=(1.03, place), xycoords="axes fraction",
            va="center", fontsize=11, arrowprops={"arrowstyle": "-", "color": style.GREY, "linewidth": 0.8},
        )  # fmt: skip


def spread(places: Array, gap: float) -> Array:
    """Ascending places in [0, 1] moved as little as needed to be `gap` apart (closer if there are too many)."""
    gap = min(gap, 1.0 / max(len(places), 1))
    moved = np.array(places, dtype=float)
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + gap)
    moved[-1] = min(moved[-1], 1.0)
    for i in range(len(moved) - 2, -1, -1):
        moved[i] = min(moved[i], moved[i + 1] - gap)
    return moved
