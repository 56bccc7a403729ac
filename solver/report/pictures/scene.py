"""A 3-D picture: PyVista renders the bodies off-screen, Matplotlib writes title, axes and colour bar over them.

The projection is parallel, so that the place of a point in the picture is linear in its coordinates.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyvista as pv
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from solver.report.pictures import style

Array = NDArray[np.float64]

HEIGHT = 9.0  # inch
_AZIMUTH, _ELEVATION = 35.0, 27.0  # of the viewer, degrees from the y axis and from the floor
_ROOM = (100.0, 1350.0, 95.0, 745.0)  # left, right, bottom, top of the bodies, pixels
_FINER = 2  # rendered pixels per pixel and axis
_TICK = 11.0  # pixels
_LABEL = 16.0  # from an axis to the numbers, pixels
_NAME = 78.0  # from an axis to its name, pixels
_FLOOR = "#d0d0d0"
_MARK = "#00b0f0"
_LEADER = 130.0  # pixels from a mark to its words
_IN_FRONT = 1e-3  # of the diagonal
_PER_TICK = 85.0  # pixels


class Scene:
    """Bodies on a floor, seen from the side of `towards`.

    Args:
        points: (n, 3) drawn coordinates of everything.
        towards: signs of x and y of the viewer.
    """

    def __init__(self, points: Array, towards: tuple[int, int] = (1, -1)) -> None:
        self.box, self.towards = np.column_stack([points.min(axis=0), points.max(axis=0)]), towards
        around, up = np.radians(_AZIMUTH), np.radians(_ELEVATION)
        self._towards = np.array(
            [towards[0] * np.sin(around) * np.cos(up), towards[1] * np.cos(around) * np.cos(up), np.sin(up)]
        )
        right = np.cross([0.0, 0.0, 1.0], self._towards)
        self._right = right / np.linalg.norm(right)
        self._up = np.cross(self._towards, self._right)
        floor = np.array([[x, y, self.box[2, 0]] for x in self.box[0] for y in self.box[1]])
        flat = np.concatenate([points, floor]) @ np.column_stack([self._right, self._up])
        self._size = (int(100 * style.WIDTH), int(100 * HEIGHT))
        left, end, bottom, top = _ROOM
        self._zoom = float(min((end - left) / np.ptp(flat[:, 0]), (top - bottom) / np.ptp(flat[:, 1])))
        middle = 0.5 * (flat.min(axis=0) + flat.max(axis=0))
        self._origin = np.array([0.5 * (left + end), 0.5 * (bottom + top)]) - self._zoom * middle
        self._plotter = pv.Plotter(off_screen=True, window_size=[_FINER * size for size in self._size], lighting="none")
        self._plotter.set_background("white")
        self._plotter.add_light(pv.Light(light_type="headlight", intensity=0.4))
        self._plotter.add_light(pv.Light(position=(-0.4, 1.0, 0.7), light_type="camera light", intensity=0.65))

    def pixel(self, place: Array) -> Array:
        """Where a point (3,) is in the picture: pixels from the lower left corner."""
        return self._origin + self._zoom * np.array([place @ self._right, place @ self._up])

    def add_body(self, mesh: pv.PolyData, name: str, colours: str, limits: tuple[float, float], shade: float) -> None:
        """A surface coloured by point data; with `shade` 0 the colours are those of the colour bar from any side."""
        self._plotter.add_mesh(
            mesh, scalars=name, cmap=colours, clim=limits, n_colors=256, show_scalar_bar=False, smooth_shading=True,
            split_sharp_edges=True, feature_angle=40.0, interpolate_before_map=True,
            ambient=1.0 - shade, diffuse=shade, specular=0.0,
        )  # fmt: skip

    def add_lines(self, mesh: pv.PolyData, colour: str = "black", width: float = 1.0) -> None:
        """Line cells, shifted a little to the viewer, so that the faces they lie on do not hide them."""
        if mesh.n_cells:
            shift = _IN_FRONT * float(np.linalg.norm(np.ptp(self.box, axis=1)))
            mesh = mesh.translate(shift * self._towards)
            self._plotter.add_mesh(mesh, color=colour, line_width=_FINER * width, lighting=False, show_scalar_bar=False)

    def add_floor(self) -> None:
        """A grid under the bodies, at the ticks of the axes."""
        (x0, x1), (y0, y1), (z, _) = self.box
        ends = [((x, y0, z), (x, y1, z)) for x in (x0, *self._ticks(0, x0, x1), x1)]
        ends += [((x0, y, z), (x1, y, z)) for y in (y0, *self._ticks(1, y0, y1), y1)]
        points = np.array(ends, dtype=float).reshape(-1, 3)
        self.add_lines(pv.line_segments_from_points(points), _FLOOR)

    def write(self, path: Path, title: str, subtitle: str, decorate: Callable[[Figure], None] | None = None) -> None:
        """Render and write the picture.

        Args:
            path: the PNG.
            title: first line.
            subtitle: second line.
            decorate: adds the colour bar and what else belongs over the picture.
        """
        with style.picture(path, HEIGHT) as fig:
            fig.set_layout_engine("none")  # places are in pixels here
            fig.figimage(self._render(), zorder=-1)
            fig.suptitle(title, y=0.97)
            fig.text(0.5, 0.905, subtitle, ha="center", va="center", size=15)
            self._axes(fig)
            if decorate is not None:
                decorate(fig)

    def mark(self, fig: Figure, place: Array, words: str) -> None:
        """A circle at a point (3,), with words above it."""
        at = self.pixel(place)
        fig.add_artist(Line2D([at[0]], [at[1]], marker="o", mfc="none", mec=_MARK, mew=2.2, ms=12, transform=None))
        _line(fig, at + np.array([0.0, 9.0]), at + np.array([0.0, _LEADER]), _MARK)
        fig.text(
            at[0], at[1] + _LEADER, words, transform=None, ha="center", va="bottom", size=13,
            bbox={"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": _MARK},
        )  # fmt: skip

    def _render(self) -> NDArray[np.uint8]:
        plotter, (width, height) = self._plotter, self._size
        middle = self.box.mean(axis=1)
        wanted = np.array([0.5 * width, 0.5 * height])
        shift = (wanted - self.pixel(middle)) / self._zoom
        focus = middle + shift[0] * self._right + shift[1] * self._up
        camera = plotter.camera
        camera.focal_point, camera.up = focus, self._up
        camera.position = focus + 3.0 * float(np.linalg.norm(np.ptp(self.box, axis=1))) * self._towards
        camera.parallel_projection = True
        camera.parallel_scale = 0.5 * height / self._zoom
        plotter.reset_camera_clipping_range()
        plotter.enable_anti_aliasing("msaa", multi_samples=4)
        fine = np.asarray(plotter.screenshot(None, return_img=True))[..., :3]
        plotter.close()
        offsets = range(_FINER)
        blocks = sum(fine[i::_FINER, j::_FINER].astype(np.uint16) for i in offsets for j in offsets)
        return np.round(np.asarray(blocks, dtype=np.float32) / _FINER**2).astype(np.uint8)

    def _axes(self, fig: Figure) -> None:
        """x and y along the edges of the floor that face the viewer."""
        near = np.array([*(self.box[axis, int(self.towards[axis] > 0)] for axis in (0, 1)), self.box[2, 0]])
        for axis in (0, 1):
            outwards = np.where(np.arange(3) == 1 - axis, self.towards[1 - axis], 0.0)
            self.axis(fig, near, axis, outwards, "xy"[axis] + " (mm)")

    def axis(self, fig: Figure, through: Array, axis: int, outwards: Array, name: str) -> None:
        """An axis over the length of the box, with ticks and name.

        Args:
            fig: the figure.
            through: a point (3,) of the axis.
            axis: the coordinate it is parallel to.
            outwards: direction (3,) of the ticks.
            name: with its unit.
        """

        def at(value: float) -> Array:
            return self.pixel(np.where(np.arange(3) == axis, value, through))

        low, high = self.box[axis]
        start, end = at(low), at(high)
        out = self.pixel(outwards) - self.pixel(np.zeros(3))
        out /= np.linalg.norm(out)
        along = (end - start) / np.linalg.norm(end - start)
        _line(fig, start, end)
        for tick in self._ticks(axis, low, high):
            _line(fig, at(tick), at(tick) + _TICK * out)
            _text(fig, at(tick) + _LABEL * out, f"{tick:g}".replace("-", "−"), "left" if out[0] > 0 else "right")
        angle = (np.degrees(np.arctan2(along[1], along[0])) + 90.0) % 180.0 - 90.0
        _text(fig, 0.5 * (start + end) + _NAME * out, name, "center", angle)

    def _ticks(self, axis: int, low: float, high: float) -> list[float]:
        ends = [self.pixel(np.where(np.arange(3) == axis, value, 0.0)) for value in (low, high)]
        length = float(np.linalg.norm(ends[1] - ends[0]))
        most = int(np.clip(length / _PER_TICK, 1, 8))
        places = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        slack = 1e-9 * (high - low)
        inside = [float(place) + 0.0 for place in places if low - slack <= place <= high + slack]
        return inside if length > _PER_TICK else [inside[0], inside[-1]]


def colour_bar(fig: Figure, colours: str, limits: tuple[float, float], name: str) -> None:
    """The colour bar at the right."""
    bar = fig.colorbar(ScalarMappable(Normalize(*limits), colours), cax=fig.add_axes((0.905, 0.2, 0.016, 0.6)))
    bar.set_label(name)


def exaggeration(wanted: float) -> float:
    """An exaggeration with two digits: 1, 2.5, 16, 160; close to 1 it is 1."""
    if 0.8 < wanted < 1.5:
        return 1.0
    size = 10.0 ** (np.floor(np.log10(wanted)) - 1)
    return float(f"{size * round(wanted / size):g}")


def _line(fig: Figure, start: Array, end: Array, colour: str = "black") -> None:
    fig.add_artist(Line2D([start[0], end[0]], [start[1], end[1]], color=colour, linewidth=1.0, transform=None))


def _text(fig: Figure, place: Array, words: str, side: str, angle: float = 0.0) -> None:
    fig.text(
        place[0], place[1], words, transform=None, ha=side, va="center", size=13, rotation=angle, rotation_mode="anchor"
    )
