"""Metal cylinders along z in a dielectric (vias, pillars, bumps): composite cylinder assemblage.

Z. Hashin, Analysis of properties of fiber composites with anisotropic constituents, J. Appl. Mech. 46 (1979) 543.
Exact for the assemblage: plane bulk modulus, axial modulus, axial Poisson ratio, axial shear; the transverse shear is
the matrix-side bound. Constituents that differ between x and y are averaged in the plane.
"""

from dataclasses import dataclass

import numpy as np

from solver.arrays import Array
from solver.materials.mix.phases import Phases


@dataclass(frozen=True, eq=False)
class HillModuli:
    """Transversely isotropic moduli about z: plane bulk k, transverse shear m, axial shear p, axial E and nu; [Pa]."""

    k: Array
    m: Array
    p: Array
    axial: Array
    nu: Array

    @classmethod
    def of(cls, c: Array) -> "HillModuli":
        """Moduli of a stiffness (..., 6, 6), averaged over the directions of the plane."""
        k = (c[..., 0, 0] + c[..., 1, 1] + 2.0 * c[..., 0, 1]) / 4.0
        m = ((c[..., 0, 0] + c[..., 1, 1] - 2.0 * c[..., 0, 1]) / 4.0 + c[..., 5, 5]) / 2.0
        cross = (c[..., 0, 2] + c[..., 1, 2]) / 2.0
        p = (c[..., 3, 3] + c[..., 4, 4]) / 2.0
        return cls(k, m, p, c[..., 2, 2] - cross**2 / k, cross / (2.0 * k))

    def stiffness(self) -> Array:
        """Stiffness [Pa], shape (..., 6, 6)."""
        result = np.zeros((*self.k.shape, 6, 6))
        result[..., 0, 0] = result[..., 1, 1] = self.k + self.m
        result[..., 0, 1] = result[..., 1, 0] = self.k - self.m
        for i in (0, 1):
            result[..., i, 2] = result[..., 2, i] = 2.0 * self.k * self.nu
        result[..., 2, 2] = self.axial + 4.0 * self.k * self.nu**2
        result[..., 3, 3] = result[..., 4, 4] = self.p
        result[..., 5, 5] = self.m
        return result


def stiffness(phases: Phases) -> Array:
    """Effective stiffness [Pa], shape (..., 6, 6)."""
    f, d = HillModuli.of(phases.metal), HillModuli.of(phases.dielectric)
    phi, rest = phases.fraction, 1.0 - phases.fraction
    k = (d.k * (f.k + d.m) * rest + f.k * (d.k + d.m) * phi) / ((f.k + d.m) * rest + (d.k + d.m) * phi)
    constraint = phi * rest / (rest / f.k + phi / d.k + 1.0 / d.m)
    axial = phases.average(f.axial, d.axial) + 4.0 * (f.nu - d.nu) ** 2 * constraint
    nu = phases.average(f.nu, d.nu) + (f.nu - d.nu) * (1.0 / d.k - 1.0 / f.k) * constraint
    p = d.p * (d.p * rest + f.p * (1.0 + phi)) / (d.p * (1.0 + phi) + f.p * rest)
    spread = (d.k + 2.0 * d.m) * rest / (2.0 * d.m * (d.k + d.m))
    m = d.m + phi * (f.m - d.m) / (1.0 + (f.m - d.m) * spread)
    return HillModuli(k, m, p, axial, nu).stiffness()
