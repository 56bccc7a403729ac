"""What a delamination releases: along its front in plan, and over steps and sizes of the starter crack."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from solver.output import csv_files
from solver.report.pictures import style
from solver.report.pictures.of_steps import OfStep

_MAP = "inferno_r"
_UPRIGHT = 6  # steps whose names have room beside each other


def draw(name: str, steps: list[OfStep], path: Path) -> Path:
    """Write the picture.

    Args:
        name: of the delamination.
        steps: it is there in.
        path: the PNG.
    """
    worst = max(steps, key=lambda one: float(one.entry["energy_release_j_per_m2"]))
    with style.picture(path, 7.2) as fig:
        fig.suptitle(f"Delamination {name}: energy release rate")
        plan, side = fig.subplots(1, 2, width_ratios=(1.1, 1.0))
        _front(plan, worst)
        if any(one.entry.get("over_size") for one in steps):
            _over_size(side, steps)
        else:
            _over_steps(side, steps)
    return path


def _front(axes: Axes, one: OfStep) -> None:
    table = csv_files.read(one.table)
    x, y, g = table["x_mm"], table["y_mm"], table["energy_release_j_per_m2"]
    shown = axes.scatter(x, y, c=g, cmap=_MAP, s=60, edgecolors="0.3", lw=0.4)
    axes.scatter(one.entry["at_x_mm"], one.entry["at_y_mm"], s=240, facecolors="none", edgecolors="k", lw=1.8)
    span = max(float(np.ptp(x)), float(np.ptp(y)), 1e-3 * float(table["growth_um"].max()))  # of one edge: its cell
    axes.set(
        xlim=(x.min() - 0.15 * span, x.max() + 0.15 * span), ylim=(y.min() - 0.15 * span, y.max() + 0.15 * span),
        aspect="equal", xlabel="x (mm)", ylabel="y (mm)", title=f"front, step '{one.step}' (circle: largest)",
    )  # fmt: skip
    axes.figure.colorbar(shown, ax=axes, label="G (J/m2)", shrink=0.85)


def _over_size(axes: Axes, steps: list[OfStep]) -> None:
    for number, one in enumerate(steps):
        sizes, look = one.entry.get("over_size") or [], style.line(number)
        factor = [size["factor"] for size in sizes]
        axes.plot(factor, [size["energy_release_j_per_m2"] for size in sizes], label=one.step, **look)
        if sizes and sizes[0]["utilisation"]:
            bears = [size["energy_release_j_per_m2"] / size["utilisation"] for size in sizes]
            axes.plot(factor, bears, ":", color=look["color"], label=f"{one.step}: toughness")
    axes.set(xlabel="size, as a factor of the starter crack drawn", ylabel="largest G (J/m2)")
    axes.set_ylim(bottom=0.0)
    axes.legend()


def _over_steps(axes: Axes, steps: list[OfStep]) -> None:
    names = [one.label for one in steps]
    axes.bar(names, [one.entry["energy_release_j_per_m2"] for one in steps], color=style.PALETTE[0], label="largest G")
    bears = [one.entry["critical"]["toughness_j_per_m2"] for one in steps if one.entry.get("critical")]
    if len(bears) == len(names):
        axes.plot(names, bears, "kD", label="toughness where it is nearest to growing")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)
    axes.set(xlabel="step", ylabel="G (J/m2)")
    axes.tick_params(axis="x", rotation=90 if len(names) > _UPRIGHT else 0)
