"""How much of a thermally activated flow fits into an increment over which the temperature goes linearly in time."""

from collections.abc import Sequence

import numpy as np

from solver.arrays import Array
from solver.materials.inelastic.creep import CreepTerm

_SEGMENTS = 8  # of time, in each of which the logarithm of the rate is linear, but for the mean of its bend
_NOTHING = -690.0  # logarithm of what stands for no time at all
_SMALL = 1e-3  # difference of logarithms below which their mean is taken by its series


def activated(terms: Sequence[CreepTerm], kelvin: Array, kelvin_before: Array, seconds: float) -> tuple[Array, int]:
    """Logarithm of int a exp(-Q / (R T)) dt, and the parts of it that are over at the ends of segments of time.

    Args:
        terms: of the flow.
        kelvin: (n,) or (1,) at the end.
        kelvin_before: (n,) or (1,) at the start.
        seconds: the increment takes.

    Returns:
        (n, terms, segments), of each term the logarithm and the parts at the ends of all segments but the last, and the
        number of segments: 1 if the temperature stays.
    """
    before, after = np.broadcast_arrays(kelvin_before, kelvin)
    logs = np.array([term.log_a for term in terms])
    energies = np.array([term.activation for term in terms])
    time = np.log(seconds) if seconds > 0.0 else _NOTHING
    if np.array_equal(before, after) or not energies.any():
        constant = logs - energies / after[:, None] + time
        return np.ascontiguousarray(np.maximum(constant, _NOTHING)[:, :, None]), 1
    share = np.linspace(0.0, 1.0, _SEGMENTS + 1)
    course = before[:, None] + share * (after - before)[:, None]
    power = -energies[:, None] / course[:, None, :]
    highest = power.max(axis=2, keepdims=True)
    rates, change = np.exp(power - highest), np.diff(power, axis=2)
    small = np.abs(change) < _SMALL
    middle = 0.5 * (rates[..., 1:] + rates[..., :-1]) * (1.0 - change**2 / 12.0)
    straight = np.where(small, middle, np.diff(rates, axis=2) / np.where(small, 1.0, change))
    bend = energies[:, None] * (np.diff(course)[:, None, :] / course[:, None, 1:]) ** 2 / course[:, None, 1:] / 6.0
    parts = (straight * (1.0 + bend)).cumsum(axis=2)
    whole = logs + highest[..., 0] + np.log(parts[..., -1] / _SEGMENTS) + time
    over = parts[..., :-1] / parts[..., -1:]
    return np.ascontiguousarray(np.concatenate([np.maximum(whole, _NOTHING)[..., None], over], axis=2)), _SEGMENTS
