"""Temperature and power against time, the time on a logarithmic axis."""

from pathlib import Path
from typing import Any

import numpy as np

from solver.results.pictures import style

_MOST = 10  # regions that have room in a legend


def draw(history: dict[str, Any], path: Path) -> Path:
    """Write the picture.

    Args:
        history: of the `thermal` part of the summary.
        path: the PNG.
    """
    time = np.array(history["time_s"])
    later = time > 0  # no place for 0 on this axis
    regions = sorted(history["regions"].items(), key=lambda item: -max(item[1]["max_temperature_degc"]))
    left_out = len(regions) - _MOST
    with style.picture(path, 8.2) as fig:
        above, below = fig.subplots(2, 1, sharex=True, height_ratios=[3.0, 1.0])
        for number, (name, region) in enumerate(regions[:_MOST]):
            colour = f"C{number}"
            above.plot(time[later], np.array(region["max_temperature_degc"])[later], color=colour, lw=2.2, label=name)
            mean = np.array(region["mean_temperature_degc"])[later]
            above.plot(time[later], mean, color=colour, lw=1.2, linestyle="--")
        above.set_xscale("log")
        above.grid(alpha=0.3, which="both")
        above.set_ylabel("temperature (degC)")
        rest = f"; {left_out} cooler regions left out" if left_out > 0 else ""
        above.set_title(f"Temperature of the regions against time: highest (solid) and mean (dashed){rest}")
        above.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
        below.plot(time[later], np.array(history["power_w"])[later], color="black", lw=2.0, label="made")
        for boundary in history["boundaries"]:
            heat = np.array([np.nan if value is None else value for value in boundary["heat_w"]])
            below.plot(time[later], heat[later], lw=1.8, label=f"out through {boundary['face']}")
        below.grid(alpha=0.3, which="both")
        below.set(xlabel="time (s)", ylabel="heat (W)")
        below.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
    return path
