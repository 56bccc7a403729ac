"""Stress against distance from an edge where materials meet, with the singular and the even stress that are fitted."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solver.output import csv_files
from solver.output.stem import file_stem
from solver.report.pictures import style
from solver.slug import slug


@dataclass(frozen=True)
class EdgeOfStep:
    """An edge after a step: its entry in the summary, and the table of its ray."""

    step: str
    entry: dict[str, Any]
    table: Path


def edges(summary: dict[str, Any], results: Path) -> dict[str, list[EdgeOfStep]]:
    """Edges whose tables are there, with their steps."""
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
    r, power, shown = table["distance_um"], one["exponent"] - 1.0, one["window_um"]
    near = (r >= 0.05 * shown[0]) & (r <= 5.0 * shown[1])
    wedges = ", ".join(f"{part} {angle:.3g} deg" for part, angle in one["wedges"])
    with style.picture(path, 6.0) as fig:
        axes = fig.subplots()
        for colour, key, intensity, label in (
            (style.PALETTE[0], "peel", one["peel_intensity"], "across the ray"),
            (style.PALETTE[1], "shear", one["shear_intensity"], "shear on it"),
        ):
            axes.plot(r[near], table[f"{key}_mpa"][near], "o", ms=4, color=colour, label=label)
            formula = f"fields: {intensity:.4g} r^{power:.3g} (r in mm) and others"
            axes.plot(r[near], table[f"{key}_fitted_mpa"][near], "-", color=colour, label=formula)
        axes.axvspan(*shown, color="0.9", zorder=0)
        axes.set(
            xscale="log", xlabel="distance (um)", ylabel="stress (MPa)",
            title=f"{name}, step {worst.step}: {wedges}\nlambda {one['exponent']:.4g}; grey: fitted",
        )  # fmt: skip
        axes.legend()
    return path
