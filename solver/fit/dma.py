"""Dynamic mechanical analysis and relaxation: master curve, shift over temperature, Prony series.

Neighbours among the isotherms give steps of the shift, the steps its function, and all data, shifted by that function,
the series: what is printed is what was compared with the data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from solver.arrays import Array
from solver.fit import prony
from solver.fit.columns import Measured
from solver.fit.fitted import Fitted, Line, Panel, celsius, digits, in_celsius
from solver.fit.master_curve import Isotherm, isotherms, shifts
from solver.fit.prony import Curve, Prony
from solver.fit.shift import Shift, choose

_DECADES = 2.0  # a master curve has at least
_HOLDS = 0.1  # rms part of the moduli that a master curve misses them by
_UNKNOWN = 0.7  # decades of standard error from which a step of the shift is not known
_LEAST_STEPS = 2
_PLATEAU = 0.02  # tan delta at an end of the master curve, above which it goes on

TITLES = {
    "wlf": "Williams, Landel, Ferry",
    "arrhenius": "Arrhenius",
    "wlf_arrhenius": "Williams, Landel, Ferry above, Arrhenius below",
    "table": "a table",
}
MODULI = (  # storage and loss, or relaxation; of tension or bending, or of shear
    ("storage", "loss", "relaxation", "youngs"),
    ("shear_storage", "shear_loss", "shear_relaxation", "shear"),
)


@dataclass(frozen=True, eq=False)
class Master:
    """Isotherms, each with its shift (log10 a_T)."""

    curves: Sequence[Isotherm]
    logs: Array

    @property
    def curve(self) -> Curve:
        """All points of all temperatures on one curve: log of the reduced rate, and moduli (Pa)."""
        x = np.concatenate([one.x + log for one, log in zip(self.curves, self.logs, strict=True)])
        return Curve(x, 10.0 ** np.concatenate([one.y for one in self.curves]))


def moduli_of(measured: Measured) -> tuple[str, list[Array]]:
    """`youngs` or `shear`, and the columns: storage and loss, or relaxation; none if there are not both."""
    for storage, loss, relaxation, kind in MODULI:
        if measured.has(relaxation):
            return kind, [measured[relaxation]]
        if measured.has(storage):
            if measured.has(loss):
                return kind, [measured[storage], measured[loss]]
            if measured.has("tan_delta"):
                return kind, [measured[storage], measured[storage] * measured["tan_delta"]]
    return "", []


def fit(measured: Measured, poisson: float) -> Fitted:
    """A series and its shift.

    Args:
        measured: isotherms.
        poisson: ratio, by which a shear modulus becomes Young's.

    Raises:
        CaseError: the data do not tell them.
    """
    kind, moduli = moduli_of(measured)
    curves = isotherms(measured, _logarithm(measured), moduli)
    kelvin = np.array([one.kelvin for one in curves])
    steps, errors = shifts(measured, curves)
    if np.count_nonzero(errors < _UNKNOWN) < _LEAST_STEPS:
        names = ", ".join(curves[at].name for at in np.flatnonzero(errors < _UNKNOWN)) or "nowhere"
        raise measured.wrong(f"the moduli are too flat to be shifted: a step of the shift is known above {names} only")
    shift = choose(kelvin, steps, errors, _reference(curves))
    master = Master(curves, shift.log10(kelvin))
    decades = float(np.ptp(master.curve.x))
    if decades < _DECADES:
        rule = f"the master curve has {decades:.2g} decades of time; {_DECADES:g} or more make a spectrum"
        raise measured.wrong(f"{rule}: measure more frequencies or temperatures")
    series = prony.series(master.curve)
    misfit = float(np.sqrt(np.mean(series.misfit(master.curve) ** 2)))
    if misfit > _HOLDS:
        loose = [f"{curves[at].name} and {curves[at + 1].name}" for at in np.flatnonzero(errors > _UNKNOWN)]
        where = f"; {', '.join(loose)} hardly overlap" if loose else ""
        raise measured.wrong(f"one master curve does not hold: it misses the data by {100 * misfit:.2g} % rms{where}")
    found = _Found(kind, master, steps, errors, shift, series, poisson)
    valid = (float(kelvin[0]), float(kelvin[-1]))
    times = float(10.0 ** -master.curve.x.max()), float(10.0 ** -master.curve.x.min())
    return Fitted(found.source, found.keys(), found.notes(), valid, _doubts(found), found.panels(), times)


def _logarithm(measured: Measured) -> Array:
    """log10 of angular frequency, or of 1 / time."""
    if measured.has("frequency"):
        return np.log10(measured["frequency"])
    if measured.has("angular_frequency"):
        return np.log10(measured["angular_frequency"])
    bad = np.flatnonzero(measured["time"] <= 0.0)
    if bad.size:
        raise measured.wrong("a time of relaxation is positive", int(bad[0]))
    return -np.log10(measured["time"])


def _reference(curves: Sequence[Isotherm]) -> int:
    """Number of the isotherm that damps most, near the glass transition; of relaxation the one in the middle."""
    if curves[0].y.shape[1] == 1:
        return len(curves) // 2
    return int(np.argmax([np.mean(one.y[:, 1] - one.y[:, 0]) for one in curves]))


@dataclass(frozen=True, eq=False)
class _Found:
    """What was fitted, and how it is told."""

    kind: str
    master: Master
    steps: Array
    errors: Array
    shift: Shift
    series: Prony
    poisson: float

    @property
    def source(self) -> str:
        """One line on the data."""
        curves = self.master.curves
        decades = np.ptp(self.master.curve.x)
        what = "relaxation" if curves[0].y.shape[1] == 1 else "dynamic mechanical analysis"
        ends = f"{len(curves)} temperatures from {curves[0].name} to {curves[-1].name}"
        return f"{what}, {ends}, a master curve of {decades:.2g} decades"

    def keys(self) -> dict[str, Any]:
        fractions = [digits(value / self.series.instantaneous) for value in self.series.moduli]
        times = [f"{value:.4g} s" for value in self.series.times]
        section = {"times": times, self.kind: fractions, "shift": self.shift.entry()}
        scale = 1.0 if self.kind == "youngs" else 2.0 * (1.0 + self.poisson)
        found = {"youngs_modulus": f"{1e-9 * scale * self.series.instantaneous:.4g} GPa", "viscoelastic": section}
        return found if self.glass is None else {**found, "glass_transition": celsius(self.glass)}

    @cached_property
    def glass(self) -> float | None:
        """Temperature (K) at which the series has its largest loss modulus at 1 Hz, if it is among those measured."""
        curves = self.master.curves
        if curves[0].y.shape[1] == 1:
            return None
        kelvin = np.linspace(curves[0].kelvin, curves[-1].kelvin, 500)
        loss = self.series.at(np.log10(2.0 * np.pi) + self.shift.log10(kelvin), 2)[:, 1]
        top = int(np.argmax(loss))
        return float(kelvin[top]) if 0 < top < len(kelvin) - 1 else None

    def notes(self) -> dict[str, str]:
        """Errors of the fit."""
        miss = 100.0 * self.series.misfit(self.master.curve)
        rms, worst = np.sqrt(np.mean(miss**2, axis=0)), np.abs(miss).max()
        names = ("relaxation modulus",) if len(rms) == 1 else ("storage", "loss modulus")
        each = " and ".join(f"{value:.2g} % of the {name}" for name, value in zip(names, rms, strict=True))
        off = np.abs(np.diff(self.master.logs) - self.steps)[self.errors < _UNKNOWN].max()
        x = self.master.curve.x
        span = f"relaxation seen from {10 ** -x.max():.1e} to {10 ** -x.min():.1e} s at {celsius(self.shift.reference)}"
        steps = f"steps of the shift within {off:.2g} decades, {self.shift.words()}"
        text = f"rms error {each}, {worst:.2g} % at most; {steps}; {span}"
        from_shear = "" if self.kind == "youngs" else f", from shear with a Poisson ratio of {self.poisson:g}"
        notes = {"viscoelastic": text, "youngs_modulus": f"instantaneous, short end of the master curve{from_shear}"}
        if self.glass is not None:
            notes["glass_transition"] = "peak of the loss modulus of the fit over temperature, at 1 Hz"
        return notes

    def panels(self) -> list[Panel]:
        """Master curve and shift."""
        curve, columns = self.master.curve, self.master.curves[0].y.shape[1]
        smooth = np.linspace(curve.x.min(), curve.x.max(), 400)
        drawn, data = self.series.at(smooth, columns), []
        for one, log in zip(self.master.curves, self.master.logs, strict=True):
            mine = Curve(one.x + log, 10.0**one.y)
            miss = 100.0 * self.series.misfit(mine)
            for column in range(columns):
                label = one.name if column == 0 else ""
                data.append(
                    Line(10.0**mine.x, 1e-6 * mine.moduli[:, column], label, miss[:, column], one.kelvin)
                )  # fmt: skip
        fits = [Line(10.0**smooth, 1e-6 * values) for values in drawn.T]
        name = "storage and loss modulus" if columns == 2 else "relaxation modulus"
        across = "reduced angular frequency (rad/s)" if columns == 2 else "1 / reduced time (1/s)"
        where = f"at {celsius(self.shift.reference)}, {len(self.series.times)} terms"
        master = Panel(f"Master curve {where}", across, f"{name} (MPa)", "fit less data (%)", data, fits, (True, True))
        return [master, self._shift_panel()]

    def _measured_logs(self) -> Array:
        """The steps added up, from where the shift is 1."""
        added = np.cumsum([0.0, *self.steps])
        return np.asarray(added + np.mean(self.master.logs - added))

    def _shift_panel(self) -> Panel:
        kelvin = np.array([one.kelvin for one in self.master.curves])
        fine, logs = np.linspace(kelvin[0], kelvin[-1], 300), self._measured_logs()
        data = [Line(in_celsius(kelvin), logs, "steps of neighbours, added up", self.master.logs - logs)]
        fits = [Line(in_celsius(fine), self.shift.log10(fine))]
        title = f"Shift: {TITLES[self.shift.name]}"
        return Panel(title, "temperature (degC)", "log10 a_T", "fit less steps", data, fits)


def _doubts(found: _Found) -> list[str]:
    """What the data do not tell."""
    doubts, curves = [], found.master.curves
    for at in np.flatnonzero(found.errors > _UNKNOWN):
        pair = f"{curves[at].name} and {curves[at + 1].name}"
        doubts.append(f"moduli at {pair} are too flat to be shifted, or do not overlap")
    curve, series = found.master.curve, found.series
    for end, where in ((curve.x.min(), "long"), (curve.x.max(), "short")) if curve.moduli.shape[1] == 2 else ():
        storage, loss = series.at(np.array([end]), 2)[0]
        if loss > _PLATEAU * storage:
            rule = f"no plateau at {where} times (tan delta {loss / storage:.2g})"
            doubts.append(f"{rule}: what happens beyond them is not known")
    if found.kind == "shear":
        doubts.append("the bulk modulus is taken as elastic: shear does not tell it")
    return doubts
