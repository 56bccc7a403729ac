"""Stress against distance from a free edge, with the singular and the even stress that are fitted."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from solver.output import csv_files
from solver.output.stem import file_stem
from solver.report.pictures import style
from solver.slug import slug


@dataclass(frozen=True)
class EdgeOfStep:
    """A free edge after a step: its entry in the summary, and the table of its ray."""

    step: str
    entry: dict[str, Any]
    table: Path


def edges(summary: dict[str, Any], results: Path) -> dict[str, list[EdgeOfStep]]:
    """Free edges whose tables are there, with their steps."""
    found = dict[str, list[EdgeOfStep]]()
    for number, step in enumerate(summary.get("steps") or [], 1):
        for name, one in (step.get("singularities") or {}).items():
            table = results / f"edge_{slug(name)}_{file_stem(number, step['name'])}.csv"
            if table.is_file():
                found.setdefault(name, []).append(EdgeOfStep(step["name"], one, table))
    return found


def draw(name: str, steps: list[EdgeOfStep], path: Path) -> Path:
    """Write the picture of the step with the largest intensity."""
    worst = max(steps, key=lambda one: abs(float(one.entry["peel_intensity"])))
    one, table = worst.entry, csv_files.read(worst.table)
    r, power = table["distance_um"], one["exponent"] - 1.0
    near = r <= 5.0 * one["window_um"][1]
    line = np.geomspace(r[0], r[near][-1], 200)
    with style.picture(path, 6.0) as fig:
        axes = fig.subplots()
        for k, (key, even, intensity, label) in enumerate(
            (
                ("peel_mpa", one["even_mpa"], one["peel_intensity"], "across the interface"),
                ("shear_mpa", 0.0, one["shear_intensity"], "shear on it"),
            )
        ):
            colour = style.PALETTE[k]
            axes.plot(r[near], table[key][near], "o", color=colour, label=label)
            fitted = even + intensity * (1e-3 * line) ** power
            axes.plot(line, fitted, "-", color=colour, label=f"{even:.3g} + {intensity:.4g} r^{power:.3g}, r in mm")
        axes.axvspan(*one["window_um"], color="0.9", zorder=0)
        axes.set(
            xscale="log", xlabel="distance from the side (um)", ylabel="stress (MPa)",
            title=f"Free edge {name}, step {worst.step} (grey: fitted)",
        )  # fmt: skip
        axes.legend()
    return path
