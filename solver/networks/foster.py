"""A thermal impedance as a Foster network: Z(t) = sum R_i (1 - exp(-t / tau_i)) with positive R_i.

A passive network driven where its temperature is read has such a sum, so what is sought is a fit without negative R_i:
first on a fixed grid of time constants (C. L. Lawson, R. J. Hanson, Solving Least Squares Problems, 1974, ch. 23),
which gives pairs of neighbours where a time constant lies between two of the grid; then each pair as one, all R and
tau free.
"""

from dataclasses import dataclass

import numpy as np

from solver.arrays import Array

_PER_DECADE = 12  # of the grid
_BEFORE, _AFTER = 1.0, 0.5  # decades of the grid beyond the times of the curve
_ROUNDS = 100  # of the first fit, for each time constant of the grid; a few are enough but where there is much noise
_EVALUATIONS = 200
_NOTHING = 1e-9  # of the sum: terms below are rounding


@dataclass(frozen=True)
class Foster:
    """Parallel RC pairs in series.

    Attributes:
        resistance: (n,) in K/W.
        time_constant: (n,) in s, ascending.
    """

    resistance: Array
    time_constant: Array

    @property
    def capacitance(self) -> Array:
        """Heat capacity of each term, (n,) in J/K."""
        return self.time_constant / self.resistance

    def impedance(self, time: Array) -> Array:
        """Z (K/W) at times (s)."""
        return -np.expm1(-np.asarray(time)[:, None] / self.time_constant) @ self.resistance


def fit(time: Array, impedance: Array) -> Foster:
    """The Foster network of a curve, by least squares of the relative error.

    Args:
        time: (m,) s, ascending and positive, about evenly spaced in their logarithm.
        impedance: (m,) K/W, positive.
    """
    time, impedance = np.asarray(time), np.asarray(impedance)
    rough = _on_grid(time, impedance)
    count = len(rough.resistance)

    def network(logarithms: Array) -> Foster:
        return Foster(np.exp(logarithms[:count]), np.exp(logarithms[count:]))

    def error(logarithms: Array) -> Array:
        return network(logarithms).impedance(time) / impedance - 1.0

    def slope(logarithms: Array) -> Array:
        found = network(logarithms)
        late = time[:, None] / found.time_constant
        parts = np.hstack([-np.expm1(-late), -late * np.exp(-late)]) * np.tile(found.resistance, 2)
        return np.asarray(parts / impedance[:, None])

    first = np.log(np.concatenate([rough.resistance, rough.time_constant]))
    ends = np.repeat([[-np.inf], [np.inf]], 2 * count, axis=1)
    ends[:, count:] = np.log(_range(time))[:, None]
    from scipy.optimize import least_squares  # SciPy takes 20 MB, which most runs do without

    best = network(least_squares(error, first, slope, ends, max_nfev=_EVALUATIONS).x)
    kept = best.resistance > _NOTHING * best.resistance.sum()
    order = np.argsort(best.time_constant[kept])
    return Foster(best.resistance[kept][order], best.time_constant[kept][order])


def _on_grid(time: Array, impedance: Array) -> Foster:
    """The fit on the grid, neighbours taken together at the mean of their logarithms."""
    low, high = _range(time)
    grid = np.geomspace(low, high, int(_PER_DECADE * np.log10(high / low)) + 1)
    rises = -np.expm1(-time[:, None] / grid) / impedance[:, None]
    size = np.linalg.norm(rises, axis=0)
    from scipy.optimize import nnls

    share = nnls(rises / size, np.ones(len(time)), maxiter=_ROUNDS * len(grid))[0] / size
    used = np.flatnonzero(share > _NOTHING * share.sum())
    groups = np.split(used, np.flatnonzero(np.diff(used) > 1) + 1)
    resistance = np.array([share[group].sum() for group in groups])
    logs = np.array([share[group] @ np.log(grid[group]) for group in groups]) / resistance
    return Foster(resistance, np.exp(logs))


def _range(time: Array) -> tuple[float, float]:
    """Time constants (s) a curve can tell."""
    return float(time[0]) / 10**_BEFORE, float(time[-1]) * 10**_AFTER
