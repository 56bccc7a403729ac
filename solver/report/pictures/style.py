"""How all pictures look: 1600 pixels wide, one font, one palette; no window system is needed.

Texts stand as they are written: names of a case may have `$` and `^` in them, so nothing is read as a formula, and
powers of ten are written with raised figures.
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import LogFormatter, LogFormatterSciNotation

from solver.files import whole

WIDTH = 16.0  # inch
DPI = 100  # 1600 pixels wide
HEIGHT_MAP = "RdBu_r"  # heights about a plane: white is the plane
STRESS_MAP = "viridis"
SIGNED_STRESS_MAP = "coolwarm"
HEAT_MAP = "inferno"
PALETTE = ("#9ecae1", "#fdae6b", "#bdbdbd", "#74a9cf", "#a1d99b", "#fdd0a2", "#bcbddc", "#f4a3a3", "#c7e9c0", "#d9c8a9")
GREY = "#555555"
HOT = "#b3541e"  # temperature on a second axis
_MARKERS = "osD^vP*X"
_DASHES = ("-", "--", ":", "-.")
_COLOURS = 10  # of a cycle
_MANY = 12  # entries that fit in one column of a legend

_OTHER_SCRIPTS = ("Noto Sans", "Noto Sans CJK JP", "WenQuanYi Micro Hei", "Droid Sans Fallback", "IPAGothic")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_SETTINGS: dict[Any, Any] = {
    "font.family": ["DejaVu Sans", *(name for name in _OTHER_SCRIPTS if name in fontManager.get_font_names())],
    "text.parse_math": False,
    "font.size": 13,
    "axes.titlesize": 15,
    "axes.labelsize": 13,
    "figure.titlesize": 18,
    "figure.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
}


@contextmanager
def picture(path: Path, height: float) -> Iterator[Figure]:
    """A figure `height` inch high that is written to `path` (PNG) at the end of the block."""
    with rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # no font here has that script: a box is drawn
        fig = Figure(figsize=(WIDTH, height), dpi=DPI, layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1))
        yield fig
        for axis in (axis for axes in fig.axes for axis in (axes.xaxis, axes.yaxis)):
            if isinstance(axis.get_major_formatter(), LogFormatter):
                axis.set_major_formatter(_Powers())
                axis.set_minor_formatter(_Powers())
        with whole(path, synced=False) as beside:
            fig.savefig(beside, dpi=DPI, facecolor="white")


class _Powers(LogFormatterSciNotation):
    """Ticks of a logarithmic axis as plain text: 10⁻³, 2×10⁴."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        text = re.sub(r"\^\{(.*?)\}", lambda power: power[1].translate(_RAISED), super().__call__(x, pos))
        return re.sub(r"[${}]|\\mathdefault", "", text.replace(r"\times", "×")).replace("-", "−")


def line(number: int) -> dict[str, Any]:
    """Marker, colour and dashes that tell one line of many from the others."""
    marker, turn = _MARKERS[number % len(_MARKERS)], number // _COLOURS
    return {"marker": marker, "color": f"C{number % _COLOURS}", "linestyle": _DASHES[turn % len(_DASHES)]}


def legend(entries: int) -> dict[str, Any]:
    """Columns and letters of a legend beside a panel."""
    return {"ncols": 1 + entries // _MANY, "fontsize": 9} if entries > _MANY else {}


def plan_axes(axes: Axes, title: str) -> None:
    """Axes of a plan view in mm, true to scale."""
    axes.set_aspect("equal")
    axes.set(xlabel="x (mm)", ylabel="y (mm)", title=title)
