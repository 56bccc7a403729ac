"""Stress extremes per layer, from the stress at the corners of every cell."""

from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.results.cell_stress import extremes


@dataclass(frozen=True)
class LayerStress:
    """Extremes in one layer (MPa). At free edges and region corners they grow as the mesh is refined."""

    max_von_mises_mpa: float
    max_principal_mpa: float
    min_principal_mpa: float


def by_layer(stack_mesh: StackMesh, sigma: Array) -> dict[str, LayerStress]:
    """Extremes over each layer present. Collective.

    Args:
        stack_mesh: the mesh.
        sigma: (local cells, points, 6) in Pa.
    """
    mises, highest, lowest = extremes(sigma)
    table = np.stack([mises, highest, -lowest])
    result = {}
    for index, layer in enumerate(stack_mesh.stack.layers):
        if layer.name in stack_mesh.layers:
            local = table[:, stack_mesh.layer_of == index].max(axis=1, initial=-np.inf)
            total = np.empty(3)
            stack_mesh.comm.Allreduce(local, total, MPI.MAX)
            result[layer.name] = LayerStress(*(float(v) for v in total * np.array([1, 1, -1]) * 1e-6))
    return result
