"""Signed warpage against temperature: the way from step to step, heating and cooling apart, and curves of single steps.

A step goes on from the one before if the layers are the same: then its curve is the way between their temperatures, as
along a reflow profile (JESD22-B112: positive is convex). A package cut out of its panel has axes of its own. Where
materials have a memory the way is that of the increments in time, holds too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D

from solver.arrays import Array
from solver.metrics.sign import SignedShape, signed_or_size
from solver.output import in_time
from solver.report.pictures import style
from solver.report.pictures.warpage import length_unit
from solver.report.tables import number

_LABELLED = 6  # points of a curve that have room for their numbers
_ROOM = 25.0  # degC
_NEAR = 10.0  # K from room temperature that count as room temperature
_SAME = 1e-3  # K
_SHORTEST = 15.0  # K: length of the line of a limit at least
_LIMIT_LOOKS = ("-", "-.")
_PALETTE = 10  # lines that have a colour of their own in Matplotlib's cycle
_NAMED = 24  # lines whose names have room
_MAP = "turbo"  # of more lines than have a colour of their own
_ZERO = 1e-4  # of the height of the picture
_APART = 0.03  # of the height of the picture: numbers closer than this would cover each other
_KINDS: dict[str, dict[str, Any]] = {
    "heating": {"linestyle": "-", "linewidth": 3.4, "markersize": 8},
    "cooling": {"linestyle": "--", "linewidth": 2.0, "markersize": 5},
    "hold": {"linestyle": ":", "linewidth": 2.2, "markersize": 4},
}

Point = tuple[float, float]  # degC, um


@dataclass(frozen=True)
class Branch:
    """What a step adds to the picture.

    Attributes:
        name: of the step.
        way: points from where it starts to where it ends, in order; of a step that does not go on from another all its
            points by temperature.
        aside: points of a joined step off its way, by temperature.
        joined: True if it goes on from the step before.
        singulated: True of a package cut out.
        unsigned: points of the above whose shape has no sign.
        in_time: True if the way is that of increments in time.
    """

    name: str
    way: tuple[Point, ...]
    aside: tuple[Point, ...]
    joined: bool
    singulated: bool
    unsigned: tuple[Point, ...] = ()
    in_time: bool = False

    @property
    def heating(self) -> bool:
        """True if it ends hotter than it starts."""
        return self.way[-1][0] > self.way[0][0]

    @property
    def holding(self) -> bool:
        """True if its temperature does not change."""
        return abs(self.way[-1][0] - self.way[0][0]) <= _SAME

    @property
    def kind(self) -> str:
        """A key of `_KINDS`."""
        return "hold" if self.holding else "heating" if self.heating else "cooling"


def branches(steps: list[dict[str, Any]]) -> list[Branch]:
    """The branches of steps at uniform temperature, in order; of single points none.

    Args:
        steps: entries of the summary.
    """
    found: list[Branch] = []
    before: dict[str, Any] | None = None
    for step in steps:
        if step.get("temperature_degc") is None:
            before = None
            continue
        points = {point["temperature_degc"]: _point(point) for point in (*(step.get("curve") or ()), step)}
        start = before if before is not None and _goes_on(before, step) else None
        if in_time.increments(step):
            branch = _in_time(step, _point(before) if before is not None and _is_like(before, step) else None)
        else:
            branch = _alone(step, points) if start is None else _joined(step, points, _point(start))
        no_sign = [point for point in (*(step.get("curve") or ()), step) if point.get("signed_warpage_um", 0.0) is None]
        branch = replace(branch, unsigned=tuple(map(_point, no_sign)))
        if len(branch.way) > 1:
            found.append(branch)
        before = step
    return found


@dataclass
class _Numbers:
    """Numbers written beside points; one that would be written over another of the same place is left out."""

    axes: Axes
    written: list[Point] = field(default_factory=list)

    def write(self, place: Point) -> None:
        """Write the ordinate of a point above it, unless it is zero beside the others."""
        low, high = self.axes.get_ylim()
        if abs(place[1]) < _ZERO * (high - low):
            return
        if any(abs(x - place[0]) < _SAME and abs(y - place[1]) < _APART * (high - low) for x, y in self.written):
            return
        self.written.append(place)
        look: dict[str, Any] = {"ha": "center", "fontsize": 11, "zorder": 5}
        look["bbox"] = {"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.5}
        self.axes.annotate(number(place[1], 3), place, xytext=(0, 10), textcoords="offset points", **look)


def draw(steps: list[dict[str, Any]], path: Path, limits: Sequence[dict[str, Any]] = ()) -> Path:
    """Write the picture.

    Args:
        steps: entries of the summary; some have branches.
        path: the PNG.
        limits: `warpage_limits` of the summary, of the last part drawn.
    """
    shown = branches(steps)
    panels = {
        "": [branch for branch in shown if not branch.singulated],
        ", package cut out": [branch for branch in shown if branch.singulated],
    }
    panels = {what: part for what, part in panels.items() if part}
    with style.picture(path, 7.0 * len(panels)) as fig:
        rows = fig.subplots(len(panels), 1, squeeze=False)[:, 0]
        for axes, (what, part) in zip(rows, panels.items(), strict=True):
            _panel(axes, part, limits if axes is rows[-1] else ())
            axes.set_title(f"Warpage against temperature{what}", pad=28)
    return path


def _panel(axes: Axes, shown: list[Branch], limits: Sequence[dict[str, Any]]) -> None:
    points = [point for branch in shown for point in (*branch.way, *branch.aside)]
    unit, factor = length_unit(max(abs(warpage) for _, warpage in points))
    colours = colormaps[_MAP](np.linspace(0.0, 1.0, len(shown)))
    for place, branch in enumerate(shown):
        _line(axes, branch, factor, f"C{place}" if len(shown) <= _PALETTE else colours[place])
    _unsigned(axes, [point for branch in shown for point in branch.unsigned], factor)
    _limits(axes, limits, max(celsius for celsius, _ in points), factor)
    axes.axhline(0, color=style.GREY, linewidth=0.8)
    axes.grid(alpha=0.3)
    axes.margins(0.06, 0.12)
    axes.set(xlabel="temperature (degC)", ylabel=f"signed warpage ({unit}), positive = convex (JESD22-B112)")
    numbers = _Numbers(axes)
    marked = [branch.way[:: len(branch.way) - 1] if branch.in_time else branch.way for branch in shown if branch.joined]
    _mark(axes, [point for way in marked for point in way], factor, numbers)
    for branch in shown:
        for celsius, warpage in branch.way if not branch.joined and len(branch.way) <= _LABELLED else ():
            numbers.write((celsius, factor * warpage))
    if len(shown) > _NAMED:
        _kinds(axes, shown)
        return
    look = style.legend(len(axes.get_legend_handles_labels()[0]))
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, **look)


def _kinds(axes: Axes, shown: Sequence[Branch]) -> None:
    """A legend of what is heated, cooled and held and of all that is no step, and a bar of colours for the steps."""
    handles: list[Artist] = [Line2D([], [], color=style.GREY, label=kind, **look) for kind, look in _KINDS.items()]
    steps = {name for branch in shown for name in (branch.name, f"{branch.name}, {branch.kind}")}
    handles += [one for one, label in zip(*axes.get_legend_handles_labels(), strict=True) if label not in steps]
    below: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.1), "ncols": len(handles)}
    axes.legend(handles=handles, frameon=False, **below)
    figure = axes.get_figure()
    assert figure is not None
    bar = ScalarMappable(Normalize(1, len(shown)), _MAP)
    figure.colorbar(bar, ax=axes, label="steps, from the first to the last")


def _goes_on(before: dict[str, Any], step: dict[str, Any]) -> bool:
    return _is_like(before, step) and abs(before["temperature_degc"] - step["temperature_degc"]) > _SAME


def _is_like(before: dict[str, Any], step: dict[str, Any]) -> bool:
    """True if the layers are the same."""
    same = list(before.get("layers") or ()) == list(step.get("layers") or ())
    return same and _is_cut_out(before) == _is_cut_out(step)


def _in_time(step: dict[str, Any], start: Point | None) -> Branch:
    """Increments in the order of time; looks aside at other temperatures."""
    way = [] if start is None else [start]
    way += [_point(point) for point in in_time.increments(step) if point["temperature_degc"] is not None]
    if way[-1:] != [_point(step)]:
        way.append(_point(step))
    aside = {_point(point) for point in step["curve"] if point.get("time_s") is None}
    joined = len(way) > 1
    return Branch(step["name"], tuple(way), tuple(sorted(aside)), joined, _is_cut_out(step), in_time=True)


def _alone(step: dict[str, Any], points: dict[float, Point]) -> Branch:
    return Branch(step["name"], tuple(sorted(points.values())), (), False, _is_cut_out(step))


def _joined(step: dict[str, Any], points: dict[float, Point], start: Point) -> Branch:
    end = step["temperature_degc"]
    low, high = sorted((start[0], end))
    on = [points[kelvin] for kelvin in points if low + _SAME < kelvin < high - _SAME]
    way = (start, *sorted(on, reverse=end < start[0]), points[end])
    aside = sorted(points[kelvin] for kelvin in points if not low - _SAME <= kelvin <= high + _SAME)
    return Branch(step["name"], way, tuple(aside), True, _is_cut_out(step))


def _is_cut_out(step: dict[str, Any]) -> bool:
    return bool(step.get("singulated"))


def _point(entry: dict[str, Any]) -> Point:
    return float(entry["temperature_degc"]), signed_or_size(SignedShape.of(entry))


def _line(axes: Axes, branch: Branch, factor: float, colour: Any) -> None:
    scale = np.array([[1.0], [factor]])
    x, y = np.array(branch.way).T * scale
    look: dict[str, Any] = {"linestyle": "-", "linewidth": 2.2, "markersize": 7, "label": branch.name}
    if branch.joined:
        look |= _KINDS[branch.kind] | {"label": f"{branch.name}, {branch.kind}"}
    if branch.in_time:
        look["markersize"] = 4
    axes.plot(x, y, marker="o", color=colour, **look)
    if branch.joined and not branch.holding:
        _arrow(axes, x, y, colour)
    if branch.aside:
        x, y = np.array(branch.aside).T * scale
        axes.plot(x, y, marker="o", markerfacecolor="white", linestyle=":", linewidth=1.0, color=colour)


def _unsigned(axes: Axes, points: list[Point], factor: float) -> None:
    """Crosses over points whose sign is none; drawn is their size."""
    if points:
        x, y = np.array(points).T
        look: dict[str, Any] = {"marker": "x", "color": "black", "linestyle": "none", "markersize": 11, "zorder": 4}
        axes.plot(x, factor * y, label="no sign (saddle, twist): size", **look)


def _limits(axes: Axes, limits: Sequence[dict[str, Any]], hottest: float, factor: float) -> None:
    """Largest warpage allowed while the solder is soft, convex above and concave below."""
    for one, look in zip(limits, _LIMIT_LOOKS, strict=False):
        ends = [one["hot_from_degc"], max(hottest, one["hot_from_degc"] + _SHORTEST)]
        for key, sign in (("convex_um", 1.0), ("concave_um", -1.0)):
            label = one["standard"] if sign > 0 else None
            height = 2 * [sign * factor * one[key]]
            axes.plot(ends, height, color="#c00000", linewidth=2.6, linestyle=look, label=label, zorder=1)


def _arrow(axes: Axes, x: Array, y: Array, colour: Any) -> None:
    """An arrow head in the middle of the longest stretch of a line."""
    piece = int(np.argmax(np.abs(np.diff(x))))
    tail, head = (
        tuple(float(part * line[piece + 1] + (1 - part) * line[piece]) for line in (x, y)) for part in (0.45, 0.6)
    )
    arrow = {"arrowstyle": "-|>", "color": colour, "mutation_scale": 28, "lw": 0}
    axes.annotate("", (head[0], head[1]), (tail[0], tail[1]), arrowprops=arrow)


def _mark(axes: Axes, points: list[Point], factor: float, numbers: _Numbers) -> None:
    """Room temperature and peak of the way, with their warpage."""
    if not points:
        return
    marks = {"peak": max(points)[0]}
    room = min((kelvin for kelvin, _ in points), key=lambda kelvin: abs(kelvin - _ROOM))
    if abs(room - _ROOM) < _NEAR:
        marks["room temperature"] = room
    for name, celsius in marks.items():
        axes.axvline(celsius, color=style.GREY, linewidth=1.0, linestyle=(0, (2, 3)))
        axes.annotate(
            f"{name}, {celsius:.4g} degC", (celsius, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 4),
            textcoords="offset points", ha="center", va="bottom", color=style.GREY, fontsize=11,
        )  # fmt: skip
        for kelvin, warpage in points:
            if abs(kelvin - celsius) < _SAME:
                numbers.write((kelvin, factor * warpage))
