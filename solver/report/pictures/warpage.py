"""Warpage map with profiles: heights of the evaluated surface above its least-squares plane."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from solver.report.pictures import style
from solver.report.pictures.surface import Surface
from solver.report.shape_tables import evaluated

Array = NDArray[np.float64]

_SAMPLES = 401  # points of a profile
_NOTHING = 1e-3  # um: below this a surface is flat
_LARGE = 1e4  # um: from here on heights are drawn in mm


def heights(surface: Surface) -> Array:
    """Heights of a displaced surface above its area-weighted least-squares plane, (n,) in um."""
    return surface.values["displacement_um"][:, 2] - mean_plane(surface, surface.points)


def mean_plane(surface: Surface, places: Array) -> Array:
    """The area-weighted least-squares plane of a displaced surface at (n, 2) places in mm, (n,) in um."""
    z = surface.values["displacement_um"][:, 2]
    root = np.sqrt(surface.weights)
    basis = np.column_stack([np.ones(len(z)), surface.points])
    plane = np.linalg.lstsq(basis * root[:, None], z * root, rcond=None)[0]
    return np.asarray(plane[0] + places @ plane[1:], dtype=float)


def headline(step: dict[str, Any], height: Array | None = None) -> str:
    """Title of the pictures of a step: name, temperature, warpage."""
    parts = [str(step.get("name", "step"))]
    if step.get("temperature_degc") is not None:
        parts.append(f"{step['temperature_degc']:.4g} degC")
    elif "temperature_degc" in step:
        time = step.get("thermal_time_s")
        parts.append("in the temperature field" + ("" if time is None else f" at {time:.4g} s"))
    warpage = step.get("warpage_um")
    if warpage is None and height is not None:
        warpage = float(np.ptp(height))
    if warpage is not None:
        parts.append(f"warpage {show_um(warpage)}{_shape(step)}")
    return "   |   ".join(parts)


def length_unit(reach: float) -> tuple[str, float]:
    """Unit in which heights of up to `reach` um are drawn, and one um in it."""
    return ("mm", 1e-3) if reach >= _LARGE else ("um", 1.0)


def show_um(value: float) -> str:
    """A height as text, in um or, when large, in mm."""
    unit, factor = length_unit(abs(value))
    digits = max(3, len(f"{abs(value * factor):.0f}"))
    return f"{0.0 if abs(value) < _NOTHING else value * factor:.{digits}g} {unit}"


def _shape(step: dict[str, Any]) -> str:
    """` (bowl, concave)`; the sign alone of a step that has no name for its shape."""
    signed = step.get("signed_warpage_um")
    sign = "" if signed is None or abs(signed) < _NOTHING else "convex" if signed > 0 else "concave"
    words = ", ".join(word for word in (step.get("shape"), sign) if word)
    return f" ({words})" if words else ""


def draw(surface: Surface, step: dict[str, Any], name: str, path: Path) -> Path:
    """Write the map and the profiles.

    Args:
        surface: the whole evaluated surface with `displacement_um`.
        step: the entry of `steps` in the summary.
        name: of the surface, such as `bottom` or `balls.bottom`.
        path: the PNG.
    """
    height = heights(surface)
    with style.picture(path, 8.0) as fig:
        fig.suptitle(headline(step, height))
        left, right = fig.subplots(1, 2, width_ratios=[1.15, 1.0])
        _map(left, surface, height, evaluated({"surface": name, **step}).words)
        _profiles(right, surface, height)
    return path


def _crossed(surface: Surface, middle: Array) -> Array:
    """The x and y nearest to the middle whose lines meet the surface: between terminals those of the nearest row."""
    corners = surface.points[surface.quads]
    low, high = corners.min(axis=1), corners.max(axis=1)
    met = np.any((low <= middle) & (middle <= high), axis=0)
    centres = corners.mean(axis=1)
    nearest = centres[np.abs(centres - middle).argmin(axis=0), [0, 1]]
    return np.where(met, middle, nearest)


def limit(height: Array) -> float:
    """Half the range of a symmetric colour scale (um); 1 um for a flat surface."""
    return 1.0 if is_flat(height) else float(np.abs(height).max())


def is_flat(height: Array) -> bool:
    """True when there is no shape to draw."""
    return float(np.ptp(height)) <= _NOTHING


def _map(axes: Axes, surface: Surface, height: Array, words: str) -> None:
    unit, factor = length_unit(limit(height))
    inner = np.where(surface.inside, height, -np.inf)
    outer = np.where(surface.inside, height, np.inf)
    triangles, top, shown = surface.triangulation, limit(height) * factor, height * factor
    image = axes.tripcolor(
        triangles, shown, shading="gouraud", cmap=style.HEIGHT_MAP, vmin=-top, vmax=top, rasterized=True
    )
    if not is_flat(height):
        lines = axes.tricontour(triangles, shown, levels=11, colors="black", linewidths=0.7, linestyles="solid")
        axes.clabel(lines, np.asarray(lines.levels)[::2], fontsize=10, fmt=lambda value: f"{value:.4g}")
        for place, marker in ((np.argmax(inner), "^"), (np.argmin(outer), "v")):
            axes.plot(*surface.points[place], marker=marker, color="black", ms=10, mec="white", clip_on=False)
    if surface.zone is not None:
        axes.plot(*np.asarray(surface.zone.exterior.coords).T, color="black", linewidth=1.8, linestyle=(0, (5, 3)))
    style.plan_axes(axes, f"Height above the mean plane of the surface\n{words}")
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.85, pad=0.02)
    bar.set_label(f"height ({unit}):  ▼ {show_um(outer.min())},  ▲ {show_um(inner.max())}")


def _profiles(axes: Axes, surface: Surface, height: Array) -> None:
    low, high = surface.points.min(axis=0), surface.points.max(axis=0)
    middle = _crossed(surface, 0.5 * (low + high))
    lines = {
        f"along x (y = {round(middle[1], 6) + 0.0:.4g} mm)": ((low[0], middle[1]), (high[0], middle[1])),
        f"along y (x = {round(middle[0], 6) + 0.0:.4g} mm)": ((middle[0], low[1]), (middle[0], high[1])),
        "diagonal AB": (tuple(low), tuple(high)),
        "diagonal CD": ((high[0], low[1]), (low[0], high[1])),
    }
    unit, factor = length_unit(limit(height))
    for (name, (start, end)), look in zip(lines.items(), ("-", "--", "-.", ":"), strict=True):
        part = np.linspace(1e-6, 1 - 1e-6, _SAMPLES)[:, None]
        places = (1 - part) * np.array(start) + part * np.array(end)
        distance = (part[:, 0] - 0.5) * float(np.hypot(*np.subtract(end, start)))
        axes.plot(distance, factor * surface.along(places, height), look, label=name, linewidth=2.2)
    if is_flat(height):
        axes.set_ylim(-1, 1)
    axes.axhline(0, color=style.GREY, linewidth=0.8)
    axes.grid(alpha=0.3)
    axes.set(xlabel="distance from the centre (mm)", ylabel=f"height above the mean plane ({unit})", title="Profiles")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.09), ncols=2, frameon=False, fontsize=12)
