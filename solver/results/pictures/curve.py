"""Signed warpage against temperature, one line per step that has a curve."""

from pathlib import Path
from typing import Any

from solver.results.pictures import style
from solver.results.pictures.warpage import length_unit

_LABELLED = 6  # points of a curve that have room for their numbers


def draw(steps: list[dict[str, Any]], path: Path) -> Path:
    """Write the picture.

    Args:
        steps: entries of the summary; some have a `curve`.
        path: the PNG.
    """
    curves = {step["name"]: sorted(step["curve"], key=_temperature) for step in steps if step.get("curve")}
    unit, factor = length_unit(max(abs(_signed(point)) for curve in curves.values() for point in curve))
    with style.picture(path, 7.0) as fig:
        axes = fig.subplots()
        for name, curve in curves.items():
            x, y = [_temperature(point) for point in curve], [factor * _signed(point) for point in curve]
            axes.plot(x, y, marker="o", linewidth=2.2, markersize=8, label=name)
            for place in zip(x, y, strict=True) if len(x) <= _LABELLED else ():
                axes.annotate(
                    f"{place[1]:.3g}", place, xytext=(0, 9), textcoords="offset points", ha="center", fontsize=11
                )
        axes.axhline(0, color=style.GREY, linewidth=0.8)
        axes.grid(alpha=0.3)
        axes.margins(0.06, 0.12)
        axes.set(xlabel="temperature (degC)", ylabel=f"signed warpage ({unit}), positive = convex")
        axes.set_title("Warpage against temperature")
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
    return path


def _temperature(point: dict[str, Any]) -> float:
    return float(point["temperature_degc"])


def _signed(point: dict[str, Any]) -> float:
    return float(point.get("signed_warpage_um", point.get("warpage_um", 0.0)))
