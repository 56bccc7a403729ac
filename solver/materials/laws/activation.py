"""How much of a thermally activated flow fits into an increment over which the temperature goes linearly in time."""

from collections.abc import Sequence

import numpy as np

from solver.arrays import Array
from solver.materials.inelastic.creep import CreepTerm

_SEGMENTS = 8  # of time
_NOTHING = -690.0  # logarithm of what stands for no time at all
_SMALL = 1e-3  # difference of logarithms below which their mean is taken by its series


def activated(terms: Sequence[CreepTerm], kelvin: Array, kelvin_before: Array, seconds: float) -> Array:
    """Logarithms of the time an increment takes, times a exp(-Q / (R T)).

    Args:
        terms: of the flow.
        kelvin: (n,) or (1,) at the end.
        kelvin_before: (n,) or (1,) at the start.
        seconds: the increment takes.

    Returns:
        (n, terms, 4): with the temperature at the start, at the end and half way, and with the mean of the factor.
    """
    before, after = np.broadcast_arrays(kelvin_before, kelvin)
    logs = np.array([term.log_a for term in terms])[:, None]
    energies = np.array([term.activation for term in terms])[:, None]
    course = np.stack([before, after, 0.5 * (before + after)], axis=1)
    powers = -energies / course[:, None, :]
    whole = powers[..., :1] if np.array_equal(before, after) else _mean(energies, before, after)
    time = np.log(seconds) if seconds > 0.0 else 2.0 * _NOTHING
    return np.ascontiguousarray(np.maximum(np.concatenate([powers, whole], axis=2) + logs + time, _NOTHING))


def _mean(energies: Array, before: Array, after: Array) -> Array:
    """(n, terms, 1) logarithm of the mean of exp(-Q / (R T)), by straight logarithms and the mean of their bend."""
    share = np.linspace(0.0, 1.0, _SEGMENTS + 1)
    course = (before[:, None] + share * (after - before)[:, None])[:, None, :]
    power = -energies / course
    highest = power.max(axis=2, keepdims=True)
    rates, change = np.exp(power - highest), np.diff(power, axis=2)
    small = np.abs(change) < _SMALL
    middle = 0.5 * (rates[..., 1:] + rates[..., :-1]) * (1.0 - change**2 / 12.0)
    straight = np.where(small, middle, np.diff(rates, axis=2) / np.where(small, 1.0, change))
    bend = energies * (np.diff(course) / course[..., 1:]) ** 2 / course[..., 1:] / 6.0
    return highest + np.log((straight * (1.0 + bend)).mean(axis=2, keepdims=True))
