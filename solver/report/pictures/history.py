"""Stress and strain energy of every layer and region from step to step."""

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from solver.output.summary import parts
from solver.report.pictures import style

PANELS = {  # key of a block in the summary -> title of the axis
    "max_von_mises_mpa": "largest von Mises stress (MPa)",
    "strain_energy_mj": "strain energy (mJ)",
}
_DECADES = 100.0  # ratio of the values from which on the axis is logarithmic
_LONG = 16  # letters of a step's name that fit beside its neighbours


def has_history(steps: list[dict[str, Any]]) -> bool:
    """True if there are two steps or more whose parts have energies."""
    return len([step for step in steps if _with(step, "strain_energy_mj")]) > 1


def draw(steps: list[dict[str, Any]], blocks: list[str], path: Path) -> Path:
    """Write the picture.

    Args:
        steps: entries of the summary.
        blocks: names of all blocks, bottom to top.
        path: the PNG.
    """
    with style.picture(path, 7.0) as fig:
        fig.suptitle("History of layers and regions")
        panels = fig.subplots(1, len(PANELS))
        for axes, (key, title) in zip(panels, PANELS.items(), strict=True):
            _panel(axes, steps, blocks[::-1], key)
            axes.set(ylabel=title)
        look = style.legend(len(panels[-1].lines))
        panels[-1].legend(title="top first", loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, **look)
    return path


def _panel(axes: Axes, steps: list[dict[str, Any]], blocks: list[str], key: str) -> None:
    for number, name in enumerate(blocks):
        points = [(index, _with(step, key)[name]) for index, step in enumerate(steps) if name in _with(step, key)]
        if not points:
            continue
        axes.plot(*zip(*points, strict=True), linewidth=2.2, label=name, **style.line(number))
    values = [value for step in steps for value in _with(step, key).values() if value > 0]
    if values and max(values) > _DECADES * sorted(values)[len(values) // 4]:
        axes.set_yscale("symlog", linthresh=max(values) * 1e-3)
    axes.set_ylim(bottom=0)
    tilted = max(len(step["name"]) for step in steps) * len(steps) > 4 * _LONG
    names = [f"{step['name']}{', ' if tilted else chr(10)}{_celsius(step)}" for step in steps]
    look: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if tilted else {}
    axes.set_xticks(range(len(steps)), names, fontsize=10 if tilted else None, **look)
    axes.grid(alpha=0.3)


def _with(step: dict[str, Any], key: str) -> dict[str, float]:
    """Block -> value of a step."""
    return {name: float(block[key]) for name, block in parts(step).items() if block.get(key) is not None}


def _celsius(step: dict[str, Any]) -> str:
    temperature = step.get("temperature_degc")
    if temperature is not None:
        return f"{temperature:.4g} degC"
    time = step.get("thermal_time_s")
    return "temperature field" if time is None else f"field at {time:.4g} s"
