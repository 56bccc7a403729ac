"""Largest warpage of a package while its solder is soft, and whether it is kept."""

from collections.abc import Iterator, Sequence
from typing import Any

from solver.case.report import WarpageLimit
from solver.metrics.sign import signed_or_size
from solver.stackup.stack import StackUp
from solver.stackup.zone import centres, pitch, terminals
from solver.units import to_celsius

JEITA = "JEITA ED-7306"
# pitch of the terminals (mm): permissible warpage (mm), convex or concave; the last holds for larger pitches too
PERMISSIBLE = {0.40: 0.10, 0.50: 0.11, 0.65: 0.14, 0.80: 0.17, 1.00: 0.22, 1.27: 0.25}
HOT = 490.15  # K: solidus of SAC305 (J-STD-020)
_ROUNDING = 1e-6  # mm


def permissible(metres: float) -> float | None:
    """Permissible warpage (m) of a pitch (m): that of the next smaller pitch of the table; None below all."""
    below = [limit for one, limit in PERMISSIBLE.items() if one <= 1e3 * metres + _ROUNDING]
    return 1e-3 * below[-1] if below else None


def verdicts(wanted: WarpageLimit | None, stack: StackUp, steps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Entries of `warpage_limits`: by pitch, and as given. The package is what the last step leaves.

    Nobody who asked for none hears of one that no temperature is hot enough for.

    Args:
        wanted: of the case.
        stack: the stack-up.
        steps: entries of the summary.
    """
    if not steps:
        return []
    hot_from = to_celsius(HOT if wanted is None or wanted.hot_from is None else wanted.hot_from)
    hot = [(name, point) for name, point in _of_the_package(steps) if point["temperature_degc"] >= hot_from - _ROUNDING]
    if wanted is None and not hot:
        return []
    return [
        {
            "standard": standard,
            "pitch_mm": None if spacing is None else 1e3 * spacing,
            "convex_um": 1e6 * convex,
            "concave_um": 1e6 * concave,
            "hot_from_degc": hot_from,
            **_worst(hot, 1e6 * convex, 1e6 * concave),
        }
        for standard, spacing, convex, concave in _limits(wanted, stack)
    ]


def lines(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """For the log."""
    for one in found:
        if one["passed"] is None:
            yield f"{one['standard']}: no step or `warpage_at` is as hot as {one['hot_from_degc']:.4g} degC"
            continue
        verdict = "met" if one["passed"] else "exceeded"
        where = f"{one['worst_um']:.4g} um at {one['worst_temperature_degc']:.4g} degC"
        yield f"{one['standard']}: {verdict}, {where} of {one['convex_um']:.4g} convex, {one['concave_um']:.4g} concave"


def _limits(wanted: WarpageLimit | None, stack: StackUp) -> Iterator[tuple[str, float | None, float, float]]:
    """Name, pitch (m), largest convex and concave warpage (m)."""
    package = stack if stack.package is None else stack.singulated()
    layer = terminals(package)
    spacing = None if wanted is None else wanted.pitch
    if spacing is None and layer is not None:
        spacing = pitch(centres(package, layer.name))
    limit = None if spacing is None else permissible(spacing)
    if spacing is not None and limit is not None:
        yield f"{JEITA}, pitch {1e3 * spacing:.3g} mm", spacing, limit, limit
    if wanted is not None and wanted.convex is not None and wanted.concave is not None:
        yield "limit of the case", None, wanted.convex, wanted.concave


def _of_the_package(steps: Sequence[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Points of the curves of the steps that have the layers of the last one."""
    last = steps[-1]
    for step in steps:
        if list(step.get("layers", ())) == list(last.get("layers", ())) and step.get("singulated") == last.get(
            "singulated"
        ):
            for point in (*(step.get("curve") or ()), step):
                if point.get("temperature_degc") is not None:
                    yield step["name"], point


def _worst(hot: Sequence[tuple[str, dict[str, Any]]], convex: float, concave: float) -> dict[str, Any]:
    """The point that takes the largest part of its limit; a shape without a sign keeps the smaller one."""

    def part(point: dict[str, Any]) -> float:
        signed = point.get("signed_warpage_um")
        limit = min(convex, concave) if signed is None else convex if signed > 0 else concave
        return abs(signed_or_size(point)) / limit

    if not hot:
        return {"worst_um": None, "worst_temperature_degc": None, "worst_step": None, "passed": None}
    name, worst = max(hot, key=lambda one: part(one[1]))
    return {
        "worst_um": signed_or_size(worst),
        "worst_temperature_degc": worst["temperature_degc"],
        "worst_step": name,
        "passed": part(worst) <= 1.0,
    }
