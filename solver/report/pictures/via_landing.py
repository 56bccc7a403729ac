"""Vias and their pads after a step: a map of the ring that is left, and the share that lands against the pad's size."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm

from solver.arrays import Array
from solver.output import csv_files
from solver.report.pictures import style, vectors
from solver.report.pictures.warpage import headline
from solver.stackup.stack import StackUp

_MOST = 20000  # markers
_WIDEST = 1.3  # pads drawn, in those for which all land


def draw(table: Path, name: str, step: dict[str, Any], stack: StackUp, path: Path) -> Path:
    """Write the picture.

    Args:
        table: `via_landing_NUMBER_STEP.csv`.
        name: of the layer of vias.
        step: the entry of `steps` in the summary.
        stack: the stack-up.
        path: the PNG.
    """
    columns, found = csv_files.read(table), step["via_landing"][name]
    with style.picture(path, 8.3) as fig:
        fig.suptitle(f"Vias '{name}' on their pads   |   {headline(step)}")
        left, right = fig.subplots(1, 2)
        _map(left, columns, found, stack)
        _shares(right, columns, found)
    return path


def _map(axes: Axes, columns: dict[str, Array], found: dict[str, Any], stack: StackUp) -> None:
    xy, ring = np.column_stack([columns["x_mm"], columns["y_mm"]]), columns["ring_um"]
    kept = vectors.thinned(xy, _MOST)
    axes.plot(*(1e3 * np.asarray(stack.outline.exterior.coords)).T, color=style.GREY, linewidth=1.2)
    wanted = found["annular_ring_um"]
    spread = max(float(np.nanmax(np.abs(ring - wanted), initial=0.0)), 1e-3)
    size = float(np.clip(4e4 / max(len(kept), 1), 2.0, 40.0))
    look: dict[str, Any] = {"cmap": "RdYlGn", "norm": TwoSlopeNorm(wanted, wanted - spread, wanted + spread)}
    shown = axes.scatter(xy[kept, 0], xy[kept, 1], c=ring[kept], s=size, linewidths=0, **look)
    axes.figure.colorbar(shown, ax=axes, shrink=0.78, pad=0.02).set_label(
        f"ring of pad left around the via (um), wanted: {wanted:.3g}"
    )
    correction = {"none": "nothing corrected", "panel": "panel corrected as one"}.get(
        found["correction"], f"every {found['correction']} corrected"
    )
    title = f"{correction}: known {found['known_max_um']:.3g} um at most, errors {found['random_um']:.3g} um\n"
    title += f"{100 * found['share_landing']:.4g} % of {found['vias']} vias land"
    style.plan_axes(axes, title + vectors.left_out(len(kept), len(xy)))


def _shares(axes: Axes, columns: dict[str, Array], found: dict[str, Any]) -> None:
    """Of the correction that is judged as a curve; of the others the pad for which all land."""
    off = np.sort(columns["misalignment_um"][~np.isnan(columns["misalignment_um"])])
    pads = found["via_um"] + 2 * (found["annular_ring_um"] + off)
    share = 100 * np.arange(1, len(pads) + 1) / max(len(pads), 1)
    axes.step(pads, share, where="post", color="#1f4e79", label=f"{found['correction']}, share that lands")
    most = max(one.get("pad_for_all_um", 0.0) for one in found["corrections"].values())
    for number, (name, one) in enumerate(found["corrections"].items()):
        if one.get("vias"):
            axes.axvline(
                one["pad_for_all_um"], color=f"C{number + 1}", linestyle=":", label=f"{name}: all land from here"
            )
    axes.axvline(found["pad_um"], color="k", linewidth=1.4, label=f"pad of {found['pad_um']:.4g} um")
    axes.set(xlim=(found["via_um"], _WIDEST * max(most, found["pad_um"])), ylim=(0, 105))
    axes.set(xlabel=f"capture pad (um), via of {found['via_um']:.4g} um", ylabel="vias that land (%)")
    axes.set_title("Share that lands against the size of the pad")
    axes.legend(fontsize=8, loc="best")
    axes.grid(alpha=0.3)
