"""Isotherms of a modulus over frequency, shifted along the logarithm of frequency until neighbours lie on each other.

Time-temperature superposition (J. D. Ferry, Viscoelastic Properties of Polymers, 3rd ed. (1980), ch. 11): storage and
loss of two neighbours give one shift, the one that leaves the least mean square of the difference of their logarithms
where they overlap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import minimize_scalar

from solver.arrays import Array
from solver.fit.columns import Measured
from solver.units import to_celsius

_SAME = 1.5  # K: within these a temperature is held
_LEAST_POINTS = 3  # of an isotherm
_LEAST_ISOTHERMS = 3
_OVERLAP = 0.15  # of the shorter isotherm: less than this is no overlap
_TRIED = 200  # shifts, before the best is refined
_RISES = 3.0  # standard errors that a shift may rise by with temperature
_AT_THE_END = 3.0  # decades of error of a shift that leaves the least overlap allowed: there may be none
_LEAST_NOISE = 2e-3  # of a logarithm to base 10: no instrument is better


@dataclass(frozen=True, eq=False)
class Isotherm:
    """Moduli at one temperature.

    Attributes:
        kelvin: the temperature.
        x: (n,) log10 of angular frequency (rad/s), ascending; of 1 / time in relaxation.
        y: (n, c) log10 of the moduli (Pa): storage and loss, or that of relaxation.
    """

    kelvin: float
    x: Array
    y: Array

    @property
    def name(self) -> str:
        """Its temperature in words."""
        return f"{to_celsius(self.kelvin):.4g} degC"


def isotherms(measured: Measured, x: Array, moduli: Sequence[Array]) -> list[Isotherm]:
    """The rows by temperature, ascending.

    Raises:
        CaseError: too few isotherms, or too few points of one.
    """
    kelvin, y = measured["temperature"], np.log10(np.stack(moduli, axis=1))
    order = np.argsort(kelvin, kind="stable")
    cuts = np.flatnonzero(np.diff(kelvin[order]) > _SAME) + 1
    found = []
    for held in np.split(order, cuts):
        rows = held[np.argsort(x[held], kind="stable")]
        if np.ptp(kelvin[rows]) > 2 * _SAME:
            rule = (
                f"temperatures from {to_celsius(kelvin[rows].min()):.4g} to {to_celsius(kelvin[rows].max()):.4g} degC"
            )
            raise measured.wrong(f"{rule} without a step: frequencies are wanted at temperatures that are held")
        if len(rows) < _LEAST_POINTS or np.ptp(x[rows]) <= 0.0:
            where = f"at {to_celsius(kelvin[rows].mean()):.4g} degC"
            raise measured.wrong(f"{len(rows)} points {where}; {_LEAST_POINTS} or more frequencies are wanted", rows[0])
        found.append(Isotherm(float(kelvin[rows].mean()), x[rows], y[rows]))
    if len(found) < _LEAST_ISOTHERMS:
        names = ", ".join(one.name for one in found)
        raise measured.wrong(f"isotherms at {names} only; {_LEAST_ISOTHERMS} or more make a shift over temperature")
    return found


def shifts(measured: Measured, curves: Sequence[Isotherm]) -> tuple[Array, Array]:
    """log10 a_T of every isotherm less that of its colder neighbour, (isotherms - 1,), and the standard errors.

    Raises:
        CaseError: two neighbours do not overlap, or a_T rises with temperature.
    """
    pairs = list(pairwise(curves))
    steps, errors = np.array([_step(measured, cold, hot) for cold, hot in pairs]).T
    rising = np.flatnonzero(steps > _RISES * errors)
    if rising.size:
        cold, hot = pairs[rising[0]]
        rule = f"the shift rises from {cold.name} to {hot.name}: slower when hotter, as what cures or dries on the way"
        raise measured.wrong(f"{rule}; one master curve does not hold")
    return steps, errors


def _step(measured: Measured, cold: Isotherm, hot: Isotherm) -> tuple[float, float]:
    """log10 of a_T(hot) / a_T(cold), and its standard error."""
    reach = (float(hot.y[:, 0].max()), float(cold.y[:, 0].min()))
    if reach[0] < reach[1] - _LEAST_NOISE:
        stiff, soft = (f"{10 ** (value - 6):.4g} MPa" for value in (reach[1], reach[0]))
        rule = f"isotherms do not overlap: {stiff} and more at {cold.name}, {soft} and less at {hot.name}"
        raise measured.wrong(f"{rule}; measure in between, or over more decades of frequency")
    least = _OVERLAP * min(np.ptp(cold.x), np.ptp(hot.x))
    ends = cold.x[0] + least - hot.x[-1], cold.x[-1] - least - hot.x[0]
    tried = np.linspace(ends[0], min(ends[1], 0.5), _TRIED)
    values = [_mismatch(shift, cold, hot) for shift in tried]
    best = int(np.argmin(values))
    span = tried[max(best - 1, 0)], tried[min(best + 1, _TRIED - 1)]
    found = float(minimize_scalar(_mismatch, bounds=span, args=(cold, hot), method="bounded").x)
    noise = max(np.sqrt(_mismatch(found, cold, hot) / 2.0), _LEAST_NOISE)
    steepness = sum(np.sum(np.gradient(column, one.x) ** 2) for one in (cold, hot) for column in one.y.T) / 2.0
    error = float(noise / np.sqrt(max(steepness, 1e-12)))
    return found, error if best > 0 else max(error, _AT_THE_END)


def _mismatch(shift: float, cold: Isotherm, hot: Isotherm) -> float:
    """Mean square of the difference of the logarithms where both are, the hot one moved by `shift`."""
    return _one_sided(cold.x, cold.y, hot.x + shift, hot.y) + _one_sided(hot.x + shift, hot.y, cold.x, cold.y)


def _one_sided(x: Array, y: Array, others: Array, of_others: Array) -> float:
    inside = (others >= x[0]) & (others <= x[-1])
    if not inside.any():
        return 0.0 if others[-1] < x[0] or others[0] > x[-1] else 1e3
    drawn = np.stack([np.interp(others[inside], x, column) for column in y.T], axis=1)
    return float(np.mean((drawn - of_others[inside]) ** 2))
