"""Energy per area an interface takes to part, over the angle between opening and shear."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from solver.arrays import Array


class Toughness(Protocol):
    """Energy per area of an interface."""

    def at(self, angle: Array) -> Array:
        """Energy per area (J/m^2), shape (n,).

        Args:
            angle: (n,) atan(sqrt(G_shear / G_opening)), from 0 for opening alone to pi / 2 for shear alone.
        """


@dataclass(frozen=True)
class HutchinsonSuo:
    """G1c (1 + tan^2((1 - lambda) psi)): J. W. Hutchinson, Z. Suo, Adv. Appl. Mech. 29 (1992) 63.

    Attributes:
        opening: of opening alone (J/m^2).
        sensitivity: lambda, 1 where the angle does not matter, 0 where opening alone counts.
    """

    opening: float
    sensitivity: float

    def at(self, angle: Array) -> Array:
        """As of `Toughness`; infinite for shear alone where lambda is 0."""
        return np.asarray(self.opening / np.maximum(np.cos((1.0 - self.sensitivity) * angle), 1e-12) ** 2)


@dataclass(frozen=True)
class BenzeggaghKenane:
    """G1c + (G2c - G1c) (G_shear / G)^eta: M. L. Benzeggagh, M. Kenane, Compos. Sci. Technol. 56 (1996) 439.

    Attributes:
        opening: of opening alone (J/m^2).
        shear: of shear alone (J/m^2).
        exponent: eta.
    """

    opening: float
    shear: float
    exponent: float

    def at(self, angle: Array) -> Array:
        """As of `Toughness`."""
        return np.asarray(self.opening + (self.shear - self.opening) * np.sin(angle) ** (2.0 * self.exponent))


@dataclass(frozen=True)
class MeasuredToughness:
    """Straight lines between measured values, constant beyond them.

    Attributes:
        angles: ascending (rad).
        values: one each (J/m^2).
    """

    angles: Sequence[float]
    values: Sequence[float]

    def at(self, angle: Array) -> Array:
        """As of `Toughness`."""
        return np.asarray(np.interp(angle, self.angles, self.values))
