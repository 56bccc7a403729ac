"""Pictures of a comparison: warpage of the steps, and maps of the heights and of their difference."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.tri import Triangulation
from scipy.spatial import cKDTree

from solver.arrays import Array
from solver.comparison.compare import Comparison
from solver.comparison.heights import Heights
from solver.report.pictures import style
from solver.report.pictures.warpage import length_unit, show_um

_FAR = 6.0  # times the usual distance of two nodes: no face has such an edge
_LONG = 2.5  # times as long as wide: a strip
_DIFFERENCE_MAP = "PuOr_r"


def steps(found: Comparison, path: Path) -> list[Path]:
    """Signed warpage after every step both have, and what B has more; nothing if no step has a warpage."""
    both = {
        name: pair
        for name, entry in found.a.steps.items()
        if (pair := _pair(entry, found.b.steps.get(name))) is not None
    }
    if not both:
        return []
    a, b = np.array(list(both.values())).T
    unit, factor = length_unit(float(np.abs([a, b]).max()))
    place = np.arange(len(both))
    with style.picture(path, 7.0) as fig:
        fig.suptitle("Warpage of the steps")
        left, right = fig.subplots(1, 2, width_ratios=[1.3, 1.0])
        for number, (values, results) in enumerate(((a, found.a), (b, found.b))):
            look = {"ms": 13 - 4 * number, "mfc": "none" if number else None}
            left.plot(place, factor * values, **style.line(number), **look, label=f"{'AB'[number]}  {results.words}")
        left.set(ylabel=f"warpage, positive if convex ({unit})", title="A and B")
        left.legend(loc="upper center", bbox_to_anchor=(0.5, 1.0), fontsize=10)
        left.margins(y=0.25)
        unit, factor = length_unit(float(np.abs(b - a).max()))
        right.bar(place, factor * (b - a), color=style.PALETTE[3])
        right.set(ylabel=f"B - A ({unit})", title="Difference")
        for axes in (left, right):
            axes.axhline(0, color=style.GREY, linewidth=0.8)
            axes.grid(alpha=0.3, axis="y")
            axes.set_xlim(-1, len(both))
            axes.set_xticks(place, [_short(name) for name in both], rotation=30, ha="right")
    return [path]


def _pair(one: dict[str, object], other: dict[str, object] | None) -> tuple[float, float] | None:
    found = []
    for entry in (one, other or {}):
        value = entry.get("signed_warpage_um")
        value = entry.get("warpage_um") if value is None else value
        if not isinstance(value, int | float):
            return None
        found.append(float(value))
    return found[0], found[1]


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:21]}..."


def heights(found: Heights, path: Path) -> Path:
    """Heights of both surfaces in one scale, and their difference in one of its own."""
    triangles = _triangles(found.points)
    reach = max(float(np.abs([found.a, found.b]).max()), 1e-3)
    wide, deep = np.ptp(found.points, axis=0)
    below = wide > _LONG * deep  # a strip: maps one below the other
    with style.picture(path, 3.3 * 3 if below else 2.2 + 4.8 * float(np.clip(deep / wide, 0.4, 1.3))) as fig:
        part = f"{100 * found.relative:.3g} % of the range"
        fig.suptitle(f"{found.step}   |   largest difference {show_um(found.largest_um)}, {part}")
        one, two, three = fig.subplots(3, 1) if below else fig.subplots(1, 3)
        for axes, values, name in ((one, found.a, "A"), (two, found.b, "B")):
            _map(axes, triangles, values, reach, style.HEIGHT_MAP, f"{name}: height above its mean plane", "height")
        most = max(found.largest_um, 1e-3)
        _map(three, triangles, found.difference, most, _DIFFERENCE_MAP, "B - A", "difference")
        three.plot(*found.place_mm, marker="o", ms=10, mfc="none", mec="black", mew=2, clip_on=False)
    return path


def _map(
    axes: Axes, triangles: Triangulation, values: Array, reach: float, colours: str, title: str, what: str
) -> None:
    unit, factor = length_unit(reach)
    shown, top = factor * values, factor * reach
    image = axes.tripcolor(triangles, shown, shading="gouraud", cmap=colours, vmin=-top, vmax=top, rasterized=True)
    style.plan_axes(axes, title)
    bar = axes.figure.colorbar(image, ax=axes, orientation="horizontal", shrink=0.9, pad=0.03)
    bar.set_label(f"{what} ({unit}): {show_um(float(values.min()))} to {show_um(float(values.max()))}")


def _triangles(points: Array) -> Triangulation:
    """Of the nodes, without those that bridge gaps between parts."""
    found = Triangulation(*points.T)
    near = cKDTree(points).query(points, k=2)[0][:, 1]
    corners = points[found.triangles]
    edges = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    mask = edges > _FAR * np.percentile(near, 95)
    found.set_mask(None if mask.all() else mask)
    return found
