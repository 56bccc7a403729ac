"""Electromigration under stress: what parts have of current density times length, against what they may have."""

from pathlib import Path
from typing import Any

import numpy as np

from solver.report.pictures import style
from solver.report.pictures.warpage import headline

_CENTI = 0.01  # A/m in A/cm
_MOST = 20  # parts


def draw(step: dict[str, Any], path: Path) -> Path:
    """Write the picture.

    Args:
        step: the entry of `steps` in the summary.
        path: the PNG.
    """
    every = sorted(step["electromigration"].items(), key=lambda item: -_used(item[1]))
    found, left_out = every[:_MOST], len(every) - _MOST
    rest = f"\nthe {_MOST} nearest to their threshold; {left_out} others left out" if left_out > 0 else ""
    rows = np.arange(len(found))
    product, free, allowed = (
        _CENTI * np.array([one[key] for _, one in found])
        for key in ("blech_product_a_per_m", "threshold_free_of_stress_a_per_m", "threshold_a_per_m")
    )
    mortal = [one["mortal"] for _, one in found]
    with style.picture(path, 2.5 + 0.9 * len(found)) as fig:
        fig.suptitle(f"Electromigration under stress   |   {headline(step)}{rest}")
        axes = fig.subplots()
        axes.barh(rows, product, 0.5, color=["#c00000" if bad else "#2e7d32" for bad in mortal])
        look: dict[str, Any] = {"color": "k", "markersize": 9}
        axes.plot(free, rows, "d", markerfacecolor="white", label="threshold, free of stress", **look)
        axes.plot(allowed, rows, "D", markeredgecolor="white", label="threshold, under the stress of the step", **look)
        words = [
            f"{part}\n{one['temperature_degc']:.4g} degC, {one['hydrostatic_mean_mpa']:.3g} MPa "
            f"({one['hydrostatic_there_mpa']:.3g} MPa at the place)"
            for part, one in found
        ]
        axes.set_yticks(rows, words)
        axes.set(xlabel="current density x length (A/cm); red: mortal", ylim=(len(found) - 0.5, -0.5))
        axes.set_xlim(0.0, 1.15 * max(product.max(), free.max(), allowed.max()))
        fig.legend(loc="outside lower center", ncols=2, frameon=False)
        axes.grid(axis="x", alpha=0.3)
    return path


def _used(one: dict[str, Any]) -> float:
    """Part of its threshold that a part uses."""
    return float("inf") if one["utilisation"] is None else float(one["utilisation"])
