"""Arcs of a Gerber file as points."""

from itertools import product

import numpy as np

from solver.arrays import Array

_ERROR = 1e-3  # mm, of a chord


def arc(start: Array, end: Array, offset: Array, clockwise: bool, single_quadrant: bool) -> Array:
    """Points of an arc (n, 2).

    Args:
        start: first point of the arc (mm).
        end: last point of it (mm).
        offset: of its middle from the start (mm); without signs in the single-quadrant mode.
        clockwise: its sense.
        single_quadrant: True for the mode in which an arc spans 90 degrees at most.
    """
    middle = _quadrant(start, end, offset, clockwise) if single_quadrant else start + offset
    radius, first = np.hypot(*(start - middle)), _angle(start - middle)
    swept = _swept(start, end, middle, clockwise)
    if not single_quadrant and np.allclose(start, end):
        swept = 2 * np.pi
    if radius <= _ERROR:
        return np.stack([start, end])
    count = max(1, int(np.ceil(swept / (2 * np.arccos(1 - _ERROR / radius)))))
    part = np.linspace(0.0, 1.0, count + 1)
    angle = first + (-swept if clockwise else swept) * part
    radii = radius + (np.hypot(*(end - middle)) - radius) * part  # of a file whose ends are rounded
    points = middle + radii[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points[0], points[-1] = start, end
    return np.asarray(points)


def _quadrant(start: Array, end: Array, offset: Array, clockwise: bool) -> Array:
    """The middle whose arc spans a quarter at most, and whose radii agree best."""
    middles = [start + np.array(signs) * np.abs(offset) for signs in product((1, -1), repeat=2)]
    short = [m for m in middles if _swept(start, end, m, clockwise) <= np.pi / 2 + 1e-3] or middles
    return min(short, key=lambda m: abs(np.hypot(*(start - m)) - np.hypot(*(end - m))))


def _swept(start: Array, end: Array, middle: Array, clockwise: bool) -> float:
    turn = _angle(end - middle) - _angle(start - middle)
    return float((-turn if clockwise else turn) % (2 * np.pi))


def _angle(vector: Array) -> float:
    return float(np.arctan2(vector[1], vector[0]))
