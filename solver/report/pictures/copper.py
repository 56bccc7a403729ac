"""A copper map: metal fraction of its windows, and the direction its pattern prefers."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from solver.arrays import Array
from solver.layout.plating import nonuniformity
from solver.report.pictures import style
from solver.stackup.stack import PlacedLayer

_DIRECTION_MAP = "PuOr"
_FRACTION_MAP = "copper_r"


def draw(layer: PlacedLayer, path: Path) -> Path:
    """Write the picture of a layer that has a map."""
    copper = layer.copper
    assert copper is not None
    x0, y0, x1, y1 = (1e3 * bound for bound in copper.bounds)
    tall = (y1 - y0) / (x1 - x0)
    count, plated = (2, "") if copper.thickness is None else (3, ",\nby volume, as it is plated")
    with style.picture(path, min(10.0, max(5.0, 2.0 + 13.0 * tall / count))) as fig:
        axes = fig.subplots(1, count)
        mean = 100 * layer.material.metal_fraction if not isinstance(layer.material, str | None) else 0.0
        fig.suptitle(f"Copper map of layer {layer.name}, mean {mean:.4g} %")
        shown: list[tuple[Axes, Array, str, tuple[float, float], str, str]] = [
            (axes[0], 100 * copper.fraction, _FRACTION_MAP, (0, 100), "metal (%)",
             f"Metal fraction of each window{plated}"),
            (axes[1], np.subtract(*np.moveaxis(copper.along, -1, 0)), _DIRECTION_MAP, (-1, 1),
             "-1: traces along y, 0: none, 1: along x", "Direction of the pattern"),
        ]  # fmt: skip
        if copper.thickness is not None and copper.pattern is not None:
            t = np.where(copper.pattern > 0, 1e6 * layer.thickness * copper.thickness, np.nan)
            uneven = nonuniformity(copper.thickness, copper.pattern)["nonuniformity_percent"]
            title = f"Plated thickness,\nuneven by {uneven:.3g} %"
            shown.append((axes[2], t, "viridis", (np.nanmin(t), np.nanmax(t)), "thickness (um)", title))
        for place, values, colours, (low, high), label, title in shown:
            image = place.imshow(
                values, extent=(x0, x1, y0, y1), cmap=colours, vmin=low, vmax=high, interpolation="nearest"
            )
            fig.colorbar(image, ax=place, label=label, shrink=0.8 if count == 2 else 0.62)
            style.plan_axes(place, title)
    return path
