"""The deformed shape in 3-D, heights exaggerated and coloured by warpage."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LightSource, Normalize
from mpl_toolkits.mplot3d.art3d import Line3DCollection, Poly3DCollection  # type: ignore[import-untyped]
from numpy.typing import NDArray

from solver.results.pictures import style
from solver.results.pictures.surface import Surface
from solver.results.pictures.warpage import headline, heights, length_unit, limit

_DRAWN_HEIGHT = 0.28  # of the longer side
_ELEVATION, _AZIMUTH = 24, -55  # of the viewer, degrees
_SUN = LightSource(azdeg=225, altdeg=55)


def draw(surface: Surface, step: dict[str, Any], side: str, path: Path) -> Path:
    """Write the picture; arguments as in `warpage.draw`. The surface must not be flat."""
    height = heights(surface)
    spans, top = np.ptp(surface.points, axis=0), limit(height)
    unit, factor = length_unit(top)
    reach = float(np.ptp(height))
    exaggeration = _DRAWN_HEIGHT * spans.max() / (1e-3 * reach)
    with style.picture(path, 9.0) as fig:
        fig.set_layout_engine("none")  # it does not know the room a 3-D view takes
        fig.suptitle(headline(step, height), y=0.975)
        fig.text(
            0.5,
            0.905,
            f"Deformed {side} surface, heights exaggerated x {_two_digits(exaggeration)}",
            ha="center",
            size=15,
        )
        axes: Any = fig.add_axes((0.0, -0.04, 0.88, 1.0), projection="3d", computed_zorder=False)
        colours = colormaps[style.HEIGHT_MAP](Normalize(-top, top)(height[surface.quads].mean(axis=1)))
        corners = np.column_stack([surface.points, height])[surface.quads]
        lit = _lit(colours, corners, exaggeration)
        corners = corners * [1.0, 1.0, factor]
        axes.add_collection3d(
            Poly3DCollection(corners, facecolors=lit, edgecolors=lit, linewidths=0.3, rasterized=True, zorder=2)
        )
        _draw_outline(axes, surface, height * factor)
        low, high = surface.points.min(axis=0), surface.points.max(axis=0)
        floor = height.min() * factor
        axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(floor, floor + reach * factor))
        axes.set_box_aspect((spans[0], spans[1], _DRAWN_HEIGHT * spans.max()), zoom=1.2)
        axes.view_init(elev=_ELEVATION, azim=_AZIMUTH)
        axes.set_xlabel("x (mm)", labelpad=14)
        axes.set_ylabel("y (mm)", labelpad=14)
        axes.set_zlabel(f"height ({unit})", labelpad=18)
        axes.tick_params(axis="z", pad=9)
        scale = ScalarMappable(Normalize(-top * factor, top * factor), style.HEIGHT_MAP)
        bar = fig.colorbar(scale, cax=fig.add_axes((0.905, 0.2, 0.016, 0.6)))
        bar.set_label(f"height above the mean plane ({unit})")
    return path


def _draw_outline(axes: Any, surface: Surface, shown: NDArray[np.float64]) -> None:
    """The rim: in front of the surface on the side of the viewer, behind it on the other."""
    edges = _outline(surface)
    viewer = np.array([np.cos(np.radians(_AZIMUTH)), np.sin(np.radians(_AZIMUTH))])
    middle = surface.points[edges].mean(axis=1) - surface.points.mean(axis=0)
    places = np.column_stack([surface.points, shown])[edges]
    for near, order in ((True, 3), (False, 1)):
        mine = places[(middle @ viewer > 0) == near]
        axes.add_collection3d(Line3DCollection(mine, colors="black", linewidths=1.0, zorder=order))


def _two_digits(value: float) -> str:
    size = 10 ** max(int(np.floor(np.log10(value))) - 1, 0)
    return f"{size * round(value / size)}"


def _lit(colours: NDArray[np.float64], corners: NDArray[np.float64], exaggeration: float) -> NDArray[np.float64]:
    """Colours (m, 4) darkened where the drawn faces turn from the light."""
    drawn = corners * [1.0, 1.0, 1e-3 * exaggeration]
    normal = np.cross(drawn[:, 2] - drawn[:, 0], drawn[:, 3] - drawn[:, 1])
    normal *= np.sign(normal[:, 2:]) / np.linalg.norm(normal, axis=1, keepdims=True)
    light = 0.75 + 0.3 * np.clip(normal @ _SUN.direction, 0, 1)
    return np.column_stack([np.clip(colours[:, :3] * light[:, None], 0, 1), colours[:, 3]])


def _outline(surface: Surface) -> NDArray[np.int64]:
    """(k, 2) edges that belong to one quadrilateral only."""
    edges = np.sort(np.concatenate([surface.quads[:, [i, (i + 1) % 4]] for i in range(4)]), axis=1)
    unique, count = np.unique(edges, axis=0, return_counts=True)
    return unique[count == 1]
