"""A modulus over temperature at one frequency: E(T), and the glass transition where the loss is largest."""

from typing import Any

import numpy as np

from solver.arrays import Array
from solver.fit.columns import Measured
from solver.fit.dma import moduli_of
from solver.fit.fitted import Fitted, Line, Panel, celsius, in_celsius

_FALL = 2.0  # times a modulus falls through a glass transition, at least
_KNOTS = 12  # of the table
_LEAST = 8  # points
_BESIDE = 2  # points on each side of the highest that a parabola goes through


def fit(measured: Measured, poisson: float) -> Fitted:
    """A table of Young's modulus, and the transition by the peak of the loss modulus.

    Args:
        measured: moduli over temperature.
        poisson: ratio, by which a shear modulus becomes Young's.

    Raises:
        CaseError: too few points.
    """
    kind, moduli = moduli_of(measured)
    scale = 1.0 if kind == "youngs" else 2.0 * (1.0 + poisson)
    order = np.argsort(measured["temperature"], kind="stable")
    kelvin, storage = measured["temperature"][order], scale * moduli[0][order]
    if len(kelvin) < _LEAST:
        raise measured.wrong(f"{len(kelvin)} points; {_LEAST} or more make a curve over temperature")
    key = "youngs_modulus"
    knots = np.unique(np.linspace(kelvin[0], kelvin[-1], _KNOTS).round(0))
    logs = _knots(kelvin, np.log(storage), knots)
    table = {"temperature": [celsius(t) for t in knots], "value": [f"{1e-6 * np.exp(v):.4g} MPa" for v in logs]}
    drawn = np.interp(kelvin, knots, np.exp(logs))
    miss = 100.0 * (drawn / storage - 1.0)
    keys: dict[str, Any] = {key: table}
    marks = {}
    notes = {key: f"storage modulus at one frequency, rms error {np.sqrt(np.mean(miss**2)):.2g} %"}
    doubts = ["one frequency: relaxation in time is not told; measure several for a master curve"]
    loss = moduli[1][order] if len(moduli) > 1 else None
    at = None if loss is None or storage[0] < _FALL * storage[-1] else _peak(kelvin, loss)
    if at is not None:
        keys["glass_transition"], marks["Tg"] = celsius(at), at
        notes["glass_transition"] = "peak of the loss modulus"
    else:
        doubts.append("no glass transition among the temperatures")
    data = [Line(in_celsius(kelvin), 1e-6 * storage, "storage modulus", miss)]
    fits = [Line(in_celsius(kelvin), 1e-6 * drawn)]
    panel = Panel(
        "Modulus over temperature", "temperature (degC)", "Young's modulus (MPa)", "fit less data (%)", data, fits,
        (False, True), {name: float(in_celsius(value)) for name, value in marks.items()},
    )  # fmt: skip
    source = f"modulus over temperature at one frequency, {celsius(kelvin[0])} to {celsius(kelvin[-1])}"
    return Fitted(source, keys, notes, (float(kelvin[0]), float(kelvin[-1])), doubts, [panel])


def _knots(kelvin: Array, values: Array, knots: Array) -> Array:
    """Values at the knots of the piecewise linear function nearest to points (least squares)."""
    hats = np.stack([np.interp(kelvin, knots, row) for row in np.eye(len(knots))], axis=1)
    weight = 1e-6 * np.eye(len(knots))  # of knots that no point is near: what is interpolated
    near = np.interp(knots, kelvin, values)
    return np.linalg.lstsq(np.vstack([hats, weight]), np.concatenate([values, weight @ near]), rcond=None)[0]


def _peak(x: Array, y: Array) -> float | None:
    """Where a parabola through the highest points of (x, y) has its top; None if these are at an end."""
    top = int(np.argmax(y))
    if not 0 < top < len(y) - 1:
        return None
    near = slice(max(top - _BESIDE, 0), top + _BESIDE + 1)
    a, b, _ = np.polyfit(x[near] - x[top], y[near], 2)
    return float(np.clip(x[top] - b / (2.0 * a), x[near][0], x[near][-1])) if a < 0.0 else float(x[top])
