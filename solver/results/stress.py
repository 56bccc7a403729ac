"""Stress extremes per layer, from the stress at the corners of every cell, and the strain energy of each layer."""

from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.results.cell_stress import extremes


@dataclass(frozen=True)
class LayerStress:
    """Stress and energy of one layer.

    Attributes:
        max_von_mises_mpa, max_principal_mpa, min_principal_mpa: extremes (MPa); at free edges and region corners they
            grow as the mesh is refined.
        strain_energy_mj: elastic energy stored in the layer of the whole stack (millijoule).
        strain_energy_density_kj_per_m3: the same per volume of the layer, its empty places left out.
    """

    max_von_mises_mpa: float
    max_principal_mpa: float
    min_principal_mpa: float
    strain_energy_mj: float
    strain_energy_density_kj_per_m3: float


def by_layer(stack_mesh: StackMesh, sigma: Array, energy: Array) -> dict[str, LayerStress]:
    """Extremes over each layer present, and its energy. Collective.

    Args:
        stack_mesh: the mesh.
        sigma: (local cells, points, 6) in Pa.
        energy: (owned cells,) of each cell, in J.
    """
    volume = stack_mesh.sizes**2 * stack_mesh.heights
    mises, highest, lowest = extremes(sigma)
    table = np.stack([mises, highest, -lowest])
    result = {}
    for index, layer in enumerate(stack_mesh.stack.layers):
        if layer.name in stack_mesh.layers:
            local = table[:, stack_mesh.layer_of == index].max(axis=1, initial=-np.inf)
            total = np.empty(3)
            stack_mesh.comm.Allreduce(local, total, MPI.MAX)
            mine = stack_mesh.layer_of == index
            joules, cubic = stack_mesh.comm.allreduce(np.array([energy[mine].sum(), volume[mine].sum()]), MPI.SUM)
            high, most, least = (float(v) for v in total * np.array([1, 1, -1]) * 1e-6)
            whole = stack_mesh.stack.multiplicity * joules
            result[layer.name] = LayerStress(high, most, least, float(1e3 * whole), float(1e-3 * joules / cubic))
    return result
