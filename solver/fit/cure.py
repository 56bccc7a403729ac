"""Kinetics of cure: of order n, autocatalytic, or Kamal's and Sourour's (Thermochim. Acta 14 (1976) 41).

Constants are those whose degree of cure, integrated over the temperatures of every run, is nearest to the measured one
(least squares); of the three rates the one of least Schwarz' criterion.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from solver.arrays import Array
from solver.fit.columns import Measured
from solver.fit.fitted import Fitted, Line, Panel, digits, in_celsius
from solver.fit.runs import POINTS, Run, runs
from solver.units import GAS_CONSTANT

_SEED = 1e-4  # degree of cure that an autocatalytic rate begins with
_NOTHING = 0.02  # degree of cure at the start that is noise
_CURED = 30.0  # of -log(1 - degree): all
_PARTS = 2  # of the integration between two points
_SPREAD = 0.1  # of the heat of reaction, among runs
_NOISE = 2e-3  # of a degree of cure: none is better known
_SIZE = 1e4  # J/mol: unit of the energies that are sought
_FOLLOWS = 0.05  # of a degree of cure, rms, above which no rate follows the data


@dataclass(frozen=True)
class Kinetics:
    """A rate `part` * (1 - degree)^n with constants to find: pairs of log rate and energy, then the orders, n last.

    Attributes:
        part: (constants, degree (n,), 1 / T - 1 / middle (n,)) -> (n,) 1/s.
        pairs: how many.
        orders: to begin with.
        seed: degree of cure it begins with at least: an autocatalytic rate makes nothing of nothing.
    """

    part: Callable[[Array, Array, Array], Array]
    pairs: int
    orders: tuple[float, ...]
    seed: float

    def constants(self, values: Array, middle: float) -> tuple[list[float], list[float], list[float]]:
        """A (1/s) and energies (J/mol) of the pairs, and the orders."""
        energy = _SIZE * values[1 : 2 * self.pairs : 2]
        factor = np.exp(values[0 : 2 * self.pairs : 2] + energy / (GAS_CONSTANT * middle))
        return list(factor), list(energy), list(values[2 * self.pairs :])


def _k(c: Array, pair: int, inverse: Array) -> Array:
    """Rate at a temperature, of the rate at the middle one."""
    return np.asarray(np.exp(np.clip(c[2 * pair] - c[2 * pair + 1] * _SIZE / GAS_CONSTANT * inverse, -200.0, 50.0)))


def _kamal(c: Array, degree: Array, inverse: Array) -> Array:
    return np.asarray(_k(c, 0, inverse) + _k(c, 1, inverse) * degree ** c[4])


RATES = {
    "order n": Kinetics(lambda c, _, inverse: _k(c, 0, inverse), 1, (1.0,), 0.0),
    "autocatalytic": Kinetics(lambda c, degree, inverse: _k(c, 0, inverse) * degree ** c[2], 1, (0.5, 1.5), _SEED),
    "Kamal and Sourour": Kinetics(_kamal, 2, (0.7, 1.5), 0.0),
}


def fit(measured: Measured) -> Fitted:
    """The kinetics of a file.

    Raises:
        CaseError: the data do not tell them.
    """
    found = runs(measured)
    kelvin = np.array([np.interp(0.5, run.degree, run.kelvin) for run in found])
    constants: Array = np.zeros(0)
    middle, best, least = float(kelvin.mean()), "", np.inf
    for name, kinetics in RATES.items():
        values, square = _least(kinetics, found, middle)
        count = POINTS * len(found)
        criterion = count * np.log(square + _NOISE**2) + len(values) * np.log(count)
        if criterion < least:
            best, least, constants = name, criterion, values
    kinetics = RATES[best]
    drawn = integrated(kinetics, constants, found, middle)
    miss = drawn - np.array([run.degree for run in found])
    rms = float(np.sqrt(np.mean(miss**2)))
    if rms > _FOLLOWS:
        raise measured.wrong(f"no rate follows the runs: the best, {best}, is off by {rms:.2g} of the degree of cure")
    valid = float(min(run.kelvin.min() for run in found)), float(max(run.kelvin.max() for run in found))
    note = f"{best}; degree of cure within {rms:.2g} rms, {np.abs(miss).max():.2g} at most"
    initial = float(np.mean([run.degree[0] for run in found]))
    initial = digits(initial, 3) if initial > _NOTHING else kinetics.seed
    keys = {"cure": {"kinetics": _entry(kinetics, constants, middle), "initial": initial, **_heat(found)}}
    source = f"cure at {', '.join(run.label for run in found)}"
    return Fitted(source, keys, {"cure": note}, valid, _doubts(found), [_panel(found, drawn, best)])


def integrated(kinetics: Kinetics, constants: Array, found: Sequence[Run], middle: float) -> Array:
    """(runs, points) degree of cure, from what each run has at its start.

    Runge and Kutta's fourth order in u = -log(1 - degree), which the last power of a rate cannot make stiff.
    """
    time, kelvin = (np.array([getattr(run, key) for run in found]) for key in ("time", "kelvin"))
    inverse, order = 1.0 / kelvin - 1.0 / middle, constants[-1]

    def rate(u: Array, where: Array) -> Array:
        u = np.clip(u, 0.0, _CURED)
        return np.asarray(kinetics.part(constants, 1.0 - np.exp(-u), where) * np.exp((1.0 - order) * u))

    first = np.array([run.degree[0] for run in found])
    start = np.clip(np.where(first > _NOTHING, first, kinetics.seed), 0.0, 0.999)
    us = [-np.log1p(-start)]
    for i in range(POINTS - 1):
        u, step = us[-1], (time[:, i + 1] - time[:, i]) / _PARTS
        for part in range(_PARTS):
            first, mid, last = (
                (1.0 - w) * inverse[:, i] + w * inverse[:, i + 1]
                for w in (part / _PARTS, (part + 0.5) / _PARTS, (part + 1) / _PARTS)
            )
            k1 = rate(u, first)
            k2 = rate(u + 0.5 * step * k1, mid)
            k3 = rate(u + 0.5 * step * k2, mid)
            k4 = rate(u + step * k3, last)
            u = np.clip(u + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4), 0.0, _CURED)
        us.append(u)
    return np.asarray(1.0 - np.exp(-np.array(us).T))


def _least(kinetics: Kinetics, found: Sequence[Run], middle: float) -> tuple[Array, float]:
    """Constants that leave the least misfit, and its mean square."""
    measured = np.array([run.degree for run in found])
    log, energy = _isoconversional(found, middle)
    pairs = [log + 0.7, energy] if kinetics.pairs == 1 else [log - 2.0, energy, log + 0.7, energy]
    start = np.array([*pairs, *kinetics.orders])
    least = [*([-60.0, 0.0] * kinetics.pairs), *([0.05] * len(kinetics.orders))]
    most = [*([20.0, 60.0] * kinetics.pairs), *([6.0] * len(kinetics.orders))]
    found_ = least_squares(
        lambda values: (integrated(kinetics, values, found, middle) - measured).ravel(),
        np.clip(start, least, most), bounds=(least, most),
        x_scale=[1.0] * (2 * kinetics.pairs) + [0.3] * len(kinetics.orders),
        max_nfev=60,
    )  # fmt: skip
    return found_.x, 2.0 * found_.cost / measured.size


def _isoconversional(found: Sequence[Run], middle: float) -> tuple[float, float]:
    """Log rate at the middle temperature and energy (of `_SIZE`), from rates at half cure (H. L. Friedman 1964)."""
    inverse, logs = [], []
    for run in found:
        at = int(np.clip(np.searchsorted(run.degree, 0.5 * (run.degree[0] + run.degree[-1])), 3, POINTS - 4))
        slope = (run.degree[at + 3] - run.degree[at - 3]) / (run.time[at + 3] - run.time[at - 3])
        inverse.append(1.0 / run.kelvin[at] - 1.0 / middle)
        logs.append(np.log(max(slope, 1e-12)))
    slope, log = np.polyfit(inverse, logs, 1)
    return float(log), float(np.clip(-GAS_CONSTANT * slope / _SIZE, 1.0, 40.0))


def _entry(kinetics: Kinetics, values: Array, middle: float) -> dict[str, Any]:
    """As a material has it."""
    factors, energies, orders = kinetics.constants(values, middle)
    a, e = [f"{value:.4g} 1/s" for value in factors], [f"{1e-3 * value:.4g} kJ/mol" for value in energies]
    if len(orders) == 1:
        return {"nth_order": {"a": a[0], "e": e[0], "n": digits(orders[0])}}
    if len(a) == 1:
        a, e = ["0 1/s", *a], ["0 kJ/mol", *e]
    return {"kamal": {"a1": a[0], "e1": e[0], "a2": a[1], "e2": e[1], "m": digits(orders[0]), "n": digits(orders[1])}}


def _heat(found: Sequence[Run]) -> dict[str, str]:
    """Heat of reaction, the mean of the runs, if heat flow was measured."""
    heats = [run.heat for run in found if run.heat is not None]
    return {"enthalpy": f"{1e-3 * float(np.mean(heats)):.4g} kJ/kg"} if heats else {}


def _doubts(found: Sequence[Run]) -> list[str]:
    heats = np.array([run.heat for run in found if run.heat is not None])
    doubts = ["gel point and shrinkage are not told by a calorimeter: give them to the entry"]
    if heats.size and np.ptp(heats) > _SPREAD * heats.mean():
        each = ", ".join(f"{1e-3 * heat:.4g}" for heat in heats)
        doubts.append(f"the heat of reaction differs among runs ({each} J/g): each counts as full cure")
    return doubts


def _panel(found: Sequence[Run], drawn: Array, name: str) -> Panel:
    held = all(run.is_isothermal for run in found)
    across = [run.time / 60.0 if held else in_celsius(run.kelvin) for run in found]
    data = [
        Line(x, run.degree, run.label, values - run.degree, float(number))
        for number, (x, run, values) in enumerate(zip(across, found, drawn, strict=True))
    ]
    fits = [Line(x, values) for x, values in zip(across, drawn, strict=True)]
    label = "time (min)" if held else "temperature (degC)"
    return Panel(f"Cure: {name}", label, "degree of cure", "fit less data", data, fits)
