"""Temperature, power and degree of cure against time, the time on a logarithmic axis and on a linear one."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from solver.report.pictures import style

_MOST = 10  # regions that have room in a legend


def draw(history: dict[str, Any], path: Path) -> Path:
    """Write the picture.

    Args:
        history: of the `thermal` part of the summary.
        path: the PNG.
    """
    regions = sorted(history["regions"].items(), key=lambda item: -max(item[1]["max_temperature_degc"]))
    left_out = len(regions) - _MOST
    shown = [(f"C{number}", *region) for number, region in enumerate(regions[:_MOST])]
    cured = [one for one in shown if one[2].get("degree_of_cure_mean")]
    with style.picture(path, 10.2 if cured else 8.2) as fig:
        rest = f"; {left_out} cooler regions left out" if left_out > 0 else ""
        fig.suptitle(f"Temperature of the regions: highest (solid) and mean (dashed){rest}")
        heights = [3.0, 1.0, 1.2] if cured else [3.0, 1.0]
        axes = fig.subplots(len(heights), 2, sharex="col", sharey="row", height_ratios=heights)
        for column, scale in zip(axes.T, ("log", "linear"), strict=True):
            _temperatures(column[0], history, shown)
            _heat(column[1], history)
            if cured:
                _degrees(column[2], history, cured)
            column[0].set_xscale(scale)
            column[-1].set_xlabel(f"time (s), {'logarithmic' if scale == 'log' else 'linear'}")
        for axis, words in zip(axes[:, 0], ("temperature (degC)", "heat (W)", "degree of cure"), strict=False):
            axis.set_ylabel(words)
        for axis in axes[:, 1]:
            axis.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
    return path


def _temperatures(axes: Axes, history: dict[str, Any], regions: list[tuple[str, str, Any]]) -> None:
    time = np.array(history["time_s"])
    later = time > 0  # 0 has no place on a logarithmic axis
    for colour, name, region in regions:
        axes.plot(time[later], np.array(region["max_temperature_degc"])[later], color=colour, lw=2.2, label=name)
        mean = np.array(region["mean_temperature_degc"])[later]
        axes.plot(time[later], mean, color=colour, lw=1.2, linestyle="--")
    axes.grid(alpha=0.3, which="both")


def _degrees(axes: Axes, history: dict[str, Any], regions: list[tuple[str, str, Any]]) -> None:
    time = np.array(history["time_s"])
    later = time > 0
    for colour, name, region in regions:
        axes.plot(time[later], np.array(region["degree_of_cure_mean"])[later], color=colour, lw=2.0, label=name)
    axes.set_ylim(0.0, 1.02)
    axes.grid(alpha=0.3, which="both")


def _heat(axes: Axes, history: dict[str, Any]) -> None:
    time = np.array(history["time_s"])
    later = time > 0
    axes.plot(time[later], np.array(history["power_w"])[later], color="black", lw=2.0, label="made")
    for boundary in history["boundaries"]:
        heat = np.array([np.nan if value is None else value for value in boundary["heat_w"]])
        axes.plot(time[later], heat[later], lw=1.8, label=f"out through {boundary['face']}")
    axes.grid(alpha=0.3, which="both")
