"""Glass transition over the degree of cure, after DiBenedetto (A. T. DiBenedetto, J. Polym. Sci. B 25 (1987) 1949)."""

import numpy as np
from scipy.optimize import curve_fit

from solver.arrays import Array
from solver.fit.columns import Measured
from solver.fit.fitted import Fitted, Line, Panel, celsius, digits, in_celsius

_LEAST = 4  # points: one more than constants
_SPAN = 0.3  # of the degree of cure


def dibenedetto(degree: Array, uncured: float, cured: float, factor: float) -> Array:
    """Glass transition (K): uncured + (cured - uncured) factor a / (1 - (1 - factor) a)."""
    return np.asarray(uncured + (cured - uncured) * factor * degree / (1.0 - (1.0 - factor) * degree))


def fit(measured: Measured) -> Fitted:
    """The three constants.

    Raises:
        CaseError: the degrees of cure do not tell them.
    """
    degree, kelvin = measured["degree"], measured["glass_transition"]
    bad = np.flatnonzero((degree < 0.0) | (degree > 1.0))
    if bad.size:
        raise measured.wrong("a degree of cure lies between 0 and 1", int(bad[0]))
    if len(np.unique(degree)) < _LEAST or np.ptp(degree) < _SPAN:
        rule = f"{len(np.unique(degree))} degrees of cure over {np.ptp(degree):.2g}"
        raise measured.wrong(f"{rule} do not tell Tg over cure; {_LEAST} or more over {_SPAN:g} do")
    order = np.argsort(degree)
    low, high = kelvin[order[0]], kelvin[order[-1]]
    begin = (low - 10.0, high + 5.0, 0.5)
    found, spread = curve_fit(dibenedetto, degree, kelvin, begin, bounds=([0.0, 0.0, 0.02], [2000.0, 2000.0, 1.0]))
    miss = dibenedetto(degree, *found) - kelvin
    names = {"uncured": celsius(found[0]), "cured": celsius(found[1]), "lambda": digits(found[2], 3)}
    errors = np.sqrt(np.diag(spread))
    each = f"{errors[0]:.2g} K, {errors[1]:.2g} K, {errors[2]:.2g}"
    note = f"Tg within {np.sqrt(np.mean(miss**2)):.2g} K rms; standard errors {each}"
    fine = np.linspace(0.0, 1.0, 101)
    panel = Panel(
        "Glass transition over cure", "degree of cure", "Tg (degC)", "fit less data (K)",
        [Line(degree, in_celsius(kelvin), "measured", miss)], [Line(fine, in_celsius(dibenedetto(fine, *found)))],
    )  # fmt: skip
    keys = {"glass_transition": celsius(found[1]), "cure": {"glass_transition": {"dibenedetto": names}}}
    source = f"glass transition at {len(degree)} degrees of cure from {degree.min():.2g} to {degree.max():.2g}"
    notes = {"cure": note, "glass_transition": "of full cure, by DiBenedetto's equation"}
    return Fitted(source, keys, notes, (float(kelvin.min()), float(kelvin.max())), [], [panel])


_POINTS, _EDGE = 20, 0.2  # of a step of heat flow; part of it at either end that is a straight line
_HEIGHT = 5.0  # times the scatter about those lines


def step(measured: Measured) -> Fitted:
    """Tg from a step of heat flow: where it is halfway between the lines before and after it (ISO 11357-2).

    Raises:
        CaseError: too few points, or no step.
    """
    order = np.argsort(measured["temperature"], kind="stable")
    kelvin, flow = measured["temperature"][order], 1e-3 * measured["heat_flow"][order]
    count = int(_EDGE * len(kelvin))
    if len(kelvin) < _POINTS:
        raise measured.wrong(f"{len(kelvin)} points; {_POINTS} or more show a step")
    ends = [np.polyfit(kelvin[part], flow[part], 1) for part in (slice(count), slice(-count, None))]
    before, after = (np.polyval(line, kelvin) for line in ends)
    scatter = np.std(np.concatenate([(flow - before)[:count], (flow - after)[-count:]]))

    def drawn(t: Array, at: float, width: float) -> Array:
        part = 1.0 / (1.0 + np.exp(-np.clip((t - at) / width, -50.0, 50.0)))
        return np.asarray((1.0 - part) * np.polyval(ends[0], t) + part * np.polyval(ends[1], t))

    begin = (float(kelvin[int(np.argmin(np.abs(flow - 0.5 * (before + after))))]), 3.0)
    bounds = ([kelvin[0], 0.1], [kelvin[-1], np.ptp(kelvin)])
    (at, width), spread = curve_fit(drawn, kelvin, flow, begin, bounds=bounds)
    height = abs(np.polyval(ends[1], at) - np.polyval(ends[0], at))
    if height < _HEIGHT * scatter or not kelvin[count] < at < kelvin[-count]:
        raise measured.wrong(
            "no step of heat flow between two straight ends: no glass transition among the temperatures"
        )
    miss = drawn(kelvin, at, width) - flow
    note = f"half height of the step, within {np.sqrt(spread[0, 0]):.2g} K; onset {celsius(at - 2.0 * width)}"
    panel = Panel(
        "Glass transition", "temperature (degC)", "heat flow (W/g)", "fit less data (W/g)",
        [Line(in_celsius(kelvin), flow, "measured", miss)], [Line(in_celsius(kelvin), drawn(kelvin, at, width))],
        (False, False), {"Tg": float(in_celsius(at))},
    )  # fmt: skip
    source = f"heat flow, {celsius(kelvin[0])} to {celsius(kelvin[-1])}"
    valid = (float(kelvin[0]), float(kelvin[-1]))
    return Fitted(source, {"glass_transition": celsius(at)}, {"glass_transition": note}, valid, [], [panel])
