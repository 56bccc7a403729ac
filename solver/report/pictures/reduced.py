"""A reduced model on one page: a step of power beside the full model, the error over time, and how the model grew."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from solver.arrays import Array
from solver.report.pictures import style

_COLOURS = ("#c00000", "#2c7fb8", "#238b45", "#6a51a3", "#d95f0e", "#8c6d31")
_MOST = 6  # curves
_LOWEST = 1e-4  # of the highest value, at the bottom of the axis
_DOTS = 40  # of the full model in a curve


def draw(known: dict[str, Any], path: Path) -> Path:
    """Write the picture.

    Args:
        known: what `reduced.json` holds.
        path: the PNG.
    """
    with style.picture(path, 8.5) as fig:
        films = ", ".join(f"{name} {h:.3g}" for name, h in known["step"]["film_w_per_m2_k"].items())
        fig.suptitle(f"{known['title']}\n{known['order']} states for {known['unknowns']} unknowns")
        layout = fig.add_gridspec(2, 2, width_ratios=[1.5, 1.0])
        _step(fig.add_subplot(layout[:, 0]), known, f"All powers on at 0 s; films {films} W/m2/K (held out)")
        _error(fig.add_subplot(layout[0, 1]), known)
        _growth(fig.add_subplot(layout[1, 1]), known)
    return path


def _step(axes: Axes, known: dict[str, Any], title: str) -> None:
    step, start = known["step"], known["step"]["start_degc"]
    time = np.array(step["time_s"])
    rises = {name: np.array(values) - start for name, values in step["full_degc"].items()}
    shown = _chosen(known, rises)
    dots = np.unique(np.searchsorted(time, np.geomspace(time[0], time[-1], _DOTS)).clip(0, len(time) - 1))
    for name, colour in zip(shown, _COLOURS, strict=False):
        axes.plot(time, np.array(step["reduced_degc"][name]) - start, color=colour, linewidth=2.0, label=name)
        axes.plot(time[dots], rises[name][dots], "o", color=colour, markersize=5, markerfacecolor="white")
    axes.axvline(known["shortest_time_s"], color=style.GREY, linewidth=0.8, linestyle=":")
    axes.plot([], [], "o", color=style.GREY, markerfacecolor="white", label="full model")
    if len(rises) > len(shown):
        axes.plot([], [], " ", label=f"{len(rises) - len(shown)} other outputs left out")
    top = max(float(rises[name].max()) for name in shown)
    bottom = max(_LOWEST * top, min(float(rises[shown[0]][rises[shown[0]] > 0].min(initial=top)), 0.1 * top))
    axes.set(xscale="log", yscale="log", ylim=(bottom, 2.0 * top), title=title)
    axes.set(xlabel="time (s)", ylabel=f"temperature above {start:.4g} degC (K)")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)


def _chosen(known: dict[str, Any], rises: dict[str, Array]) -> list[str]:
    """The hottest points, the hottest first, and the means of faces."""
    faces = [f"{film['name']} mean" for film in known["films"]][: _MOST // 2]
    points = sorted((name for name in rises if name.endswith("hottest")), key=lambda name: -rises[name][-1])
    return points[: _MOST - len(faces)] + faces


def _error(axes: Axes, known: dict[str, Any]) -> None:
    time, error = np.array(known["step"]["time_s"]), 100 * np.array(known["step"]["error"])
    axes.loglog(time, np.maximum(error, 1e-6), color=_COLOURS[0], linewidth=2.0)
    axes.axhline(100 * known["tolerance"], color=style.GREY, linewidth=1.0, linestyle="--")
    axes.axvline(known["shortest_time_s"], color=style.GREY, linewidth=0.8, linestyle=":")
    axes.set(xlabel="time (s)", ylabel="error (% of the rise)", title="Step of power: largest error of an output")
    axes.grid(alpha=0.3)


def _growth(axes: Axes, known: dict[str, Any]) -> None:
    orders, errors = ([visit[key] for visit in known["growth"]] for key in ("order", "error"))
    axes.semilogy(orders, 100 * np.maximum(errors, 1e-8), "o", color=_COLOURS[1], label="on the way")
    out = known["held_out"]
    axes.semilogy([v["order"] for v in out], [100 * max(v["error"], 1e-8) for v in out], "D", color=_COLOURS[4],
                  label="held out, at random")  # fmt: skip
    axes.axhline(100 * known["tolerance"], color=style.GREY, linewidth=1.0, linestyle="--", label="tolerance")
    axes.set(xlabel="states", ylabel="error (% of the largest output)", title="Growth: error against the full model")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
