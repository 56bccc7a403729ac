"""What a spectrum of relaxation keeps of strains that come while the temperature changes.

A branch of time tau carries the strain x, of which d x / dt = d e / dt - x / (tau a_T). Over an increment
    x_end = left x_start + sum over pieces of kept_j de_j,     left = exp(-dxi / tau),     dxi = integral dt / a_T.
The increment is cut so that ln a_T changes by a quarter at most in a piece. There the reduced time is integrated at
Lobatto's points, and dt / dxi, a polynomial of the reduced time through these points, times exp(-xi / tau) exactly: a
hold is exact whatever its length, and a ramp on which a_T moves by decades is right to 1e-6.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from solver.arrays import Array
from solver.materials.laws.compiled import kernels

_FINEST = 0.25  # change of ln a_T in a piece
_LEAST = 4  # pieces of a ramp
_MOST = 4000  # pieces
_SAMPLES = 400  # by which the pieces of one path are placed
_FEW_SAMPLES = 16  # by which those of many paths are, which are all alike
_POINTS = np.array([0.0, 0.5 - np.sqrt(21.0) / 14.0, 0.5, 0.5 + np.sqrt(21.0) / 14.0, 1.0])  # Lobatto, of degree 7
_POWERS = np.arange(len(_POINTS))
# integral from 0 to each point of the polynomial through values at all points
_INTEGRAL = (_POINTS[:, None] ** (_POWERS + 1) / (_POWERS + 1)) @ np.linalg.inv(_POINTS[:, None] ** _POWERS)
_GAUSS, _GAUSS_WEIGHT = (part / 2.0 for part in np.polynomial.legendre.leggauss(14))
_GAUSS = _GAUSS + 0.5
_FAST = 8.0  # dxi / tau from which moments are found by recursion


@dataclass(frozen=True)
class Kept:
    """What m paths leave of strain in every branch.

    Attributes:
        left: (m, branches) of the strain at the start.
        pieces: (m, pieces, branches) of a strain that comes at a constant rate within a piece.
        whole: (m, branches) of one that comes at a constant rate within the increment.
    """

    left: Array
    pieces: Array
    whole: Array


def cut(logs: Sequence[Callable[[Array], Array]], kelvin: Callable[[Array], Array], knots: Array) -> Array:
    """(m, pieces + 1) edges of pieces, in parts of the increment from 0 to 1.

    Args:
        logs: what changes by a quarter in a piece: ln a_T of m paths at parts (m or 1, k) of the increment.
        kelvin: temperature there (K) that properties are read at.
        knots: temperatures (K) where one of them has a kink or a jump: edges of pieces, exact for a ramp.
    """
    samples = _SAMPLES if len(kelvin(np.zeros((1, 1)))) == 1 else _FEW_SAMPLES
    part = np.linspace(0.0, 1.0, samples + 1)
    warmth = kelvin(part[None])
    change = sum((np.abs(np.diff(log(part[None]), axis=1)) for log in logs), np.zeros((1, samples)))
    is_ramp = bool(np.any(warmth != warmth[:, :1]))
    if len(warmth) == 1:
        length = np.cumsum(np.append(0.0, change))
        count = _count(length[-1], is_ramp)
        length += max(0.01 * length[-1], 1e-12) * part  # ascends
        edge = np.interp(np.linspace(0.0, length[-1], count + 1), length, part)[None]
    else:
        count = _count(change.max() * samples, is_ramp)
        edge = np.broadcast_to(np.linspace(0.0, 1.0, count + 1), (len(warmth), count + 1))
    if is_ramp and len(knots):
        edge = np.sort(np.concatenate([edge, _crossings(warmth, knots, part)], axis=1), axis=1)
    return edge


def _count(change: float, is_ramp: bool) -> int:
    """Pieces of a path along which ln a_T changes so much."""
    return int(np.clip(np.ceil(change / _FINEST), _LEAST if is_ramp else 1, _MOST))


def inside(edge: Array) -> Array:
    """(m, pieces, points) parts of the increment of Lobatto's points in pieces of the edges (m, pieces + 1)."""
    return np.asarray(edge[:, :-1, None] + np.diff(edge, axis=1)[:, :, None] * _POINTS)


def _crossings(kelvin: Array, knots: Array, part: Array) -> Array:
    """(m, knots) parts at which temperatures (m, samples) first pass each knot, 1 where they do not."""
    above = kelvin[:, :, None] >= knots
    crosses = above[:, 1:] != above[:, :-1]
    at = crosses.argmax(axis=1)
    path = np.arange(len(kelvin))[:, None]
    low, high = kelvin[path, at], kelvin[path, at + 1]
    width = np.where(high == low, 1.0, high - low)
    return np.where(crosses.any(axis=1), part[at] + (knots - low) / width * part[1], 1.0)


def relax(edge: Array, log: Array, seconds: Array | float, times: Array) -> Kept:
    """Of branches that relax along paths.

    Args:
        edge: (m, pieces + 1) of pieces.
        log: (m, pieces, points) ln a_T at Lobatto's points of each.
        seconds: of the increment, one number or one of each path.
        times: (branches,) of relaxation at a_T = 1 (s).
    """
    count, pieces = log.shape[:2]
    width = np.diff(edge, axis=1)
    seconds = np.ascontiguousarray(width * np.reshape(seconds, (-1, 1)))
    left, kept = np.empty((count, len(times))), np.empty((count, pieces, len(times)))
    arrays = np.ascontiguousarray(log), seconds, np.ascontiguousarray(_INTEGRAL), times, left, kept
    kernels()("keep", count, pieces, len(times), *arrays)
    return Kept(left, kept, np.einsum("mj,mjb->mb", width, kept))


def relax_in_numpy(edge: Array, log: Array, seconds: Array | float, times: Array) -> Kept:
    """The same, an oracle of the kernel."""
    width = np.diff(edge, axis=1)
    slowest = log.max(axis=2, keepdims=True)
    rate = np.exp(slowest - log)  # 1 / a_T, of the slowest point of the piece
    passed = rate @ _INTEGRAL.T
    length = passed[..., -1] * width * np.reshape(seconds, (-1, 1)) * np.exp(-slowest[..., 0])
    share = passed / passed[..., -1:]
    density = passed[..., -1:] / rate  # of time per reduced time, of mean 1
    ahead = (1.0 - share)[..., ::-1]
    polynomial = np.linalg.solve(ahead[..., None] ** _POWERS, density[..., ::-1, None])[..., 0]
    of_times = length[..., None] / times
    kept = np.einsum("mjp,mjbp->mjb", polynomial, _moments(of_times))
    later = np.cumsum(of_times[:, ::-1], axis=1)[:, ::-1]
    kept *= np.exp(-(later - of_times))
    return Kept(np.exp(-later[:, 0]), kept, np.einsum("mj,mjb->mb", width, kept))


def _moments(z: Array) -> Array:
    """Integrals from 0 to 1 of exp(-z u) u^p, shape (..., points), for z >= 0."""
    fast = np.maximum(z, _FAST)
    fall = np.exp(-fast)
    rows = [(1.0 - fall) / fast]
    for power in _POWERS[1:]:
        rows.append((power * rows[-1] - fall) / fast)
    slow = np.exp(-np.minimum(z, _FAST)[..., None] * _GAUSS) @ (_GAUSS_WEIGHT[:, None] * _GAUSS[:, None] ** _POWERS)
    return np.where((z >= _FAST)[..., None], np.stack(rows, axis=-1), slow)
