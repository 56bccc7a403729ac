"""A flaw of known depth in a face: does it run?

Stress intensity K_I = Y s sqrt(pi a) at the front of a flaw of depth a under the stress s across it, against the
fracture toughness (G. R. Irwin, J. Appl. Mech. 24 (1957) 361).
"""

from dataclasses import dataclass
from math import pi, sqrt
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from solver.arrays import Array

Shape: TypeAlias = Literal["scratch", "half-penny"]

# 1.1215: edge crack of a half plane (W. T. Koiter, J. Appl. Mech. 32 (1965) 237). 1.04 x 1.1 / sqrt(2.464): where a
# half circle meets the face, its largest (J. C. Newman, I. S. Raju, Eng. Fract. Mech. 15 (1981) 185: a / c = 1 in a
# thick part)
FACTORS: dict[Shape, float] = {"scratch": 1.1215, "half-penny": 1.04 * 1.1 / sqrt(2.464)}


@dataclass(frozen=True)
class SurfaceFlaw:
    """A flaw that is shallow against the thickness of the part.

    Attributes:
        depth: a (m).
        shape: `scratch`, long against its depth, as of grinding; `half-penny`, as long as twice its depth.
    """

    depth: float
    shape: Shape

    def intensity(self, stress: ArrayLike) -> Array:
        """K_I (Pa m^0.5), of any shape, under stresses across it (Pa); nothing where it is pressed."""
        return np.asarray(FACTORS[self.shape] * sqrt(pi * self.depth) * np.maximum(stress, 0.0))

    def critical_depth(self, stress: float, toughness: float) -> float:
        """Depth (m) from which such a flaw runs; infinite where nothing pulls.

        Args:
            stress: across it (Pa).
            toughness: K_Ic (Pa m^0.5).
        """
        return (toughness / (FACTORS[self.shape] * stress)) ** 2 / pi if stress > 0.0 else float("inf")
