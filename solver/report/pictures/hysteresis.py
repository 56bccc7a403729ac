"""Loops of stress over strain of layers and regions that yield or creep.

Shown is the largest of three differences of normal stresses and three shear stresses, means over a block. In a
difference of normal strains an expansion that is the same along all axes drops out, so the area of a loop is work that
is dissipated; where sigma_zz is zero, as in a thin film, xx - zz is the stress of the film.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes

from solver.arrays import Array
from solver.output.in_time import timed
from solver.output.summary import parts
from solver.report.pictures import style

_MOST = 6  # blocks that have room
_LEAST = 1e-7  # inelastic strain that counts
_STILL = 1e-6  # K
_FEWEST = 3  # points that make a loop
_ANSWERS = np.array(  # rows: what is shown, of xx yy zz yz xz xy
    [
        [1, 0, -1, 0, 0, 0],
        [0, 1, -1, 0, 0, 0],
        [1, -1, 0, 0, 0, 0],
        [0, 0, 0, 1, 0, 0],
        [0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 1],
    ],
    dtype=np.float64,
)
_WORDS = ("xx - zz", "yy - zz", "xx - yy", "yz", "xz", "xy")


@dataclass(frozen=True)
class Loop:
    """Mean stress over mean strain of a block.

    Attributes:
        name: of the block.
        component: in words.
        stress: (points,) MPa.
        strain: (points,) since birth; engineering shear.
        cycle: (points,) number of the thermal cycle, 0 before the first.
    """

    name: str
    component: str
    stress: Array
    strain: Array
    cycle: Array


def loops(steps: list[dict[str, Any]]) -> list[Loop]:
    """Of every block with an inelastic strain, those with most work first.

    Args:
        steps: entries of the summary.
    """
    shown = timed(steps)
    points = [point for step in shown for point in step.points]
    number = cycles([point.get("temperature_degc") for point in points])
    found = []
    for name in _flowing(steps):
        there = [place for place, point in enumerate(points) if name in (point.get("block_means") or ())]
        means = [points[place]["block_means"][name] for place in there]
        if len(means) < _FEWEST:
            continue
        stress = np.array([mean["stress_mpa"] for mean in means]) @ _ANSWERS.T
        strain = np.array([mean["strain"] for mean in means]) @ _ANSWERS.T
        most = int(np.argmax(np.ptp(stress, axis=0)))
        found.append(Loop(name, _WORDS[most], stress[:, most], strain[:, most], number[there]))
    return found


def cycles(degrees: Sequence[float | None]) -> Array:
    """Number of the cycle each temperature belongs to: a new one begins where cooling turns to heating, from 0.

    Args:
        degrees: of increments in turn (degC); None in a temperature field, which is passed over.
    """
    number, falls, before = 0, False, None
    found = []
    for degree in degrees:
        if degree is not None and before is not None and abs(degree - before) > _STILL:
            if degree > before and falls:
                number += 1
            falls = degree < before
        before = before if degree is None else degree
        found.append(number)
    return np.array(found, dtype=np.intp)


def draw(steps: list[dict[str, Any]], path: Path) -> Path:
    """Write the picture.

    Args:
        steps: entries of the summary; some block has a loop.
        path: the PNG.
    """
    found = loops(steps)
    shown, left_out = found[:_MOST], len(found) - _MOST
    columns = min(len(shown), 3)
    rows = -(-len(shown) // columns)
    with style.picture(path, 7.0 * rows if rows == 1 else 5.5 * rows) as fig:
        rest = f"; {left_out} with less work left out" if left_out > 0 else ""
        fig.suptitle(f"Stress against strain of what yields or creeps, means over its volume{rest}")
        panels = fig.subplots(rows, columns, squeeze=False).ravel()
        last = max(int(loop.cycle.max()) for loop in shown)
        for axes, loop in zip(panels, shown, strict=False):
            _panel(axes, loop, last)
        for axes in panels[len(shown) :]:
            axes.set_visible(False)
        panels[columns - 1].legend(
            loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, **style.legend(last + 1)
        )
    return path


def _panel(axes: Axes, loop: Loop, last: int) -> None:
    axes.axhline(0, color=style.GREY, linewidth=0.8)
    colours = colormaps["viridis"](np.linspace(0.0, 0.9, max(last, 1)))
    for number in range(last + 1):
        inside = np.flatnonzero(loop.cycle == number)
        if not len(inside):
            axes.plot([], [], color=_colour(colours, number), label=_label(number))
            continue
        start = max(inside[0] - 1, 0)
        piece = slice(start, inside[-1] + 1)
        look: dict[str, Any] = {"marker": "o", "markersize": 3, "lw": 2.0, "color": _colour(colours, number)}
        axes.plot(100.0 * loop.strain[piece], loop.stress[piece], label=_label(number), **look)
    axes.plot(100.0 * loop.strain[-1], loop.stress[-1], "s", color="black", markersize=8, label="end")
    axes.grid(alpha=0.3)
    words = loop.component
    shear = "" if "-" in words else ", engineering"
    axes.set(title=loop.name, xlabel=f"strain {words} since birth (%){shear}", ylabel=f"stress {words} (MPa)")


def _colour(colours: Array, number: int) -> Any:
    return style.GREY if number == 0 else colours[number - 1]


def _label(number: int) -> str:
    return "until first heated after cooling" if number == 0 else f"cycle {number}"


def _flowing(steps: list[dict[str, Any]]) -> list[str]:
    """Blocks with an inelastic strain, those with most work per volume first."""
    work: dict[str, float] = {}
    for step in steps:
        for name, block in parts(step).items():
            if (block.get("equivalent_inelastic_strain_max") or 0.0) > _LEAST:
                work[name] = max(work.get(name, 0.0), block.get("inelastic_work_mean_mpa") or 0.0)
    return sorted(work, key=lambda name: -work[name])
