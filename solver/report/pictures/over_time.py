"""Warpage and stress of layers and regions against the time of a transient."""

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from solver.metrics.sign import SignedShape, signed_or_size
from solver.output import over_time
from solver.output.summary import parts
from solver.report.pictures import style

_FEWEST = 2  # moments that make a course


def has_course(steps: list[dict[str, Any]]) -> bool:
    """True if there are two moments or more."""
    return len(over_time.course(steps)) >= _FEWEST


def draw(steps: list[dict[str, Any]], blocks: list[str], path: Path) -> Path:
    """Write the picture.

    Args:
        steps: entries of the summary.
        blocks: names of all blocks, bottom to top.
        path: the PNG.
    """
    points = over_time.course(steps)
    time = [point["thermal_time_s"] for point in points]
    with style.picture(path, 9.5) as fig:
        fig.suptitle("Warpage and stress against time")
        panels = fig.subplots(3, 1, sharex=True, height_ratios=[2.0, 1.5, 2.5])
        warp, hot, stress = panels
        warp.plot(time, [signed_or_size(SignedShape.of(point)) for point in points], "ko-", lw=2.2)
        warp.set(ylabel="warpage (um),\nconvex positive")
        for key, words, colour in (("max", "highest", "C3"), ("min", "lowest", "C0")):
            values = [point[f"{key}_temperature_degc"] for point in points]
            hot.plot(time, values, "o-", color=colour, lw=2.2, label=words)
        hot.set(ylabel="temperature (degC)")
        hot.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
        for number, name in enumerate(reversed(blocks)):
            values = [parts(point).get(name, {}).get("max_von_mises_mpa") for point in points]
            if None not in values:
                stress.plot(time, values, lw=1.8, label=name, **style.line(number))
        stress.set(xlabel="time (s)", ylabel="largest von\nMises stress (MPa)", ylim=(0, None))
        look = style.legend(len(stress.lines))
        stress.legend(title="top first", loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, **look)
        for axes in panels:
            axes.grid(alpha=0.3)
            _ends(axes, steps)
        for step in _in_time(steps):
            where = (step["thermal_time_s"], 1.02)
            warp.text(*where, step["name"], transform=warp.get_xaxis_transform(), ha="right", fontsize=10)
    return path


def _ends(axes: Axes, steps: list[dict[str, Any]]) -> None:
    """Lines where steps end."""
    for step in _in_time(steps):
        axes.axvline(step["thermal_time_s"], color="grey", linestyle=":", lw=1.5)


def _in_time(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [step for step in steps if step.get("thermal_time_s") is not None]
