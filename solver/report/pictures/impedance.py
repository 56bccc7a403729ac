"""Thermal impedance over the logarithm of time with its time constants, and the structure functions."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from solver.arrays import Array
from solver.networks.foster import Foster
from solver.report.pictures import style

_MOST = 4  # other sources that have room
_SMOOTH = 400  # points of the fitted curve


def draw(impedance: dict[str, Any], path: Path) -> Path:
    """Write the picture of the curve and its spectrum.

    Args:
        impedance: of the `thermal` part of the summary.
        path: the PNG.
    """
    time = np.array(impedance["time_s"])
    foster = Foster(*(np.array(impedance["foster"][key]) for key in ("resistance_k_per_w", "time_constant_s")))
    with style.picture(path, 8.2) as fig:
        fig.suptitle(f"Thermal impedance after a step of {impedance['power_w']:.4g} W")
        axes = fig.subplots(2, 2, sharex="col", height_ratios=[2.4, 1.0])
        for above, scale in zip(axes[0], ("log", "linear"), strict=True):
            _curves(above, impedance, foster, time)
            above.set_yscale(scale)
            above.set_title(f"Zth, {'logarithmic' if scale == 'log' else 'linear'}")
        for below in axes[1]:
            below.vlines(foster.time_constant, 0.0, foster.resistance, color="C3", lw=3)
            below.set(xscale="log", xlim=(time[0], time[-1]), ylim=(0.0, None), xlabel="time, time constant (s)")
            below.grid(alpha=0.3)
        axes[0, 0].set_ylabel("Zth (K/W)")
        axes[1, 0].set_ylabel("R of each time\nconstant (K/W)")
        axes[0, 1].legend(loc="upper left", framealpha=0.9)
    return path


def draw_structure(impedance: dict[str, Any], path: Path) -> Path:
    """Write the picture of the structure functions."""
    found = {key: np.array(values) for key, values in impedance["structure"].items()}
    total = sum(impedance["cauer"]["resistance_k_per_w"])
    with style.picture(path, 8.2) as fig:
        fig.suptitle("Structure functions from the junction to the surroundings")
        above, below = fig.subplots(2, 1, sharex=True)
        above.plot(found["resistance_k_per_w"], found["capacitance_j_per_k"], "o-", color="C0", lw=2.0, ms=5)
        above.set(yscale="log", ylabel="cumulative C (J/K)", title="cumulative: heat capacity up to a resistance")
        node, density = found["node_resistance_k_per_w"], found["differential_j_w_per_k2"]
        below.plot(node, density, "o-", color="C1", lw=2.0, ms=5)
        below.set(yscale="log", ylabel="dC/dR (J W/K²)", xlabel="resistance from the junction (K/W)")
        below.set_title("differential: c k A² of the path there")
        for axes in (above, below):
            axes.axvline(total, color=style.GREY, linestyle="--", lw=1.2)
            axes.set_xlim(0.0, 1.03 * total)
            axes.grid(alpha=0.3, which="both")
        note = f"surroundings: {total:.4g} K/W"
        above.text(0.99 * total, found["capacitance_j_per_k"][0], note, color=style.GREY, ha="right", va="bottom")
    return path


def _curves(axes: Axes, impedance: dict[str, Any], foster: Foster, time: Array) -> None:
    smooth = np.geomspace(time[0], time[-1], _SMOOTH)
    axes.plot(smooth, foster.impedance(smooth), color="C3", lw=1.6, label="Foster network")
    axes.plot(time, impedance["mean_k_per_w"], "o", color="C0", ms=5, label="mean of the junction, by its power")
    axes.plot(time, impedance["max_k_per_w"], "s", color="C1", ms=4, mfc="none", label="largest rise in the junction")
    others = sorted(impedance["transfer_k_per_w"].items(), key=lambda item: -item[1][-1])
    for number, (name, values) in enumerate(others[:_MOST]):
        seen = np.array(values) > 0.1 * impedance["mean_k_per_w"][0]  # earlier there is nothing but rounding
        colour = f"C{number + 4}"
        axes.plot(time[seen], np.array(values)[seen], "--", color=colour, lw=1.6, label=f"mean of {name}")
    if len(others) > _MOST:
        axes.plot([], [], " ", label=f"{len(others) - _MOST} cooler sources left out")
    resolved = impedance["resolved_from_s"]
    if resolved > time[0]:
        axes.axvspan(time[0], min(resolved, time[-1]), color="0.9", label="cells too high")
    axes.set_xscale("log")
    axes.grid(alpha=0.3, which="both")
