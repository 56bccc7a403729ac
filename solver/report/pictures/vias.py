"""Thermal vias on one page: where the resistance is, and what pitch, diameter, wall and count would change."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from solver.report.pictures import style

_AXES: dict[str, tuple[str, Callable[[dict[str, Any]], float]]] = {  # parameter -> label, value of an entry
    "pitch": ("pitch over the same field (um)", lambda entry: entry["pitch_um"][0]),
    "diameter": ("diameter (um)", lambda entry: entry["diameter_um"]),
    "plating": ("wall (um)", lambda entry: entry["plating_um"] or entry["diameter_um"] / 2),
    "count": ("vias at the same pitch", lambda entry: entry["count"]),
}
_HOT, _ARRAY = "#c00000", "#2c7fb8"
_LINE = 0.035  # of the whole, between labels
_SMALL = 0.01  # of the whole; thinner parts share one segment


def draw(found: dict[str, Any], path: Path) -> Path:
    """Write the picture.

    Args:
        found: what `vias.json` holds.
        path: the PNG.
    """
    sweeps = [key for key in _AXES if key in found["sweeps"]]
    rows = max(1, (len(sweeps) + 1) // 2)
    with style.picture(path, 3.4 + 3.2 * rows) as fig:
        present = found["present"]
        fig.suptitle(f"{found['title']}\n{_headline(present)}")
        layout = fig.add_gridspec(rows, 3, width_ratios=[0.75, 1.0, 1.0])
        _parts(fig.add_subplot(layout[:, 0]), present, found["array"])
        for number, key in enumerate(sweeps):
            _sweep(fig.add_subplot(layout[number // 2, 1 + number % 2]), key, found["sweeps"][key], present)
    return path


def _headline(present: dict[str, Any]) -> str:
    theta = present["theta_k_per_w"]
    shown = "" if theta is None else f", {theta:.3g} K/W to the sink"
    share = f"{100 * present['heat_share']:.0f} % of the heat goes through the vias"
    return f"junction {present['junction_temperature_degc']:.1f} degC{shown}; {share}"


def _parts(axes: Axes, present: dict[str, Any], array: str) -> None:
    """A column of the resistance from junction to sink, by block, in the order of the stack."""
    blocks: dict[str, float] = dict(present["blocks_k_per_w"])
    total = present["theta_k_per_w"] or sum(blocks.values())
    named = {name: value for name, value in blocks.items() if value >= _SMALL * total or name == array}
    other = sum(blocks.values()) - sum(named.values())
    rest = total - sum(blocks.values())
    parts = [("film, and peak above mean", rest), *named.items(), ("other parts", other)]
    shown = [part for part in parts if part[1] > 1e-6 * total]
    height, label = 0.0, -1.0
    for number, (name, value) in enumerate(shown):
        colour = _ARRAY if name == array else style.PALETTE[(number * 2 + 1) % len(style.PALETTE)]
        axes.bar(0, value, bottom=height, width=0.6, color=colour, edgecolor="white")
        middle = height + value / 2
        label = max(middle, label + _LINE * total)  # labels of thin parts move up
        axes.annotate(f"{name}  {value:.3g}", (0.3, middle), (0.4, label), va="center", fontsize=11,
                      arrowprops={"arrowstyle": "-", "linewidth": 0.6, "color": style.GREY})  # fmt: skip
        height += value
    top = max(height, label)
    axes.set(xlim=(-0.35, 1.5), ylim=(0, 1.02 * top), ylabel="thermal resistance (K/W)", title="Junction to sink")
    axes.set_xticks([])


def _sweep(axes: Axes, key: str, entries: list[dict[str, Any]], present: dict[str, Any]) -> None:
    label, value = _AXES[key]
    x = [value(entry) for entry in entries]
    axes.plot(x, [e["junction_temperature_degc"] for e in entries], "o-", color=_HOT, linewidth=2.2)
    axes.plot([value(present)], [present["junction_temperature_degc"]], "o", color=_HOT, markersize=13,
              markerfacecolor="white", markeredgewidth=2.5)  # fmt: skip
    axes.set(xlabel=label)
    axes.set_ylabel("junction (degC)", color=_HOT)
    axes.grid(alpha=0.3)
    other = axes.twinx()
    other.plot(x, [e["array_k_per_w"] for e in entries], "s--", color=_ARRAY, linewidth=1.6, markersize=5)
    other.set_ylabel("array (K/W)", color=_ARRAY)
    other.set_ylim(bottom=0)
    other.spines["right"].set_visible(True)
