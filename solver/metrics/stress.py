"""Stress extremes and strain energy of every layer and block, from the stress at the corners of every cell."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers
from solver.materials.material import Material
from solver.metrics.edges import Away, away
from solver.metrics.remembered import Remembered
from solver.metrics.strength import Borne, Used, borne
from solver.physics.solid.cell_stress import extremes


@dataclass(frozen=True)
class StressExtremes:
    """Stress and energy of one layer, or of one block.

    Attributes:
        max_von_mises_mpa, max_principal_mpa, min_principal_mpa: extremes (MPa); at free edges and region corners they
            grow as the mesh is refined.
        strain_energy_mj: elastic energy stored in it, of the whole stack (millijoule).
        strain_energy_density_kj_per_m3: the same per volume of it, empty places left out.
    """

    max_von_mises_mpa: float
    max_principal_mpa: float
    min_principal_mpa: float
    strain_energy_mj: float
    strain_energy_density_kj_per_m3: float


@dataclass(frozen=True)
class LayerStress(Remembered, StressExtremes):
    """Stress and energy, and of materials with a memory what they remember."""


@dataclass(frozen=True)
class BlockStress(Away, Borne, LayerStress):
    """Stress of a `layer` outside its regions, or of a `layer/region`, beside what its material bears."""

    @property
    def used(self) -> Used:
        """What of it a material may not bear."""
        return Used(self.max_principal_mpa, self.max_von_mises_mpa, self, self)


@dataclass(frozen=True)
class StackStress:
    """Stress by name of the layers present, and by name of the blocks (`mould`, `mould/die`), bottom to top."""

    layers: dict[str, LayerStress]
    blocks: dict[str, BlockStress]


def evaluate(
    stack_mesh: StackMesh,
    sigma: Array,
    energy: Array,
    materials: Sequence[Material] = (),
    temperature: float | fem.Function | None = None,
    distance: float | None = None,
) -> StackStress:
    """Extremes over each layer and block present, and their energies. Collective.

    Args:
        stack_mesh: the mesh.
        sigma: (owned cells, points, 6) in Pa.
        energy: (owned cells,) of each cell, in J.
        materials: one for each block; without them nothing is said of what they bear.
        temperature: uniform or a field (K) at which they bear it.
        distance: from edges (m) of the stress that converges; the thickness of each layer if None.
    """
    volume = stack_mesh.sizes**2 * stack_mesh.heights
    mises, highest, lowest = extremes(sigma)
    names = tuple(dict.fromkeys(block.name for block in stack_mesh.blocks))  # those of a copper map share one
    of_block = np.array([names.index(block.name) for block in stack_mesh.blocks], dtype=np.intp)
    owner = of_block[stack_mesh.block]
    most = _most(stack_mesh.comm, owner, np.stack([mises, highest, -lowest]), len(names))
    sums = _sums(stack_mesh.comm, owner, np.stack([energy, volume]), len(names))
    bears: list[Borne] = [Borne()] * len(names)
    if materials and temperature is not None:
        bears = borne(stack_mesh, materials, temperature, {"strength": highest, "yield_stress": mises}, owner, volume)
    away_of = away(stack_mesh, mises, highest, owner, len(names), distance)
    whole = stack_mesh.stack.multiplicity
    blocks = {
        name: replace(
            BlockStress(*_values(most[:, number], sums[:, number], whole)),
            **vars(bears[number]),
            **vars(away_of[number]),
        )
        for number, name in enumerate(names)
        if sums[1, number] > 0.0  # nothing of it may be in a package that is cut out
    }
    layers = {}
    for layer in stack_mesh.stack.layers:
        if layer.name in stack_mesh.layers:
            mine = [number for number, name in enumerate(names) if name.split("/")[0] == layer.name]
            values = _values(most[:, mine].max(axis=1), sums[:, mine].sum(axis=1), whole)
            layers[layer.name] = LayerStress(*values)
    return StackStress(layers, blocks)


def _most(comm: MPI.Intracomm, owner: Integers, values: Array, count: int) -> Array:
    """(values, count) largest of each owner, over all ranks."""
    local = np.full((len(values), count), -np.inf)
    for row, value in zip(local, values, strict=True):
        np.maximum.at(row, owner, value)
    total = np.empty_like(local)
    comm.Allreduce(local, total, MPI.MAX)
    return total


def _sums(comm: MPI.Intracomm, owner: Integers, values: Array, count: int) -> Array:
    """(values, count) sum of each owner, over all ranks."""
    local = np.array([np.bincount(owner, weights=value, minlength=count) for value in values], dtype=float)
    total = np.empty_like(local)
    comm.Allreduce(local, total, MPI.SUM)
    return total


def _values(most: Array, sums: Array, whole: int) -> tuple[float, float, float, float, float]:
    """Fields of `StressExtremes`."""
    high, principal, lowest = (float(value) for value in most * np.array([1e-6, 1e-6, -1e-6]))
    joules, cubic = (float(value) for value in sums)
    return high, principal, lowest, 1e3 * whole * joules, 1e-3 * joules / cubic
