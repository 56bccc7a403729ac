"""Drawing of the stack: layers with names, materials and thicknesses, and the plan view with its dimensions."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.patches import Patch, Rectangle
from matplotlib.patches import Polygon as DrawnPolygon
from matplotlib.path import Path as DrawnPath
from shapely.geometry import LineString, Polygon
from shapely.geometry.polygon import orient

from solver.case.geometry import MaterialChoice
from solver.metrics.messages import show_length, thickness_words
from solver.report.pictures import style
from solver.report.tables import material_name
from solver.stackup.fillets import PlacedFillet, contents, layer_on
from solver.stackup.stack import PlacedLayer, PlacedRegion, StackUp

_RED = "#c00000"
_LINE = 0.42  # inch of height per line of text of a layer
_ALONG = 25  # points along the surface of a fillet
_ENTRY = 0.7  # of the space around the plan view: height of a line of its legend


def draw(stack: StackUp, title: str, path: Path) -> Path:
    """Write the drawing of the stack to a PNG."""
    colours = _colours(stack)
    rows = [1 + len(layer.regions) for layer in stack.layers]
    with style.picture(path, max(7.0, 1.6 + _LINE * (sum(rows) + len(rows)))) as fig:
        fig.suptitle(title)
        left, right = fig.subplots(1, 2, width_ratios=[1.25, 1.0])
        _section(left, stack, rows, colours)
        _plan(right, stack, colours)
    return path


def _colours(stack: StackUp) -> dict[str, str]:
    """A colour for every material, in order of appearance."""
    names: dict[str, None] = {}
    for layer in stack.layers:
        for choice in (layer.material, *(region.material for region in layer.regions)):
            if choice is not None:
                names[material_name(choice)] = None
    return {name: style.PALETTE[number % len(style.PALETTE)] for number, name in enumerate(names)}


def _colour(colours: dict[str, str], choice: MaterialChoice | None) -> str:
    return "white" if choice is None else colours[material_name(choice)]


def _section(axes: Axes, stack: StackUp, rows: list[int], colours: dict[str, str]) -> None:
    x0, _, x1, _ = stack.outline.bounds
    height = 0.0
    faces = dict[str, tuple[float, float]]()
    for layer, lines in zip(stack.layers, rows, strict=True):
        thick = lines + 0.6
        faces[layer.name] = height, height + thick
        axes.add_patch(
            Rectangle((0, height), 1, thick, facecolor=_colour(colours, layer.material), edgecolor="black",
                      linestyle="-" if layer.material is not None else ":", linewidth=1.2)
        )  # fmt: skip
        for region in layer.regions:
            for low, high in [] if region.comes_with else _blocks(region):
                axes.add_patch(
                    Rectangle(((low - x0) / (x1 - x0), height), (high - low) / (x1 - x0), thick,
                              facecolor=_colour(colours, region.material), edgecolor="black", linewidth=0.8)
                )  # fmt: skip
        axes.text(1.03, height + thick / 2, "\n".join(_words(layer)), va="center", fontsize=12, linespacing=1.35)
        height += thick
    for fillet in stack.fillets:
        _slanted(axes, stack, fillet, faces, colours)
    axes.set(xlim=(0, 1.95), ylim=(-0.1, height + 0.1))
    axes.set_axis_off()
    axes.set_title(
        f"Layers, bottom to top (thicknesses not to scale; total {show_length(stack.thickness)})", loc="left"
    )


def _slanted(
    axes: Axes, stack: StackUp, fillet: PlacedFillet, faces: dict[str, tuple[float, float]], colours: dict[str, str]
) -> None:
    """The cut through a fillet, and what fills the room above it, over the layers it reaches over."""
    x0, _, x1, _ = stack.outline.bounds
    region = next(one for one in stack.layer(fillet.layers[0]).regions if one.name == fillet.name)
    bottom, top = faces[fillet.layers[0]][0], faces[fillet.layers[-1]][1]
    ring = shapely.union_all(list(fillet.ring))
    upper = layer_on(fillet, stack.layers) if fillet.fade else None
    filling = None if upper is None else next(iter(contents(upper, ring).values()))
    for low, high in _blocks(region):
        x = np.linspace(low, high, _ALONG)
        places = np.column_stack([x, np.full(len(x), _row(region))])
        part = fillet.surface(fillet.distance(places)) / fillet.height
        surface = np.column_stack([(x - x0) / (x1 - x0), bottom + (top - bottom) * part])
        ends = surface[[-1, 0]]
        if filling is not None:
            over = np.vstack([surface, np.column_stack([ends[:, 0], [top, top]])])
            axes.add_patch(DrawnPolygon(over, facecolor=_colour(colours, filling), linewidth=0.0))
        under = np.vstack([surface, np.column_stack([ends[:, 0], [bottom, bottom]])])
        colour = _colour(colours, region.material)
        axes.add_patch(DrawnPolygon(under, facecolor=colour, edgecolor="black", linewidth=0.8))


def _blocks(region: PlacedRegion) -> list[tuple[float, float]]:
    """Where the row of places nearest to the centre is cut, as intervals of x (m)."""
    if not region.polygons:
        return []
    y = _row(region)
    bounds = shapely.bounds(np.array(region.polygons))
    across = LineString([(bounds[:, 0].min() - 1.0, y), (bounds[:, 2].max() + 1.0, y)])
    cut = shapely.get_parts(shapely.intersection(np.array(region.polygons), across))
    pieces = shapely.bounds(cut[shapely.length(cut) > 0])
    return [(float(low), float(high)) for low, _, high, _ in pieces]


def _row(region: PlacedRegion) -> float:
    """y of the row of places nearest to the centre (m)."""
    centres = np.array([polygon.centroid.coords[0] for polygon in region.polygons])
    return float(centres[np.abs(centres[:, 1]).argmin(), 1])


def _words(layer: PlacedLayer) -> list[str]:
    material = "empty outside its regions" if layer.material is None else material_name(layer.material)
    instead = f"   ({layer.instead}, instead of others)" if layer.instead else ""
    words = [f"{layer.name}   {thickness_words(layer)}   {material}{instead}"]
    return words + [f"   {region_words(region)}" for region in layer.regions]


def region_words(region: PlacedRegion) -> str:
    """`die: silicon, 8 x 8 mm, 169 places`."""
    words = [f"{region.name}: {material_name(region.material)}"]
    if region.polygons:
        words.append(_sizes(region.polygons[0]))
    if region.comes_with:
        words.append("slanted")
    elif len(region.polygons) != 1:
        words.append(f"{len(region.polygons)} places")
    return ", ".join(words)


def _sizes(polygon: Polygon) -> str:
    """Lengths along x and y, of a turned rectangle those of its sides."""
    x0, y0, x1, y1 = polygon.bounds
    around = shapely.minimum_rotated_rectangle(polygon)
    if around.area > (1 - 1e-6) * (x1 - x0) * (y1 - y0) or polygon.area < (1 - 1e-6) * around.area:
        return f"{1e3 * (x1 - x0):.4g} x {1e3 * (y1 - y0):.4g} mm"
    a, b = np.linalg.norm(np.diff(shapely.get_coordinates(around)[:3], axis=0), axis=1)
    return f"{1e3 * a:.4g} x {1e3 * b:.4g} mm, turned"


def _plan(axes: Axes, stack: StackUp, colours: dict[str, str]) -> None:
    mm = 1e3
    _add_shapes(axes, [stack.outline], facecolors="#f2f2f2")
    entries = []
    for layer in stack.layers:
        for region in filter(lambda region: region.polygons, layer.regions):
            colour = _colour(colours, region.material)
            _add_shapes(
                axes, region.polygons, facecolors=colour, linewidths=min(0.5, 100 / len(region.polygons)), alpha=0.8
            )
            entries.append(Patch(facecolor=colour, edgecolor="black", label=f"{layer.name}/{region_words(region)}"))
    if stack.mirrors:
        _add_shapes(axes, [stack.modelled], facecolors="none", edgecolors=_RED, linewidths=2.0, linestyles="--")
        words = f"part modelled ({stack.symmetry})"
        entries.append(Patch(facecolor="none", edgecolor=_RED, linestyle="--", label=words))
    x0, y0, x1, y1 = (mm * bound for bound in stack.outline.bounds)
    pad = 0.09 * max(x1 - x0, y1 - y0)
    arrow = {"arrowstyle": "<->", "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (x0, y1 + pad / 2), (x1, y1 + pad / 2), arrowprops=arrow)
    axes.annotate("", (x0 - pad / 2, y0), (x0 - pad / 2, y1), arrowprops=arrow)
    across, along = _extents(stack)
    axes.text((x0 + x1) / 2, y1 + 0.6 * pad, across, ha="center", va="bottom")
    axes.text(x0 - 0.6 * pad, (y0 + y1) / 2, along, ha="right", va="center", rotation=90)
    below = (0.3 + _ENTRY * len(entries)) * pad  # the legend is there
    axes.set(xlim=(x0 - 1.6 * pad, x1 + 0.3 * pad), ylim=(y0 - below, y1 + 1.6 * pad))
    axes.set_aspect("equal", anchor="N")
    axes.set_axis_off()
    axes.set_title("Plan view")
    if entries:
        axes.legend(handles=entries, loc="lower center", borderaxespad=0.0, borderpad=0.0, frameon=False, fontsize=12)


def _extents(stack: StackUp) -> tuple[str, str]:
    """Lengths of the outline along x and y; of a circle the diameter, which its polygon has by its area."""
    x0, y0, x1, y1 = stack.outline.bounds
    diameter = 2 * np.sqrt(Polygon(stack.outline.exterior).area / np.pi)
    if stack.disc and np.allclose([x1 - x0, y1 - y0], diameter, rtol=1e-2):
        return (f"⌀ {1e3 * diameter:.5g} mm",) * 2
    return f"{1e3 * (x1 - x0):.5g} mm", f"{1e3 * (y1 - y0):.5g} mm"


def _add_shapes(axes: Axes, polygons: Iterable[Polygon], **look: Any) -> None:
    """Polygons in m, with their holes, drawn in mm."""
    paths = []
    for polygon in polygons:
        rings = [ring.coords for ring in (orient(polygon).exterior, *orient(polygon).interiors)]
        paths.append(DrawnPath.make_compound_path(*(DrawnPath(1e3 * np.asarray(ring), closed=True) for ring in rings)))
    axes.add_collection(PathCollection(paths, **{"edgecolors": "black", **look}))
