"""What a stepper corrects: translation, rotation, magnification and orthogonality of a pattern, by least squares.

In the linear model of overlay, in the plane about the middle of the pattern,

    dx = t_x + m_x x - (r + o/2) y
    dy = t_y + m_y y + (r - o/2) x

with magnifications m, rotation r (counter-clockwise) and orthogonality o: by how much the angle between the two axes
exceeds 90 degrees.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solver.arrays import Array

TERMS = ("translation", "rotation", "magnification", "orthogonality")
_OF_TERM = {"translation": [0, 1], "rotation": [2], "magnification": [3, 4], "orthogonality": [5]}
_SINGULAR = 1e-9  # of the largest singular value: points that do not determine the terms


@dataclass(frozen=True)
class Alignment:
    """Terms of the linear model; those that are not corrected are zero."""

    translation_x_um: float
    translation_y_um: float
    rotation_urad: float
    magnification_x_ppm: float
    magnification_y_ppm: float
    orthogonality_urad: float


@dataclass(frozen=True)
class Residual:
    """In-plane displacements that a correction leaves.

    Attributes:
        mean_um: mean of their lengths.
        three_sigma_x_um, three_sigma_y_um: three standard deviations along x and y, plus |mean| where a mean is left.
        max_um: greatest length.
    """

    mean_um: float
    three_sigma_x_um: float
    three_sigma_y_um: float
    max_um: float


def fit(xy: Array, u: Array, terms: Sequence[str] = TERMS) -> tuple[Alignment, Array] | None:
    """The terms that fit displacements best, and what they leave; None if the points do not determine them.

    Args:
        xy: (n, 2) places (m).
        u: (n, 2) displacement (m).
        terms: which of `TERMS` to correct.

    Returns:
        The terms about the middle of the points, and (n, 2) what is left (m).
    """
    kept = [column for term in TERMS if term in terms for column in _OF_TERM[term]]
    if not kept:
        return Alignment(*np.zeros(6)), u
    if not len(xy):
        return None
    places = xy - xy.mean(axis=0)
    size = float(np.abs(places).max()) or 1.0
    x, y = (places / size).T
    one, zero = np.ones_like(x), np.zeros_like(x)
    columns = np.array([[one, zero], [zero, one], [-y, x], [x, zero], [zero, y], [-y / 2, -x / 2]])[kept]
    matrix = columns.reshape(len(kept), -1).T  # (2 n, terms)
    found, _, rank, _ = np.linalg.lstsq(matrix, u.T.ravel(), rcond=_SINGULAR)
    if rank < len(kept):
        return None
    values = np.zeros(6)
    values[kept] = 1e6 * found
    values[2:] /= size
    return Alignment(*(float(value) for value in values)), u - (matrix @ found).reshape(2, -1).T


def residual(u: Array) -> Residual:
    """How large (n, 2) displacements (m) are that a correction has left."""
    length = np.hypot(*u.T)
    spread = np.abs(u.mean(axis=0)) + 3 * u.std(axis=0)
    return Residual(*(1e6 * float(value) for value in (length.mean(), *spread, length.max())))
