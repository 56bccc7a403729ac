"""Prony series of a master curve: non-negative moduli of relaxation times on a grid, smoothed as far as data allow.

Non-negative least squares of storage and loss together, relative to what was measured (C. L. Lawson, R. J. Hanson,
Solving Least Squares Problems (1974), ch. 23; SciPy's `nnls`). How many times a decade: by Schwarz' criterion (Ann.
Statist. 6 (1978) 461). Smoothing: second differences of neighbours, as strong as the misfit grows by no more than 5 %.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from solver.arrays import Array

_PER_DECADE = (0.4, 0.5, 0.7, 0.85, 1.0, 1.25, 1.5, 2.0)
_FEWEST, _MOST = 2, 40  # terms
_LOSSLESS = 0.02  # tan delta below which a loss is not trusted to its own size
_SMOOTHER = 1.05  # times the least misfit
_NOTHING = 1e-5  # of the instantaneous modulus


@dataclass(frozen=True, eq=False)
class Curve:
    """A master curve.

    Attributes:
        x: (n,) log10 of reduced angular frequency (rad/s), or of 1 / reduced time.
        moduli: (n, c) storage and loss, or that of relaxation (Pa).
    """

    x: Array
    moduli: Array

    @property
    def scale(self) -> Array:
        """(n, c) what a misfit is relative to."""
        if self.moduli.shape[1] == 1:
            return self.moduli
        storage, loss = self.moduli.T
        return np.stack([storage, np.hypot(loss, _LOSSLESS * storage)], axis=1)


@dataclass(frozen=True, eq=False)
class Prony:
    """A series.

    Attributes:
        times: (k,) of relaxation (s), ascending.
        moduli: (k,) of each (Pa), not negative.
        rest: what never relaxes (Pa).
    """

    times: Array
    moduli: Array
    rest: float

    @property
    def instantaneous(self) -> float:
        """Modulus of the first moment (Pa)."""
        return float(self.rest + self.moduli.sum())

    def at(self, x: Array, columns: int) -> Array:
        """(n, columns) moduli (Pa) at log10 of frequencies, or of 1 / times."""
        kernel = basis(x, self.times, columns)
        found = kernel @ self.moduli
        found[: len(x)] += self.rest
        return found.reshape(columns, len(x)).T

    def misfit(self, curve: Curve) -> Array:
        """(n, c) relative difference from a curve."""
        return (self.at(curve.x, curve.moduli.shape[1]) - curve.moduli) / curve.scale


def basis(x: Array, times: Array, columns: int) -> Array:
    """(columns n, k) modulus of each unit term: storage, then loss; or of relaxation."""
    wave = 10.0 ** x[:, None] * times
    if columns == 1:
        return np.exp(-1.0 / wave)
    return np.concatenate([wave**2, wave]) / np.tile(1.0 + wave**2, (2, 1))


def series(curve: Curve) -> Prony:
    """The series of a curve: terms by the criterion, then smoothed."""
    best = min((fit(curve, grid(curve, density)) for density in _PER_DECADE), key=lambda one: _criterion(one, curve))
    least = _rms(best, curve)
    times, found = best.times, best
    for strength in np.geomspace(1e-4, 10.0, 11):
        smooth = fit(curve, times, float(strength))
        if _rms(smooth, curve) > _SMOOTHER * least:
            break
        found = smooth
    kept = found.moduli > _NOTHING * found.instantaneous
    return Prony(found.times[kept], found.moduli[kept], found.rest)


def grid(curve: Curve, per_decade: float) -> Array:
    """Times over the whole of a curve, evenly over their logarithm."""
    ends = -float(curve.x.max()), -float(curve.x.min())
    count = int(np.clip(round((ends[1] - ends[0]) * per_decade) + 1, _FEWEST, _MOST))
    return np.asarray(10.0 ** np.linspace(*ends, count))


def fit(curve: Curve, times: Array, smoothing: float = 0.0) -> Prony:
    """Least squares with moduli that are not negative.

    Args:
        curve: to follow.
        times: of relaxation (s), on an even grid of logarithms.
        smoothing: weight of the second differences.
    """
    columns, scale = curve.moduli.shape[1], curve.scale.T.ravel()
    size = float(curve.moduli[:, 0].max())
    rest = np.repeat([1.0, 0.0], len(curve.x))[: columns * len(curve.x), None]
    matrix = np.hstack([basis(curve.x, times, columns), rest]) * size / scale[:, None]
    right = curve.moduli.T.ravel() / scale
    if smoothing > 0.0 and len(times) > 2:
        rows = np.zeros((len(times) - 2, len(times) + 1))
        for i in range(len(times) - 2):
            rows[i, i : i + 3] = 1.0, -2.0, 1.0
        weight = smoothing * np.sqrt(len(right) / len(rows))
        matrix, right = np.vstack([matrix, weight * rows]), np.concatenate([right, np.zeros(len(rows))])
    found = size * nnls(matrix, right, maxiter=100 * matrix.shape[1])[0]
    return Prony(times, found[:-1], float(found[-1]))


def _rms(series: Prony, curve: Curve) -> float:
    return float(np.sqrt(np.mean(series.misfit(curve) ** 2)))


def _criterion(series: Prony, curve: Curve) -> float:
    """Schwarz' criterion, less what is the same for all."""
    count, terms = curve.moduli.size, 1 + int(np.count_nonzero(series.moduli))
    return 2.0 * count * np.log(_rms(series, curve)) + terms * np.log(count)
