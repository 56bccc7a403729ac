"""Degree of cure along a ramp of temperature (J. R. Dormand, P. J. Prince, J. Comput. Appl. Math. 6, 19 (1980)).

It is integrated in v = -ln(1 - a^p): near full cure v grows as slowly as time does, and with p of `Kinetics.power` it
grows in a straight line at first, also where the rate is zero at nothing.
"""

from dataclasses import dataclass

import numpy as np

from solver.arrays import Array
from solver.materials.inelastic.kinetics import Kinetics

_FULL = 36.0  # v from which a is 1 in double precision
BEYOND = 60.0  # v from which rates stay
_ERROR = 1e-9  # of the degree, in a step
_LOOSEST = 1e-6  # of v
_SHORTEST = 1e-9  # step, of the increment
_MOST = 100_000  # steps
_NODES = (0.0, 0.2, 0.3, 0.8, 8 / 9, 1.0, 1.0)
_STAGES = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_DIFFERENCE = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)


@dataclass(frozen=True)
class Course:
    """Degrees of cure of m paths over an increment.

    Attributes:
        part: (steps + 1,) of the increment, from 0 to 1.
        v: (steps + 1, m) -ln(1 - a^p) there.
        slope: (steps + 1, m) dv / dpart.
        power: p.
    """

    part: Array
    v: Array
    slope: Array
    power: float

    def __call__(self, part: Array) -> Array:
        """(m, ...) degrees at parts (m, ...) of the increment."""
        part = np.asarray(part)
        if len(self.part) == 1:
            return np.broadcast_to(degree_of(self.v[0], self.power).reshape(-1, *(1,) * (part.ndim - 1)), part.shape)
        low = np.clip(np.searchsorted(self.part, part, side="right") - 1, 0, len(self.part) - 2)
        path = np.arange(self.v.shape[1]).reshape(-1, *(1,) * (part.ndim - 1))
        width = self.part[low + 1] - self.part[low]
        t = (part - self.part[low]) / width
        ends = (1 + 2 * t) * (1 - t) ** 2 * self.v[low, path] + t**2 * (3 - 2 * t) * self.v[low + 1, path]
        slopes = t * (1 - t) ** 2 * self.slope[low, path] - t**2 * (1 - t) * self.slope[low + 1, path]
        return degree_of(np.clip(ends + width * slopes, self.v[low, path], self.v[low + 1, path]), self.power)

    @property
    def end(self) -> Array:
        """(m,) degrees at the end."""
        return degree_of(self.v[-1], self.power)

    def reaches(self, degree: float) -> Array:
        """(m,) part of the increment at which a degree is reached: 0 if it was before, infinity if it is not."""
        low: Array = np.zeros(self.v.shape[1])
        high: Array = np.ones(self.v.shape[1])
        for _ in range(52):
            middle = 0.5 * (low + high)
            there = self(middle) >= degree
            low, high = np.where(there, low, middle), np.where(there, middle, high)
        start = degree_of(self.v[0], self.power)
        return np.where(start >= degree, 0.0, np.where(self.end >= degree, high, np.inf))


def course(kinetics: Kinetics, degree: Array, before: Array, after: Array, seconds: float) -> Course:
    """How m points cure in an increment.

    Args:
        kinetics: rate of the degree of cure.
        degree: (m,) at the start.
        before: (m,) temperature (K) at the start.
        after: (m,) at the end; it goes linearly.
        seconds: of the increment.
    """
    p = kinetics.power

    def slope(part: float, v: Array) -> Array:
        v, kelvin = np.minimum(v, BEYOND), before + (after - before) * part
        return np.asarray(seconds * p * kinetics.scaled(degree_of(v, p), rest_of(v, p), kelvin) * np.exp(v))

    start = start_of(degree, p)
    parts, values, slopes = [0.0], [start], [slope(0.0, start)]
    step = 1.0 if seconds > 0.0 else 0.0
    while step > 0.0 and len(parts) < _MOST:
        step = min(step, 1.0 - parts[-1])
        new, new_slope, error = _step(slope, parts[-1], values[-1], slopes[-1], step)
        if error <= 1.0 or step <= _SHORTEST:
            last = parts[-1] + step >= 1.0 - 1e-14
            parts.append(1.0 if last else parts[-1] + step)
            values.append(new)
            slopes.append(new_slope)
            if last:
                break
        step *= float(np.clip(0.9 * max(error, 1e-10) ** -0.2, 0.2, 5.0))
    return Course(np.array(parts), np.array(values), np.array(slopes), p)


def _step(slope, part: float, v: Array, first: Array, step: float) -> tuple[Array, Array, float]:  # type: ignore[no-untyped-def]
    """Values, slopes and error (1: just allowed) at the end of a step."""
    k = [first]
    new = v
    for node, weights in zip(_NODES[1:], _STAGES[1:], strict=True):
        new = np.maximum(v + step * sum(w * one for w, one in zip(weights, k, strict=True)), 0.0)
        k.append(slope(part + node * step, new))
    error = np.abs(step * sum(w * one for w, one in zip(_DIFFERENCE, k, strict=True)))
    allowed = np.minimum(_ERROR * np.exp(np.minimum(new, _FULL)), _LOOSEST)
    return new, k[-1], float(np.where(v < _FULL, error / allowed, 0.0).max())


def start_of(degree: Array, power: float) -> Array:
    """v of degrees of cure."""
    return np.asarray(-np.log(np.maximum(1.0 - degree**power, np.exp(-_FULL))))


def degree_of(v: Array, power: float) -> Array:
    """Degrees of cure of v."""
    return np.asarray((-np.expm1(-v)) ** (1.0 / power))


def rest_of(v: Array, power: float) -> Array:
    """What is left to react, 1 - a."""
    if power == 1.0:
        return np.asarray(np.exp(-v))
    grown = np.where(v > 1.0, np.log1p(-np.exp(-np.maximum(v, 1.0))), np.log(np.maximum(-np.expm1(-v), 1e-300)))
    return np.asarray(-np.expm1(grown / power))
