"""What materials with a memory do over time: warpage, degree of cure beside the glass transition, and mean stress."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from solver.metrics.sign import SignedShape, signed_or_size
from solver.output.in_time import TimedStep, timed
from solver.output.summary import parts
from solver.report.pictures import style, time_axis
from solver.report.pictures.time_axis import TimeAxis
from solver.report.pictures.warpage import length_unit
from solver.report.tables import number

Steps = list[dict[str, Any]]

_BESIDE, _ABOVE = 0.035, 0.05  # of width and height of a panel: numbers closer than both would cover each other
_POINT: dict[str, Any] = {"marker": "o", "markersize": 4, "lw": 2.2}
_LEGEND: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "frameon": False}


def has_memory(steps: Steps) -> bool:
    """True if something has a memory and the time of its increments is known."""
    return bool(timed(steps))


def cures(steps: Steps) -> bool:
    """True if something cures, or has a glass transition that follows a degree of cure."""
    return any(point.get("degree_of_cure_mean") is not None for step in timed(steps) for point in step.points)


def draw_warpage(steps: Steps, path: Path) -> Path:
    """Write the picture of the signed warpage over time.

    Args:
        steps: entries of the summary, in some of which something has a memory.
        path: the PNG.
    """
    shown = timed(steps)
    axis = TimeAxis(shown)
    warped = [[signed_or_size(SignedShape.of(point)) for point in step.points] for step in shown]
    unit, factor = length_unit(max(abs(value) for of_step in warped for value in of_step))
    with style.picture(path, 7.0) as fig:
        fig.suptitle("Warpage against time")
        axes = fig.subplots()
        time_axis.panel(axes, axis, shown, names=True)
        axes.axhline(0, color=style.GREY, linewidth=0.8)
        values = [[factor * value for value in of_step] for of_step in warped]
        time_axis.plot(axes, axis, shown, values, color="black", **_POINT)
        lowest, highest = min(map(min, values)), max(map(max, values))
        room = 0.08 * (highest - lowest or 1.0)
        axes.set(ylabel=f"signed warpage ({unit}), positive = convex", ylim=(lowest - room, highest + 1.5 * room))
        _numbers(axes, axis, shown, values)
        axes.grid(alpha=0.3, axis="y")
    return path


def _numbers(axes: Axes, axis: TimeAxis, shown: Sequence[TimedStep], values: Sequence[Sequence[float]]) -> None:
    """The warpage at the end of each step, where there is room."""
    written: list[tuple[float, float]] = []
    wide, high = _BESIDE * np.ptp(axes.get_xlim()), _ABOVE * np.ptp(axes.get_ylim())
    for step, part in zip(shown, values, strict=True):
        place, height = axis.of(step)[-1], part[-1]
        if any(abs(place - x) < wide and abs(height - y) < high for x, y in written):
            continue
        written.append((place, height))
        look: dict[str, Any] = {"ha": "right", "fontsize": 10, "zorder": 5}
        look["bbox"] = {"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.5}
        axes.annotate(number(height, 3), (place, height), xytext=(-3, 7), textcoords="offset points", **look)


def draw_cure(steps: Steps, path: Path) -> Path:
    """Write the picture of degree of cure and glass transition over time.

    Args:
        steps: entries of the summary; something cures.
        path: the PNG.
    """
    shown = timed(steps)
    axis = TimeAxis(shown)
    names = _curing(steps)
    with style.picture(path, 9.0) as fig:
        fig.suptitle("Degree of cure and glass transition against time" + (f": {names[0]}" if len(names) == 1 else ""))
        above, below = fig.subplots(2, 1, sharex=True)
        axis.draw(above)
        axis.names(above)
        _reading(above, axis, shown, "degree_of_cure_mean", color="C2", label="mean of what cures", **_POINT)
        above.set(ylabel="degree of cure", ylim=(-0.02, 1.05))
        axis.draw(below)
        hot = [[time_axis.of(point, "temperature_degc") for point in step.points] for step in shown]
        cold = [[time_axis.of(point, "glass_transition_degc") for point in step.points] for step in shown]
        time_axis.plot(below, axis, shown, hot, color=style.HOT, lw=1.8, label="temperature")
        time_axis.plot(below, axis, shown, cold, color="C0", label="glass transition", **_POINT)
        _rubber(below, axis, shown, hot, cold)
        below.set(ylabel="degC")
        axis.label(below)
        if len(names) > 1:
            _at_ends(above, axis, shown, names, "degree_of_cure_mean")
            _at_ends(below, axis, shown, names, "glass_transition_degc")
            above.legend(**_LEGEND)
        below.legend(**_LEGEND)
        for axes in (above, below):
            axes.grid(alpha=0.3, axis="y")
    return path


def _reading(axes: Axes, axis: TimeAxis, shown: Sequence[TimedStep], key: str, **look: Any) -> None:
    values = [[time_axis.of(point, key) for point in step.points] for step in shown]
    time_axis.plot(axes, axis, shown, values, **look)


def _rubber(
    axes: Axes,
    axis: TimeAxis,
    shown: Sequence[TimedStep],
    hot: Sequence[Sequence[float]],
    cold: Sequence[Sequence[float]],
) -> None:
    """Where the temperature is above the glass transition."""
    x = np.array([place for step in shown for place in axis.of(step)])
    t, tg = (np.array([value for part in values for value in part]) for values in (hot, cold))
    where = np.nan_to_num(t, nan=-np.inf) > np.nan_to_num(tg, nan=np.inf)
    label = "above it: rubber, or not yet set"
    axes.fill_between(x, t, tg, where=where, interpolate=True, color=style.HOT, alpha=0.18, lw=0, label=label)


def _at_ends(axes: Axes, axis: TimeAxis, shown: Sequence[TimedStep], names: Sequence[str], key: str) -> None:
    """Marks of every layer and region at the ends of steps."""
    for place, name in enumerate(names):
        ends = [(axis.of(step)[-1], parts(step.entry).get(name, {}).get(key)) for step in shown]
        points = [end for end in ends if end[1] is not None]
        if points:
            look = {"color": f"C{(place + 3) % 10}", "marker": style.line(place)["marker"], "linestyle": "none"}
            axes.plot(*zip(*points, strict=True), label=f"{name}, end of step", markersize=8, **look)


def draw_stress(steps: Steps, path: Path) -> Path:
    """Write the picture of the mean stress of layers and regions with a memory over time.

    Args:
        steps: entries of the summary.
        path: the PNG.
    """
    shown = timed(steps)
    axis = TimeAxis(shown)
    names = list(dict.fromkeys(name for step in shown for point in step.points for name in _means(point)))[::-1]
    panels: tuple[tuple[str, Callable[[Sequence[float]], float]], ...] = (
        ("mean of stress xx and yy (MPa),\ntension positive", lambda s: 0.5 * (s[0] + s[1])),
        ("von Mises stress of the\nmean stress (MPa)", von_mises),
    )
    with style.picture(path, 9.5) as fig:
        fig.suptitle("Mean stress of layers and regions with a memory, against time")
        rows = fig.subplots(2, 1, sharex=True)
        for axes, (title, measure) in zip(rows, panels, strict=True):
            time_axis.panel(axes, axis, shown, names=axes is rows[0])
            axes.axhline(0, color=style.GREY, linewidth=0.8)
            for place, name in enumerate(names):
                values = [[_measured(point, name, measure) for point in step.points] for step in shown]
                time_axis.plot(axes, axis, shown, values, label=name, markersize=4, lw=2.0, **style.line(place))
            axes.set(ylabel=title)
            axes.grid(alpha=0.3, axis="y")
        rows[0].set_xlabel("")
        rows[0].legend(title="top first", **_LEGEND | {"bbox_to_anchor": (1.08, 1.0)}, **style.legend(len(names)))
    return path


def _measured(point: dict[str, Any], name: str, measure: Callable[[Sequence[float]], float]) -> float:
    mean = _means(point).get(name)
    return np.nan if mean is None else measure(mean["stress_mpa"])


def von_mises(stress: Sequence[float]) -> float:
    """Of xx yy zz yz xz xy."""
    x, y, z, yz, xz, xy = stress
    return float(np.sqrt(0.5 * ((x - y) ** 2 + (y - z) ** 2 + (z - x) ** 2) + 3.0 * (yz**2 + xz**2 + xy**2)))


def _means(point: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = point.get("block_means") or {}
    return found


def _curing(steps: Steps) -> list[str]:
    """Layers and regions with a degree of cure."""
    found = [name for step in steps for name, block in parts(step).items() if "degree_of_cure_mean" in block]
    return list(dict.fromkeys(found))
