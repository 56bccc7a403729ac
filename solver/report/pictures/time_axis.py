"""An axis of time for processes whose steps last seconds and months: a band for each step.

Where the steps are of like length the axis is linear. Otherwise every step gets a band as wide as the logarithm of its
length wants; a hold that is long beside the others has its own clock, logarithmic from the time its first increment
took, because what relaxes does most of it in the beginning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from solver.output.in_time import TimedStep
from solver.report.pictures import style

_LIKE = 30.0  # ratio of the longest step to the shortest up to which the axis is linear
_LONG = 10.0  # times the median of all steps: a hold longer than that has its own clock
_NARROW = 0.35  # width of the shortest step beside one ten times as long
_MOST_NAMES = 8  # that stand upright over their bands
_LETTERS = 90  # of names in one row over the picture
_FINEST = 0.035  # of the axis: distance of two ticks
_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_CLOCK = (1.0, 10.0, 60.0, 600.0, 3600.0, 36000.0, 86400.0, 864000.0, 8640000.0, 86400000.0)


@dataclass(frozen=True)
class _Band:
    """A step on the axis.

    Attributes:
        step: of the process.
        left, right: where it is.
        clock: seconds from which on it is logarithmic; None: linear.
    """

    step: TimedStep
    left: float
    right: float
    clock: float | None

    def at(self, time: float) -> float:
        """Place of a time since the process began (s)."""
        lasts = self.step.end - self.step.begin
        if lasts <= 0.0:
            return self.right
        since = min(max(time - self.step.begin, 0.0), lasts)
        share = since / lasts if self.clock is None else np.log1p(since / self.clock) / np.log1p(lasts / self.clock)
        return float(self.left + share * (self.right - self.left))


class TimeAxis:
    """Where moments of a process are on an axis.

    Args:
        steps: of the process, one at least.
    """

    def __init__(self, steps: Sequence[TimedStep]) -> None:
        lasting = np.array([step.end - step.begin for step in steps])
        some = lasting[lasting > 0.0]
        self.is_linear = not len(some) or some.max() <= _LIKE * some.min()
        if self.is_linear:
            self._unit = next((unit for unit in _UNITS if steps[-1].end >= 2.0 * unit[0]), _UNITS[-1])
            edges = np.array([steps[0].begin, *(step.end for step in steps)]) / self._unit[0]
            clocks: list[float | None] = [None] * len(steps)
        else:
            widths = np.where(lasting > 0.0, _NARROW + np.log10(np.maximum(lasting, some.min()) / some.min()), 0.0)
            edges = np.concatenate([[0.0], np.cumsum(widths)])
            long = _LONG * float(np.median(some))
            clocks = [_clock(step) if lasts > long else None for step, lasts in zip(steps, lasting, strict=True)]
        places = zip(steps, edges[:-1], edges[1:], clocks, strict=True)
        self._bands = [_Band(step, float(left), float(right), clock) for step, left, right, clock in places]

    def of(self, step: TimedStep) -> list[float]:
        """Places of the increments of a step."""
        band = next(band for band in self._bands if band.step is step)
        return [band.at(point["time_s"]) for point in step.points]

    def draw(self, axes: Axes) -> None:
        """Light bands, one for each step."""
        for number, band in enumerate(band for band in self._bands if band.right > band.left):
            if number % 2 == 0:
                axes.axvspan(band.left, band.right, color="#eef2f6", zorder=0, linewidth=0)
            axes.axvline(band.right, color="#c3ccd5", linewidth=0.8, zorder=0)
        axes.set_xlim(self._bands[0].left, self._bands[-1].right)

    def names(self, axes: Axes) -> None:
        """Names of the steps over their bands."""
        total = sum(len(band.step.name) for band in self._bands)
        tilted = len(self._bands) > _MOST_NAMES or total > _LETTERS
        look: dict[str, Any] = {"ha": "center", "fontsize": 11}
        if tilted:
            look = {"rotation": 40, "ha": "left", "fontsize": 10}
        where = axes.get_xaxis_transform()
        last, width = -np.inf, self._bands[-1].right - self._bands[0].left
        for band in self._bands:
            middle = 0.5 * (band.left + band.right)
            if middle - last < 0.012 * width:  # it would be written over its neighbour
                continue
            last = middle
            axes.text(middle, 1.01, band.step.name, transform=where, va="bottom", rotation_mode="anchor", **look)

    def label(self, axes: Axes) -> None:
        """Ticks and the name of the axis."""
        if self.is_linear:
            axes.set_xlabel(f"time since the process began ({self._unit[1]})")
            return
        found = [(self._bands[0].left, in_words(self._bands[0].step.begin))]
        for band in self._bands:
            found += [(band.at(band.step.begin + clock), f"+{in_words(clock)}") for clock in _inside(band)]
            found.append((band.right, in_words(band.step.end)))
        ends = {band.right for band in self._bands} | {found[0][0]}
        shown = _apart(found, ends, _FINEST * (self._bands[-1].right - self._bands[0].left))
        axes.set_xticks(
            [place for place, _ in shown], [text for _, text in shown], rotation=40, ha="right", fontsize=10
        )
        for tick in axes.get_xticklabels():
            tick.set_rotation_mode("anchor")
        own = "; in long holds logarithmic from their begin (+)" if any(band.clock for band in self._bands) else ""
        axes.set_xlabel(f"time since the process began, a band for each step{own}")


def in_words(seconds: float) -> str:
    """`30 s`, `5 min`, `4.08 h`, `30 d`."""
    size, unit = next((unit for unit in _UNITS if seconds >= unit[0]), _UNITS[-1])
    return f"{seconds / size:.3g} {unit}" if seconds else "0"


def _clock(step: TimedStep) -> float | None:
    """Seconds the first increment of a hold took; None for a ramp."""
    degrees = {point.get("temperature_degc") for point in step.points}
    first = step.points[0]["time_s"] - step.begin
    return first if len(degrees) == 1 and 0.0 < first < step.end - step.begin else None


def _inside(band: _Band) -> list[float]:
    if band.clock is None:
        return []
    return [clock for clock in _CLOCK if band.clock < clock < 0.7 * (band.step.end - band.step.begin)]


def _apart(ticks: Sequence[tuple[float, str]], first: set[float], distance: float) -> list[tuple[float, str]]:
    """Ticks not closer than a distance; those at `first` go before others, the last of all is kept."""
    kept: list[tuple[float, str]] = [ticks[-1]]
    for choice in (True, False):
        for place, text in ticks:
            if (place in first) is choice and all(abs(place - other) >= distance for other, _ in kept):
                kept.append((place, text))
    return sorted(kept)


def plot(
    axes: Axes,
    axis: TimeAxis,
    steps: Sequence[TimedStep],
    values: Sequence[Sequence[float]],
    **look: Any,
) -> None:
    """A line through the increments of all steps.

    Args:
        axes: to draw in.
        axis: of the time.
        steps: of the process.
        values: of the increments of each step; NaN where there is none.
        look: of the line.
    """
    x: list[float] = []
    y: list[float] = []
    for step, part in zip(steps, values, strict=True):
        x += axis.of(step)
        y += part
    axes.plot(x, y, **look)


def panel(axes: Axes, axis: TimeAxis, steps: Sequence[TimedStep], names: bool = False) -> Axes:
    """Bands of the steps and the temperature behind the lines of a panel.

    Args:
        axes: of the panel.
        axis: of the time.
        steps: of the process.
        names: True if they stand over the bands.

    Returns:
        The axes of the temperature.
    """
    right = axes.twinx()
    axis.draw(right)
    values = [[of(point, "temperature_degc") for point in step.points] for step in steps]
    plot(right, axis, steps, values, color=style.HOT, lw=1.6, linestyle=(0, (4, 2)))
    right.set_ylabel("temperature (degC), dashed", color=style.HOT)
    right.tick_params(axis="y", colors=style.HOT)
    right.spines["right"].set_visible(True)
    right.spines["right"].set_color(style.HOT)
    axes.set_zorder(right.get_zorder() + 1)
    axes.patch.set_visible(False)
    axis.label(axes)
    if names:
        axis.names(axes)
    return right


def of(point: dict[str, Any], key: str) -> float:
    """A number of an entry, NaN where it is not there."""
    value = point.get(key)
    return np.nan if value is None else float(value)
