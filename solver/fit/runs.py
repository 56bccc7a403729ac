"""Degree of cure over time from a calorimeter: runs of a file, heat flow less its baseline."""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import cumulative_trapezoid

from solver.arrays import Array
from solver.fit.columns import Measured
from solver.fit.fitted import celsius

POINTS = 40  # of a run that are kept
_LEAST = 10  # points of a run
_ISOTHERMAL = 3.0  # K
_RATIO = 1.3  # of heating rates that tell an activation energy
_EDGE = 0.05  # of a run, from which its baseline is taken
_INSIDE = 0.08  # of a run, that a peak is away from its ends


@dataclass(frozen=True, eq=False)
class Run:
    """Degree of cure over time (s) and temperature (K), each (n,).

    Attributes:
        heat: of reaction (J/kg), if heat flow was measured.
    """

    time: Array
    kelvin: Array
    degree: Array
    heat: float | None = None

    @property
    def is_isothermal(self) -> bool:
        """True if the temperature is held."""
        return float(np.ptp(self.kelvin)) < _ISOTHERMAL

    @property
    def heating_rate(self) -> float:
        """Mean rate of the temperature over the run (K/s), negative on cooling."""
        return float((self.kelvin[-1] - self.kelvin[0]) / (self.time[-1] - self.time[0]))

    @property
    def label(self) -> str:
        """Which one it is."""
        return celsius(self.kelvin.mean()) if self.is_isothermal else f"{60 * self.heating_rate:.3g} K/min"


def runs(measured: Measured) -> list[Run]:
    """The runs of a file, which follow one another: where the heating rate changes or time goes back, another begins.

    Raises:
        CaseError: too few points of one, no whole peak, or not enough runs for an activation energy.
    """
    kelvin = measured["temperature"]
    rate = measured["heating_rate"] if measured.has("heating_rate") else np.zeros(len(kelvin))
    clock = measured["time"] if measured.has("time") else kelvin
    cuts = np.flatnonzero((np.diff(clock) < 0.0) | (np.abs(np.diff(rate)) > 1e-6 * np.abs(rate[1:]))) + 1
    found = []
    for rows in np.split(np.arange(len(kelvin)), cuts):
        if len(rows) < _LEAST:
            raise measured.wrong(f"a run of {len(rows)} points; {_LEAST} or more are wanted", int(rows[0]))
        time = clock[rows] if measured.has("time") else (kelvin[rows] - kelvin[rows[0]]) / rate[rows]
        if np.any(np.diff(time) <= 0.0):
            at = int(rows[int(np.argmax(np.diff(time) <= 0.0)) + 1])
            raise measured.wrong("time stands still; the rows of a run go forward", at)
        if measured.has("degree"):
            found.append(_thinned(time - time[0], kelvin[rows], _checked(measured, rows), None))
        else:
            found.append(_integrated(measured, rows, time - time[0], kelvin[rows]))
    _tell_energy(measured, found)
    return found


def _checked(measured: Measured, rows: Array) -> Array:
    degree = measured["degree"][rows]
    bad = np.flatnonzero((degree < -0.05) | (degree > 1.05))
    if bad.size:
        raise measured.wrong("a degree of cure lies between 0 and 1", int(rows[bad[0]]))
    return degree


def _integrated(measured: Measured, rows: Array, time: Array, kelvin: Array) -> Run:
    """A run of heat flow: its peak over a straight baseline, or over its end if it is isothermal."""
    flow = measured["heat_flow"][rows]
    edge = max(int(_EDGE * len(rows)), 1)
    isothermal = float(np.ptp(kelvin)) < _ISOTHERMAL
    first, last = slice(edge), slice(-edge, None)
    slope = 0.0 if isothermal else (flow[last].mean() - flow[first].mean()) / (time[last].mean() - time[first].mean())
    over = flow - flow[last].mean() - slope * (time - time[last].mean())
    top = int(np.argmax(np.abs(over)))
    over = over * np.sign(over[top])
    inside = (isothermal or top > _INSIDE * len(rows)) and top < (1.0 - _INSIDE) * len(rows)
    if not inside:
        raise measured.wrong(
            f"the peak of the run that begins here is at its end ({celsius(kelvin[top])}); heat it through",
            int(rows[0]),
        )
    heat = cumulative_trapezoid(over, time, initial=0.0)
    return _thinned(time, kelvin, heat / heat[-1], float(heat[-1]))


def _thinned(time: Array, kelvin: Array, degree: Array, heat: float | None) -> Run:
    """So many points of a run, evenly over the mean of its part of the time and its part of the cure."""
    rising = np.maximum.accumulate(degree)
    part = 0.5 * time / time[-1] + 0.5 * (rising - rising[0]) / max(rising[-1] - rising[0], 1e-12)
    times = np.interp(np.linspace(0.0, 1.0, POINTS), part, time)
    return Run(times, np.interp(times, time, kelvin), np.interp(times, time, degree), heat)


def _tell_energy(measured: Measured, found: list[Run]) -> None:
    """Refuse what tells no activation energy."""
    held = [run.kelvin.mean() for run in found if run.is_isothermal]
    rates = [run.heating_rate for run in found if not run.is_isothermal]
    if (held and rates) or (held and np.ptp(held) >= _ISOTHERMAL) or (rates and max(rates) >= _RATIO * min(rates)):
        return
    what = "one temperature" if held else "one heating rate"
    raise measured.wrong(f"{what} tells no activation energy; measure two or more, such as 2, 5 and 10 K/min")
