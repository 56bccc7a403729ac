"""Temperatures of the layers of a plate: one of all, or a parabola through every layer at the corners of every cell."""

import numpy as np

from solver.arrays import Array, Integers

_ROOTS, _WEIGHTS = np.polynomial.legendre.leggauss(3)
LEVELS: Array = _ROOTS  # Gauss points through a layer, from -1 to 1: there a parabola is known
SHARES: Array = 0.5 * _WEIGHTS  # part of the thickness each of them stands for

_COEFFICIENTS: Array = np.linalg.inv(np.polynomial.legendre.legvander(LEVELS, 2))  # of a parabola, by its values there

Temperature = float | Array  # K: uniform, or (layers, local cells, corners, LEVELS)


def through(temperature: Temperature, layer: int, cells: Integers) -> Array:
    """(n, corners, LEVELS) temperature (K) of a layer in some cells; (1, 1, 1) if it is uniform."""
    if isinstance(temperature, np.ndarray):
        return np.asarray(temperature[layer, cells])
    return np.full((1, 1, 1), float(temperature))


def uniform(temperature: Temperature) -> Array:
    """(1,) a temperature (K) that is the same everywhere, as it is in unit cells that remember."""
    assert not isinstance(temperature, np.ndarray)
    return np.array([float(temperature)])


def mean(temperature: Temperature, layer: int, cells: Integers) -> Array:
    """(n or 1,) mean temperature (K) of a layer in some cells."""
    values = through(temperature, layer, cells)
    return np.asarray(values.mean(axis=1) @ SHARES) if values.shape[-1] > 1 else values.ravel()


def at_places(values: Array, places: Array) -> Array:
    """(..., places) of parabolas known at LEVELS (..., LEVELS), at places from -1 to 1; of one value that value."""
    if values.shape[-1] == 1:
        return values
    by_level = np.polynomial.legendre.legvander(places, 2) @ _COEFFICIENTS
    return np.asarray(values @ by_level.T)


def parabola(moments: Array) -> Array:
    """(..., LEVELS) of the parabola that has the moments (..., 3) int f P_k dx / 2 of Legendre polynomials."""
    return np.asarray((moments * (2.0 * np.arange(3) + 1.0)) @ np.polynomial.legendre.legvander(LEVELS, 2).T)


def line(values: Array, low: float, high: float) -> Array:
    """(..., 2, k) value at height 0 and slope of lines with the mean and first moment of values (..., LEVELS, k).

    Args:
        values: at LEVELS; one stands for all.
        low: lower face of the layer (m).
        high: upper face (m).
    """
    if values.shape[-2] == 1:
        return np.stack([values[..., 0, :], np.zeros_like(values[..., 0, :])], axis=-2)
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    slope = np.einsum("z,...zk->...k", 3.0 * SHARES * LEVELS / half, values)
    return np.stack([np.einsum("z,...zk->...k", SHARES, values) - middle * slope, slope], axis=-2)
