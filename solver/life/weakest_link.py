"""Probability that brittle parts break: the weakest of many flaws counts.

W. Weibull, Ing. Vetensk. Akad. Handl. 151 (1939):
P = 1 - exp(-R), R = int (sigma / sigma_0)^m dA / A_0 of the tension sigma over what is stressed. The
characteristic strength sigma_0, at which 63.2 % of the specimens break, belongs to the effective size A_0 of the test.
"""

from dataclasses import dataclass

import numpy as np

from solver.arrays import Array


@dataclass(frozen=True)
class WeakestLink:
    """Of a surface or an edge.

    Attributes:
        characteristic: strength of the specimens (Pa).
        modulus: m of Weibull.
        size: effective area (m^2) or length (m) of the specimens.
    """

    characteristic: float
    modulus: float
    size: float

    def risk(self, tension: Array, weights: Array, sizes: Array) -> Array:
        """R (n,) of parts of a surface or edge; risks of parts add up.

        Args:
            tension: (n, points) largest principal stress at points of each (Pa).
            weights: (points,) of the points, 1 in all.
            sizes: (n,) area or length of each.
        """
        powers = (np.maximum(tension, 0.0) / self.characteristic) ** self.modulus
        return np.asarray((powers @ weights) * sizes / self.size)


def probability(risk: Array) -> Array:
    """That something breaks whose risks add up to R."""
    return np.asarray(-np.expm1(-risk))


def three_point(span: float, width: float, modulus: float) -> float:
    """Effective area (m^2) of a bar in three-point bending, span x width / (m + 1).

    Args:
        span: between the supports (m).
        width: of the bar (m); 1 for the effective length of one edge.
        modulus: m of Weibull.
    """
    return span * width / (modulus + 1.0)
