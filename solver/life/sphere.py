"""Patches of the surface that a vertex is seen from: flat triangles, refined towards their corners.

Every sector about the upright line through the vertex, above and below, is one triangle for each right angle: two
corners on the horizon and the pole. A triangle is three kites, one at each corner, and a kite is layers of patches that
shrink towards that corner, where an edge may leave the surface. A place on a patch has two coordinates of -1 to 1.
"""

from dataclasses import dataclass

import numpy as np

from solver.arrays import Array, Integers

LAYERS = 4
_SHRINK = 0.2  # of one layer to the next
PATCHES = 3 * (2 * LAYERS + 1)  # of a triangle


@dataclass(frozen=True)
class Located:
    """Places on a triangle.

    Attributes:
        patch: (n,) number of the patch.
        local: (n, 2) coordinates on it.
    """

    patch: Integers
    local: Array


def places(patch: int, local: Array) -> tuple[Array, Array, Array]:
    """(n, 3) shares of the corners of a triangle at places (n, 2) of a patch, and their slopes by both coordinates."""
    corner, number = divmod(patch, 2 * LAYERS + 1)
    u, v = 0.5 * (local.T + 1.0)
    high = _SHRINK ** (number // 2)
    low = high * _SHRINK
    zero = np.zeros_like(u)
    if number == 2 * LAYERS:
        x, y, slopes = high * u, high * v, ((high + zero, zero), (zero, high + zero))
    else:
        long, across = (u, v) if number % 2 == 0 else (v, u)
        x = low + (high - low) * long
        y, slopes = across * x, ((high - low + zero, across * (high - low)), (zero, x))
        if number % 2:
            (x_long, y_long), (x_across, y_across) = slopes
            x, y, slopes = y, x, ((y_across, x_across), (y_long, x_long))
    shares = _shares(x, y)
    by_x = np.stack([y / 3.0 - 0.5, 0.5 - y / 6.0, -y / 6.0], axis=1)
    by_y = np.stack([x / 3.0 - 0.5, -x / 6.0, 0.5 - x / 6.0], axis=1)
    order = np.mod(np.arange(3) - corner, 3)
    along = [0.5 * (dx[:, None] * by_x + dy[:, None] * by_y)[:, order] for dx, dy in slopes]
    return shares[:, order], along[0], along[1]


def locate(shares: Array) -> Located:
    """Where on a triangle places are, of shares (n, 3) of its corners."""
    corner = np.argmax(shares, axis=1)
    rows = np.arange(len(shares))
    p, q = shares[rows, (corner + 1) % 3], shares[rows, (corner + 2) % 3]
    x, y = _of_kite(p, q), _of_kite(q, p)
    most = np.maximum(np.maximum(x, y), 1e-300)
    layer = np.clip(np.floor(np.log(most) / np.log(_SHRINK)).astype(np.int64), 0, LAYERS)
    high = _SHRINK ** layer.astype(float)
    low = high * _SHRINK
    swapped, inner = y > x, layer == LAYERS
    long, across = (most - low) / (high - low), np.minimum(x, y) / most
    u = np.where(inner, x / high, np.where(swapped, across, long))
    v = np.where(inner, y / high, np.where(swapped, long, across))
    number = np.where(inner, 2 * LAYERS, 2 * layer + swapped)
    return Located(corner * (2 * LAYERS + 1) + number, 2.0 * np.stack([u, v], axis=1) - 1.0)


def _shares(x: Array, y: Array) -> Array:
    """(n, 3) shares of a corner and the next two, of places of its kite: 0, 0 the corner, 1, 1 the middle."""
    p, q = 0.5 * x - x * y / 6.0, 0.5 * y - x * y / 6.0
    return np.stack([1.0 - p - q, p, q], axis=1)


def _of_kite(p: Array, q: Array) -> Array:
    """x of a kite, of the shares of the next corner and the one after it."""
    b = 3.0 + 2.0 * (p - q)
    return np.asarray(0.5 * (b - np.sqrt(np.maximum(b * b - 24.0 * p, 0.0))))
