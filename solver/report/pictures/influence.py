"""The matrix of influences between sources of heat as a heat map."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from solver.arrays import Array
from solver.report.pictures import style

_NUMBERS = 12  # sources up to which every cell has room for its number


def draw(influence: dict[str, Any], path: Path) -> Path:
    """Write the picture.

    Args:
        influence: of the `thermal` part of the summary.
        path: the PNG.
    """
    names = influence["sources"]
    parts = (("mean_k_per_w", "mean of the source, by its power"), ("hottest_k_per_w", "its hottest place"))
    values = [np.array(influence[key]) for key, _ in parts]
    with style.picture(path, min(5.4 + 0.2 * len(names), 8.2)) as fig:
        fig.suptitle("Rise of the sources of heat per watt in each")
        top = max(float(part.max()) for part in values)
        for number, (axes, part, (_, title)) in enumerate(zip(fig.subplots(1, 2), values, parts, strict=True)):
            image = _map(axes, part, top)
            axes.set(title=title, xlabel="a watt in")
            axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
            axes.set_yticks(range(len(names)), names if number == 0 else [])
        fig.axes[0].set_ylabel("warms")
        _bar(fig, image)
    return path


def _map(axes: Axes, values: Array, top: float) -> Any:
    image = axes.imshow(values, cmap=style.HEAT_MAP, vmin=0.0, vmax=top)
    if len(values) <= _NUMBERS:
        for (row, column), value in np.ndenumerate(values):
            colour = "black" if value > 0.6 * top else "white"
            axes.text(column, row, f"{value:.3g}", ha="center", va="center", color=colour, fontsize=11)
    return image


def _bar(fig: Figure, image: Any) -> None:
    fig.colorbar(image, ax=fig.axes[:2], label="K/W", shrink=0.8)
