"""Change of the mobility of carriers in silicon by stress: piezoresistance of (100) wafers.

With axes along <110>, <110> and <001> the coefficients along and across a channel are (pi11 + pi12 + pi44) / 2 and
(pi11 + pi12 - pi44) / 2; along <100> they are pi11 and pi12; across the wafer pi12 always (Y. Kanda, IEEE Trans.
Electron Devices 29 (1982) 64).
"""

from dataclasses import dataclass

import numpy as np

from solver.arrays import Array


@dataclass(frozen=True)
class Piezoresistance:
    """Coefficients along the cubic axes (1/Pa)."""

    pi11: float
    pi12: float
    pi44: float

    def of_channel(self, channel: str) -> tuple[float, float, float]:
        """Coefficients along, across and out of the plane (1/Pa) of a channel along `<110>` or `<100>`."""
        if channel == "<100>":
            return self.pi11, self.pi12, self.pi12
        mean = self.pi11 + self.pi12
        return 0.5 * (mean + self.pi44), 0.5 * (mean - self.pi44), self.pi12


SOURCE = "C. S. Smith, Phys. Rev. 94 (1954) 42: lightly doped, at room temperature"
SMITH: dict[str, Piezoresistance] = {
    "n": Piezoresistance(-102.2e-11, 53.4e-11, -13.6e-11),
    "p": Piezoresistance(6.6e-11, -1.1e-11, 138.1e-11),
}


def mobility_change(known: Piezoresistance, channel: str, angle: float, stress: Array) -> Array:
    """Relative change of mobility, minus that of resistivity, (...,).

    Args:
        known: coefficients.
        channel: `<110>` or `<100>`, the crystal direction of the current.
        angle: of the channel from x (rad).
        stress: (..., 6) Voigt xx yy zz yz xz xy (Pa).
    """
    along, across, out = known.of_channel(channel)
    c, s = np.cos(angle), np.sin(angle)
    xx, yy, zz, xy = stress[..., 0], stress[..., 1], stress[..., 2], stress[..., 5]
    axial = c * c * xx + s * s * yy + 2.0 * c * s * xy
    return np.asarray(-(along * axial + across * (xx + yy - axial) + out * zz))
