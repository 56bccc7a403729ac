"""A property as a function of temperature: piecewise linear, constant outside its table, with exact integrals."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from solver.arrays import Array
from solver.units import ZERO_CELSIUS

ROOM = ZERO_CELSIUS + 25.0  # K


@dataclass(frozen=True, eq=False)
class Curve:
    """Piecewise-linear function of temperature.

    A temperature that appears twice is a jump; the value at the jump is the one above it.

    Args:
        temperature: knots [K], shape (n,), ascending.
        value: values in SI units, shape (n, c); c is 1 (same in all directions) or 3 (x, y, z).
    """

    temperature: Array
    value: Array

    @classmethod
    def constant(cls, value: ArrayLike) -> "Curve":
        """The same value (a number or three) at every temperature."""
        return cls(np.array([298.15]), np.atleast_1d(np.asarray(value, dtype=float))[None, :])

    @classmethod
    def step(cls, temperature: float, below: ArrayLike, above: ArrayLike) -> "Curve":
        """One value (or three) below a temperature [K], another above it."""
        low, high = np.broadcast_arrays(np.atleast_1d(below), np.atleast_1d(above))
        return cls(np.array([temperature, temperature]), np.stack([low, high]).astype(float))

    @property
    def components(self) -> int:
        """1 (same in all directions) or 3 (x, y, z)."""
        return int(self.value.shape[1])

    @property
    def is_constant(self) -> bool:
        """True when the value does not depend on temperature."""
        return bool(np.all(self.value == self.value[0]))

    def __call__(self, temperature: ArrayLike) -> Array:
        """Value at `temperature` [K], shape (..., c) for a temperature of shape (...)."""
        t, low, high = self._interval(temperature)
        width = self.temperature[high] - self.temperature[low]
        weight = np.where(width > 0, (t - self.temperature[low]) / np.where(width > 0, width, 1.0), 0.0)[..., None]
        return np.asarray((1.0 - weight) * self.value[low] + weight * self.value[high])

    def slope(self, temperature: ArrayLike) -> Array:
        """Derivative with respect to temperature [1/K of the value], shape (..., c); at a knot, the one above."""
        _, low, high = self._interval(temperature)
        width = (self.temperature[high] - self.temperature[low])[..., None]
        return np.where(width > 0, (self.value[high] - self.value[low]) / np.where(width > 0, width, 1.0), 0.0)

    def integral(self, start: ArrayLike, end: ArrayLike) -> Array:
        """Exact integral from `start` to `end` [K], shape (..., c), negative when `end` is below `start`."""
        return self._primitive(end) - self._primitive(start)

    def _interval(self, temperature: ArrayLike) -> tuple[Array, NDArray[np.intp], NDArray[np.intp]]:
        """Temperature and the knots on its two sides; outside the table both are the end knot."""
        t = np.asarray(temperature, dtype=float)
        last = len(self.temperature) - 1
        above = np.searchsorted(self.temperature, t, side="right")
        return t, np.maximum(above - 1, 0), np.minimum(above, last)

    @cached_property
    def _totals(self) -> Array:
        """(n, c) integrals from the first knot to every knot."""
        pieces = 0.5 * np.diff(self.temperature)[:, None] * (self.value[1:] + self.value[:-1])
        return np.concatenate([np.zeros((1, self.components)), np.cumsum(pieces, axis=0)])

    def _primitive(self, temperature: ArrayLike) -> Array:
        """Integral from the first knot."""
        t, low, _ = self._interval(temperature)
        inside = np.clip(t, self.temperature[0], self.temperature[-1])
        outside = (t - inside)[..., None] * np.where((t < inside)[..., None], self.value[0], self.value[-1])
        part = 0.5 * (inside - self.temperature[low])[..., None] * (self.value[low] + self(inside))
        return np.asarray(self._totals[low] + part + outside)


def tangent_from_secant(secant: Curve, reference: float) -> Curve:
    """Tangent coefficient of expansion of a mean (secant) one, exactly.

    The strain from `reference` to T is mean(T) (T - reference), so the tangent is mean + mean' (T - reference): linear
    between the knots of the table, with a jump at each.

    Args:
        secant: mean coefficient from `reference` to T [1/K].
        reference: temperature [K] from which the handbook counts.
    """
    t, mean = secant.temperature, secant.value
    knots, values = [t[0]], [mean[0]]
    for low, high, start, end in zip(t[:-1], t[1:], mean[:-1], mean[1:], strict=True):
        slope = (end - start) / (high - low)
        knots += [low, high]
        values += [start + slope * (low - reference), end + slope * (high - reference)]
    return Curve(np.array([*knots, t[-1]]), np.array([*values, mean[-1]]))


def tangent_from_strain(strain: Curve) -> Curve:
    """Tangent coefficient of expansion of a measured strain, exactly: its slope between knots, with a jump at each.

    Args:
        strain: change of length per length over temperature, counted from anywhere; two knots or more.
    """
    t, value = strain.temperature, strain.value
    slope = np.diff(value, axis=0) / np.diff(t)[:, None]
    return Curve(np.repeat(t, 2)[1:-1], np.repeat(slope, 2, axis=0))
