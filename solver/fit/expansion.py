"""Thermomechanical analysis: expansion below and above the glass transition, which is where the two slopes meet.

The change of length is a line that bends into another one over some kelvin (a soft plus), by least squares; the slopes
are those far from the bend, and they meet in its middle (ISO 11359-2).
"""

import numpy as np
from scipy.optimize import least_squares

from solver.arrays import Array
from solver.fit.columns import Measured
from solver.fit.fitted import Fitted, Line, Panel, celsius, in_celsius

_LEAST = 12  # points
_SEEN = 5.0  # standard errors, and of the smaller slope, by which slopes differ
_LEAST_CHANGE = 0.1
_STARTS = 10  # places of the bend
_WIDTH = 0.3, 60.0  # K of a bend
_SHORT = 5.0  # K on each side of the bend


def fit(measured: Measured) -> Fitted:
    """Two coefficients and a transition; one coefficient if there is no bend.

    Raises:
        CaseError: too few points, or too few on one side of the bend.
    """
    order = np.argsort(measured["temperature"], kind="stable")
    kelvin = measured["temperature"][order]
    strain = _strain(measured)[order]
    if len(kelvin) < _LEAST:
        raise measured.wrong(f"{len(kelvin)} points; {_LEAST} or more make a curve of expansion")
    line = np.polyfit(kelvin, strain, 1)
    straight = np.polyval(line, kelvin)
    constants, errors = _bent(kelvin, strain)
    below, above, at, width = constants[1], constants[2], constants[3], constants[4]
    seen = abs(above - below) > max(_SEEN * np.hypot(errors[1], errors[2]), _LEAST_CHANGE * abs(below))
    doubts, marks = [], {}
    if seen and not kelvin[0] + _SHORT + width < at < kelvin[-1] - _SHORT - width:
        rule = f"the slope changes at {celsius(at)}, too near an end ({celsius(kelvin[0])} to {celsius(kelvin[-1])})"
        raise measured.wrong(f"{rule} to tell both slopes; measure further")
    drawn = _curve(kelvin, *constants) if seen else straight
    miss = 1e6 * (drawn - strain)
    rms = f"rms error {np.sqrt(np.mean(miss**2)):.2g} ppm of length"
    if seen:
        marks["Tg"] = float(in_celsius(at))
        keys = {
            "thermal_expansion": {"below_tg": _ppm(below), "above_tg": _ppm(above)},
            "glass_transition": celsius(at),
        }
        each = f"standard errors {_ppm(errors[1])} and {_ppm(errors[2])}"
        notes = {"thermal_expansion": f"{rms}, {each}", "glass_transition": f"two slopes, within {errors[3]:.2g} K"}
    else:
        doubts.append("no bend among the temperatures: one coefficient, no glass transition")
        keys, notes = {"thermal_expansion": _ppm(line[0])}, {"thermal_expansion": rms}
    data = [Line(in_celsius(kelvin), 1e6 * strain, "measured", miss)]
    fits = [Line(in_celsius(kelvin), 1e6 * drawn)]
    panel = Panel(
        "Expansion",
        "temperature (degC)",
        "change of length (ppm)",
        "fit less data (ppm)",
        data,
        fits,
        (False, False),
        marks,
    )
    source = f"thermomechanical analysis, {celsius(kelvin[0])} to {celsius(kelvin[-1])}"
    return Fitted(source, keys, notes, (float(kelvin[0]), float(kelvin[-1])), doubts, [panel])


def _strain(measured: Measured) -> Array:
    if measured.has("expansion"):
        return measured["expansion"]
    return measured["change_of_length"] / measured["length"]


def _curve(kelvin: Array, start: float, below: float, above: float, at: float, width: float) -> Array:
    """Change of length with slopes that meet at `at`."""
    bend = width * np.logaddexp(0.0, (kelvin - at) / width)
    return np.asarray(start + below * (kelvin - at) + (above - below) * bend)


def _bent(kelvin: Array, strain: Array) -> tuple[Array, Array]:
    """Constants of the bent line and their standard errors, from the best of some places of the bend."""
    end, size = max(len(kelvin) // _STARTS, 3), np.array([1e-3, 1e-6, 1e-6, 1.0, 1.0])
    slopes = [np.polyfit(kelvin[part], strain[part], 1)[0] for part in (slice(end), slice(-end, None))]
    least = np.array([-np.inf, -np.inf, -np.inf, kelvin[0], _WIDTH[0]]) / size
    most = np.array([np.inf, np.inf, np.inf, kelvin[-1], _WIDTH[1]]) / size
    found = [
        least_squares(
            lambda values: 1e6 * (_curve(kelvin, *(size * values)) - strain),
            np.array([np.interp(at, kelvin, strain), *slopes, at, 3.0]) / size,
            bounds=(least, most),
        )
        for at in np.linspace(kelvin[0], kelvin[-1], _STARTS)[1:-1]
    ]
    best = min(found, key=lambda one: one.cost)
    noise = 2.0 * best.cost / (len(kelvin) - len(size))
    return size * best.x, size * np.sqrt(noise * np.diag(np.linalg.pinv(best.jac.T @ best.jac)))


def _ppm(value: float) -> str:
    return f"{1e6 * value:.4g} ppm/K" if abs(value) >= 1e-7 else f"{1e6 * value:.2g} ppm/K"
