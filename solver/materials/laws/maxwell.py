"""Branches of a generalised Maxwell model over an increment, in terms of strain.

What of the strain has flowed in branch i obeys d e_i / dt = (e - e_i) / (tau_i a_T), component by component; e is the
strain less what is free of stress. The stress is C : (e - sum g_i e_i) with fractions g_i of shear for all but the
volume, which has fractions k_i of the bulk modulus (J. C. Simo, T. J. R. Hughes, Computational Inelasticity, ch. 10).
"""

from dataclasses import dataclass

import numpy as np

from solver.arrays import Array
from solver.materials.elasticity import MODULI
from solver.materials.laws.compiled import kernels
from solver.materials.material import Material

_VOLUME = [place for place, (i, j) in enumerate(MODULI) if i < 3 and j < 3]
_BLOCKS = np.array([[i == j or (i < 3 and j < 3) for j in range(6)] for i in range(6)])  # of an orthotropic stiffness


@dataclass(frozen=True)
class Coefficients:
    """Of an increment, for m points that are n or 1.

    Attributes:
        free: (m, 12) strain without stress at its start and its end.
        left: (m, branches) part of the strain at the start that has not flowed.
        gained: (m, branches) part of the strain of the increment that has not flowed.
        kept: (m, branches, 6) of the strain without stress that came in the increment, what has not flowed.
        stiffness: (m, 6, 6) instantaneous, at the end (Pa).
        shear, bulk: (branches,) fractions.
    """

    free: Array
    left: Array
    gained: Array
    kept: Array
    stiffness: Array
    shear: Array
    bulk: Array

    @property
    def bulk_modulus(self) -> Array:
        """(m,) instantaneous bulk modulus (Pa)."""
        return np.asarray(self.stiffness[:, :3, :3].sum(axis=(1, 2)) / 9.0)

    def moduli(self) -> Array:
        """(m, 9) of the increment, in the order of `MODULI`: derivative of the stress at its end."""
        shear, bulk = (1.0 - part @ (1.0 - self.gained).T for part in (self.shear, self.bulk))
        found = np.stack([self.stiffness[:, i, j] for i, j in MODULI], axis=-1) * shear[:, None]
        found[:, _VOLUME] += (self.bulk_modulus * (bulk - shear))[:, None]
        return found


def stiffness_at(material: Material, kelvin: Array) -> Array:
    """(n, 6, 6) instantaneous stiffness (Pa) at temperatures (n,)."""
    if material.is_temperature_dependent_stiffness:
        return material.stiffness(kelvin)
    return np.broadcast_to(material.stiffness(kelvin[:1]), (len(kelvin), 6, 6))


def relaxed(by: Coefficients, strain: Array, old: Array) -> tuple[Array, Array, Array]:
    """Stress (n, 6), what points remember (n, k) and energy that became heat (n,).

    Args:
        by: of the increment.
        strain: (n, 6) at its end.
        old: (n, k) at its start: strain, then what has flowed of each branch; of columns after that none is written.
    """
    points, width = len(strain), len(by.shear)
    old, strain = (np.ascontiguousarray(array, dtype=float) for array in (old, strain))
    stress, now, dissipated = np.empty((points, 6)), np.empty_like(old), np.empty(points)
    couples = bool(np.any(by.stiffness[:, ~_BLOCKS]))
    rows = (by.free, by.left, by.gained, by.kept, by.shear, by.bulk, by.stiffness)
    inputs = [np.ascontiguousarray(array, dtype=float) for array in rows]
    same = int(len(by.left) == 1)
    kernels()("relax", points, width, old.shape[1], same, int(couples), old, strain, *inputs, stress, now, dissipated)
    return stress, now, dissipated


def relaxed_in_numpy(by: Coefficients, strain: Array, old: Array) -> tuple[Array, Array, Array]:
    """The same, an oracle of the kernel."""
    width = len(by.shear)
    flowed = old[:, 6 : 6 + 6 * width].reshape(-1, width, 6)
    before = old[:, None, :6] - by.free[:, None, :6] - flowed
    end = strain - by.free[:, 6:]
    left = by.left[..., None] * before + by.gained[..., None] * (strain - old[:, :6])[:, None] - by.kept
    change, mean = end[:, None] - left - flowed, 0.5 * (before + left)
    shear, bulk = by.shear, by.bulk
    held = (1.0 - shear.sum()) * end + np.einsum("b,nbi->ni", shear, left)
    volumes = left[..., :3].sum(axis=-1)
    volume = (shear.sum() - bulk.sum()) * end[:, :3].sum(axis=-1) + volumes @ (bulk - shear)
    stress = np.einsum("...ij,...j->...i", by.stiffness, held)
    stress[:, :3] += (by.bulk_modulus * volume)[:, None]
    heat = np.einsum("b,nbi,nij,nbj->n", shear, mean, np.broadcast_to(by.stiffness, (len(strain), 6, 6)), change)
    traces = mean[..., :3].sum(axis=-1) * change[..., :3].sum(axis=-1)
    heat += by.bulk_modulus * (traces @ (bulk - shear))
    now = old.copy()
    now[:, :6], now[:, 6 : 6 + 6 * width] = strain, (flowed + change).reshape(-1, 6 * width)
    return stress, now, np.maximum(heat, 0.0)
