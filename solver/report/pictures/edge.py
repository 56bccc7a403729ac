"""Stress against distance from an edge where materials meet, with the singular and the even stress that are fitted."""

from pathlib import Path

from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

from solver.output import csv_files
from solver.report.pictures import style
from solver.report.pictures.of_steps import OfStep

_DARK = ("#1f4e79", "#c55a11")


def draw(name: str, steps: list[OfStep], path: Path) -> Path:
    """Write the picture of the step with the largest intensity."""
    worst = max(steps, key=lambda one: abs(float(one.entry["peel_intensity"])))
    one, table = worst.entry, csv_files.read(worst.table)
    r, power, shown = table["distance_um"], one["exponent"] - 1.0, one["window_um"]
    near = (r >= 0.05 * shown[0]) & (r <= 5.0 * shown[1])
    wedges = ", ".join(f"{part} {angle:.3g} deg" for part, angle in one["wedges"])
    with style.picture(path, 6.0) as fig:
        axes = fig.subplots()
        for colour, key, intensity, label in (
            (_DARK[0], "peel", one["peel_intensity"], "across the ray"),
            (_DARK[1], "shear", one["shear_intensity"], "shear on it"),
        ):
            axes.plot(r[near], table[f"{key}_mpa"][near], "o", ms=4, color=colour, label=label)
            formula = f"fields: {intensity:.4g} r^{power:.3g} (r in mm) and others"
            axes.plot(r[near], table[f"{key}_fitted_mpa"][near], "-", color=colour, label=formula)
        axes.axvspan(*shown, color="0.9", zorder=0)
        axes.set(
            xscale="log", xlabel="distance (um)", ylabel="stress (MPa)",
            title=f"{name}, step {worst.step}: {wedges}\nlambda {one['exponent']:.4g}; grey: fitted",
        )  # fmt: skip
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(ScalarFormatter())
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.grid(alpha=0.3)
        axes.legend()
    return path
