"""Exposure fields of a step: flatness of each against the depth of focus, and the overlay its correction leaves."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from solver.arrays import Array, Integers
from solver.output import csv_files
from solver.report.pictures import style, vectors
from solver.report.pictures.warpage import headline
from solver.stackup.stack import StackUp

_MOST = 3000  # arrows
_RED = "#c00000"
_COLOURS = "YlGnBu"


def draw(
    fields: Path, points: Path, size: tuple[float, float], step: dict[str, Any], stack: StackUp, path: Path
) -> Path:
    """Write the picture.

    Args:
        fields: `lithography_STEP.csv`.
        points: `lithography_points_STEP.csv`.
        size: of a field (m).
        step: the entry of `steps` in the summary.
        stack: the stack-up.
        path: the PNG.
    """
    table, found = csv_files.read(fields), step.get("lithography") or {}
    with style.picture(path, 8.3) as fig:
        since = found.get("reference", "design")
        fig.suptitle(f"Exposure fields   |   {headline(step)}")
        left, right = fig.subplots(1, 2)
        boxes = _boxes(table, size)
        _flatness(left, table, boxes, stack, found.get("depth_of_focus_um"))
        right.add_collection(PatchCollection(boxes, facecolor="none", edgecolor="#cccccc", linewidth=0.8))
        xy, u, largest, more = _overlay(points)
        against = "" if since == "design" else f", since {since}"
        title = f"Overlay error after correction of every field{against}\nlargest {largest:.3g} um{more}"
        vectors.draw(right, stack.outline, xy, u, title)
        left.set(xlim=right.get_xlim(), ylim=right.get_ylim())
    return path


def _boxes(table: dict[str, Array], size: tuple[float, float]) -> list[Rectangle]:
    width, height = 1e3 * np.array(size)
    corners = np.column_stack([table["x_mm"] - width / 2, table["y_mm"] - height / 2])
    return [Rectangle((x, y), width, height) for x, y in corners]


def _flatness(
    axes: Axes, table: dict[str, Array], boxes: list[Rectangle], stack: StackUp, budget: float | None
) -> None:
    flatness, over = table["flatness_um"], table["over_budget"] > 0
    shown = PatchCollection(boxes, cmap=_COLOURS, edgecolor="white", linewidth=0.8)
    shown.set_array(flatness)
    shown.set_clim(0.0, max(float(flatness.max()), 1.02 * (budget or 0.0), 1e-6))
    axes.add_collection(shown)
    if over.any():
        marked = [box for box, bad in zip(boxes, over, strict=True) if bad]
        axes.add_collection(PatchCollection(marked, facecolor="none", edgecolor=_RED, linewidth=1.6))
    axes.plot(*(1e3 * np.asarray(stack.outline.exterior.coords)).T, color=style.GREY, linewidth=1.2)
    title = f"Flatness of every field, its own plane removed\n{len(flatness)} fields, largest {flatness.max():.3g} um"
    if budget is not None:
        title += f"; {int(over.sum())} over {budget:.3g} um (red)"
    style.plan_axes(axes, title)
    bar = axes.figure.colorbar(shown, ax=axes, shrink=0.78, pad=0.02)
    bar.set_label("range of height (um)" + ("" if budget is None else ", red line: depth of focus"))
    if budget is not None:
        bar.ax.axhline(budget, color=_RED, linewidth=2.5)


def _overlay(path: Path) -> tuple[Array, Array, float, str]:
    """Places (mm) and overlay errors (um) of some of the points, the largest error of all, and how many are shown."""
    table = csv_files.read(path)
    u = np.column_stack([table["overlay_x_um"], table["overlay_y_um"]])
    kept: list[Integers] = []
    fields = np.unique(table["field"])
    for field in fields:
        mine = np.flatnonzero(table["field"] == field)
        xy = np.column_stack([table["x_mm"][mine], table["y_mm"][mine]])
        kept.append(mine[vectors.thinned(xy, max(_MOST // len(fields), 4))])
    some = np.concatenate(kept)
    largest, more = float(np.hypot(*u.T).max()), vectors.left_out(len(some), len(u))
    return np.column_stack([table["x_mm"], table["y_mm"]])[some], u[some], largest, more
