"""Free thermal strain of a mixture from those of its constituents.

Each function takes the constituents, the effective stiffness (..., 6, 6) and the free strains of metal and dielectric
(..., 3), and gives the free strain of the mixture (..., 3). Strains are counted from the same reference temperature.
"""

import numpy as np

from solver.arrays import Array
from solver.materials.mix.fibre import HillModuli
from solver.materials.mix.phases import Phases, voigt_vector

EQUAL = 1e-9  # relative difference of the compliances below which a mode is the same in both constituents


def rosen_hashin(phases: Phases, stiffness: Array, metal: Array, dielectric: Array) -> Array:
    """Exact for two phases of known stiffness: alpha = <alpha> + (alpha_1 - alpha_2) (S_1 - S_2)^-1 (S - <S>).

    V. M. Levin, Mech. Solids 2 (1967) 58; B. W. Rosen, Z. Hashin, Int. J. Eng. Sci. 8 (1970) 157.
    """
    first, second = np.linalg.inv(phases.metal), np.linalg.inv(phases.dielectric)
    excess = np.linalg.inv(stiffness) - phases.average(first, second)
    values, vectors = np.linalg.eigh(first - second)
    scale = np.max(np.abs(first), axis=(-2, -1)) + np.max(np.abs(second), axis=(-2, -1))
    different = np.abs(values) > EQUAL * scale[..., None]
    inverse = np.where(different, 1.0 / np.where(different, values, 1.0), 0.0)
    mismatch = voigt_vector(metal - dielectric)
    modes = np.einsum("...ji,...j->...i", vectors, mismatch) * inverse
    correction = np.einsum("...ij,...jk,...k->...i", excess, vectors, modes)
    return np.asarray(phases.average(metal, dielectric) + correction[..., :3])


def turner(phases: Phases, _: Array, metal: Array, dielectric: Array) -> Array:
    """Equal strain in both constituents: weighted by the bulk moduli when they are isotropic.

    P. S. Turner, J. Res. NBS 37 (1946) 239.
    """
    total = phases.average(phases.metal, phases.dielectric)
    stress = phases.average(
        np.einsum("...ij,...j->...i", phases.metal, voigt_vector(metal)),
        np.einsum("...ij,...j->...i", phases.dielectric, voigt_vector(dielectric)),
    )
    return np.asarray(np.linalg.solve(total, stress[..., None])[..., :3, 0])


def schapery(phases: Phases, _: Array, metal: Array, dielectric: Array) -> Array:
    """Cylinders along z: axial by the balance of axial forces, transverse <alpha (1 + nu)> - alpha_axial <nu>.

    R. A. Schapery, J. Compos. Mater. 2 (1968) 380.
    """
    f, d = HillModuli.of(phases.metal), HillModuli.of(phases.dielectric)
    force = phases.average(f.axial * metal[..., 2], d.axial * dielectric[..., 2])
    axial = force / phases.average(f.axial, d.axial)
    plane = [0.5 * (strain[..., 0] + strain[..., 1]) for strain in (metal, dielectric)]
    free = phases.average(plane[0] + f.nu * metal[..., 2], plane[1] + d.nu * dielectric[..., 2])
    transverse = free - axial * phases.average(f.nu, d.nu)
    return np.stack([transverse, transverse, axial], axis=-1)
