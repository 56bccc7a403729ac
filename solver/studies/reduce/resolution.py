"""From what time on the mesh can follow heat that leaves its source."""

from collections.abc import Sequence

import numpy as np
from mpi4py import MPI

from solver.arrays import Mask
from solver.studies.reduce.full import FullModel
from solver.studies.reduce.inputs import Input

_NODES = 2.0  # cells of degree 2: nodes half a cell apart
_WITHIN = 2.0  # diffusion lengths sqrt(alpha t) between two nodes at most
_LEADS = 0.5  # of the largest effusivity: cells of less take little of the heat


def resolved_from(full: FullModel, powers: Sequence[Input]) -> float:
    """Time (s) after which two diffusion lengths reach from node to node in cells that lead heat away. Collective.

    Cells are those with power and those that touch them; those that lead are the ones with a high effusivity sqrt(k c)
    across the layers, for early heat goes where that is high.
    """
    mesh = full.mesh
    here: Mask = np.zeros(len(mesh.block), dtype=bool)
    marked = np.zeros(full.space.dofmap.index_map.size_local + full.space.dofmap.index_map.num_ghosts, dtype=bool)
    for power in powers:
        if power.channel is not None:
            marked[power.nodes] = True
    here[:] = marked[full.space.dofmap.list[: len(here)]].any(axis=1)
    k, c = full.across[here], full.heat_capacity[here]
    stores = c > 0.0
    k, c, height = k[stores], c[stores], mesh.heights[here][stores]
    effusivity = np.sqrt(k * c)
    largest = mesh.comm.allreduce(float(effusivity.max(initial=0.0)), MPI.MAX)
    leads = effusivity >= _LEADS * largest
    times = (height[leads] / (_NODES * _WITHIN)) ** 2 * c[leads] / k[leads]
    return float(mesh.comm.allreduce(float(times.max(initial=0.0)), MPI.MAX))
